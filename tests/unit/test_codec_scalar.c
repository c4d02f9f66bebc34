/* Single values, each type with what it takes and what it refuses. The record has types that no
 * schema uses yet. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec_asserts.h"

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

static void test_every_type(void **state)
{
    (void)state;
    struct sample sample;
    static const char full[] =
        "{\"big\":-9007199254740992,\"on\":false,\"small\":0,\"text\":\"a\\n\","
        "\"state\":\"DISABLED\",\"at\":\"2026-11-21T08:40:36.123Z\"}";
    codec_assert_encodes(&sample_record, full, &sample, full);
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
    codec_assert_encodes(&sample_record, "{\"big\":0}", &sample, "{\"big\":0}");
    static const struct sample nothing;
    assert_memory_equal(&sample, &nothing, sizeof sample);
}

static void test_time_becomes_utc(void **state)
{
    (void)state;
    struct sample sample;
    codec_assert_encodes(&sample_record, "{\"big\":1,\"at\":\"2026-11-21T10:40:36.1+02:00\"}",
                         &sample, "{\"big\":1,\"at\":\"2026-11-21T08:40:36.100Z\"}");
}

static void test_wrong_types(void **state)
{
    (void)state;
    static const struct codec_wrong cases[] = {
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
    codec_assert_wrong(&sample_record, cases, COUNT(cases));
}

static void test_wrong_values(void **state)
{
    (void)state;
    static const struct codec_wrong cases[] = {
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
    codec_assert_wrong(&sample_record, cases, COUNT(cases));
}

static void test_text_length_counts_characters(void **state)
{
    (void)state;
    struct sample sample;
    codec_assert_encodes(&sample_record, "{\"big\":1,\"text\":\"\\ud83d\\ude00\xf0\x9f\x98\x80\"}",
                         &sample, "{\"big\":1,\"text\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"}");
    assert_int_equal(strlen(sample.text), 8);
}

static void test_text_that_its_struct_cannot_hold(void **state)
{
    (void)state;
    static const struct codec_field narrow = {
        .name = "text", .type = CODEC_TEXT, .max = 100, .size = 4};
    static const struct codec_record record = {"Narrow", 4, &narrow, 1};
    static const struct codec_wrong cases[] = {
        {"{\"text\":\"abcd\"}", "text: must have 0 to 100 characters, has 4"},
    };
    codec_assert_wrong(&record, cases, COUNT(cases));
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
        codec_assert_encodes(&create_consumer_request_record, taken[i], &request, taken[i]);
        assert_true(request.has_order_limit);
        assert_int_equal(request.order_limit_cents, cents[i]);
    }
    codec_assert_encodes(&create_consumer_request_record, "{}", &request, "{}");
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
        struct codec_wrong wrong = {body, "orderLimit: must be an amount like \"61.70\""};
        (void)snprintf(body, sizeof body, "{\"orderLimit\":\"%s\"}", texts[i]);
        codec_assert_wrong(&create_consumer_request_record, &wrong, 1);
    }
    static const struct codec_wrong cases[] = {
        {"{\"orderLimit\":61.7}",
         "orderLimit: must be an amount like \"61.70\", is a number with a "
         "fraction or an exponent"},
        {"{\"orderLimit\":null}", "orderLimit: must be an amount like \"61.70\", is null"},
        {"{\"orderLimit\":\"1000000000.00\"}", "orderLimit: must be between 0.00 and 999999999.99"},
        {"{\"orderLimit\":\"999999999999999.99\"}",
         "orderLimit: must be between 0.00 and 999999999.99"},
    };
    codec_assert_wrong(&create_consumer_request_record, cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_absent_fields),
        cmocka_unit_test(test_time_becomes_utc),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_text_length_counts_characters),
        cmocka_unit_test(test_text_that_its_struct_cannot_hold),
        cmocka_unit_test(test_money),
        cmocka_unit_test(test_wrong_money),
    };
    return cmocka_run_group_tests_name("codec_scalar", tests, NULL, NULL);
}
