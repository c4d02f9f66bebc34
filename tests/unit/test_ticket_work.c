/* What the table of the ticket's states leaves open: the creation's refusals, promised times,
 * deadlines, and the data of the events. SPDX-License-Identifier: MIT */
#include "ticket_fixture.h"

static void test_order_that_cannot_be_cooked(void **state)
{
    (void)state;
    static const enum reason reasons[] = {REASON_RESTAURANT_UNKNOWN, REASON_RESTAURANT_CLOSED,
                                          REASON_MENU_ITEM_UNKNOWN};
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        struct ticket before = ticket_in(NONE);
        struct restaurant restaurant = ticket_restaurant(reasons[i]);
        struct ticket_decision decision =
            ticket_take_at(&restaurant, &before, TICKET_INPUT_ORDER_CREATED, 1);
        assert_int_equal(decision.verdict, VERDICT_APPLIED);
        assert_int_equal(decision.after.state, TICKET_STATE_CREATE_REJECTED);
        assert_int_equal(decision.after.reason, reasons[i]);
        assert_int_equal(decision.event, EVENT_TICKET_CREATION_FAILED);
    }
}

/* The rejection overtook OrderCreated: whatever the restaurant tries, the tombstone stays. */
static void test_tombstone(void **state)
{
    (void)state;
    struct ticket none = ticket_in(NONE);
    struct ticket tombstone = ticket_take(&none, TICKET_INPUT_ORDER_REJECTED).after;
    assert_int_equal(tombstone.head.id, ORDER_ID);
    assert_int_equal(tombstone.restaurant_id, RESTAURANT_ID);
    assert_int_equal(tombstone.line_items_count, 0);
    for (int in = 0; in < TICKET_INPUT_COUNT; in++) {
        struct ticket_decision decision = ticket_take(&tombstone, (enum ticket_input_type)in);
        assert_int_not_equal(decision.verdict, VERDICT_APPLIED);
        assert_int_not_equal(decision.verdict, VERDICT_DEFERRED);
        assert_same_ticket("tombstone", &decision.after, &tombstone);
    }
}

static struct ticket_decision accept_for(const struct ticket *before, int64_t ready_by_ms)
{
    struct ticket_input in = {
        .type = TICKET_INPUT_ACCEPT, .now_ms = NOW_MS, .ready_by_ms = ready_by_ms};
    return ticket_decided(before, &in);
}

static void test_promised_time(void **state)
{
    (void)state;
    struct ticket awaiting = ticket_in(AWAITING_A), accepted = ticket_in(ACCEPTED_A);
    assert_int_equal(accept_for(&awaiting, NOW_MS - 1).verdict, VERDICT_ILLEGAL);
    assert_int_equal(accept_for(&awaiting, NOW_MS).verdict, VERDICT_ILLEGAL);
    assert_int_equal(accept_for(&awaiting, NOW_MS + 1).verdict, VERDICT_APPLIED);
    assert_int_equal(accept_for(&awaiting, NOW_MS + 1).after.ready_by_ms, NOW_MS + 1);
    assert_int_equal(accept_for(&accepted, READY_BY_MS).verdict, VERDICT_IGNORED);
    assert_int_equal(accept_for(&accepted, READY_BY_MS + 1).verdict, VERDICT_ILLEGAL);
    accepted.ready_by_ms = NOW_MS - 1; /* a repetition that comes late is one still */
    assert_int_equal(accept_for(&accepted, NOW_MS - 1).verdict, VERDICT_IGNORED);
}

static void test_deadline(void **state)
{
    (void)state;
    struct ticket_input in = {.type = TICKET_INPUT_DEADLINE, .now_ms = NOW_MS - 1};
    struct ticket before = ticket_in(AWAITING);
    assert_int_equal(ticket_decided(&before, &in).verdict, VERDICT_IGNORED);
    in.now_ms = NOW_MS;
    assert_int_equal(ticket_decided(&before, &in).verdict, VERDICT_APPLIED);
    before.head.due_at_ms = 0;
    assert_int_equal(ticket_decided(&before, &in).verdict, VERDICT_IGNORED);
}

/* What expires while it is on the way to being rejected is cancelled first: no event is missing. */
static void test_cancelled_ticket_keeps_its_reason(void **state)
{
    (void)state;
    struct ticket expired = ticket_in(EXPIRED);
    struct ticket_decision decision = ticket_take(&expired, TICKET_INPUT_CANCEL_REQUESTED);
    assert_int_equal(decision.event, EVENT_TICKET_CANCELLED);
    assert_int_equal(decision.after.reason, REASON_TICKET_EXPIRED);
}

/* The events that tell the order and the restaurant only. */
static void test_plain_events(void **state)
{
    (void)state;
    static const enum event_type events[] = {EVENT_TICKET_CREATED,
                                             EVENT_TICKET_CONFIRMED,
                                             EVENT_TICKET_CREATION_REJECTED,
                                             EVENT_TICKET_PREPARATION_STARTED,
                                             EVENT_TICKET_READY_FOR_PICKUP,
                                             EVENT_TICKET_PICKED_UP,
                                             EVENT_TICKET_CANCELLATION_REJECTED};
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        static union event_data data;
        memset(&data, 0, sizeof data);
        struct ticket_decision decision = {.event = events[i], .after = ticket_in(ACCEPTED)};
        ticket_told(&decision, &(struct ticket_input){0}, &data);
        assert_int_equal(data.ticket_created.order_id, ORDER_ID); /* all are alike */
        assert_int_equal(data.ticket_created.restaurant_id, RESTAURANT_ID);
    }
}

static void test_events_that_tell_more(void **state)
{
    (void)state;
    static union event_data data;
    const struct ticket_input in = {0};
    struct ticket_decision decision = {.event = EVENT_TICKET_CREATION_FAILED,
                                       .after = ticket_in(CREATE_REJECTED)};
    ticket_told(&decision, &in, &data);
    assert_int_equal(data.ticket_creation_failed.order_id, ORDER_ID);
    assert_int_equal(data.ticket_creation_failed.restaurant_id, RESTAURANT_ID);
    assert_int_equal(data.ticket_creation_failed.reason, REASON_CARD_DECLINED);
    decision =
        (struct ticket_decision){.event = EVENT_TICKET_ACCEPTED, .after = ticket_in(ACCEPTED)};
    ticket_told(&decision, &in, &data);
    assert_int_equal(data.ticket_accepted.order_id, ORDER_ID);
    assert_int_equal(data.ticket_accepted.restaurant_id, RESTAURANT_ID);
    assert_int_equal(data.ticket_accepted.ready_by_ms, READY_BY_MS);
    decision =
        (struct ticket_decision){.event = EVENT_TICKET_CANCELLED, .after = ticket_in(EXPIRED)};
    ticket_told(&decision, &in, &data);
    assert_int_equal(data.ticket_cancelled.order_id, ORDER_ID);
    assert_int_equal(data.ticket_cancelled.restaurant_id, RESTAURANT_ID);
    assert_int_equal(data.ticket_cancelled.reason, REASON_TICKET_EXPIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_that_cannot_be_cooked),
        cmocka_unit_test(test_tombstone),
        cmocka_unit_test(test_promised_time),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_cancelled_ticket_keeps_its_reason),
        cmocka_unit_test(test_plain_events),
        cmocka_unit_test(test_events_that_tell_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
