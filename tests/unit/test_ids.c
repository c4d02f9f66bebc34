/* UUIDv7 and trace context. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ids.h"

static const char PARENT[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

static void test_uuid_has_its_time_version_and_variant(void **state)
{
    (void)state;
    char text[UUID_SIZE];
    for (int i = 0; i < 1000; i++) {
        uuid_new(0x0123456789ab, text);
        assert_true(uuid_valid(text));
        assert_memory_equal(text, "01234567-89ab-7", 15);
        assert_non_null(strchr("89ab", text[19]));
        assert_int_equal(strlen(text), UUID_SIZE - 1);
    }
}

static void test_uuids_differ(void **state)
{
    (void)state;
    char first[UUID_SIZE];
    char second[UUID_SIZE];
    uuid_new(1, first);
    uuid_new(1, second);
    assert_string_not_equal(first, second);
}

static void test_uuid_valid(void **state)
{
    (void)state;
    assert_true(uuid_valid("00000000-0000-0000-0000-000000000000"));
    assert_true(uuid_valid("C232AB00-9414-11EC-B3C8-9E6BDECED846"));
    assert_false(uuid_valid(""));
    assert_false(uuid_valid("c232ab00-9414-11ec-b3c8-9e6bdeced84"));
    assert_false(uuid_valid("c232ab00-9414-11ec-b3c8-9e6bdeced8466"));
    assert_false(uuid_valid("c232ab00-9414-11ec-b3c8-9e6bdeced84g"));
    assert_false(uuid_valid("c232ab009-414-11ec-b3c8-9e6bdeced846"));
    assert_false(uuid_valid("{232ab00-9414-11ec-b3c8-9e6bdeced84}"));
}

static void test_traceparent_valid(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "00",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    };
    assert_true(traceparent_valid(PARENT));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (traceparent_valid(bad[i]))
            fail_msg("accepted: %s", bad[i]);
    }
}

static void test_next_span_keeps_the_trace_and_its_flags(void **state)
{
    (void)state;
    char next[TRACEPARENT_SIZE];
    traceparent_next(PARENT, next);
    assert_true(traceparent_valid(next));
    assert_memory_equal(next, PARENT, 36);
    assert_memory_not_equal(next + 36, PARENT + 36, 16);
    assert_string_equal(next + 52, "-00");
}

static void test_new_trace_without_a_good_parent(void **state)
{
    (void)state;
    static const char *const parents[] = {NULL, "", "nonsense"};
    for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
        char first[TRACEPARENT_SIZE];
        char second[TRACEPARENT_SIZE];
        traceparent_next(parents[i], first);
        traceparent_next(parents[i], second);
        assert_true(traceparent_valid(first));
        assert_memory_not_equal(first + 3, second + 3, 32);
        assert_string_equal(first + 52, "-01");
    }
}

static void test_trace_id(void **state)
{
    (void)state;
    char text[TRACE_ID_SIZE] = "x";
    trace_id_of("nonsense", text);
    assert_string_equal(text, "");
    trace_id_of(PARENT, text);
    assert_string_equal(text, "4bf92f3577b34da6a3ce929d0e0e4736");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuid_has_its_time_version_and_variant),
        cmocka_unit_test(test_uuids_differ),
        cmocka_unit_test(test_uuid_valid),
        cmocka_unit_test(test_traceparent_valid),
        cmocka_unit_test(test_next_span_keeps_the_trace_and_its_flags),
        cmocka_unit_test(test_new_trace_without_a_good_parent),
        cmocka_unit_test(test_trace_id),
    };
    return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
