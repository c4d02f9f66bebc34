/* Every cell of the order's state machine. SPDX-License-Identifier: MIT */
#include "table.h"

#include "order_fixture.h"

struct row {
    const char *name;
    int before, in;
    enum verdict verdict;
    int after;
    enum event_type event;
    int reason;
};

#define ROW_(before_, in_, verdict_, after_, event_, reason_)                                      \
    {                                                                                              \
        .name = #before_ " + " #in_, .before = ORDER_STATE_##before_, .in = ORDER_INPUT_##in_,     \
        .verdict = VERDICT_##verdict_, .after = ORDER_STATE_##after_, .event = EVENT_##event_,     \
        .reason = REASON_##reason_                                                                 \
    }
#define ROW(before_, in_, after_, event_, reason_)                                                 \
    ROW_(before_, in_, APPLIED, after_, event_, reason_)
#define SAME(before_, in_, verdict_, reason_) ROW_(before_, in_, verdict_, before_, NONE, reason_)

static const struct row rows[] = {
    ROW(NONE, PLACE, APPROVAL_PENDING, ORDER_CREATED, NONE),
    SAME(NONE, CONSUMER_VERIFICATION_FAILED, ILLEGAL, NONE),
    SAME(NONE, TICKET_CREATION_FAILED, ILLEGAL, NONE),
    SAME(NONE, AUTHORIZED, ILLEGAL, NONE),
    SAME(NONE, AUTHORIZATION_FAILED, ILLEGAL, NONE),
    SAME(NONE, DEADLINE, IGNORED, NONE),
    SAME(NONE, CANCEL, ILLEGAL, NONE),
    SAME(NONE, TICKET_CANCELLATION_REJECTED, ILLEGAL, NONE),
    SAME(NONE, AUTHORIZATION_REVERSED, ILLEGAL, NONE),
    SAME(NONE, REVISE, ILLEGAL, NONE),
    SAME(NONE, TICKET_REVISION_REJECTED, ILLEGAL, NONE),
    SAME(NONE, AUTHORIZATION_REVISED, ILLEGAL, NONE),
    SAME(NONE, AUTHORIZATION_REVISION_FAILED, ILLEGAL, NONE),

    SAME(APPROVAL_PENDING, PLACE, ILLEGAL, NONE),
    ROW(APPROVAL_PENDING, CONSUMER_VERIFICATION_FAILED, REJECTED, ORDER_REJECTED, CARD_DECLINED),
    ROW(APPROVAL_PENDING, TICKET_CREATION_FAILED, REJECTED, ORDER_REJECTED, CARD_DECLINED),
    ROW(APPROVAL_PENDING, AUTHORIZED, APPROVED, ORDER_APPROVED, NONE),
    ROW(APPROVAL_PENDING, AUTHORIZATION_FAILED, REJECTED, ORDER_REJECTED, CARD_DECLINED),
    ROW(APPROVAL_PENDING, DEADLINE, REJECTED, ORDER_REJECTED, APPROVAL_TIMED_OUT),
    SAME(APPROVAL_PENDING, CANCEL, ILLEGAL, NONE),
    SAME(APPROVAL_PENDING, TICKET_CANCELLATION_REJECTED, ILLEGAL, NONE),
    SAME(APPROVAL_PENDING, AUTHORIZATION_REVERSED, DEFERRED, NONE),
    SAME(APPROVAL_PENDING, REVISE, ILLEGAL, NONE),
    SAME(APPROVAL_PENDING, TICKET_REVISION_REJECTED, ILLEGAL, NONE),
    SAME(APPROVAL_PENDING, AUTHORIZATION_REVISED, ILLEGAL, NONE),
    SAME(APPROVAL_PENDING, AUTHORIZATION_REVISION_FAILED, ILLEGAL, NONE),

    SAME(APPROVED, PLACE, ILLEGAL, NONE),
    SAME(APPROVED, CONSUMER_VERIFICATION_FAILED, ILLEGAL, NONE),
    SAME(APPROVED, TICKET_CREATION_FAILED, ILLEGAL, NONE),
    SAME(APPROVED, AUTHORIZED, IGNORED, NONE),
    SAME(APPROVED, AUTHORIZATION_FAILED, ILLEGAL, NONE),
    SAME(APPROVED, DEADLINE, IGNORED, NONE),
    ROW(APPROVED, CANCEL, CANCEL_PENDING, ORDER_CANCEL_REQUESTED, NONE),
    SAME(APPROVED, TICKET_CANCELLATION_REJECTED, IGNORED, NONE),
    ROW(APPROVED, AUTHORIZATION_REVERSED, CANCELLED, ORDER_CANCELLED, TICKET_EXPIRED),
    ROW(APPROVED, REVISE, REVISION_PENDING, ORDER_REVISION_PROPOSED, NONE),
    SAME(APPROVED, TICKET_REVISION_REJECTED, IGNORED, NONE),
    SAME(APPROVED, AUTHORIZATION_REVISED, IGNORED, NONE),
    SAME(APPROVED, AUTHORIZATION_REVISION_FAILED, IGNORED, NONE),

    SAME(REJECTED, PLACE, ILLEGAL, CARD_DECLINED),
    SAME(REJECTED, CONSUMER_VERIFICATION_FAILED, IGNORED, CARD_DECLINED),
    SAME(REJECTED, TICKET_CREATION_FAILED, IGNORED, CARD_DECLINED),
    SAME(REJECTED, AUTHORIZED, IGNORED, CARD_DECLINED),
    SAME(REJECTED, AUTHORIZATION_FAILED, IGNORED, CARD_DECLINED),
    SAME(REJECTED, DEADLINE, IGNORED, CARD_DECLINED),
    SAME(REJECTED, CANCEL, ILLEGAL, CARD_DECLINED),
    SAME(REJECTED, TICKET_CANCELLATION_REJECTED, ILLEGAL, CARD_DECLINED),
    SAME(REJECTED, AUTHORIZATION_REVERSED, IGNORED, CARD_DECLINED),
    SAME(REJECTED, REVISE, ILLEGAL, CARD_DECLINED),
    SAME(REJECTED, TICKET_REVISION_REJECTED, ILLEGAL, CARD_DECLINED),
    SAME(REJECTED, AUTHORIZATION_REVISED, ILLEGAL, CARD_DECLINED),
    SAME(REJECTED, AUTHORIZATION_REVISION_FAILED, ILLEGAL, CARD_DECLINED),

    SAME(CANCEL_PENDING, PLACE, ILLEGAL, NONE),
    SAME(CANCEL_PENDING, CONSUMER_VERIFICATION_FAILED, ILLEGAL, NONE),
    SAME(CANCEL_PENDING, TICKET_CREATION_FAILED, ILLEGAL, NONE),
    SAME(CANCEL_PENDING, AUTHORIZED, IGNORED, NONE),
    SAME(CANCEL_PENDING, AUTHORIZATION_FAILED, ILLEGAL, NONE),
    ROW(CANCEL_PENDING, DEADLINE, CANCEL_PENDING, ORDER_CANCEL_REQUESTED, NONE),
    SAME(CANCEL_PENDING, CANCEL, IGNORED, NONE),
    ROW(CANCEL_PENDING, TICKET_CANCELLATION_REJECTED, APPROVED, ORDER_CANCELLATION_REJECTED,
        PREPARATION_STARTED),
    ROW(CANCEL_PENDING, AUTHORIZATION_REVERSED, CANCELLED, ORDER_CANCELLED, CANCELLED_BY_CONSUMER),
    SAME(CANCEL_PENDING, REVISE, ILLEGAL, NONE),
    SAME(CANCEL_PENDING, TICKET_REVISION_REJECTED, IGNORED, NONE),
    SAME(CANCEL_PENDING, AUTHORIZATION_REVISED, IGNORED, NONE),
    SAME(CANCEL_PENDING, AUTHORIZATION_REVISION_FAILED, IGNORED, NONE),

    SAME(CANCELLED, PLACE, ILLEGAL, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, CONSUMER_VERIFICATION_FAILED, ILLEGAL, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, TICKET_CREATION_FAILED, ILLEGAL, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, AUTHORIZED, IGNORED, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, AUTHORIZATION_FAILED, ILLEGAL, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, DEADLINE, IGNORED, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, CANCEL, IGNORED, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, TICKET_CANCELLATION_REJECTED, IGNORED, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, AUTHORIZATION_REVERSED, IGNORED, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, REVISE, ILLEGAL, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, TICKET_REVISION_REJECTED, IGNORED, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, AUTHORIZATION_REVISED, IGNORED, CANCELLED_BY_CONSUMER),
    SAME(CANCELLED, AUTHORIZATION_REVISION_FAILED, IGNORED, CANCELLED_BY_CONSUMER),

    SAME(REVISION_PENDING, PLACE, ILLEGAL, NONE),
    SAME(REVISION_PENDING, CONSUMER_VERIFICATION_FAILED, ILLEGAL, NONE),
    SAME(REVISION_PENDING, TICKET_CREATION_FAILED, ILLEGAL, NONE),
    SAME(REVISION_PENDING, AUTHORIZED, IGNORED, NONE),
    SAME(REVISION_PENDING, AUTHORIZATION_FAILED, ILLEGAL, NONE),
    ROW(REVISION_PENDING, DEADLINE, APPROVED, ORDER_REVISION_REJECTED, REVISION_TIMED_OUT),
    SAME(REVISION_PENDING, CANCEL, ILLEGAL, NONE),
    SAME(REVISION_PENDING, TICKET_CANCELLATION_REJECTED, IGNORED, NONE),
    ROW(REVISION_PENDING, AUTHORIZATION_REVERSED, CANCELLED, ORDER_CANCELLED, TICKET_EXPIRED),
    SAME(REVISION_PENDING, REVISE, ILLEGAL, NONE),
    ROW(REVISION_PENDING, TICKET_REVISION_REJECTED, APPROVED, ORDER_REVISION_REJECTED,
        CARD_DECLINED),
    ROW(REVISION_PENDING, AUTHORIZATION_REVISED, APPROVED, ORDER_REVISED, NONE),
    ROW(REVISION_PENDING, AUTHORIZATION_REVISION_FAILED, APPROVED, ORDER_REVISION_REJECTED,
        CARD_DECLINED),
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

/* Every change of an order is an event, and what waits for something has a timer. */
static void check_row(const struct row *row)
{
    struct order before = order_in(row->before);
    struct order_decision decision = order_try(&before, (enum order_input_type)row->in);
    const struct order *after = &decision.after;
    assert_number(row->name, "verdict", decision.verdict, row->verdict);
    assert_number(row->name, "state", after->state, row->after);
    assert_number(row->name, "event", decision.event, row->event);
    assert_number(row->name, "reason", after->reason, row->reason);
    assert_sound(row->name, decision.verdict, decision.event != EVENT_NONE, decision.refusal);
    assert_number(row->name, "timer", after->head.due_at_ms != 0,
                  row->after == ORDER_STATE_APPROVAL_PENDING ||
                      row->after == ORDER_STATE_CANCEL_PENDING ||
                      row->after == ORDER_STATE_REVISION_PENDING);
    assert_number(row->name, "cancel requests", after->cancel_requests > 0,
                  row->after == ORDER_STATE_CANCEL_PENDING);
    assert_number(row->name, "revised lines", after->revised_line_items_count > 0,
                  row->after == ORDER_STATE_REVISION_PENDING);
    if (row->verdict != VERDICT_APPLIED)
        assert_memory_equal(after, &before, sizeof before);
    else
        assert_true(decision.event != EVENT_NONE);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_row(&rows[i]);
}

/* A command is no message that comes twice: an id is drawn for one order only, and a second
 * revision is another one. */
static void test_second_time_is_ignored(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        if (row->verdict != VERDICT_APPLIED || row->in == ORDER_INPUT_PLACE ||
            row->in == ORDER_INPUT_REVISE)
            continue;
        struct order before = order_in(row->before);
        struct order after = order_try(&before, (enum order_input_type)row->in).after;
        struct order_decision again = order_try(&after, (enum order_input_type)row->in);
        assert_number(row->name, "second verdict", again.verdict, VERDICT_IGNORED);
    }
}

