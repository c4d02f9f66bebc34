/* Every cell of the ticket's state machine, and every arrival of its messages.
 * SPDX-License-Identifier: MIT */
#include "table.h"

#include "kitchen.h"

enum { ORDER_ID = 42, RESTAURANT_ID = 8 };

static const struct order_created order = {
    .order_id = ORDER_ID,
    .consumer_id = 7,
    .restaurant_id = RESTAURANT_ID,
    .line_items = {{"vindaloo", "Chicken Vindaloo", 1234, 5},
                   {"naan", "Naan", 300, 2},
                   {"behind", "the last", 1, 1}},
    .line_items_count = 2,
    .order_total_cents = 6770,
};

/* A restaurant that can cook the order, or why it cannot. */
static struct restaurant restaurant_for(enum reason trouble)
{
    struct restaurant restaurant = {
        .head = {.id = RESTAURANT_ID, .version = 1},
        .state = RESTAURANT_STATE_OPEN,
        .menu = {.menu_items = {{"vindaloo", "Chicken Vindaloo", 1234}, {"naan", "Naan", 300}},
                 .menu_items_count = 2},
    };
    if (trouble == REASON_RESTAURANT_UNKNOWN)
        return (struct restaurant){.head.id = RESTAURANT_ID};
    if (trouble == REASON_RESTAURANT_CLOSED)
        restaurant.state = RESTAURANT_STATE_CLOSED;
    if (trouble == REASON_MENU_ITEM_UNKNOWN)
        restaurant.menu.menu_items_count = 1;
    return restaurant;
}

static struct ticket_decision decide_at(const struct restaurant *restaurant,
                                        const struct ticket *before, enum ticket_input_type type)
{
    struct ticket_input in = {
        .type = type,
        .order = &order,
        .restaurant = restaurant,
        .reason = REASON_CARD_DECLINED,
        .restaurant_id = RESTAURANT_ID,
    };
    return ticket_decide(before, &in);
}

static struct ticket_decision decide(const struct ticket *before, enum ticket_input_type type)
{
    struct restaurant restaurant = restaurant_for(REASON_NONE);
    return decide_at(&restaurant, before, type);
}

/* A ticket as it is in a state. */
static struct ticket ticket_in(int state)
{
    struct ticket none = {.head.id = ORDER_ID};
    if (state == TICKET_STATE_NONE)
        return none;
    struct ticket ticket = decide(&none, TICKET_INPUT_ORDER_CREATED).after;
    ticket.head.version = 3;
    ticket.state = state;
    if (state == TICKET_STATE_CREATE_REJECTED)
        ticket.reason = REASON_APPROVAL_TIMED_OUT;
    return ticket;
}

struct row {
    const char *name;
    int before, in;
    enum verdict verdict;
    int after;
    enum event_type event;
    int reason;
};

#define ROW(before_, in_, verdict_, after_, event_, reason_)                                       \
    {                                                                                              \
        .name = #before_ " + " #in_, .before = TICKET_STATE_##before_, .in = TICKET_INPUT_##in_,   \
        .verdict = VERDICT_##verdict_, .after = TICKET_STATE_##after_, .event = EVENT_##event_,    \
        .reason = REASON_##reason_                                                                 \
    }
#define SAME(before_, in_, verdict_) ROW(before_, in_, verdict_, before_, NONE, NONE)

