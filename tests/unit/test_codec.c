/* Structs to JSON and back, and what a value may not be. The records are the generated ones, and
 * one made here with the types that no schema uses yet. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec.h"
#include "schemas.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct sample {
    int64_t big;
    bool on, has_on;
    bool has_small;
    int32_t small;
    char text[9];
    int state;
    int64_t at_ms;
};

static const struct codec_field sample_fields[] = {
    {.name = "big",
     .type = CODEC_INT64,
     .offset = offsetof(struct sample, big),
     .required = true,
     .min = -9007199254740992,
     .max = 9007199254740992},
    {.name = "on",
     .type = CODEC_BOOL,
     .offset = offsetof(struct sample, on),
     .has_flag = true,
     .flag_offset = offsetof(struct sample, has_on)},
    {.name = "small",
     .type = CODEC_INT32,
     .offset = offsetof(struct sample, small),
     .has_flag = true,
     .flag_offset = offsetof(struct sample, has_small),
     .min = -5,
     .max = 5},
    {.name = "text",
     .type = CODEC_TEXT,
     .offset = offsetof(struct sample, text),
     .min = 1,
     .max = 2,
     .size = 9},
    {.name = "state",
     .type = CODEC_ENUM,
     .offset = offsetof(struct sample, state),
     .names = account_state_names,
     .name_count = ACCOUNT_STATE_COUNT},
    {.name = "at",
     .type = CODEC_TIME,
     .offset = offsetof(struct sample, at_ms),
     .min = 1,
     .max = INT64_C(253402300799999)},
};
static const struct codec_record sample_record = {"Sample", sizeof(struct sample), sample_fields,
                                                  COUNT(sample_fields)};

struct wrong {
    const char *text, *why;
};

static void assert_wrong(const struct codec_record *record, const struct wrong *cases, size_t count)
{
    union event_data out;
    for (size_t i = 0; i < count; i++) {
        struct err err = {0};
        if (codec_decode(record, cases[i].text, strlen(cases[i].text), &out, &err) != ERR_INVALID)
            fail_msg("taken: %s", cases[i].text);
        if (strcmp(err.text, cases[i].why) != 0)
            fail_msg("%s:\n\"%s\" instead of\n\"%s\"", cases[i].text, err.text, cases[i].why);
    }
}

/* Decode `text` into `out` and expect that it encodes to `expected`. */
static void assert_encodes(const struct codec_record *record, const char *text, void *out,
                           const char *expected)
{
    struct err err = {0};
    struct buf encoded = {0};
    if (codec_decode(record, text, strlen(text), out, &err) != ERR_OK)
        fail_msg("%s: %s", text, err.text);
    codec_encode(record, out, &encoded);
    assert_string_equal(buf_text(&encoded), expected);
    buf_free(&encoded);
}

static void test_every_type(void **state)
{
    (void)state;
    struct sample sample;
    static const char full[] =
        "{\"big\":-9007199254740992,\"on\":false,\"small\":0,\"text\":\"a\\n\","
        "\"state\":\"DISABLED\",\"at\":\"2026-11-21T08:40:36.123Z\"}";
    assert_encodes(&sample_record, full, &sample, full);
    assert_int_equal(sample.big, -9007199254740992);
    assert_true(sample.has_on && !sample.on && sample.has_small && sample.small == 0);
    assert_string_equal(sample.text, "a\n");
    assert_int_equal(sample.state, ACCOUNT_STATE_DISABLED);
    assert_int_equal(sample.at_ms, 1795250436123);
}

static void test_absent_fields(void **state)
{
    (void)state;
    struct sample sample;
    assert_encodes(&sample_record, "{\"big\":0}", &sample, "{\"big\":0}");
    static const struct sample nothing;
    assert_memory_equal(&sample, &nothing, sizeof sample);
}

static void test_time_becomes_utc(void **state)
{
    (void)state;
    struct sample sample;
    assert_encodes(&sample_record, "{\"big\":1,\"at\":\"2026-11-21T10:40:36.1+02:00\"}", &sample,
                   "{\"big\":1,\"at\":\"2026-11-21T08:40:36.100Z\"}");
}

static void test_unknown_fields_are_ignored(void **state)
{
    (void)state;
    struct sample sample;
    assert_encodes(&sample_record, "{\"new\":{\"big\":[null]},\"big\":7,\"x\":1e400}", &sample,
                   "{\"big\":7}");
}

