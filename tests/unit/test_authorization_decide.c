/* Every cell of the authorization's state machine, with revision 1 where an input has a number, and
 * how the payer's account decides. SPDX-License-Identifier: MIT */
#include "authorization_fixture.h"

struct row {
    const char *name;
    enum situation before;
    enum authorization_input_type in;
    enum verdict verdict;
    enum situation after;
    enum event_type event;
};

#define ROW(before_, in_, verdict_, after_, event_)                                                \
    {                                                                                              \
        .name = #before_ " + " #in_, .before = (before_), .in = AUTHORIZATION_INPUT_##in_,         \
        .verdict = VERDICT_##verdict_, .after = (after_), .event = EVENT_##event_                  \
    }
#define NOTED(before_, in_, after_) ROW(before_, in_, APPLIED, after_, NONE)
#define CHARGED(before_, in_)       ROW(before_, in_, APPLIED, AUTHORIZED, CREDIT_CARD_AUTHORIZED)
#define LATE(before_, in_)          ROW(before_, in_, IGNORED, before_, NONE)
/* The facts that it had stay. */
#define UNDONE(before_)                                                                            \
    ROW(before_, ORDER_REJECTED, APPLIED, VOIDED, CREDIT_CARD_AUTHORIZATION_VOIDED)
/* What only comes to an order that was paid for. */
#define TOO_EARLY(before_)                                                                         \
    ROW(before_, TICKET_CANCELLED, DEFERRED, before_, NONE),                                       \
        ROW(before_, REVISION_PROPOSED, DEFERRED, before_, NONE),                                  \
        ROW(before_, REVISED, DEFERRED, before_, NONE),                                            \
        ROW(before_, REVISION_REJECTED, DEFERRED, before_, NONE)
/* No fact is missing, and all of the charge is given back. */
#define PAID(before_)                                                                              \
    LATE(before_, ORDER_CREATED), LATE(before_, CONSUMER_VERIFIED), LATE(before_, TICKET_CREATED), \
        ROW(before_, ORDER_REJECTED, APPLIED, REVERSED, CREDIT_CARD_AUTHORIZATION_REVERSED),       \
        ROW(before_, TICKET_CANCELLED, APPLIED, REVERSED, CREDIT_CARD_AUTHORIZATION_REVERSED)
#define NO_REVISION(before_)                                                                       \
    LATE(before_, REVISION_PROPOSED), LATE(before_, REVISED), LATE(before_, REVISION_REJECTED)