static const struct row rows[] = {
    ROW(NONE, ORDER_CREATED, APPLIED, CREATE_PENDING, TICKET_CREATED, NONE),
    ROW(NONE, ORDER_REJECTED, APPLIED, CREATE_REJECTED, NONE, CARD_DECLINED), /* a tombstone */
    SAME(NONE, AUTHORIZED, DEFERRED),
    SAME(NONE, AUTHORIZATION_FAILED, DEFERRED),

    SAME(CREATE_PENDING, ORDER_CREATED, IGNORED),
    ROW(CREATE_PENDING, ORDER_REJECTED, APPLIED, CREATE_REJECTED, TICKET_CREATION_REJECTED,
        CARD_DECLINED),
    ROW(CREATE_PENDING, AUTHORIZED, APPLIED, AWAITING_ACCEPTANCE, TICKET_CONFIRMED, NONE),
    ROW(CREATE_PENDING, AUTHORIZATION_FAILED, APPLIED, CREATE_REJECTED, TICKET_CREATION_REJECTED,
        CARD_DECLINED),

    ROW(CREATE_REJECTED, ORDER_CREATED, IGNORED, CREATE_REJECTED, NONE, APPROVAL_TIMED_OUT),
    ROW(CREATE_REJECTED, ORDER_REJECTED, IGNORED, CREATE_REJECTED, NONE, APPROVAL_TIMED_OUT),
    ROW(CREATE_REJECTED, AUTHORIZED, IGNORED, CREATE_REJECTED, NONE, APPROVAL_TIMED_OUT),
    ROW(CREATE_REJECTED, AUTHORIZATION_FAILED, IGNORED, CREATE_REJECTED, NONE, APPROVAL_TIMED_OUT),

    SAME(AWAITING_ACCEPTANCE, ORDER_CREATED, IGNORED),
    ROW(AWAITING_ACCEPTANCE, ORDER_REJECTED, APPLIED, CREATE_REJECTED, TICKET_CREATION_REJECTED,
        CARD_DECLINED),
    SAME(AWAITING_ACCEPTANCE, AUTHORIZED, IGNORED),
    SAME(AWAITING_ACCEPTANCE, AUTHORIZATION_FAILED, ILLEGAL),

    /* Nothing leads to the following states yet. */
    SAME(ACCEPTED, ORDER_CREATED, IGNORED),
    SAME(ACCEPTED, ORDER_REJECTED, ILLEGAL),
    SAME(ACCEPTED, AUTHORIZED, IGNORED),
    SAME(ACCEPTED, AUTHORIZATION_FAILED, ILLEGAL),

    SAME(PREPARING, ORDER_CREATED, IGNORED),
    SAME(PREPARING, ORDER_REJECTED, ILLEGAL),
    SAME(PREPARING, AUTHORIZED, IGNORED),
    SAME(PREPARING, AUTHORIZATION_FAILED, ILLEGAL),

    SAME(READY_FOR_PICKUP, ORDER_CREATED, IGNORED),
    SAME(READY_FOR_PICKUP, ORDER_REJECTED, ILLEGAL),
    SAME(READY_FOR_PICKUP, AUTHORIZED, IGNORED),
    SAME(READY_FOR_PICKUP, AUTHORIZATION_FAILED, ILLEGAL),

    SAME(PICKED_UP, ORDER_CREATED, IGNORED),
    SAME(PICKED_UP, ORDER_REJECTED, ILLEGAL),
    SAME(PICKED_UP, AUTHORIZED, IGNORED),
    SAME(PICKED_UP, AUTHORIZATION_FAILED, ILLEGAL),

    SAME(CANCELLED, ORDER_CREATED, IGNORED),
    SAME(CANCELLED, ORDER_REJECTED, IGNORED),
    SAME(CANCELLED, AUTHORIZED, IGNORED),
    SAME(CANCELLED, AUTHORIZATION_FAILED, IGNORED),

    SAME(REVISION_PENDING, ORDER_CREATED, IGNORED),
    SAME(REVISION_PENDING, ORDER_REJECTED, ILLEGAL),
    SAME(REVISION_PENDING, AUTHORIZED, IGNORED),
    SAME(REVISION_PENDING, AUTHORIZATION_FAILED, ILLEGAL),
};

static size_t cell_of(size_t row)
{
    return (size_t)(rows[row].before * TICKET_INPUT_COUNT + rows[row].in);
}