static void test_wrong_types(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {"[]", "must be an object, is an array"},
        {"null", "must be an object, is null"},
        {"\"x\"", "must be an object, is a text"},
        {"{}", "big: is missing"},
        {"{\"big\":null}", "big: must be an integer, is null"},
        {"{\"big\":\"1\"}", "big: must be an integer, is a text"},
        {"{\"big\":1.0}", "big: must be an integer, is a number with a fraction or an exponent"},
        {"{\"big\":1e2}", "big: must be an integer, is a number with a fraction or an exponent"},
        {"{\"big\":true}", "big: must be an integer, is a boolean"},
        {"{\"big\":1,\"on\":1}", "on: must be a boolean, is an integer"},
        {"{\"big\":1,\"on\":null}", "on: must be a boolean, is null"},
        {"{\"big\":1,\"text\":1}", "text: must be a text, is an integer"},
        {"{\"big\":1,\"text\":{}}", "text: must be a text, is an object"},
        {"{\"big\":1,\"state\":1}", "state: must be a text, is an integer"},
        {"{\"big\":1,\"at\":1}",
         "at: must be a date-time like \"2026-11-21T19:30:00Z\", is an integer"},
    };
    assert_wrong(&sample_record, cases, COUNT(cases));
}

static void test_wrong_values(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {"{\"big\":9007199254740993}",
         "big: must be between -9007199254740992 and 9007199254740992, is 9007199254740993"},
        {"{\"big\":99999999999999999999}",
         "big: must be between -9007199254740992 and 9007199254740992"},
        {"{\"big\":-99999999999999999999}",
         "big: must be between -9007199254740992 and 9007199254740992"},
        {"{\"big\":1,\"small\":6}", "small: must be between -5 and 5, is 6"},
        {"{\"big\":1,\"small\":4294967296}", "small: must be between -5 and 5, is 4294967296"},
        {"{\"big\":1,\"text\":\"\"}", "text: must have 1 to 2 characters, has 0"},
        {"{\"big\":1,\"text\":\"\xc3\xa9\xc3\xa9\xc3\xa9\"}",
         "text: must have 1 to 2 characters, has 3"},
        {"{\"big\":1,\"state\":\"open\"}", "state: must be one of OPEN, DISABLED"},
        {"{\"big\":1,\"state\":\"NONE\"}", "state: must be one of OPEN, DISABLED"},
        {"{\"big\":1,\"state\":\"\"}", "state: must be one of OPEN, DISABLED"},
        {"{\"big\":1,\"at\":\"2026-13-01T00:00:00Z\"}",
         "at: must be a date-time like \"2026-11-21T19:30:00Z\""},
        {"{\"big\":1,\"at\":\"1970-01-01T00:00:00Z\"}",
         "at: must be between 1970-01-01T00:00:00.001Z and 9999-12-31T23:59:59.999Z"},
        {"{\"big\":1,\"at\":\"9999-12-31T23:59:59-01:00\"}",
         "at: must be a date-time like \"2026-11-21T19:30:00Z\""},
    };
    assert_wrong(&sample_record, cases, COUNT(cases));
}

static void test_text_length_counts_characters(void **state)
{
    (void)state;
    struct sample sample;
    assert_encodes(&sample_record, "{\"big\":1,\"text\":\"\\ud83d\\ude00\xf0\x9f\x98\x80\"}",
                   &sample, "{\"big\":1,\"text\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"}");
    assert_int_equal(strlen(sample.text), 8);
}

static void test_text_that_its_struct_cannot_hold(void **state)
{
    (void)state;
    static const struct codec_field narrow = {
        .name = "text", .type = CODEC_TEXT, .max = 100, .size = 4};
    static const struct codec_record record = {"Narrow", 4, &narrow, 1};
    static const struct wrong cases[] = {
        {"{\"text\":\"abcd\"}", "text: must have 0 to 100 characters, has 4"},
    };
    assert_wrong(&record, cases, COUNT(cases));
}

