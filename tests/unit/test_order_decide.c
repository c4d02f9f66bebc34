/* Every cell of the order's state machine, the replica's, and the pricing. SPDX-License-Identifier:
 * MIT */
#include "table.h"

#include "order.h"

enum { NOW_MS = 1000000, APPROVAL_MS = 60000, ORDER_ID = 42 };

static const struct menu menu = {
    .menu_items = {{"vindaloo", "Chicken Vindaloo", 1234}, {"naan", "Naan", 0}},
    .menu_items_count = 2,
};

static const struct create_order_request request = {
    .consumer_id = 7,
    .restaurant_id = 8,
    .delivery_address = {.street1 = "9 Amazing View",
                         .city = "Oakland",
                         .state = "CA",
                         .zip = "94612"},
    .delivery_time_ms = 5000000,
    .line_items = {{"vindaloo", 5}, {"naan", 2}},
    .line_items_count = 2,
};

static struct order_pricing priced(const struct create_order_request *wanted)
{
    struct restaurant_replica restaurant = {.head.id = 8, .sequence = 1, .menu = menu};
    return order_price(&restaurant, wanted);
}

static struct order_decision decide(const struct order *before, enum order_input_type type)
{
    struct order_pricing pricing = priced(&request);
    struct order_input in = {
        .type = type,
        .now_ms = type == ORDER_INPUT_DEADLINE ? NOW_MS + APPROVAL_MS : NOW_MS,
        .reason = REASON_CARD_DECLINED,
        .request = &request,
        .pricing = &pricing,
        .approval_ms = APPROVAL_MS,
    };
    return order_decide(before, &in);
}

/* An order as it is in a state. */
static struct order order_in(int state)
{
    struct order none = {.head.id = ORDER_ID};
    if (state == ORDER_STATE_NONE)
        return none;
    struct order order = decide(&none, ORDER_INPUT_PLACE).after;
    order.head.version = 3;
    order.state = state;
    if (state != ORDER_STATE_APPROVAL_PENDING)
        order.head.due_at_ms = 0;
    if (state == ORDER_STATE_REJECTED)
        order.reason = REASON_CONSUMER_UNKNOWN;
    return order;
}

/* The state machine. */
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
        .name = #before_ " + " #in_, .before = ORDER_STATE_##before_, .in = ORDER_INPUT_##in_,     \
        .verdict = VERDICT_##verdict_, .after = ORDER_STATE_##after_, .event = EVENT_##event_,     \
        .reason = REASON_##reason_                                                                 \
    }
#define SAME(before_, in_, verdict_, reason_) ROW(before_, in_, verdict_, before_, NONE, reason_)

