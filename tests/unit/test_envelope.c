/* The envelope: what it looks like, and that nothing inconsistent comes through.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "envelope.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define ID           "01935e3a-4b6c-7d8e-9f01-23456789abcd"
#define TRACEPARENT  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static const char ORDER_APPROVED[] =
    "{\"specversion\":\"1.0\",\"id\":\"" ID
    "\",\"source\":\"/brigade/order\",\"type\":\"OrderApproved\","
    "\"subject\":\"orders/42\",\"time\":\"2026-11-21T08:40:36.123Z\","
    "\"datacontenttype\":\"application/json\","
    "\"dataschema\":\"https://brigade.example/schemas/events/OrderApproved.json\","
    "\"sequence\":\"0000000002\",\"traceparent\":\"" TRACEPARENT "\","
    "\"data\":{\"orderId\":42,\"consumerId\":7,\"restaurantId\":3,\"orderTotal\":\"61.70\"}}";

static struct envelope approved(void)
{
    static const struct order_approved data = {
        .order_id = 42, .consumer_id = 7, .restaurant_id = 3, .order_total_cents = 6170};
    return (struct envelope){.id = ID,
                             .type = EVENT_ORDER_APPROVED,
                             .subject_id = 42,
                             .sequence = 2,
                             .time_ms = 1795250436123,
                             .traceparent = TRACEPARENT,
                             .data = &data};
}

static void test_encodes(void **state)
{
    (void)state;
    struct envelope envelope = approved();
    struct buf out = {0};
    envelope_encode(&envelope, &out);
    assert_string_equal(buf_text(&out), ORDER_APPROVED);
    buf_clear(&out);
    envelope.traceparent[0] = '\0';
    envelope_encode(&envelope, &out);
    assert_null(strstr(buf_text(&out), "traceparent"));
    buf_free(&out);
}

static void test_decodes(void **state)
{
    (void)state;
    struct envelope out;
    const struct envelope expected = approved();
    struct err err = {0};
    assert_int_equal(envelope_decode(ORDER_APPROVED, strlen(ORDER_APPROVED), &out, &err), ERR_OK);
    assert_string_equal(out.id, expected.id);
    assert_int_equal(out.type, expected.type);
    assert_int_equal(out.subject_id, expected.subject_id);
    assert_int_equal(out.sequence, expected.sequence);
    assert_int_equal(out.time_ms, expected.time_ms);
    assert_string_equal(out.traceparent, expected.traceparent);
    assert_memory_equal(out.data, expected.data, sizeof(struct order_approved));
    envelope_release(&out);
}

/* Decode the message above with its first `from` replaced by `to`. */
static enum err_code decode_changed(const char *from, const char *to, struct envelope *out,
                                    struct err *err)
{
    struct buf text = {0};
    const char *at = strstr(ORDER_APPROVED, from);
    assert_non_null(at);
    buf_append(&text, ORDER_APPROVED, (size_t)(at - ORDER_APPROVED));
    buf_append_text(&text, to);
    buf_append_text(&text, at + strlen(from));
    enum err_code code = envelope_decode(text.bytes, text.length, out, err);
    buf_free(&text);
    return code;
}

struct changed {
    const char *from, *to, *why;
};

static void test_refuses(void **state)
{
    (void)state;
    static const struct changed cases[] = {
        {"{", "[", "not JSON at byte 14: expected , or ]"},
        {"\"1.0\"", "\"0.3\"", "specversion: must be \"1.0\""},
        {"\"specversion\"", "\"specVersion\"", "specversion: is missing"},
        {"\"id\"", "\"ID\"", "id: is missing"},
        {ID, "42", "id: must be a UUID"},
        {ID, "", "id: must have 1 to 256 characters, has 0"},
        {"\"" ID "\"", "42", "id: must be a text, is an integer"},
        {"/brigade/order", "/brigade/kitchen",
         "source: OrderApproved comes from /brigade/order only"},
        {"/brigade/order", "/brigade/orders",
         "source: OrderApproved comes from /brigade/order only"},
        {"/brigade/order", "order", "source: OrderApproved comes from /brigade/order only"},
        {"OrderApproved", "OrderEaten", "type: is not known here"},
        {"\"OrderApproved\"", "null", "type: must be a text, is null"},
        {"orders/42", "tickets/42", "subject: must be like orders/42"},
        {"orders/42", "orders/", "subject: must be like orders/42"},
        {"orders/42", "orders/042", "subject: must be like orders/42"},
        {"orders/42", "orders/-42", "subject: must be like orders/42"},
        {"orders/42", "orders/42x", "subject: must be like orders/42"},
        {"orders/42", "orders/0", "subject: must be like orders/42"},
        {"orders/42", "orders42", "subject: must be like orders/42"},
        {"orders/42", "orders/2147483648", "subject: must be like orders/42"},
        {"orders/42", "orders/99999999999999999999", "subject: must be like orders/42"},
        {"orders/42", "orders/43", "subject: is about another one than the data"},
        {"2026-11-21T08", "yesterday", "time: must be a date-time like \"2026-11-21T19:30:00Z\""},
        {"0000000002", "2", "sequence: must be a positive number of 10 digits"},
        {"0000000002", "0000000000", "sequence: must be a positive number of 10 digits"},
        {"0000000002", "2147483648", "sequence: must be a positive number of 10 digits"},
        {"0000000002", "000000002x", "sequence: must be a positive number of 10 digits"},
        {"\"0000000002\"", "2", "sequence: must be a text, is an integer"},
        {"\"data\":{", "\"data\":null,\"x\":{", "data: must be an object, is null"},
        {"\"data\"", "\"Data\"", "data: is missing"},
        {"61.70", "61.7", "data.orderTotal: must be an amount like \"61.70\""},
        {"\"consumerId\"", "\"consumer\"", "data.consumerId: is missing"},
        {"\"data\"", "\"id\":1,\"data\"", "is there twice"},
    };
    struct envelope out;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err = {0};
        if (decode_changed(cases[i].from, cases[i].to, &out, &err) != ERR_INVALID)
            fail_msg("taken: %s", cases[i].to);
        if (strstr(err.text, cases[i].why) == NULL)
            fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].to, err.text, cases[i].why);
    }
}

