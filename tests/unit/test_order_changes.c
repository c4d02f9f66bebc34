/* What the changes of an order keep, change and tell; its timers; its revisions by their numbers.
 * SPDX-License-Identifier: MIT */
#include "table.h"

#include "order_fixture.h"

static void test_placed_order(void **state)
{
    (void)state;
    struct order order = order_in(ORDER_STATE_APPROVAL_PENDING);
    assert_int_equal(order.head.id, ORDER_ID);
    assert_int_equal(order.head.due_at_ms, NOW_MS + APPROVAL_MS);
    assert_int_equal(order.consumer_id, 7);
    assert_int_equal(order.restaurant_id, 8);
    assert_int_equal(order.order_total_cents, TOTAL_CENTS);
    assert_int_equal(order.line_items_count, 2);
    assert_string_equal(order.line_items[0].name, "Chicken Vindaloo");
    assert_int_equal(order.line_items[0].price_cents, 1234);
    assert_int_equal(order.line_items[0].quantity, 5);
    assert_string_equal(order.line_items[1].menu_item_id, "naan");
    assert_string_equal(order.delivery_address.street1, "9 Amazing View");
    assert_int_equal(order.delivery_time_ms, 5000000);
}

/* Without a price there is no order, and no revision. */
static void test_price_is_needed(void **state)
{
    (void)state;
    static const struct order_pricing pricing = {.result = PRICING_ITEM_UNKNOWN};
    static const struct {
        int before;
        enum order_input_type in;
    } rows[] = {{ORDER_STATE_NONE, ORDER_INPUT_PLACE}, {ORDER_STATE_APPROVED, ORDER_INPUT_REVISE}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct order before = order_in(rows[i].before);
        struct order_input in = order_input_of(rows[i].in);
        in.pricing = &pricing;
        assert_int_equal(order_decided(&before, &in).verdict, VERDICT_ILLEGAL);
    }
}

static void test_deadlines_are_not_early(void **state)
{
    (void)state;
    static const struct {
        int before;
        int64_t due_at_ms;
    } rows[] = {
        {ORDER_STATE_APPROVAL_PENDING, NOW_MS + APPROVAL_MS},
        {ORDER_STATE_CANCEL_PENDING, NOW_MS + CANCELLATION_MS},
        {ORDER_STATE_REVISION_PENDING, NOW_MS + REVISION_MS},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct order before = order_in(rows[i].before);
        struct order_input in = order_input_of(ORDER_INPUT_DEADLINE);
        in.now_ms = rows[i].due_at_ms - 1;
        assert_int_equal(before.head.due_at_ms, rows[i].due_at_ms);
        assert_int_equal(order_decided(&before, &in).verdict, VERDICT_IGNORED);
        in.now_ms++;
        assert_int_equal(order_decided(&before, &in).verdict, VERDICT_APPLIED);
    }
}

/* It goes on asking until it has an answer. */
static void test_cancellation_is_driven_on(void **state)
{
    (void)state;
    struct order order = order_in(ORDER_STATE_CANCEL_PENDING);
    assert_int_equal(order.cancel_requests, 1);
    for (int32_t requests = 2; requests < 5; requests++) {
        struct order_input in = order_input_of(ORDER_INPUT_DEADLINE);
        in.now_ms = order.head.due_at_ms;
        struct order_decision decision = order_decided(&order, &in);
        assert_int_equal(decision.event, EVENT_ORDER_CANCEL_REQUESTED);
        assert_int_equal(decision.after.cancel_requests, requests);
        assert_int_equal(decision.after.head.due_at_ms, in.now_ms + CANCELLATION_MS);
        order = decision.after;
    }
    order = order_try(&order, ORDER_INPUT_TICKET_CANCELLATION_REJECTED).after;
    order = order_try(&order, ORDER_INPUT_CANCEL).after;
    assert_int_equal(order.cancel_requests, 1);
}

/* All that an order had before is there again. */
static void assert_as_approved(struct order order, int reason)
{
    const struct order approved = order_in(ORDER_STATE_APPROVED);
    assert_int_equal(order.reason, reason);
    order.reason = REASON_NONE;
    assert_memory_equal(&order, &approved, sizeof order);
}

static void test_refused_changes_leave_no_trace(void **state)
{
    (void)state;
    struct order cancelling = order_in(ORDER_STATE_CANCEL_PENDING);
    struct order revising = order_in(ORDER_STATE_REVISION_PENDING);
    assert_as_approved(order_try(&cancelling, ORDER_INPUT_TICKET_CANCELLATION_REJECTED).after,
                       REASON_PREPARATION_STARTED);
    assert_as_approved(order_try(&revising, ORDER_INPUT_TICKET_REVISION_REJECTED).after,
                       REASON_CARD_DECLINED);
    assert_as_approved(order_try(&revising, ORDER_INPUT_AUTHORIZATION_REVISION_FAILED).after,
                       REASON_CARD_DECLINED);
    assert_as_approved(order_try(&revising, ORDER_INPUT_DEADLINE).after, REASON_REVISION_TIMED_OUT);
}