static void test_every_cell_has_its_row(void **state)
{
    (void)state;
    assert_covers((size_t)TICKET_STATE_COUNT * TICKET_INPUT_COUNT, COUNT_OF(rows), cell_of);
}

static void check_row(const struct row *row)
{
    struct ticket before = ticket_in(row->before);
    enum ticket_input_type type = (enum ticket_input_type)row->in;
    struct ticket_decision decision = decide(&before, type);
    bool tombstone = row->before == TICKET_STATE_NONE && type == TICKET_INPUT_ORDER_REJECTED;
    assert_number(row->name, "verdict", decision.verdict, row->verdict);
    assert_number(row->name, "state", decision.after.state, row->after);
    assert_number(row->name, "event", decision.event, row->event);
    assert_number(row->name, "reason", decision.after.reason, row->reason);
    assert_sound(row->name, decision.verdict, decision.event != EVENT_NONE, decision.refusal);
    assert_number(row->name, "has an event", decision.event != EVENT_NONE,
                  row->after != row->before && !tombstone);
    if (row->verdict != VERDICT_APPLIED)
        assert_memory_equal(&decision.after, &before, sizeof before);
    else
        assert_number(row->name, "second verdict", decide(&decision.after, type).verdict,
                      VERDICT_IGNORED);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_row(&rows[i]);
}

static void test_order_that_cannot_be_cooked(void **state)
{
    (void)state;
    static const enum reason reasons[] = {REASON_RESTAURANT_UNKNOWN, REASON_RESTAURANT_CLOSED,
                                          REASON_MENU_ITEM_UNKNOWN};
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        struct ticket before = ticket_in(TICKET_STATE_NONE);
        struct restaurant restaurant = restaurant_for(reasons[i]);
        struct ticket_decision decision =
            decide_at(&restaurant, &before, TICKET_INPUT_ORDER_CREATED);
        assert_int_equal(decision.verdict, VERDICT_APPLIED);
        assert_int_equal(decision.after.state, TICKET_STATE_CREATE_REJECTED);
        assert_int_equal(decision.after.reason, reasons[i]);
        assert_int_equal(decision.event, EVENT_TICKET_CREATION_FAILED);
    }
}

static void test_ticket_has_the_lines_of_its_order(void **state)
{
    (void)state;
    struct ticket ticket = ticket_in(TICKET_STATE_CREATE_PENDING);
    assert_int_equal(ticket.head.id, ORDER_ID);
    assert_int_equal(ticket.restaurant_id, RESTAURANT_ID);
    assert_int_equal(ticket.line_items_count, 2);
    assert_string_equal(ticket.line_items[0].menu_item_id, "vindaloo");
    assert_string_equal(ticket.line_items[1].name, "Naan");
    assert_int_equal(ticket.line_items[1].quantity, 2);
    assert_int_equal(ticket.line_items[2].quantity, 0);
}

static void test_tombstone(void **state)
{
    (void)state;
    struct ticket none = ticket_in(TICKET_STATE_NONE);
    struct ticket tombstone = decide(&none, TICKET_INPUT_ORDER_REJECTED).after;
    assert_int_equal(tombstone.head.id, ORDER_ID);
    assert_int_equal(tombstone.restaurant_id, RESTAURANT_ID);
    assert_int_equal(tombstone.line_items_count, 0);
}

static void test_unknown_input_is_illegal(void **state)
{
    (void)state;
    struct ticket before = ticket_in(TICKET_STATE_NONE);
    assert_int_equal(decide(&before, TICKET_INPUT_COUNT).verdict, VERDICT_ILLEGAL);
}

/* Every arrival of messages, each twice. One that is deferred is tried again when the ticket has
 * moved. */
struct arrival {
    struct ticket ticket;
    int deferred[16];
    size_t deferred_count;
};