static const struct row rows[] = {
    NOTED(NONE, ORDER_CREATED, PENDING_O),
    NOTED(NONE, CONSUMER_VERIFIED, PENDING_V),
    NOTED(NONE, TICKET_CREATED, PENDING_T),
    NOTED(NONE, ORDER_REJECTED, VOIDED), /* a tombstone */
    TOO_EARLY(NONE),

    NOTED(PENDING, ORDER_CREATED, PENDING_O),
    NOTED(PENDING, CONSUMER_VERIFIED, PENDING_V),
    NOTED(PENDING, TICKET_CREATED, PENDING_T),
    UNDONE(PENDING),
    TOO_EARLY(PENDING),

    LATE(PENDING_O, ORDER_CREATED),
    NOTED(PENDING_O, CONSUMER_VERIFIED, PENDING_OV),
    NOTED(PENDING_O, TICKET_CREATED, PENDING_OT),
    UNDONE(PENDING_O),
    TOO_EARLY(PENDING_O),

    NOTED(PENDING_V, ORDER_CREATED, PENDING_OV),
    LATE(PENDING_V, CONSUMER_VERIFIED),
    NOTED(PENDING_V, TICKET_CREATED, PENDING_VT),
    UNDONE(PENDING_V),
    TOO_EARLY(PENDING_V),

    NOTED(PENDING_T, ORDER_CREATED, PENDING_OT),
    NOTED(PENDING_T, CONSUMER_VERIFIED, PENDING_VT),
    LATE(PENDING_T, TICKET_CREATED),
    UNDONE(PENDING_T),
    TOO_EARLY(PENDING_T),

    LATE(PENDING_OV, ORDER_CREATED),
    LATE(PENDING_OV, CONSUMER_VERIFIED),
    CHARGED(PENDING_OV, TICKET_CREATED),
    UNDONE(PENDING_OV),
    TOO_EARLY(PENDING_OV),

    LATE(PENDING_OT, ORDER_CREATED),
    CHARGED(PENDING_OT, CONSUMER_VERIFIED),
    LATE(PENDING_OT, TICKET_CREATED),
    UNDONE(PENDING_OT),
    TOO_EARLY(PENDING_OT),

    CHARGED(PENDING_VT, ORDER_CREATED),
    LATE(PENDING_VT, CONSUMER_VERIFIED),
    LATE(PENDING_VT, TICKET_CREATED),
    UNDONE(PENDING_VT),
    TOO_EARLY(PENDING_VT),

    /* Nothing leads here: the third fact charges the card. */
    LATE(PENDING_OVT, ORDER_CREATED),
    LATE(PENDING_OVT, CONSUMER_VERIFIED),
    LATE(PENDING_OVT, TICKET_CREATED),
    UNDONE(PENDING_OVT),
    TOO_EARLY(PENDING_OVT),

    PAID(AUTHORIZED),
    ROW(AUTHORIZED, REVISION_PROPOSED, APPLIED, AUTHORIZED_REVISED,
        CREDIT_CARD_AUTHORIZATION_REVISED),
    ROW(AUTHORIZED, REVISED, DEFERRED, AUTHORIZED, NONE),
    NOTED(AUTHORIZED, REVISION_REJECTED, AUTHORIZED_RESTORED),

    PAID(AUTHORIZED_REVISED),
    LATE(AUTHORIZED_REVISED, REVISION_PROPOSED),
    NOTED(AUTHORIZED_REVISED, REVISED, AUTHORIZED_CONFIRMED),
    ROW(AUTHORIZED_REVISED, REVISION_REJECTED, APPLIED, AUTHORIZED_RESTORED,
        CREDIT_CARD_AUTHORIZATION_RESTORED),

    PAID(AUTHORIZED_REFUSED),
    LATE(AUTHORIZED_REFUSED, REVISION_PROPOSED),
    ROW(AUTHORIZED_REFUSED, REVISED, ILLEGAL, AUTHORIZED_REFUSED, NONE),
    NOTED(AUTHORIZED_REFUSED, REVISION_REJECTED, AUTHORIZED_RESTORED),

    PAID(AUTHORIZED_CONFIRMED),
    NO_REVISION(AUTHORIZED_CONFIRMED),

    PAID(AUTHORIZED_RESTORED),
    NO_REVISION(AUTHORIZED_RESTORED),

    LATE(FAILED, ORDER_CREATED),
    LATE(FAILED, CONSUMER_VERIFIED),
    LATE(FAILED, TICKET_CREATED),
    LATE(FAILED, ORDER_REJECTED),
    ROW(FAILED, TICKET_CANCELLED, ILLEGAL, FAILED, NONE),
    NO_REVISION(FAILED),

    LATE(VOIDED, ORDER_CREATED),
    LATE(VOIDED, CONSUMER_VERIFIED),
    LATE(VOIDED, TICKET_CREATED),
    LATE(VOIDED, ORDER_REJECTED),
    ROW(VOIDED, TICKET_CANCELLED, ILLEGAL, VOIDED, NONE),
    NO_REVISION(VOIDED),

    LATE(REVERSED, ORDER_CREATED),
    LATE(REVERSED, CONSUMER_VERIFIED),
    LATE(REVERSED, TICKET_CREATED),
    LATE(REVERSED, ORDER_REJECTED),
    ROW(REVERSED, TICKET_CANCELLED, APPLIED, REVERSED, CREDIT_CARD_AUTHORIZATION_REVERSED),
    NO_REVISION(REVERSED),
};

static size_t cell_of(size_t row)
{
    return (size_t)rows[row].before * AUTHORIZATION_INPUT_COUNT + rows[row].in;
}

static void test_every_cell_has_its_row(void **state)
{
    (void)state;
    assert_covers((size_t)SITUATION_COUNT * AUTHORIZATION_INPUT_COUNT, COUNT_OF(rows), cell_of);
}

/* What is undone keeps its history, but nothing of it stays open. */
static struct authorization expected_after(const struct row *row,
                                           const struct authorization *before)
{
    struct authorization after = authorization_in(row->after);
    if (row->verdict != VERDICT_APPLIED || row->after == VOIDED || row->after == REVERSED) {
        int state = after.state;
        after = *before;
        after.state = state;
        after.revised = before->revised && row->verdict != VERDICT_APPLIED;
        after.previous_cents = after.revised ? before->previous_cents : 0;
    }
    after.head = before->head;
    return after;
}

/* A state changes if and only if its event is published, but for PENDING, which only collects
 * facts, and tombstones. */
static void check_event(const struct row *row, const struct authorization *before,
                        const struct authorization_decision *decision)
{
    bool tombstone = row->before == NONE && row->in == AUTHORIZATION_INPUT_ORDER_REJECTED;
    bool money_moved = decision->after.amount_cents != before->amount_cents;
    assert_number(row->name, "event", decision->event, row->event);
    if (decision->after.state == AUTHORIZATION_STATE_PENDING || tombstone)
        assert_int_equal(decision->event, EVENT_NONE);
    else if (decision->after.state != before->state || money_moved)
        assert_int_not_equal(decision->event, EVENT_NONE);
}

/* What came before changes nothing; but who says again that the ticket is cancelled is told again.
 */
static void check_again(const struct row *row, const struct authorization_decision *first)
{
    struct authorization_decision second = authorization_take(&first->after, row->in, GOOD);
    bool told_again = row->in == AUTHORIZATION_INPUT_TICKET_CANCELLED;
    assert_number(row->name, "second verdict", second.verdict,
                  told_again ? VERDICT_APPLIED : VERDICT_IGNORED);
    assert_number(row->name, "second event", second.event, told_again ? first->event : EVENT_NONE);
    assert_same_authorization(row->name, &second.after, &first->after);
}

