/* What the JSON reader takes and what it refuses. Most cases are json-c's or other parsers' known
 * weak spots. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "json.h"
#include "json_text.h"

struct refused {
    const char *text, *why;
};

static enum err_code read_copy(const char *text, size_t length, struct err *err)
{
    /* A copy of exactly the text's size, so that the address sanitizer sees a read beyond it. */
    struct json_object *value = NULL;
    char *copy = mem_alloc(1, length);
    memcpy(copy, text, length);
    enum err_code code = json_read(copy, length, &value, err);
    if (code != ERR_OK)
        assert_null(value);
    json_release(value);
    free(copy);
    return code;
}

static void assert_taken(const char *text)
{
    struct err err = {0};
    if (read_copy(text, strlen(text), &err) != ERR_OK)
        fail_msg("%s: %s", text, err.text);
}

static void assert_refused(const char *text, size_t length, const char *why)
{
    struct err err = {0};
    if (read_copy(text, length, &err) != ERR_INVALID)
        fail_msg("taken: %s", text);
    if (strstr(err.text, why) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", text, err.text, why);
}

static void assert_all_refused(const struct refused *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_refused(cases[i].text, strlen(cases[i].text), cases[i].why);
}

#define ASSERT_ALL_REFUSED(cases) assert_all_refused(cases, sizeof(cases) / sizeof(cases)[0])

static void test_takes_json(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1",
        "12.5",
        "1e2",
        "1E+2",
        "0.5e-7",
        "\"\"",
        " \t\r\n{ \"a\" : [ 1 , 2 ] }\n",
        "[[],{},\"\",null]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
        "\"\\ud83d\\ude00\"",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"",
        "\"\xed\x9f\xbf\xee\x80\x80\"",
        "\"\xf4\x8f\xbf\xbf\"",
        "99999999999999999999999999",
        "-99999999999999999999999999",
        "1e999",
        "{\"a\":1,\"A\":1,\"\":1,\"a \":1}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_taken(texts[i]);
}

static void test_refuses_what_is_no_json(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"", "byte 0: it ends too early"},
        {"  ", "byte 2: it ends too early"},
        {"{} x", "byte 3: something follows"},
        {"{}{}", "something follows"},
        {"[1,]", "expected a value"},
        {"[,1]", "expected a value"},
        {"[1 2]", "expected , or ]"},
        {"[1}", "expected , or ]"},
        {"{\"a\":1]", "expected , or }"},
        {"{\"a\"}", "expected a :"},
        {"{\"a\" 1}", "expected a :"},
        {"{\"a\":}", "expected a value"},
        {"{a:1}", "expected a \""},
        {"{'a':1}", "expected a \""},
        {"'a'", "expected a value"},
        {"{\"a\":1,}", "expected a \""},
        {"// c\n1", "expected a value"},
        {"[1/**/]", "expected , or ]"},
        {"TRUE", "expected a value"},
        {"nul", "expected a value"},
        {"truex", "something follows"},
        {"NaN", "expected a value"},
        {"nan", "expected a value"},
        {"Infinity", "expected a value"},
        {"-Infinity", "expected a digit"},
        {"\xef\xbb\xbf{}", "byte 0: expected a value"},
        {"\v1", "expected a value"},
    };
    ASSERT_ALL_REFUSED(cases);
}

static void test_refuses_malformed_numbers(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"01", "something follows"},    {"-01", "something follows"},
        {"1.", "expected a digit"},     {".5", "expected a value"},
        {"+1", "expected a value"},     {"-", "expected a digit"},
        {"1e", "expected a digit"},     {"1e+", "expected a digit"},
        {"1.e1", "expected a digit"},   {"0x10", "something follows"},
        {"1_000", "something follows"}, {"1e-+1", "expected a digit"},
    };
    ASSERT_ALL_REFUSED(cases);
    char digits[JSON_NUMBER_BYTES_MAX + 2];
    memset(digits, '7', sizeof digits);
    digits[JSON_NUMBER_BYTES_MAX + 1] = '\0';
    assert_refused(digits, JSON_NUMBER_BYTES_MAX + 1, "a number is too long");
    digits[JSON_NUMBER_BYTES_MAX] = '\0';
    assert_taken(digits);
}

