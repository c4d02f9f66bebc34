/* Every cell of the consumer and of the verification. SPDX-License-Identifier: MIT */
#include "table.h"

#include "consumer.h"

enum { ORDER_ID = 42, CONSUMER_ID = 7, LIMIT_CENTS = 10000 };

static const struct create_consumer_request request = {
    .has_name = true,
    .name = {"Chris", "Richardson"},
    .has_order_limit = true,
    .order_limit_cents = LIMIT_CENTS,
};

DEFINE_DECIDED(consumer, consumer)

DEFINE_DECIDED(verification, verification)

static struct consumer_decision create(const struct consumer *before)
{
    struct consumer_input in = {.type = CONSUMER_INPUT_CREATE, .request = &request};
    return consumer_decided(before, &in);
}

static struct consumer consumer_created(void)
{
    struct consumer none = {.head.id = CONSUMER_ID};
    struct consumer consumer = create(&none).after;
    consumer.head.version = 1;
    return consumer;
}

static void test_consumer_is_created(void **state)
{
    (void)state;
    struct consumer none = {.head.id = CONSUMER_ID};
    struct consumer_decision decision = create(&none);
    assert_int_equal(decision.verdict, VERDICT_APPLIED);
    assert_int_equal(decision.event, EVENT_CONSUMER_CREATED);
    assert_int_equal(decision.after.head.id, CONSUMER_ID);
    assert_true(decision.after.has_name);
    assert_string_equal(decision.after.name.last_name, "Richardson");
    assert_true(decision.after.has_order_limit);
    assert_int_equal(decision.after.order_limit_cents, LIMIT_CENTS);
}

/* An id is drawn for one consumer only, so a second CREATE is a collision and no duplicate. */
static void test_consumer_is_not_created_twice(void **state)
{
    (void)state;
    struct consumer before = consumer_created();
    struct consumer_decision decision = create(&before);
    assert_int_equal(decision.verdict, VERDICT_ILLEGAL);
    assert_sound("second create", decision.verdict, decision.event != EVENT_NONE, decision.refusal);
    assert_memory_equal(&decision.after, &before, sizeof before);
}

/* The verification of an order. */
struct row {
    const char *name;
    int before;
    bool known, limited;
    int64_t total_cents;
    enum verdict verdict;
    int after;
    enum event_type event;
    int reason;
};

#define VERIFIED VERDICT_APPLIED, VERIFICATION_STATE_VERIFIED, EVENT_CONSUMER_VERIFIED, REASON_NONE
#define FAILED(reason)                                                                             \
    VERDICT_APPLIED, VERIFICATION_STATE_FAILED, EVENT_CONSUMER_VERIFICATION_FAILED, REASON_##reason

static const struct row rows[] = {
    {"no limit", VERIFICATION_STATE_NONE, true, false, MONEY_CENTS_MAX, VERIFIED},
    {"within the limit", VERIFICATION_STATE_NONE, true, true, LIMIT_CENTS, VERIFIED},
    {"a cent too much", VERIFICATION_STATE_NONE, true, true, LIMIT_CENTS + 1,
     FAILED(ORDER_LIMIT_EXCEEDED)},
    {"unknown", VERIFICATION_STATE_NONE, false, false, 1, FAILED(CONSUMER_UNKNOWN)},
    {"verified before", VERIFICATION_STATE_VERIFIED, false, false, 1, VERDICT_IGNORED,
     VERIFICATION_STATE_VERIFIED, EVENT_NONE, REASON_NONE},
    {"failed before", VERIFICATION_STATE_FAILED, true, false, 1, VERDICT_IGNORED,
     VERIFICATION_STATE_FAILED, EVENT_NONE, REASON_CONSUMER_UNKNOWN},
};

static struct verification verification_in(int state)
{
    struct verification verification = {.head.id = ORDER_ID, .state = state};
    if (state != VERIFICATION_STATE_NONE)
        verification.consumer_id = CONSUMER_ID;
    if (state == VERIFICATION_STATE_FAILED)
        verification.reason = REASON_CONSUMER_UNKNOWN;
    return verification;
}