static const struct row rows[] = {
    ROW(NONE, PLACE, APPLIED, APPROVAL_PENDING, ORDER_CREATED, NONE),
    SAME(NONE, CONSUMER_VERIFICATION_FAILED, ILLEGAL, NONE),
    SAME(NONE, TICKET_CREATION_FAILED, ILLEGAL, NONE),
    SAME(NONE, AUTHORIZED, ILLEGAL, NONE),
    SAME(NONE, AUTHORIZATION_FAILED, ILLEGAL, NONE),
    SAME(NONE, DEADLINE, IGNORED, NONE),

    SAME(APPROVAL_PENDING, PLACE, ILLEGAL, NONE),
    ROW(APPROVAL_PENDING, CONSUMER_VERIFICATION_FAILED, APPLIED, REJECTED, ORDER_REJECTED,
        CARD_DECLINED),
    ROW(APPROVAL_PENDING, TICKET_CREATION_FAILED, APPLIED, REJECTED, ORDER_REJECTED, CARD_DECLINED),
    ROW(APPROVAL_PENDING, AUTHORIZED, APPLIED, APPROVED, ORDER_APPROVED, NONE),
    ROW(APPROVAL_PENDING, AUTHORIZATION_FAILED, APPLIED, REJECTED, ORDER_REJECTED, CARD_DECLINED),
    ROW(APPROVAL_PENDING, DEADLINE, APPLIED, REJECTED, ORDER_REJECTED, APPROVAL_TIMED_OUT),

    SAME(APPROVED, PLACE, ILLEGAL, NONE),
    SAME(APPROVED, CONSUMER_VERIFICATION_FAILED, ILLEGAL, NONE),
    SAME(APPROVED, TICKET_CREATION_FAILED, ILLEGAL, NONE),
    SAME(APPROVED, AUTHORIZED, IGNORED, NONE),
    SAME(APPROVED, AUTHORIZATION_FAILED, ILLEGAL, NONE),
    SAME(APPROVED, DEADLINE, IGNORED, NONE),

    SAME(REJECTED, PLACE, ILLEGAL, CONSUMER_UNKNOWN),
    SAME(REJECTED, CONSUMER_VERIFICATION_FAILED, IGNORED, CONSUMER_UNKNOWN),
    SAME(REJECTED, TICKET_CREATION_FAILED, IGNORED, CONSUMER_UNKNOWN),
    SAME(REJECTED, AUTHORIZED, IGNORED, CONSUMER_UNKNOWN),
    SAME(REJECTED, AUTHORIZATION_FAILED, IGNORED, CONSUMER_UNKNOWN),
    SAME(REJECTED, DEADLINE, IGNORED, CONSUMER_UNKNOWN),

    /* Nothing leads to the following states yet. */
    SAME(CANCEL_PENDING, PLACE, ILLEGAL, NONE),
    SAME(CANCEL_PENDING, CONSUMER_VERIFICATION_FAILED, ILLEGAL, NONE),
    SAME(CANCEL_PENDING, TICKET_CREATION_FAILED, ILLEGAL, NONE),
    SAME(CANCEL_PENDING, AUTHORIZED, IGNORED, NONE),
    SAME(CANCEL_PENDING, AUTHORIZATION_FAILED, ILLEGAL, NONE),
    SAME(CANCEL_PENDING, DEADLINE, IGNORED, NONE),

    SAME(CANCELLED, PLACE, ILLEGAL, NONE),
    SAME(CANCELLED, CONSUMER_VERIFICATION_FAILED, ILLEGAL, NONE),
    SAME(CANCELLED, TICKET_CREATION_FAILED, ILLEGAL, NONE),
    SAME(CANCELLED, AUTHORIZED, IGNORED, NONE),
    SAME(CANCELLED, AUTHORIZATION_FAILED, ILLEGAL, NONE),
    SAME(CANCELLED, DEADLINE, IGNORED, NONE),

    SAME(REVISION_PENDING, PLACE, ILLEGAL, NONE),
    SAME(REVISION_PENDING, CONSUMER_VERIFICATION_FAILED, ILLEGAL, NONE),
    SAME(REVISION_PENDING, TICKET_CREATION_FAILED, ILLEGAL, NONE),
    SAME(REVISION_PENDING, AUTHORIZED, IGNORED, NONE),
    SAME(REVISION_PENDING, AUTHORIZATION_FAILED, ILLEGAL, NONE),
    SAME(REVISION_PENDING, DEADLINE, IGNORED, NONE),
};

static size_t cell_of(size_t row)
{
    return (size_t)(rows[row].before * ORDER_INPUT_COUNT + rows[row].in);
}

static void test_every_cell_has_its_row(void **state)
{
    (void)state;
    assert_covers((size_t)ORDER_STATE_COUNT * ORDER_INPUT_COUNT, COUNT_OF(rows), cell_of);
}

static void check_row(const struct row *row)
{
    struct order before = order_in(row->before);
    struct order_decision decision = decide(&before, (enum order_input_type)row->in);
    assert_number(row->name, "verdict", decision.verdict, row->verdict);
    assert_number(row->name, "state", decision.after.state, row->after);
    assert_number(row->name, "event", decision.event, row->event);
    assert_number(row->name, "reason", decision.after.reason, row->reason);
    assert_sound(row->name, decision.verdict, decision.event != EVENT_NONE, decision.refusal);
    assert_number(row->name, "timer", decision.after.head.due_at_ms != 0,
                  row->after == ORDER_STATE_APPROVAL_PENDING);
    assert_number(row->name, "event", decision.event != EVENT_NONE, row->after != row->before);
    if (row->verdict != VERDICT_APPLIED)
        assert_memory_equal(&decision.after, &before, sizeof before);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_row(&rows[i]);
}

/* An id is drawn for one order only, so a second PLACE is a collision and no duplicate. */
static void test_second_time_is_ignored(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].verdict != VERDICT_APPLIED || rows[i].in == ORDER_INPUT_PLACE)
            continue;
        struct order before = order_in(rows[i].before);
        struct order after = decide(&before, (enum order_input_type)rows[i].in).after;
        struct order_decision again = decide(&after, (enum order_input_type)rows[i].in);
        assert_number(rows[i].name, "second verdict", again.verdict, VERDICT_IGNORED);
    }
}

static void test_unknown_input_is_illegal(void **state)
{
    (void)state;
    struct order before = order_in(ORDER_STATE_APPROVAL_PENDING);
    struct order_decision decision = decide(&before, ORDER_INPUT_COUNT);
    assert_int_equal(decision.verdict, VERDICT_ILLEGAL);
    assert_non_null(decision.refusal);
}

/* Whatever arrives, in whatever order and twice: one outcome, told once. */
static void check_one_outcome(int *messages, size_t count)
{
    do {
        struct order order = order_in(ORDER_STATE_APPROVAL_PENDING);
        int outcomes = 0;
        for (size_t i = 0; i < count; i++) {
            struct order_decision decision = decide(&order, (enum order_input_type)messages[i]);
            assert_int_not_equal(decision.verdict, VERDICT_ILLEGAL);
            outcomes += decision.event != EVENT_NONE;
            order = decision.after;
        }
        assert_int_equal(outcomes, 1);
    } while (next_arrival(messages, count));
}