static void test_keeps_id_and_type_of_a_refused_one(void **state)
{
    (void)state;
    struct envelope out;
    struct err err = {0};
    assert_int_equal(decode_changed("61.70", "x", &out, &err), ERR_INVALID);
    assert_null(out.data);
    assert_string_equal(out.id, ID);
    assert_int_equal(out.type, EVENT_ORDER_APPROVED);
    assert_int_equal(decode_changed(ID, "x", &out, &err), ERR_INVALID);
    assert_string_equal(out.id, "");
    assert_int_equal(out.type, EVENT_ORDER_APPROVED);
    assert_int_equal(decode_changed("OrderApproved", "x", &out, &err), ERR_INVALID);
    assert_string_equal(err.text, "type: is not known here");
    assert_string_equal(out.id, ID);
    assert_int_equal(out.type, EVENT_NONE);
    assert_int_equal(envelope_decode("{", 1, &out, &err), ERR_INVALID);
    assert_string_equal(out.id, "");
    assert_int_equal(out.type, EVENT_NONE);
}

static void test_drops_a_malformed_traceparent(void **state)
{
    (void)state;
    static const char *const values[] = {
        "\"\"",
        "1",
        "null",
        "\"00-x\"",
        "\"00-00000000000000000000000000000000-00f067aa0ba902b7-01\"",
        "\"" TRACEPARENT TRACEPARENT "\""};
    struct envelope out;
    for (size_t i = 0; i < COUNT(values); i++) {
        struct err err = {0};
        assert_int_equal(decode_changed("\"" TRACEPARENT "\"", values[i], &out, &err), ERR_OK);
        assert_string_equal(out.traceparent, "");
        envelope_release(&out);
    }
}

static void test_ignores_what_it_does_not_know(void **state)
{
    (void)state;
    struct envelope out;
    struct err err = {0};
    assert_int_equal(
        decode_changed("\"data\":{", "\"more\":[{}],\"data\":{\"more\":null,", &out, &err), ERR_OK);
    envelope_release(&out);
    assert_int_equal(decode_changed("\"datacontenttype\":\"application/json\",", "", &out, &err),
                     ERR_OK);
    envelope_release(&out);
    assert_int_equal(decode_changed("\"dataschema\"", "\"x\"", &out, &err), ERR_OK);
    envelope_release(&out);
}

static void test_bounds_the_size(void **state)
{
    (void)state;
    struct envelope out;
    struct err err = {0};
    struct buf text = {0};
    buf_append_text(&text, ORDER_APPROVED);
    while (text.length < ENVELOPE_BYTES_MAX)
        buf_append_char(&text, ' ');
    assert_int_equal(envelope_decode(text.bytes, text.length, &out, &err), ERR_OK);
    envelope_release(&out);
    buf_append_char(&text, ' ');
    assert_int_equal(envelope_decode(text.bytes, text.length, &out, &err), ERR_INVALID);
    assert_string_equal(err.text, "larger than 65536 bytes");
    buf_free(&text);
}

static void test_every_type_has_its_row(void **state)
{
    (void)state;
    for (int type = EVENT_NONE + 1; type < EVENT_TYPE_COUNT; type++) {
        const struct event_schema *schema = &event_schemas[type];
        assert_non_null(schema->type);
        assert_string_equal(schema->record->name, schema->type);
        assert_true(schema->record->size <= sizeof(union event_data));
        assert_true(schema->subject_id_offset < schema->record->size);
        assert_true(schema->order_id_offset == SIZE_MAX ||
                    schema->order_id_offset < schema->record->size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodes),
        cmocka_unit_test(test_decodes),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_keeps_id_and_type_of_a_refused_one),
        cmocka_unit_test(test_drops_a_malformed_traceparent),
        cmocka_unit_test(test_ignores_what_it_does_not_know),
        cmocka_unit_test(test_bounds_the_size),
        cmocka_unit_test(test_every_type_has_its_row),
    };
    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