/* Why the one before was refused is no news for the next. */
static void test_next_change_begins_without_a_reason(void **state)
{
    (void)state;
    struct order revising = order_in(ORDER_STATE_REVISION_PENDING);
    struct order approved = order_try(&revising, ORDER_INPUT_DEADLINE).after;
    assert_int_equal(order_try(&approved, ORDER_INPUT_CANCEL).after.reason, REASON_NONE);
    assert_int_equal(order_try(&approved, ORDER_INPUT_REVISE).after.reason, REASON_NONE);
}

static void test_lines_change_when_the_revision_is_confirmed(void **state)
{
    (void)state;
    struct order order = order_in(ORDER_STATE_REVISION_PENDING);
    assert_int_equal(order.order_total_cents, TOTAL_CENTS);
    assert_int_equal(order.line_items_count, 2);
    assert_int_equal(order.revised_order_total_cents, REVISED_TOTAL_CENTS);
    order = order_try(&order, ORDER_INPUT_AUTHORIZATION_REVISED).after;
    assert_int_equal(order.revision, REVISION);
    assert_int_equal(order.order_total_cents, REVISED_TOTAL_CENTS);
    assert_int_equal(order.line_items_count, 1);
    assert_int_equal(order.line_items[0].quantity, 6);
    assert_string_equal(order.line_items[1].menu_item_id, "");
    assert_int_equal(order.revised_order_total_cents, 0);
    assert_string_equal(order.revised_line_items[0].menu_item_id, "");
}

static void test_expired_ticket_ends_a_revision_too(void **state)
{
    (void)state;
    struct order before = order_in(ORDER_STATE_REVISION_PENDING);
    struct order after = order_try(&before, ORDER_INPUT_AUTHORIZATION_REVERSED).after;
    assert_int_equal(after.order_total_cents, TOTAL_CENTS);
    assert_int_equal(after.line_items_count, 2);
    assert_string_equal(after.revised_line_items[0].menu_item_id, "");
}

/* An answer to another revision than the one that is waited for: to an older one, or to none. */
static void test_revisions_are_told_apart(void **state)
{
    (void)state;
    static const enum order_input_type answers[] = {ORDER_INPUT_TICKET_REVISION_REJECTED,
                                                    ORDER_INPUT_AUTHORIZATION_REVISED,
                                                    ORDER_INPUT_AUTHORIZATION_REVISION_FAILED};
    static const int states[] = {ORDER_STATE_APPROVED, ORDER_STATE_CANCEL_PENDING,
                                 ORDER_STATE_CANCELLED, ORDER_STATE_REVISION_PENDING};
    for (size_t i = 0; i < COUNT_OF(answers) * COUNT_OF(states); i++) {
        struct order before = order_in(states[i / COUNT_OF(answers)]);
        struct order_input in = order_input_of(answers[i % COUNT_OF(answers)]);
        in.revision = REVISION - 1;
        assert_int_equal(order_decided(&before, &in).verdict, VERDICT_IGNORED);
        in.revision = REVISION + 1;
        assert_int_equal(order_decided(&before, &in).verdict, VERDICT_ILLEGAL);
    }
}

static void test_revisions_are_numbered_up_to_a_cap(void **state)
{
    (void)state;
    struct order order = order_in(ORDER_STATE_APPROVED);
    order.revision = 0;
    for (int32_t number = 1; number <= REVISION_MAX; number++) {
        struct order_input refused = order_input_of(ORDER_INPUT_TICKET_REVISION_REJECTED);
        refused.revision = number;
        order = order_try(&order, ORDER_INPUT_REVISE).after;
        assert_int_equal(order.revision, number);
        order = order_decided(&order, &refused).after;
        assert_int_equal(order.state, ORDER_STATE_APPROVED);
    }
    struct order_decision decision = order_try(&order, ORDER_INPUT_REVISE);
    assert_int_equal(decision.verdict, VERDICT_ILLEGAL);
    assert_memory_equal(&decision.after, &order, sizeof order);
}

/* The ticket expired before the order heard that it was paid for. */
static void test_reversal_before_the_approval(void **state)
{
    (void)state;
    struct order order = order_in(ORDER_STATE_APPROVAL_PENDING);
    struct order late = order_try(&order, ORDER_INPUT_DEADLINE).after;
    assert_int_equal(order_try(&late, ORDER_INPUT_AUTHORIZATION_REVERSED).verdict, VERDICT_IGNORED);
    order = order_try(&order, ORDER_INPUT_AUTHORIZED).after;
    order = order_try(&order, ORDER_INPUT_AUTHORIZATION_REVERSED).after;
    assert_int_equal(order.state, ORDER_STATE_CANCELLED);
    assert_int_equal(order.reason, REASON_TICKET_EXPIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placed_order),
        cmocka_unit_test(test_price_is_needed),
        cmocka_unit_test(test_deadlines_are_not_early),
        cmocka_unit_test(test_cancellation_is_driven_on),
        cmocka_unit_test(test_refused_changes_leave_no_trace),
        cmocka_unit_test(test_next_change_begins_without_a_reason),
        cmocka_unit_test(test_lines_change_when_the_revision_is_confirmed),
        cmocka_unit_test(test_expired_ticket_ends_a_revision_too),
        cmocka_unit_test(test_revisions_are_told_apart),
        cmocka_unit_test(test_revisions_are_numbered_up_to_a_cap),
        cmocka_unit_test(test_reversal_before_the_approval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