static void test_refuses_malformed_texts(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"\"", "in the middle of a text"},
        {"\"a", "in the middle of a text"},
        {"\"\\", "in the middle of a text"},
        {"\"a\nb\"", "byte 2: a control character"},
        {"\"\t\"", "a control character"},
        {"\"\\x41\"", "no such escape"},
        {"\"\\'\"", "no such escape"},
        {"\"\\u12\"", "four hex digits"},
        {"\"\\u12g4\"", "four hex digits"},
        {"\"\\u 123\"", "four hex"},
        {"\"\\u0000\"", "U+0000"},
        {"{\"a\\u0000b\":1}", "U+0000"},
        {"\"\\ud800\"", "half of a surrogate"},
        {"\"\\udc00\"", "half of a surrogate"},
        {"\"\\ud800\\ud800\"", "half of a surrogate"},
        {"\"\\ud800x\"", "half of a surrogate"},
        {"\"\\ud800\\u0041\"", "half of a surrogate"},
        {"\"\\ud83d\\ude0", "half of a surrogate"},
        {"{\"\\ud800\":1}", "half of a surrogate"},
    };
    ASSERT_ALL_REFUSED(cases);
    assert_refused("\"a\0b\"", 5, "byte 2: a control character");
    assert_refused("1\0", 2, "something follows");
    assert_refused("\0", 1, "expected a value");
}

static void test_refuses_malformed_utf8(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"\"\x80\"", "not UTF-8"},
        {"\"\xff\"", "not UTF-8"},
        {"\"\xc3\"", "not UTF-8"},
        {"\"\xc0\xaf\"", "not UTF-8"},
        {"\"\xc1\xbf\"", "not UTF-8"},
        {"\"\xe0\x80\xaf\"", "not UTF-8"},
        {"\"\xe2\x82\"", "not UTF-8"},
        {"\"\xed\xa0\x80\"", "not UTF-8"},
        {"\"\xed\xbf\xbf\"", "not UTF-8"},
        {"\"\xf0\x80\x80\x80\"", "not UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "not UTF-8"},
        {"\"\xf5\x80\x80\x80\"", "not UTF-8"},
        {"\"\xf0\x9f\x98\"", "not UTF-8"},
        {"{\"\xc3\":1}", "byte 2: not UTF-8"},
        {"\"ab\xf0\x9f", "byte 3: not UTF-8"},
    };
    ASSERT_ALL_REFUSED(cases);
}

static void test_refuses_duplicate_keys(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        {"{\"a\":1,\"a\":2}", "the key \"a\" is there twice"},
        {"{\"a\":1,\"b\":{\"c\":1,\"c\":1}}", "the key \"c\" is there twice"},
        {"{\"a\":1,\"\\u0061\":2}", "the key \"a\" is there twice"},
        {"{\"/\":1,\"\\/\":2}", "the key \"/\" is there twice"},
        {"{\"\xf0\x9f\x98\x80\":null,\"\\ud83d\\ude00\":2}", "is there twice"},
        {"{\"\":1,\"\":2}", "the key \"\" is there twice"},
        {"[{\"a\":null,\"a\":null}]", "the key \"a\" is there twice"},
    };
    ASSERT_ALL_REFUSED(cases);
    assert_taken("[{\"a\":{\"a\":1}},{\"a\":1}]");
}

static void test_error_shows_a_long_key_in_whole_characters(void **state)
{
    (void)state;
    struct buf text = {0};
    struct err err = {0};
    for (int i = 0; i < 2; i++) {
        buf_append_text(&text, i == 0 ? "{\"x" : ",\"x");
        for (int j = 0; j < 100; j++)
            buf_append_text(&text, "\xe2\x82\xac");
        buf_append_text(&text, "\":1");
    }
    buf_append_text(&text, "}");
    assert_int_equal(read_copy(text.bytes, text.length, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "\xe2\x82\xac\" is there twice"));
    buf_free(&text);
}