static void test_unknown_input_is_illegal(void **state)
{
    (void)state;
    struct order before = order_in(ORDER_STATE_APPROVAL_PENDING);
    struct order_decision decision = order_try(&before, ORDER_INPUT_COUNT);
    assert_int_equal(decision.verdict, VERDICT_ILLEGAL);
    assert_non_null(decision.refusal);
}

/* What forbids a command is named: that is all that the customer gets to know. */
static void test_refused_commands_name_the_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        if (row->verdict != VERDICT_ILLEGAL || row->before == ORDER_STATE_NONE ||
            (row->in != ORDER_INPUT_CANCEL && row->in != ORDER_INPUT_REVISE))
            continue;
        struct order before = order_in(row->before);
        const char *refusal = order_try(&before, (enum order_input_type)row->in).refusal;
        if (strstr(refusal, order_state_names[row->before]) == NULL)
            fail_msg("%s: \"%s\" does not name the state", row->name, refusal);
    }
}

/* Whatever arrives, in whatever order and twice: one outcome, told once. */
static void check_one_outcome(int before, int *messages, size_t count)
{
    do {
        struct order order = order_in(before);
        int outcomes = 0;
        for (size_t i = 0; i < count; i++) {
            struct order_decision decision = order_try(&order, (enum order_input_type)messages[i]);
            assert_int_not_equal(decision.verdict, VERDICT_ILLEGAL);
            outcomes += decision.event != EVENT_NONE;
            order = decision.after;
        }
        assert_int_equal(outcomes, 1);
    } while (next_arrival(messages, count));
}

