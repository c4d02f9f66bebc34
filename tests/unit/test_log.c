/* What a log line looks like: standard output is a file while a line is written.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

static char captured[4096];

/* Write one line and keep what came out in `captured`, without its time stamp. */
static void capture(enum log_level level, const char *msg, const struct log_field *fields,
                    size_t count)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    (void)fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    log_write(level, msg, fields, count);
    assert_true(dup2(saved, STDOUT_FILENO) >= 0);
    close(saved);
    rewind(file);
    size_t length = fread(captured, 1, sizeof captured - 1, file);
    captured[length] = '\0';
    (void)fclose(file);
    if (length > 0) {
        assert_memory_equal(captured, "{\"ts\":\"", 7);
        assert_memory_equal(captured + 30, "Z\",", 3);
        memmove(captured, captured + 33, length - 33 + 1);
    }
}

static void test_line(void **state)
{
    (void)state;
    const struct log_field fields[] = {LOG_S("order_state", "APPROVED"), LOG_I("order_id", -42),
                                       LOG_S("empty", "")};
    capture(LOG_INFO, "order approved", fields, 3);
    assert_string_equal(captured, "\"level\":\"info\",\"service\":\"kitchen\",\"msg\":\"order "
                                  "approved\",\"order_state\":\"APPROVED\",\"order_id\":-42}\n");
}

static void test_levels(void **state)
{
    (void)state;
    capture(LOG_DEBUG, "quiet", NULL, 0);
    assert_string_equal(captured, "");
    capture(LOG_ERROR, "loud", NULL, 0);
    assert_string_equal(captured,
                        "\"level\":\"error\",\"service\":\"kitchen\",\"msg\":\"loud\"}\n");
}

static void test_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *escaped;
    } rows[] = {
        {"a\"b\\c", "a\\\"b\\\\c"},
        {"two\nlines\ttab\x01\x7f", "two\\u000alines\\u0009tab\\u0001\\u007f"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\x95", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\x95"},
        {"\xff|\x80|\xc0\x80|", "\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|"},
        {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {"cut \xf0", "cut \xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char expected[256];
        const struct log_field field = LOG_S("text", rows[i].raw);
        capture(LOG_WARN, "m", &field, 1);
        (void)snprintf(
            expected, sizeof expected,
            "\"level\":\"warn\",\"service\":\"kitchen\",\"msg\":\"m\",\"text\":\"%s\"}\n",
            rows[i].escaped);
        assert_string_equal(captured, expected);
    }
}

static void test_macro(void **state)
{
    (void)state;
    log_debug("below the level, so nothing is seen", LOG_I("n", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_macro),
    };
    log_init("kitchen", LOG_INFO);
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