static void check_row(const struct row *row)
{
    struct authorization before = authorization_in(row->before);
    struct authorization expected = expected_after(row, &before);
    struct authorization_decision decision = authorization_take(&before, row->in, GOOD);
    assert_number(row->name, "verdict", decision.verdict, row->verdict);
    assert_number(row->name, "reason", decision.reason, REASON_NONE);
    assert_same_authorization(row->name, &decision.after, &expected);
    assert_sound(row->name, decision.verdict, decision.event != EVENT_NONE, decision.refusal);
    check_event(row, &before, &decision);
    if (decision.verdict == VERDICT_APPLIED)
        check_again(row, &decision);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_row(&rows[i]);
}

static bool charges(const struct row *row)
{
    return row->event == EVENT_CREDIT_CARD_AUTHORIZED ||
           row->event == EVENT_CREDIT_CARD_AUTHORIZATION_REVISED;
}

/* The payer is asked for where a charge is due, and how the account is matters nowhere else. */
static void check_payer(const struct row *row)
{
    struct authorization before = authorization_in(row->before);
    struct authorization_input in = authorization_input_of(row->in, NULL);
    assert_number(row->name, "payer", authorization_payer(&before, &in),
                  charges(row) ? CONSUMER_ID : 0);
    struct authorization_decision decision = authorization_decided(&before, &in);
    assert_number(row->name, "verdict", decision.verdict,
                  charges(row) ? VERDICT_DEFERRED : row->verdict);
    assert_number(row->name, "event", decision.event, charges(row) ? EVENT_NONE : row->event);
}

static void check_refusal(const struct row *row, enum funds funds, enum reason reason)
{
    struct authorization before = authorization_in(row->before);
    bool revision = row->event == EVENT_CREDIT_CARD_AUTHORIZATION_REVISED;
    struct authorization expected = authorization_in(revision ? AUTHORIZED_REFUSED : FAILED);
    struct authorization_decision decision = authorization_take(&before, row->in, funds);
    expected.head = before.head;
    expected.reason = revision ? REASON_NONE : (int)reason;
    assert_number(row->name, "verdict", decision.verdict, VERDICT_APPLIED);
    assert_number(row->name, "event", decision.event,
                  revision ? EVENT_CREDIT_CARD_AUTHORIZATION_REVISION_FAILED
                           : EVENT_CREDIT_CARD_AUTHORIZATION_FAILED);
    assert_number(row->name, "reason", decision.reason, revision ? (int)reason : REASON_NONE);
    assert_same_authorization(row->name, &decision.after, &expected);
    assert_number(row->name, "verdict when there is money",
                  authorization_take(&decision.after, row->in, GOOD).verdict, VERDICT_IGNORED);
}

static void check_missing_account(const struct row *row)
{
    struct authorization before = authorization_in(row->before);
    struct authorization_decision decision = authorization_take(&before, row->in, MISSING);
    assert_number(row->name, "verdict", decision.verdict, VERDICT_DEFERRED);
    assert_same_authorization(row->name, &decision.after, &before);
    assert_sound(row->name, decision.verdict, decision.event != EVENT_NONE, decision.refusal);
}

static void test_accounts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_payer(&rows[i]);
        if (!charges(&rows[i]))
            continue;
        check_refusal(&rows[i], DECLINED, REASON_CARD_DECLINED);
        check_refusal(&rows[i], DISABLED, REASON_ACCOUNT_DISABLED);
        check_missing_account(&rows[i]);
    }
}

/* The consumer's service has held the order to it: only what a revision makes of it is new. */
static void test_order_limit(void **state)
{
    (void)state;
    struct authorization complete = authorization_in(PENDING_OV),
                         paid = authorization_in(AUTHORIZED);
    const enum authorization_input_type charge = AUTHORIZATION_INPUT_TICKET_CREATED,
                                        revision = AUTHORIZATION_INPUT_REVISION_PROPOSED;
    complete.amount_cents = REVISED_CENTS;
    assert_int_equal(authorization_take(&complete, charge, EXCEEDED).event,
                     EVENT_CREDIT_CARD_AUTHORIZED);
    assert_int_equal(authorization_take(&paid, revision, LIMITED).event,
                     EVENT_CREDIT_CARD_AUTHORIZATION_REVISED);
    assert_int_equal(authorization_take(&paid, revision, EXCEEDED).event,
                     EVENT_CREDIT_CARD_AUTHORIZATION_REVISION_FAILED);
    assert_int_equal(authorization_take(&paid, revision, EXCEEDED).reason,
                     REASON_ORDER_LIMIT_EXCEEDED);
}

static void test_unknown_input_is_illegal(void **state)
{
    (void)state;
    struct authorization before = authorization_in(PENDING_O);
    struct authorization_decision decision =
        authorization_take(&before, AUTHORIZATION_INPUT_COUNT, GOOD);
    assert_int_equal(decision.verdict, VERDICT_ILLEGAL);
    assert_non_null(decision.refusal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_has_its_row),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_order_limit),
        cmocka_unit_test(test_unknown_input_is_illegal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
