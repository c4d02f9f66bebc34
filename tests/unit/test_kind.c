/* Tests of copying and clearing an aggregate: all that it holds, and no more.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "kind.h"

struct part {
    int32_t number;
    char name[9];
};
static const struct codec_record part_record = {.size = sizeof(struct part)};

struct whole {
    struct aggregate head;
    int32_t small;
    int64_t large;
    int64_t time_ms;
    bool is_so;
    int state;
    char text[16];
    struct part parts[4];
    size_t part_count;
};

static const char *const state_names[] = {"NONE", "ON", "OFF"};
static const struct column columns[] = {
    {.name = "small", .type = COLUMN_INT4, COLUMN_AT(whole, small)},
    {.name = "large", .type = COLUMN_INT8, COLUMN_AT(whole, large)},
    {.name = "time", .type = COLUMN_TIME, COLUMN_AT(whole, time_ms)},
    {.name = "is_so", .type = COLUMN_BOOL, COLUMN_AT(whole, is_so)},
    {.name = "state",
     .type = COLUMN_ENUM,
     COLUMN_AT(whole, state),
     .names = state_names,
     .name_count = 3},
    {.name = "text", .type = COLUMN_TEXT, COLUMN_AT(whole, text), .size = 16},
    {.name = "parts",
     .type = COLUMN_ARRAY,
     COLUMN_AT(whole, parts),
     .size = 4,
     .count_offset = offsetof(struct whole, part_count),
     .record = &part_record},
};
static const struct kind whole_kind = {.name = "whole",
                                       .size = sizeof(struct whole),
                                       .columns = columns,
                                       .column_count = sizeof columns / sizeof columns[0]};

static struct whole sample(void)
{
    struct whole value;
    memset(&value, 0, sizeof value);
    value.head = (struct aggregate){.id = 7, .version = 3, .due_at_ms = 1234567890123};
    value.small = -5;
    value.large = INT64_MAX;
    value.time_ms = 1700000000000;
    value.is_so = true;
    value.state = 2;
    memcpy(value.text, "a text", sizeof "a text");
    value.parts[0] = (struct part){.number = 1, .name = "one"};
    value.parts[1] = (struct part){.number = 2, .name = "two"};
    value.part_count = 2;
    return value;
}

static void copies_all_that_it_holds(void **state)
{
    (void)state;
    const struct whole from = sample();
    struct whole to;
    memset(&to, 0, sizeof to);
    kind_copy(&whole_kind, &to, &from);
    assert_memory_equal(&to, &from, sizeof to);
}

static void leaves_the_rest_alone(void **state)
{
    (void)state;
    const struct whole from = sample();
    struct whole to;
    memset(&to, 'x', sizeof to);
    kind_copy(&whole_kind, &to, &from);
    assert_string_equal(to.text, "a text");
    assert_int_equal(to.text[sizeof "a text"], 'x');
    assert_int_equal(to.part_count, 2);
    assert_string_equal(to.parts[1].name, "two");
    assert_int_equal(to.parts[2].name[0], 'x');
}

/* As if it had never been used, up to the end of its texts and arrays. */
static void clears_all_that_counts(void **state)
{
    (void)state;
    const struct whole nothing = {.head.id = 9};
    struct whole value, copied = {0};
    memset(&value, 'x', sizeof value);
    kind_clear(&whole_kind, &value, 9);
    kind_copy(&whole_kind, &copied, &value);
    assert_memory_equal(&copied, &nothing, sizeof nothing);
    assert_int_equal(value.text[1], 'x');
    assert_int_equal(value.parts[0].number, 0x78787878);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_all_that_it_holds),
        cmocka_unit_test(leaves_the_rest_alone),
        cmocka_unit_test(clears_all_that_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