static void repeat(struct buf *out, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        buf_append_text(out, text);
}

static void test_bounds_the_depth(void **state)
{
    (void)state;
    static const char *const opens[] = {"[", "{\"a\":"}, *const closes[] = {"]", "}"};
    for (int kind = 0; kind < 2; kind++) {
        struct buf text = {0};
        repeat(&text, opens[kind], JSON_DEPTH_MAX);
        buf_append_text(&text, "1");
        repeat(&text, closes[kind], JSON_DEPTH_MAX);
        assert_taken(text.bytes);
        buf_clear(&text);
        repeat(&text, opens[kind], 100000);
        assert_refused(text.bytes, text.length, "too many levels");
        buf_free(&text);
    }
    assert_taken("[[[[[[1]]]]],[[[[[1]]]]],[[[[[1]]]]],[[[[[1]]]]]]");
}

static void write_members(struct buf *out, int count)
{
    buf_clear(out);
    for (int i = 0; i < count; i++)
        buf_printf(out, "%s\"k%d\":%d", i == 0 ? "{" : ",", i, i);
    buf_append_text(out, "}");
}

static void test_bounds_the_members(void **state)
{
    (void)state;
    struct buf text = {0};
    write_members(&text, JSON_MEMBERS_MAX);
    assert_taken(text.bytes);
    write_members(&text, JSON_MEMBERS_MAX + 1);
    assert_refused(text.bytes, text.length, "too many members");
    buf_free(&text);
}

static void test_refuses_every_truncation(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":[1,-2.5e3,true,null],\"b\":{\"\\u00e9\\ud83d\\ude00\":\"\xc3\xa9\"}}";
    assert_taken(text);
    for (size_t length = 0; length < sizeof text - 1; length++)
        assert_refused(text, length, "not JSON at byte ");
}

static void test_survives_every_changed_byte(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1,-2.5e3,true],\"b\":\"\\u00e9\xc3\xa9\"}";
    char changed[sizeof text];
    for (size_t at = 0; at < sizeof text - 1; at++)
        for (int byte = 0; byte < 256; byte++) {
            struct err err = {0};
            memcpy(changed, text, sizeof text);
            changed[at] = (char)byte;
            enum err_code code = read_copy(changed, sizeof text - 1, &err);
            assert_true(code == ERR_OK || (code == ERR_INVALID && err.text[0] != '\0'));
        }
}

static void test_counts_and_cuts_characters(void **state)
{
    (void)state;
    assert_int_equal(json_text_points("", 0), 0);
    assert_int_equal(json_text_points("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10), 4);
    assert_int_equal(json_text_cut("abc", 3), 3);
    assert_int_equal(json_text_cut("abc", 2), 2);
    assert_int_equal(json_text_cut("a\xe2\x82\xac", 4), 4);
    assert_int_equal(json_text_cut("a\xe2\x82\xac", 3), 1);
    assert_int_equal(json_text_cut("\xe2\x82\xac", 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_json),
        cmocka_unit_test(test_refuses_what_is_no_json),
        cmocka_unit_test(test_refuses_malformed_numbers),
        cmocka_unit_test(test_refuses_malformed_texts),
        cmocka_unit_test(test_refuses_malformed_utf8),
        cmocka_unit_test(test_refuses_duplicate_keys),
        cmocka_unit_test(test_error_shows_a_long_key_in_whole_characters),
        cmocka_unit_test(test_bounds_the_depth),
        cmocka_unit_test(test_bounds_the_members),
        cmocka_unit_test(test_refuses_every_truncation),
        cmocka_unit_test(test_survives_every_changed_byte),
        cmocka_unit_test(test_counts_and_cuts_characters),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
