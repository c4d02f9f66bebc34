/* RFC 3339 in both directions, and the clocks themselves. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"

static void test_parse_accepts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_ms;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.001Z", 1},
        {"1970-01-01t00:00:01z", 1000},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2026-11-21T08:40:36.123Z", 1795250436123},
        {"2026-11-21T09:40:36.123+01:00", 1795250436123},
        {"2026-11-21T03:10:36.123-05:30", 1795250436123},
        {"2026-11-21T08:40:36.1239999999999999999Z", 1795250436123},
        {"2026-11-21T08:40:36.1Z", 1795250436100},
        {"2026-11-21T08:40:36-00:00", 1795250436000},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2000-02-29T00:00:00Z", 951782400000},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"2017-01-01T00:59:60+01:00", 1483228800000},
        {"0000-01-01T00:00:00Z", -62167219200000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t time_ms = 42;
        if (!clock_parse(rows[i].text, strlen(rows[i].text), &time_ms))
            fail_msg("refused: %s", rows[i].text);
        if (time_ms != rows[i].time_ms)
            fail_msg("%s: %lld", rows[i].text, (long long)time_ms);
    }
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "2026-11-21",
        "2026-11-21T08:40:36",
        "2026-11-21 08:40:36Z",
        "2026-11-21T08:40Z",
        "2026-11-21T08:40:36.Z",
        "2026-11-21T08:40:36Z ",
        " 2026-11-21T08:40:36Z",
        "2026-11-21T08:40:36ZZ",
        "2026-11-21T8:40:36Z",
        "2026-1-21T08:40:36Z",
        "26-11-21T08:40:36Z",
        "02026-11-21T08:40:36Z",
        "-026-11-21T08:40:36Z",
        "2026-00-21T08:40:36Z",
        "2026-13-21T08:40:36Z",
        "2026-11-00T08:40:36Z",
        "2026-11-31T08:40:36Z",
        "2026-02-29T08:40:36Z",
        "2100-02-29T08:40:36Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T08:60:36Z",
        "2026-11-21T08:40:61Z",
        "2026-11-21T08:40:60Z",
        "2026-11-21T08:40:36+1:00",
        "2026-11-21T08:40:36+0100",
        "2026-11-21T08:40:36+24:00",
        "2026-11-21T08:40:36+01:60",
        "2026-11-21T08:40:36+01",
        "2026-11-21T08:40:36,5Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "tomorrow",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t time_ms = 42;
        if (clock_parse(rows[i], strlen(rows[i]), &time_ms))
            fail_msg("accepted: %s", rows[i]);
        assert_int_equal(time_ms, 42);
    }
}

static void test_parse_stops_at_length(void **state)
{
    (void)state;
    int64_t time_ms = 0;
    const char *text = "1970-01-01T00:00:01Zrest";
    assert_true(clock_parse(text, 20, &time_ms));
    assert_int_equal(time_ms, 1000);
    for (size_t length = 0; length < 20; length++)
        assert_false(clock_parse(text, length, &time_ms));
    assert_false(clock_parse("1970-01-01T00:00:01\0Z", 21, &time_ms));
}

static void test_format(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_SIZE];
    clock_format(1795250436123, text);
    assert_string_equal(text, "2026-11-21T08:40:36.123Z");
    clock_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    clock_format(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00.000Z");
    clock_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
}

static void test_format_and_parse_agree(void **state)
{
    (void)state;
    /* An odd step, so that all months, weekdays and times of day come by. */
    for (int64_t time_ms = -62167219200000; time_ms <= 253402300799999; time_ms += 98765432109) {
        char text[CLOCK_TEXT_SIZE];
        int64_t parsed_ms = 0;
        clock_format(time_ms, text);
        assert_true(clock_parse(text, strlen(text), &parsed_ms));
        assert_true(parsed_ms == time_ms);
    }
}

static void test_clocks_run(void **state)
{
    (void)state;
    assert_true(clock_now_ms() > 1700000000000);
    int64_t before_ms = clock_monotonic_ms();
    clock_sleep_ms(20);
    assert_in_range(clock_monotonic_ms() - before_ms, 19, 5000);
    clock_sleep_ms(0);
    clock_sleep_ms(-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_accepts),          cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_parse_stops_at_length),  cmocka_unit_test(test_format),
        cmocka_unit_test(test_format_and_parse_agree), cmocka_unit_test(test_clocks_run),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