static void test_money(void **state)
{
    (void)state;
    struct create_consumer_request request;
    static const char *const taken[] = {"{\"orderLimit\":\"0.00\"}", "{\"orderLimit\":\"0.09\"}",
                                        "{\"orderLimit\":\"61.70\"}",
                                        "{\"orderLimit\":\"999999999.99\"}"};
    static const int64_t cents[] = {0, 9, 6170, MONEY_CENTS_MAX};
    for (size_t i = 0; i < COUNT(taken); i++) {
        assert_encodes(&create_consumer_request_record, taken[i], &request, taken[i]);
        assert_true(request.has_order_limit);
        assert_int_equal(request.order_limit_cents, cents[i]);
    }
    assert_encodes(&create_consumer_request_record, "{}", &request, "{}");
    assert_false(request.has_order_limit);
}

static void test_wrong_money(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "1",
                                        "1.0",
                                        "1.000",
                                        ".50",
                                        "00.50",
                                        "01.50",
                                        "-1.00",
                                        "+1.00",
                                        " 1.00",
                                        "1.00 ",
                                        "1,00",
                                        "1.00\\n",
                                        "1e2",
                                        "1.0x",
                                        "1x.00",
                                        "1..00",
                                        "1.0.0",
                                        "0.-1",
                                        "NaN",
                                        "1.00.",
                                        "12345678901234567.00",
                                        "9223372036854775808.00"};
    char body[100];
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct wrong wrong = {body, "orderLimit: must be an amount like \"61.70\""};
        (void)snprintf(body, sizeof body, "{\"orderLimit\":\"%s\"}", texts[i]);
        assert_wrong(&create_consumer_request_record, &wrong, 1);
    }
    static const struct wrong cases[] = {
        {"{\"orderLimit\":61.7}",
         "orderLimit: must be an amount like \"61.70\", is a number with a "
         "fraction or an exponent"},
        {"{\"orderLimit\":null}", "orderLimit: must be an amount like \"61.70\", is null"},
        {"{\"orderLimit\":\"1000000000.00\"}", "orderLimit: must be between 0.00 and 999999999.99"},
        {"{\"orderLimit\":\"999999999999999.99\"}",
         "orderLimit: must be between 0.00 and 999999999.99"},
    };
    assert_wrong(&create_consumer_request_record, cases, COUNT(cases));
}

#define ADDRESS "\"street1\":\"a\",\"city\":\"b\",\"state\":\"c\""
#define ORDER(address, lines)                                                                      \
    "{\"consumerId\":1,\"restaurantId\":2,\"deliveryAddress\":{" address "},"                      \
    "\"deliveryTime\":\"2026-11-21T19:30:00.000Z\",\"lineItems\":[" lines "]}"

static void test_errors_name_the_path(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {ORDER(ADDRESS, ""), "deliveryAddress.zip: is missing"},
        {ORDER(ADDRESS ",\"zip\":null", ""), "deliveryAddress.zip: must be a text, is null"},
        {ORDER(ADDRESS ",\"zip\":\"z\",\"street2\":\"\"", ""),
         "deliveryAddress.street2: must have 1 to 100 characters, has 0"},
        {ORDER(ADDRESS ",\"zip\":\"z\"", ""), "lineItems: must have 1 to 50 items, has 0"},
        {ORDER(ADDRESS ",\"zip\":\"z\"", "3"), "lineItems[0]: must be an object, is an integer"},
        {ORDER(ADDRESS ",\"zip\":\"z\"", "{\"menuItemId\":\"a\",\"quantity\":1},null"),
         "lineItems[1]: must be an object, is null"},
        {ORDER(ADDRESS ",\"zip\":\"z\"", "{\"menuItemId\":\"a\",\"quantity\":1},"
                                         "{\"menuItemId\":\"a\",\"quantity\":0}"),
         "lineItems[1].quantity: must be between 1 and 1000, is 0"},
        {ORDER(ADDRESS ",\"zip\":\"z\"", "{\"menuItemId\":\"a b\",\"quantity\":1}"),
         "lineItems[0].menuItemId: may only have the characters "
         "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"},
        {"{\"consumerId\":1,\"restaurantId\":2,\"deliveryAddress\":[]}",
         "deliveryAddress: must be an object, is an array"},
    };
    assert_wrong(&create_order_request_record, cases, COUNT(cases));
}