static struct verification_decision verify(const struct row *row, const struct verification *before)
{
    struct consumer consumer = {.head.id = CONSUMER_ID};
    static struct order_created order = {.order_id = ORDER_ID, .consumer_id = CONSUMER_ID};
    if (row->known)
        consumer = consumer_created();
    consumer.has_order_limit = row->limited;
    order.order_total_cents = row->total_cents;
    struct verification_input in = {
        .type = VERIFICATION_INPUT_ORDER_CREATED, .order = &order, .consumer = &consumer};
    return verification_decided(before, &in);
}

static void check_row(const struct row *row)
{
    struct verification before = verification_in(row->before);
    struct verification_decision decision = verify(row, &before);
    assert_number(row->name, "verdict", decision.verdict, row->verdict);
    assert_number(row->name, "state", decision.after.state, row->after);
    assert_number(row->name, "event", decision.event, row->event);
    assert_number(row->name, "reason", decision.after.reason, row->reason);
    assert_number(row->name, "consumer", decision.after.consumer_id, CONSUMER_ID);
    assert_number(row->name, "id", decision.after.head.id, ORDER_ID);
    assert_sound(row->name, decision.verdict, decision.event != EVENT_NONE, decision.refusal);
    assert_number(row->name, "second verdict", verify(row, &decision.after).verdict,
                  VERDICT_IGNORED);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_row(&rows[i]);
}

static void test_every_state_has_a_row(void **state)
{
    (void)state;
    for (int expected = 0; expected < VERIFICATION_STATE_COUNT; expected++) {
        size_t found = 0;
        for (size_t i = 0; i < COUNT_OF(rows); i++)
            found += rows[i].before == expected;
        assert_int_equal(found, expected == VERIFICATION_STATE_NONE ? 4 : 1);
    }
}

static void test_unknown_inputs_are_illegal(void **state)
{
    (void)state;
    struct consumer consumer = consumer_created();
    struct verification verification = verification_in(VERIFICATION_STATE_NONE);
    struct consumer_input consumer_in = {.type = CONSUMER_INPUT_COUNT};
    struct verification_input in = {.type = VERIFICATION_INPUT_COUNT};
    assert_int_equal(consumer_decided(&consumer, &consumer_in).verdict, VERDICT_ILLEGAL);
    assert_int_equal(verification_decided(&verification, &in).verdict, VERDICT_ILLEGAL);
}

static void test_events(void **state)
{
    (void)state;
    union event_data data;
    struct consumer consumer = consumer_created();
    struct verification failed = verification_in(VERIFICATION_STATE_FAILED);
    consumer_event(&consumer, EVENT_CONSUMER_CREATED, &data);
    assert_int_equal(data.consumer_created.consumer_id, CONSUMER_ID);
    assert_true(data.consumer_created.has_name);
    assert_string_equal(data.consumer_created.name.first_name, "Chris");
    assert_true(data.consumer_created.has_order_limit);
    assert_int_equal(data.consumer_created.order_limit_cents, LIMIT_CENTS);
    verification_event(&failed, EVENT_CONSUMER_VERIFICATION_FAILED, &data);
    assert_int_equal(data.consumer_verification_failed.order_id, ORDER_ID);
    assert_int_equal(data.consumer_verification_failed.consumer_id, CONSUMER_ID);
    assert_int_equal(data.consumer_verification_failed.reason, REASON_CONSUMER_UNKNOWN);
    memset(&data, 0, sizeof data);
    verification_event(&failed, EVENT_CONSUMER_VERIFIED, &data);
    assert_int_equal(data.consumer_verified.order_id, ORDER_ID);
    assert_int_equal(data.consumer_verified.consumer_id, CONSUMER_ID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_consumer_is_created),
        cmocka_unit_test(test_consumer_is_not_created_twice),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_every_state_has_a_row),
        cmocka_unit_test(test_unknown_inputs_are_illegal),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