static void take(struct arrival *arrival, const struct restaurant *restaurant, int message)
{
    struct ticket_decision decision =
        decide_at(restaurant, &arrival->ticket, (enum ticket_input_type)message);
    assert_int_not_equal(decision.verdict, VERDICT_ILLEGAL);
    if (decision.verdict == VERDICT_DEFERRED)
        arrival->deferred[arrival->deferred_count++] = message;
    if (decision.verdict != VERDICT_APPLIED)
        return;
    arrival->ticket = decision.after;
    size_t waiting = arrival->deferred_count;
    arrival->deferred_count = 0;
    for (size_t i = 0; i < waiting; i++)
        take(arrival, restaurant, arrival->deferred[i]);
}

static void check_ends_in(int end, enum reason trouble, int *messages, size_t count)
{
    struct restaurant restaurant = restaurant_for(trouble);
    do {
        struct arrival arrival = {.ticket.head.id = ORDER_ID};
        for (size_t i = 0; i < count; i++)
            take(&arrival, &restaurant, messages[i]);
        assert_int_equal(arrival.ticket.state, end);
        assert_int_equal(arrival.deferred_count, 0);
    } while (next_arrival(messages, count));
}

static void test_every_arrival_ends_the_same(void **state)
{
    (void)state;
    enum { CREATED = TICKET_INPUT_ORDER_CREATED, REJECTED, PAID, UNPAID };
    int approved[] = {CREATED, CREATED, PAID, PAID};
    int unpaid[] = {CREATED, CREATED, REJECTED, REJECTED, UNPAID, UNPAID};
    int rejected[] = {CREATED, CREATED, REJECTED, REJECTED};
    int timed_out[] = {CREATED, CREATED, REJECTED, REJECTED, PAID, PAID};
    check_ends_in(TICKET_STATE_AWAITING_ACCEPTANCE, REASON_NONE, approved, COUNT_OF(approved));
    check_ends_in(TICKET_STATE_CREATE_REJECTED, REASON_NONE, unpaid, COUNT_OF(unpaid));
    check_ends_in(TICKET_STATE_CREATE_REJECTED, REASON_NONE, timed_out, COUNT_OF(timed_out));
    check_ends_in(TICKET_STATE_CREATE_REJECTED, REASON_RESTAURANT_CLOSED, rejected,
                  COUNT_OF(rejected));
}

static void test_events(void **state)
{
    (void)state;
    static union event_data data;
    struct ticket ticket = ticket_in(TICKET_STATE_CREATE_REJECTED);
    ticket_event(&ticket, EVENT_TICKET_CREATED, &data);
    assert_int_equal(data.ticket_created.order_id, ORDER_ID);
    assert_int_equal(data.ticket_created.restaurant_id, RESTAURANT_ID);
    ticket_event(&ticket, EVENT_TICKET_CREATION_FAILED, &data);
    assert_int_equal(data.ticket_creation_failed.order_id, ORDER_ID);
    assert_int_equal(data.ticket_creation_failed.restaurant_id, RESTAURANT_ID);
    assert_int_equal(data.ticket_creation_failed.reason, REASON_APPROVAL_TIMED_OUT);
    memset(&data, 0, sizeof data);
    ticket_event(&ticket, EVENT_TICKET_CONFIRMED, &data);
    assert_int_equal(data.ticket_confirmed.order_id, ORDER_ID);
    assert_int_equal(data.ticket_confirmed.restaurant_id, RESTAURANT_ID);
    memset(&data, 0, sizeof data);
    ticket_event(&ticket, EVENT_TICKET_CREATION_REJECTED, &data);
    assert_int_equal(data.ticket_creation_rejected.order_id, ORDER_ID);
    assert_int_equal(data.ticket_creation_rejected.restaurant_id, RESTAURANT_ID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_has_its_row),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_order_that_cannot_be_cooked),
        cmocka_unit_test(test_ticket_has_the_lines_of_its_order),
        cmocka_unit_test(test_tombstone),
        cmocka_unit_test(test_unknown_input_is_illegal),
        cmocka_unit_test(test_every_arrival_ends_the_same),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