static void test_every_arrival_has_one_outcome(void **state)
{
    (void)state;
    int failing[] = {ORDER_INPUT_CONSUMER_VERIFICATION_FAILED,
                     ORDER_INPUT_CONSUMER_VERIFICATION_FAILED,
                     ORDER_INPUT_TICKET_CREATION_FAILED,
                     ORDER_INPUT_TICKET_CREATION_FAILED,
                     ORDER_INPUT_DEADLINE,
                     ORDER_INPUT_DEADLINE};
    int late[] = {ORDER_INPUT_AUTHORIZED, ORDER_INPUT_AUTHORIZED, ORDER_INPUT_DEADLINE,
                  ORDER_INPUT_DEADLINE};
    check_one_outcome(failing, COUNT_OF(failing));
    check_one_outcome(late, COUNT_OF(late));
}

static void test_deadline_is_not_early(void **state)
{
    (void)state;
    struct order before = order_in(ORDER_STATE_APPROVAL_PENDING);
    struct order_input in = {.type = ORDER_INPUT_DEADLINE, .now_ms = before.head.due_at_ms - 1};
    assert_int_equal(order_decide(&before, &in).verdict, VERDICT_IGNORED);
    in.now_ms++;
    assert_int_equal(order_decide(&before, &in).verdict, VERDICT_APPLIED);
}

static void test_placed_order(void **state)
{
    (void)state;
    struct order order = order_in(ORDER_STATE_APPROVAL_PENDING);
    assert_int_equal(order.head.id, ORDER_ID);
    assert_int_equal(order.head.due_at_ms, NOW_MS + APPROVAL_MS);
    assert_int_equal(order.consumer_id, 7);
    assert_int_equal(order.restaurant_id, 8);
    assert_int_equal(order.order_total_cents, 6170);
    assert_int_equal(order.line_items_count, 2);
    assert_string_equal(order.line_items[0].name, "Chicken Vindaloo");
    assert_int_equal(order.line_items[0].price_cents, 1234);
    assert_int_equal(order.line_items[0].quantity, 5);
    assert_string_equal(order.line_items[1].menu_item_id, "naan");
    assert_string_equal(order.delivery_address.street1, "9 Amazing View");
    assert_int_equal(order.delivery_time_ms, 5000000);
}

static void test_order_without_a_price_is_illegal(void **state)
{
    (void)state;
    struct order before = order_in(ORDER_STATE_NONE);
    struct order_pricing pricing = {.result = PRICING_ITEM_UNKNOWN};
    struct order_input in = {.type = ORDER_INPUT_PLACE, .request = &request, .pricing = &pricing};
    assert_int_equal(order_decide(&before, &in).verdict, VERDICT_ILLEGAL);
}

static void test_events(void **state)
{
    (void)state;
    static union event_data data;
    struct order order = order_in(ORDER_STATE_REJECTED);
    order_event(&order, EVENT_ORDER_REJECTED, &data);
    assert_int_equal(data.order_rejected.order_id, ORDER_ID);
    assert_int_equal(data.order_rejected.consumer_id, 7);
    assert_int_equal(data.order_rejected.restaurant_id, 8);
    assert_int_equal(data.order_rejected.order_total_cents, 6170);
    assert_int_equal(data.order_rejected.reason, REASON_CONSUMER_UNKNOWN);
    memset(&data, 0, sizeof data);
    order_event(&order, EVENT_ORDER_APPROVED, &data);
    assert_int_equal(data.order_approved.order_id, ORDER_ID);
    assert_int_equal(data.order_approved.consumer_id, 7);
    assert_int_equal(data.order_approved.restaurant_id, 8);
    assert_int_equal(data.order_approved.order_total_cents, 6170);
    order_event(&order, EVENT_ORDER_CREATED, &data);
    assert_int_equal(data.order_created.order_id, ORDER_ID);
    assert_int_equal(data.order_created.consumer_id, 7);
    assert_int_equal(data.order_created.restaurant_id, 8);
    assert_int_equal(data.order_created.line_items_count, 2);
    assert_string_equal(data.order_created.line_items[1].name, "Naan");
    assert_int_equal(data.order_created.order_total_cents, 6170);
    assert_string_equal(data.order_created.delivery_address.zip, "94612");
    assert_int_equal(data.order_created.delivery_time_ms, 5000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_has_its_row),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_second_time_is_ignored),
        cmocka_unit_test(test_unknown_input_is_illegal),
        cmocka_unit_test(test_every_arrival_has_one_outcome),
        cmocka_unit_test(test_deadline_is_not_early),
        cmocka_unit_test(test_placed_order),
        cmocka_unit_test(test_order_without_a_price_is_illegal),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
