/* What customers are told. SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "table.h"

#include "notifier.h"

enum { NOTIFICATION_ID = 3, ORDER_ID = 42, CONSUMER_ID = 7, NOW_MS = 1000 };

static const struct notification none = {.head.id = NOTIFICATION_ID};

DEFINE_DECIDED(notification, notification)

static struct notification_decision tell_approved(int32_t order_id, int64_t total_cents)
{
    struct order_approved approved = {
        .order_id = order_id, .consumer_id = CONSUMER_ID, .order_total_cents = total_cents};
    struct notification_input in = {
        .type = NOTIFICATION_INPUT_ORDER_APPROVED, .now_ms = NOW_MS, .approved = &approved};
    return notification_decided(&none, &in);
}

static struct notification_decision tell_rejected(const struct notification *before, int reason)
{
    struct order_rejected rejected = {
        .order_id = ORDER_ID, .consumer_id = CONSUMER_ID, .reason = reason};
    struct notification_input in = {
        .type = NOTIFICATION_INPUT_ORDER_REJECTED, .now_ms = NOW_MS, .rejected = &rejected};
    return notification_decided(before, &in);
}

static void assert_about(const struct notification_decision *decision, int kind)
{
    assert_int_equal(decision->verdict, VERDICT_APPLIED);
    assert_null(decision->refusal);
    assert_int_equal(decision->after.head.id, NOTIFICATION_ID);
    assert_int_equal(decision->after.kind, kind);
    assert_int_equal(decision->after.consumer_id, CONSUMER_ID);
    assert_int_equal(decision->after.order_id, ORDER_ID);
    assert_int_equal(decision->after.created_at_ms, NOW_MS);
}

static void test_approved(void **state)
{
    (void)state;
    struct notification_decision decision = tell_approved(ORDER_ID, 6170);
    assert_about(&decision, NOTIFICATION_KIND_ORDER_APPROVED);
    assert_string_equal(decision.after.text, "Your order 42 is confirmed: 61.70.");
}

static void test_amounts(void **state)
{
    (void)state;
    static const struct {
        int32_t order_id;
        int64_t total_cents;
        const char *text;
    } rows[] = {
        {1, 0, "Your order 1 is confirmed: 0.00."},
        {1, 5, "Your order 1 is confirmed: 0.05."},
        {1, 100, "Your order 1 is confirmed: 1.00."},
        {10, 1009, "Your order 10 is confirmed: 10.09."},
        {ID_MAX, MONEY_CENTS_MAX, "Your order 2147483647 is confirmed: 999999999.99."},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_string_equal(tell_approved(rows[i].order_id, rows[i].total_cents).after.text,
                            rows[i].text);
}

static const char *const explanations[REASON_COUNT] = {
    [REASON_NONE] = "we cannot say why",
    [REASON_CONSUMER_UNKNOWN] = "we do not know the customer",
    [REASON_ORDER_LIMIT_EXCEEDED] = "it costs more than your limit for one order",
    [REASON_RESTAURANT_UNKNOWN] = "we do not know the restaurant",
    [REASON_RESTAURANT_CLOSED] = "the restaurant is closed",
    [REASON_MENU_ITEM_UNKNOWN] = "a dish is no longer on the menu",
    [REASON_CARD_DECLINED] = "the card was declined",
    [REASON_ACCOUNT_DISABLED] = "your account is disabled",
    [REASON_APPROVAL_TIMED_OUT] = "it could not be confirmed in time",
    [REASON_CANCELLED_BY_CONSUMER] = "you asked for it",
    [REASON_TICKET_EXPIRED] = "the restaurant did not accept it in time",
    [REASON_PREPARATION_STARTED] = "the restaurant has begun to cook",
    [REASON_TICKET_CANCELLED] = "the restaurant does not cook it any more",
    [REASON_REVISION_TIMED_OUT] = "it could not be confirmed in time",
};

static void test_rejected_for_every_reason(void **state)
{
    (void)state;
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        char text[200];
        struct notification_decision decision = tell_rejected(&none, reason);
        assert_about(&decision, NOTIFICATION_KIND_ORDER_REJECTED);
        assert_non_null(explanations[reason]);
        (void)snprintf(text, sizeof text, "Your order 42 was rejected: %s.", explanations[reason]);
        assert_string_equal(decision.after.text, text);
    }
}

/* What becomes of an order later. */
static const struct order_cancelled cancelled = {
    .order_id = ORDER_ID, .consumer_id = CONSUMER_ID, .reason = REASON_TICKET_EXPIRED};