static void test_nested_objects_and_arrays(void **state)
{
    (void)state;
    struct create_order_request request;
    static const char text[] =
        "{\"consumerId\":1,\"restaurantId\":2147483647,\"deliveryAddress\":{" ADDRESS
        ",\"zip\":\"z\"},"
        "\"deliveryTime\":\"2026-11-21T19:30:00.000Z\",\"lineItems\":["
        "{\"menuItemId\":\"a\",\"quantity\":1},{\"menuItemId\":\"b.c_D-9\",\"quantity\":1000}]}";
    assert_encodes(&create_order_request_record, text, &request, text);
    assert_int_equal(request.line_items_count, 2);
    assert_string_equal(request.line_items[1].menu_item_id, "b.c_D-9");
    assert_string_equal(request.delivery_address.street2, "");
}

static void write_lines(struct buf *out, size_t count)
{
    buf_clear(out);
    buf_append_char(out, '[');
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s{\"menuItemId\":\"item%zu\",\"quantity\":%zu}", i > 0 ? "," : "", i,
                   i + 1);
    buf_append_char(out, ']');
}

static void test_arrays_on_their_own(void **state)
{
    (void)state;
    struct line_item lines[LINE_ITEMS_MAX];
    struct buf text = {0}, encoded = {0};
    struct err err = {0};
    size_t count = 0;
    write_lines(&text, LINE_ITEMS_MAX);
    assert_int_equal(codec_decode_array(&line_item_record, text.bytes, text.length, lines,
                                        LINE_ITEMS_MAX, &count, &err),
                     ERR_OK);
    assert_int_equal(count, LINE_ITEMS_MAX);
    codec_encode_array(&line_item_record, lines, count, &encoded);
    assert_string_equal(encoded.bytes, text.bytes);
    write_lines(&text, LINE_ITEMS_MAX + 1);
    assert_int_equal(codec_decode_array(&line_item_record, text.bytes, text.length, lines,
                                        LINE_ITEMS_MAX, &count, &err),
                     ERR_INVALID);
    assert_string_equal(err.text, "must have 0 to 50 items, has 51");
    buf_free(&text);
    buf_free(&encoded);
}

static void test_wrong_arrays(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {"{}", "must be an array, is an object"},
        {"[{}]", "[0].menuItemId: is missing"},
        {"[{\"menuItemId\":\"a\",\"quantity\":1},7]", "[1]: must be an object, is an integer"},
        {"[", "not JSON at byte 1: it ends too early"},
    };
    struct line_item lines[2];
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err = {0};
        size_t count = 0;
        assert_int_equal(codec_decode_array(&line_item_record, cases[i].text, strlen(cases[i].text),
                                            lines, COUNT(lines), &count, &err),
                         ERR_INVALID);
        assert_string_equal(err.text, cases[i].why);
    }
}

static void test_encodes_texts(void **state)
{
    (void)state;
    struct buf out = {0};
    codec_encode_text("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9", &out);
    assert_string_equal(buf_text(&out),
                        "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\"");
    buf_clear(&out);
    codec_encode_text("", &out);
    codec_encode_money(5, &out);
    codec_encode_money(123456, &out);
    codec_encode_array(&line_item_record, NULL, 0, &out);
    assert_string_equal(buf_text(&out), "\"\"\"0.05\"\"1234.56\"[]");
    buf_free(&out);
}

static void test_finds_names(void **state)
{
    (void)state;
    assert_int_equal(codec_enum_find(reason_names, REASON_COUNT, "CARD_DECLINED"),
                     REASON_CARD_DECLINED);
    assert_int_equal(codec_enum_find(reason_names, REASON_COUNT, "NONE"), 0);
    assert_int_equal(codec_enum_find(reason_names, REASON_COUNT, "card_declined"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_absent_fields),
        cmocka_unit_test(test_time_becomes_utc),
        cmocka_unit_test(test_unknown_fields_are_ignored),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_text_length_counts_characters),
        cmocka_unit_test(test_text_that_its_struct_cannot_hold),
        cmocka_unit_test(test_money),
        cmocka_unit_test(test_wrong_money),
        cmocka_unit_test(test_errors_name_the_path),
        cmocka_unit_test(test_nested_objects_and_arrays),
        cmocka_unit_test(test_arrays_on_their_own),
        cmocka_unit_test(test_wrong_arrays),
        cmocka_unit_test(test_encodes_texts),
        cmocka_unit_test(test_finds_names),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
