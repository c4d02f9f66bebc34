/* Objects, arrays and errors that name the place: the generated records. SPDX-License-Identifier:
 * MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec_asserts.h"

static void test_unknown_fields_are_ignored(void **state)
{
    (void)state;
    struct line_item line;
    codec_assert_encodes(
        &line_item_record,
        "{\"new\":{\"quantity\":[null]},\"quantity\":7,\"x\":1e400,\"menuItemId\":\"a\"}", &line,
        "{\"menuItemId\":\"a\",\"quantity\":7}");
}

#define ADDRESS "\"street1\":\"a\",\"city\":\"b\",\"state\":\"c\""
#define ORDER(address, lines)                                                                      \
    "{\"consumerId\":1,\"restaurantId\":2,\"deliveryAddress\":{" address "},"                      \
    "\"deliveryTime\":\"2026-11-21T19:30:00.000Z\",\"lineItems\":[" lines "]}"

static void test_errors_name_the_path(void **state)
{
    (void)state;
    static const struct codec_wrong cases[] = {
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
    codec_assert_wrong(&create_order_request_record, cases, COUNT(cases));
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
    codec_assert_encodes(&create_order_request_record, text, &request, text);
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
    static const struct codec_wrong cases[] = {
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
        cmocka_unit_test(test_unknown_fields_are_ignored),
        cmocka_unit_test(test_errors_name_the_path),
        cmocka_unit_test(test_nested_objects_and_arrays),
        cmocka_unit_test(test_arrays_on_their_own),
        cmocka_unit_test(test_wrong_arrays),
        cmocka_unit_test(test_encodes_texts),
        cmocka_unit_test(test_finds_names),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