#define ONE_OUTCOME(before_, ...)                                                                  \
    do {                                                                                           \
        int messages[] = {__VA_ARGS__};                                                            \
        check_one_outcome(before_, messages, COUNT_OF(messages));                                  \
    } while (0)

static void test_every_arrival_has_one_outcome(void **state)
{
    (void)state;
    ONE_OUTCOME(ORDER_STATE_APPROVAL_PENDING, ORDER_INPUT_CONSUMER_VERIFICATION_FAILED,
                ORDER_INPUT_CONSUMER_VERIFICATION_FAILED, ORDER_INPUT_TICKET_CREATION_FAILED,
                ORDER_INPUT_TICKET_CREATION_FAILED, ORDER_INPUT_DEADLINE, ORDER_INPUT_DEADLINE);
    ONE_OUTCOME(ORDER_STATE_APPROVAL_PENDING, ORDER_INPUT_AUTHORIZED, ORDER_INPUT_AUTHORIZED,
                ORDER_INPUT_DEADLINE, ORDER_INPUT_DEADLINE);
    ONE_OUTCOME(ORDER_STATE_REVISION_PENDING, ORDER_INPUT_DEADLINE, ORDER_INPUT_DEADLINE,
                ORDER_INPUT_TICKET_REVISION_REJECTED, ORDER_INPUT_TICKET_REVISION_REJECTED);
    ONE_OUTCOME(ORDER_STATE_REVISION_PENDING, ORDER_INPUT_DEADLINE, ORDER_INPUT_DEADLINE,
                ORDER_INPUT_AUTHORIZATION_REVISED, ORDER_INPUT_AUTHORIZATION_REVISED);
    ONE_OUTCOME(ORDER_STATE_REVISION_PENDING, ORDER_INPUT_DEADLINE, ORDER_INPUT_DEADLINE,
                ORDER_INPUT_AUTHORIZATION_REVISION_FAILED,
                ORDER_INPUT_AUTHORIZATION_REVISION_FAILED);
    ONE_OUTCOME(ORDER_STATE_CANCEL_PENDING, ORDER_INPUT_CANCEL, ORDER_INPUT_AUTHORIZATION_REVERSED,
                ORDER_INPUT_AUTHORIZATION_REVERSED);
    ONE_OUTCOME(ORDER_STATE_CANCEL_PENDING, ORDER_INPUT_TICKET_CANCELLATION_REJECTED,
                ORDER_INPUT_TICKET_CANCELLATION_REJECTED, ORDER_INPUT_TICKET_CANCELLATION_REJECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_has_its_row),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_second_time_is_ignored),
        cmocka_unit_test(test_unknown_input_is_illegal),
        cmocka_unit_test(test_refused_commands_name_the_state),
        cmocka_unit_test(test_every_arrival_has_one_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