static const struct order_cancellation_rejected cancellation_rejected = {
    .order_id = ORDER_ID, .consumer_id = CONSUMER_ID, .reason = REASON_PREPARATION_STARTED};
static const struct order_revised revised = {
    .order_id = ORDER_ID, .consumer_id = CONSUMER_ID, .revision = 2, .order_total_cents = 7404};
static const struct order_revision_rejected revision_rejected = {.order_id = ORDER_ID,
                                                                 .consumer_id = CONSUMER_ID,
                                                                 .revision = 3,
                                                                 .reason = REASON_CARD_DECLINED};

static const struct {
    struct notification_input in;
    int kind;
    int32_t revision;
    const char *text;
} later[] = {
    {{.type = NOTIFICATION_INPUT_ORDER_CANCELLED, .now_ms = NOW_MS, .cancelled = &cancelled},
     NOTIFICATION_KIND_ORDER_CANCELLED,
     0,
     "Your order 42 is cancelled and costs nothing: the restaurant did not accept it in time."},
    {{.type = NOTIFICATION_INPUT_ORDER_CANCELLATION_REJECTED,
      .now_ms = NOW_MS,
      .cancellation_rejected = &cancellation_rejected},
     NOTIFICATION_KIND_ORDER_CANCELLATION_REJECTED,
     0,
     "Your order 42 cannot be cancelled any more: the restaurant has begun to cook."},
    {{.type = NOTIFICATION_INPUT_ORDER_REVISED, .now_ms = NOW_MS, .revised = &revised},
     NOTIFICATION_KIND_ORDER_REVISED,
     2,
     "Your order 42 is changed, and costs now 74.04."},
    {{.type = NOTIFICATION_INPUT_ORDER_REVISION_REJECTED,
      .now_ms = NOW_MS,
      .revision_rejected = &revision_rejected},
     NOTIFICATION_KIND_ORDER_REVISION_REJECTED,
     3,
     "Your order 42 could not be changed and stays as it was: the card was declined."},
};

static void test_later_changes(void **state)
{
    (void)state;
    assert_int_equal(COUNT_OF(later) + 2, NOTIFICATION_INPUT_COUNT);
    for (size_t i = 0; i < COUNT_OF(later); i++) {
        struct notification_decision decision = notification_decided(&none, &later[i].in);
        assert_about(&decision, later[i].kind);
        assert_int_equal(decision.after.revision, later[i].revision);
        assert_string_equal(decision.after.text, later[i].text);
    }
}

static void test_told_once(void **state)
{
    (void)state;
    struct notification before = tell_approved(ORDER_ID, 6170).after;
    struct notification_decision decision = tell_rejected(&before, REASON_CARD_DECLINED);
    assert_int_equal(decision.verdict, VERDICT_IGNORED);
    assert_memory_equal(&decision.after, &before, sizeof before);
}

static void test_unknown_input_is_illegal(void **state)
{
    (void)state;
    struct notification_input in = {.type = NOTIFICATION_INPUT_COUNT};
    struct notification_decision decision = notification_decided(&none, &in);
    assert_int_equal(decision.verdict, VERDICT_ILLEGAL);
    assert_non_null(decision.refusal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_approved),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_rejected_for_every_reason),
        cmocka_unit_test(test_later_changes),
        cmocka_unit_test(test_told_once),
        cmocka_unit_test(test_unknown_input_is_illegal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
