/* What the events of an order tell: all of it, and of the right order. SPDX-License-Identifier: MIT
 */
#include "table.h"

#include "order_fixture.h"

static union event_data data;

/* The event of the change that `in` makes of an order in `before`. */
static void tell(int before, enum order_input_type in, enum event_type event)
{
    const struct order order = order_in(before);
    const struct order_decision decision = order_try(&order, in);
    memset(&data, 0, sizeof data);
    assert_int_equal(decision.event, event);
    order_event(&decision.after, decision.event, &data);
}

static void test_created(void **state)
{
    (void)state;
    tell(ORDER_STATE_NONE, ORDER_INPUT_PLACE, EVENT_ORDER_CREATED);
    assert_int_equal(data.order_created.order_id, ORDER_ID);
    assert_int_equal(data.order_created.consumer_id, 7);
    assert_int_equal(data.order_created.restaurant_id, 8);
    assert_int_equal(data.order_created.line_items_count, 2);
    assert_string_equal(data.order_created.line_items[1].name, "Naan");
    assert_int_equal(data.order_created.order_total_cents, TOTAL_CENTS);
    assert_string_equal(data.order_created.delivery_address.zip, "94612");
    assert_int_equal(data.order_created.delivery_time_ms, 5000000);
}

static void test_approved(void **state)
{
    (void)state;
    tell(ORDER_STATE_APPROVAL_PENDING, ORDER_INPUT_AUTHORIZED, EVENT_ORDER_APPROVED);
    assert_int_equal(data.order_approved.order_id, ORDER_ID);
    assert_int_equal(data.order_approved.consumer_id, 7);
    assert_int_equal(data.order_approved.restaurant_id, 8);
    assert_int_equal(data.order_approved.order_total_cents, TOTAL_CENTS);
}

static void test_rejected(void **state)
{
    (void)state;
    tell(ORDER_STATE_APPROVAL_PENDING, ORDER_INPUT_AUTHORIZATION_FAILED, EVENT_ORDER_REJECTED);
    assert_int_equal(data.order_rejected.order_id, ORDER_ID);
    assert_int_equal(data.order_rejected.consumer_id, 7);
    assert_int_equal(data.order_rejected.restaurant_id, 8);
    assert_int_equal(data.order_rejected.order_total_cents, TOTAL_CENTS);
    assert_int_equal(data.order_rejected.reason, REASON_CARD_DECLINED);
}

static void test_cancel_requested(void **state)
{
    (void)state;
    tell(ORDER_STATE_APPROVED, ORDER_INPUT_CANCEL, EVENT_ORDER_CANCEL_REQUESTED);
    assert_int_equal(data.order_cancel_requested.order_id, ORDER_ID);
    assert_int_equal(data.order_cancel_requested.consumer_id, 7);
    assert_int_equal(data.order_cancel_requested.restaurant_id, 8);
}

static void test_cancelled(void **state)
{
    (void)state;
    tell(ORDER_STATE_CANCEL_PENDING, ORDER_INPUT_AUTHORIZATION_REVERSED, EVENT_ORDER_CANCELLED);
    assert_int_equal(data.order_cancelled.order_id, ORDER_ID);
    assert_int_equal(data.order_cancelled.consumer_id, 7);
    assert_int_equal(data.order_cancelled.reason, REASON_CANCELLED_BY_CONSUMER);
}

static void test_cancellation_rejected(void **state)
{
    (void)state;
    tell(ORDER_STATE_CANCEL_PENDING, ORDER_INPUT_TICKET_CANCELLATION_REJECTED,
         EVENT_ORDER_CANCELLATION_REJECTED);
    assert_int_equal(data.order_cancellation_rejected.order_id, ORDER_ID);
    assert_int_equal(data.order_cancellation_rejected.consumer_id, 7);
    assert_int_equal(data.order_cancellation_rejected.reason, REASON_PREPARATION_STARTED);
}

static void test_revision_proposed(void **state)
{
    (void)state;
    tell(ORDER_STATE_APPROVED, ORDER_INPUT_REVISE, EVENT_ORDER_REVISION_PROPOSED);
    assert_int_equal(data.order_revision_proposed.order_id, ORDER_ID);
    assert_int_equal(data.order_revision_proposed.consumer_id, 7);
    assert_int_equal(data.order_revision_proposed.restaurant_id, 8);
    assert_int_equal(data.order_revision_proposed.revision, REVISION + 1);
    assert_int_equal(data.order_revision_proposed.line_items_count, 1);
    assert_string_equal(data.order_revision_proposed.line_items[0].name, "Chicken Vindaloo");
    assert_int_equal(data.order_revision_proposed.line_items[0].quantity, 6);
    assert_int_equal(data.order_revision_proposed.line_items[0].price_cents, 1234);
    assert_int_equal(data.order_revision_proposed.order_total_cents, REVISED_TOTAL_CENTS);
}

static void test_revised(void **state)
{
    (void)state;
    tell(ORDER_STATE_REVISION_PENDING, ORDER_INPUT_AUTHORIZATION_REVISED, EVENT_ORDER_REVISED);
    assert_int_equal(data.order_revised.order_id, ORDER_ID);
    assert_int_equal(data.order_revised.consumer_id, 7);
    assert_int_equal(data.order_revised.revision, REVISION);
    assert_int_equal(data.order_revised.order_total_cents, REVISED_TOTAL_CENTS);
}

static void test_revision_rejected(void **state)
{
    (void)state;
    tell(ORDER_STATE_REVISION_PENDING, ORDER_INPUT_DEADLINE, EVENT_ORDER_REVISION_REJECTED);
    assert_int_equal(data.order_revision_rejected.order_id, ORDER_ID);
    assert_int_equal(data.order_revision_rejected.consumer_id, 7);
    assert_int_equal(data.order_revision_rejected.revision, REVISION);
    assert_int_equal(data.order_revision_rejected.reason, REASON_REVISION_TIMED_OUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_created),           cmocka_unit_test(test_approved),
        cmocka_unit_test(test_rejected),          cmocka_unit_test(test_cancel_requested),
        cmocka_unit_test(test_cancelled),         cmocka_unit_test(test_cancellation_rejected),
        cmocka_unit_test(test_revision_proposed), cmocka_unit_test(test_revised),
        cmocka_unit_test(test_revision_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
