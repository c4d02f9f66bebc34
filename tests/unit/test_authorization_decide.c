/* Every cell of the authorization's state machine, and every arrival of the messages about one
 * order. SPDX-License-Identifier: MIT */
#include "table.h"

#include "accounting.h"

enum { ORDER_ID = 42, CONSUMER_ID = 7, AMOUNT_CENTS = 6170 };

/* How the payer's account is. */
enum funds { GOOD, DECLINED, DISABLED, MISSING };

static struct account account_with(enum funds funds)
{
    struct account account = {
        .head.id = CONSUMER_ID, .state = ACCOUNT_STATE_OPEN, .card_token = CARD_TOKEN_DEFAULT};
    if (funds == DECLINED)
        strcpy(account.card_token, CARD_TOKEN_DECLINED);
    if (funds == DISABLED)
        account.state = ACCOUNT_STATE_DISABLED;
    if (funds == MISSING)
        return (struct account){.head.id = CONSUMER_ID};
    return account;
}

/* The authorization: an open one is told apart by the facts that it has, o(rder), v(erified),
 * t(icketed). */
enum situation {
    NONE,
    PENDING,
    PENDING_O,
    PENDING_V,
    PENDING_T,
    PENDING_OV,
    PENDING_OT,
    PENDING_VT,
    PENDING_OVT,
    AUTHORIZED,
    FAILED,
    VOIDED,
    REVERSED,
    SITUATION_COUNT,
};

static const struct {
    int state, reason;
    bool ordered, verified, ticketed;
} situations[SITUATION_COUNT] = {
    [NONE] = {AUTHORIZATION_STATE_NONE, 0, false, false, false},
    [PENDING] = {AUTHORIZATION_STATE_PENDING, 0, false, false, false},
    [PENDING_O] = {AUTHORIZATION_STATE_PENDING, 0, true, false, false},
    [PENDING_V] = {AUTHORIZATION_STATE_PENDING, 0, false, true, false},
    [PENDING_T] = {AUTHORIZATION_STATE_PENDING, 0, false, false, true},
    [PENDING_OV] = {AUTHORIZATION_STATE_PENDING, 0, true, true, false},
    [PENDING_OT] = {AUTHORIZATION_STATE_PENDING, 0, true, false, true},
    [PENDING_VT] = {AUTHORIZATION_STATE_PENDING, 0, false, true, true},
    [PENDING_OVT] = {AUTHORIZATION_STATE_PENDING, 0, true, true, true},
    [AUTHORIZED] = {AUTHORIZATION_STATE_AUTHORIZED, 0, true, true, true},
    [FAILED] = {AUTHORIZATION_STATE_FAILED, REASON_CARD_DECLINED, true, true, true},
    [VOIDED] = {AUTHORIZATION_STATE_VOIDED, 0, false, true, false},
    [REVERSED] = {AUTHORIZATION_STATE_REVERSED, 0, true, true, true},
};

static struct authorization authorization_in(enum situation situation)
{
    return (struct authorization){
        .head = {.id = ORDER_ID, .version = situation == NONE ? 0 : 3},
        .state = situations[situation].state,
        .reason = situations[situation].reason,
        .consumer_id = situations[situation].ordered ? CONSUMER_ID : 0,
        .amount_cents = situations[situation].ordered ? AMOUNT_CENTS : 0,
        .verified = situations[situation].verified,
        .ticketed = situations[situation].ticketed,
    };
}

static bool same(const struct authorization *a, const struct authorization *b)
{
    return a->head.id == b->head.id && a->state == b->state && a->reason == b->reason &&
           a->consumer_id == b->consumer_id && a->amount_cents == b->amount_cents &&
           a->verified == b->verified && a->ticketed == b->ticketed;
}

static struct authorization_decision decide(const struct authorization *before,
                                            enum authorization_input_type type,
                                            const struct account *account)
{
    struct authorization_input in = {
        .type = type, .consumer_id = CONSUMER_ID, .amount_cents = AMOUNT_CENTS, .account = account};
    return authorization_decide(before, &in);
}

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

static const struct row rows[] = {
    NOTED(NONE, ORDER_CREATED, PENDING_O),
    NOTED(NONE, CONSUMER_VERIFIED, PENDING_V),
    NOTED(NONE, TICKET_CREATED, PENDING_T),
    NOTED(NONE, ORDER_REJECTED, VOIDED), /* a tombstone */

    NOTED(PENDING, ORDER_CREATED, PENDING_O),
    NOTED(PENDING, CONSUMER_VERIFIED, PENDING_V),
    NOTED(PENDING, TICKET_CREATED, PENDING_T),
    UNDONE(PENDING),

    LATE(PENDING_O, ORDER_CREATED),
    NOTED(PENDING_O, CONSUMER_VERIFIED, PENDING_OV),
    NOTED(PENDING_O, TICKET_CREATED, PENDING_OT),
    UNDONE(PENDING_O),

    NOTED(PENDING_V, ORDER_CREATED, PENDING_OV),
    LATE(PENDING_V, CONSUMER_VERIFIED),
    NOTED(PENDING_V, TICKET_CREATED, PENDING_VT),
    UNDONE(PENDING_V),

    NOTED(PENDING_T, ORDER_CREATED, PENDING_OT),
    NOTED(PENDING_T, CONSUMER_VERIFIED, PENDING_VT),
    LATE(PENDING_T, TICKET_CREATED),
    UNDONE(PENDING_T),

    LATE(PENDING_OV, ORDER_CREATED),
    LATE(PENDING_OV, CONSUMER_VERIFIED),
    CHARGED(PENDING_OV, TICKET_CREATED),
    UNDONE(PENDING_OV),

    LATE(PENDING_OT, ORDER_CREATED),
    CHARGED(PENDING_OT, CONSUMER_VERIFIED),
    LATE(PENDING_OT, TICKET_CREATED),
    UNDONE(PENDING_OT),

    CHARGED(PENDING_VT, ORDER_CREATED),
    LATE(PENDING_VT, CONSUMER_VERIFIED),
    LATE(PENDING_VT, TICKET_CREATED),
    UNDONE(PENDING_VT),

    /* Nothing leads here: the third fact charges the card. */
    LATE(PENDING_OVT, ORDER_CREATED),
    LATE(PENDING_OVT, CONSUMER_VERIFIED),
    LATE(PENDING_OVT, TICKET_CREATED),
    UNDONE(PENDING_OVT),

    LATE(AUTHORIZED, ORDER_CREATED),
    LATE(AUTHORIZED, CONSUMER_VERIFIED),
    LATE(AUTHORIZED, TICKET_CREATED),
    ROW(AUTHORIZED, ORDER_REJECTED, APPLIED, REVERSED, CREDIT_CARD_AUTHORIZATION_REVERSED),

    LATE(FAILED, ORDER_CREATED),
    LATE(FAILED, CONSUMER_VERIFIED),
    LATE(FAILED, TICKET_CREATED),
    LATE(FAILED, ORDER_REJECTED),

    LATE(VOIDED, ORDER_CREATED),
    LATE(VOIDED, CONSUMER_VERIFIED),
    LATE(VOIDED, TICKET_CREATED),
    LATE(VOIDED, ORDER_REJECTED),

    LATE(REVERSED, ORDER_CREATED),
    LATE(REVERSED, CONSUMER_VERIFIED),
    LATE(REVERSED, TICKET_CREATED),
    LATE(REVERSED, ORDER_REJECTED),
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

/* A state changes if and only if its event is published, but for PENDING, which only collects
 * facts, and tombstones. */
static bool published(const struct row *row, const struct authorization_decision *decision)
{
    return decision->after.state != situations[row->before].state &&
           decision->after.state != AUTHORIZATION_STATE_PENDING &&
           !(row->before == NONE && row->in == AUTHORIZATION_INPUT_ORDER_REJECTED);
}

static void check_row(const struct row *row)
{
    struct account account = account_with(GOOD);
    struct authorization before = authorization_in(row->before);
    struct authorization expected = authorization_in(row->after);
    struct authorization_decision decision = decide(&before, row->in, &account);
    if (row->after == VOIDED) {
        expected = before;
        expected.state = AUTHORIZATION_STATE_VOIDED;
    }
    assert_number(row->name, "verdict", decision.verdict, row->verdict);
    assert_number(row->name, "state", decision.after.state, expected.state);
    assert_number(row->name, "event", decision.event, row->event);
    assert_number(row->name, "facts are right", same(&decision.after, &expected), true);
    assert_sound(row->name, decision.verdict, decision.event != EVENT_NONE, decision.refusal);
    assert_number(row->name, "has an event", decision.event != EVENT_NONE,
                  published(row, &decision));
    assert_number(row->name, "second verdict", decide(&decision.after, row->in, &account).verdict,
                  VERDICT_IGNORED);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_row(&rows[i]);
}

/* The payer is asked for where a charge is due, and how the account is matters nowhere else. */
static void check_payer(const struct row *row)
{
    struct authorization before = authorization_in(row->before);
    struct authorization_input in = {.type = row->in, .consumer_id = CONSUMER_ID};
    bool charges = row->event == EVENT_CREDIT_CARD_AUTHORIZED;
    assert_number(row->name, "payer", authorization_payer(&before, &in), charges ? CONSUMER_ID : 0);
    if (!charges) {
        struct authorization_decision decision = decide(&before, row->in, NULL);
        assert_number(row->name, "verdict", decision.verdict, row->verdict);
        assert_number(row->name, "event", decision.event, row->event);
    }
}

static void check_charge(const struct row *row, enum funds funds, enum reason reason)
{
    struct account account = account_with(funds);
    struct authorization before = authorization_in(row->before);
    struct authorization expected = authorization_in(FAILED);
    expected.reason = (int)reason;
    struct authorization_decision decision = decide(&before, row->in, &account);
    assert_number(row->name, "verdict", decision.verdict, VERDICT_APPLIED);
    assert_number(row->name, "event", decision.event, EVENT_CREDIT_CARD_AUTHORIZATION_FAILED);
    assert_number(row->name, "facts are right", same(&decision.after, &expected), true);
}

static void check_missing_account(const struct row *row)
{
    struct account account = account_with(MISSING);
    struct authorization before = authorization_in(row->before);
    struct authorization_decision decision = decide(&before, row->in, &account);
    assert_number(row->name, "verdict", decision.verdict, VERDICT_DEFERRED);
    assert_number(row->name, "waits for", decision.waits_for_account, CONSUMER_ID);
    assert_number(row->name, "is kept", same(&decision.after, &before), true);
    assert_sound(row->name, decision.verdict, decision.event != EVENT_NONE, decision.refusal);
}

static void test_accounts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_payer(&rows[i]);
        if (rows[i].event != EVENT_CREDIT_CARD_AUTHORIZED)
            continue;
        check_charge(&rows[i], DECLINED, REASON_CARD_DECLINED);
        check_charge(&rows[i], DISABLED, REASON_ACCOUNT_DISABLED);
        check_missing_account(&rows[i]);
    }
}

static void test_unknown_input_is_illegal(void **state)
{
    (void)state;
    struct authorization before = authorization_in(PENDING_O);
    assert_int_equal(decide(&before, AUTHORIZATION_INPUT_COUNT, NULL).verdict, VERDICT_ILLEGAL);
}

static void test_events(void **state)
{
    (void)state;
    static union event_data data;
    struct authorization failed = authorization_in(FAILED);
    authorization_event(&failed, EVENT_CREDIT_CARD_AUTHORIZATION_FAILED, &data);
    assert_int_equal(data.credit_card_authorization_failed.order_id, ORDER_ID);
    assert_int_equal(data.credit_card_authorization_failed.consumer_id, CONSUMER_ID);
    assert_int_equal(data.credit_card_authorization_failed.amount_cents, AMOUNT_CENTS);
    assert_int_equal(data.credit_card_authorization_failed.reason, REASON_CARD_DECLINED);
    memset(&data, 0, sizeof data);
    authorization_event(&failed, EVENT_CREDIT_CARD_AUTHORIZED, &data);
    assert_int_equal(data.credit_card_authorized.order_id, ORDER_ID);
    assert_int_equal(data.credit_card_authorized.consumer_id, CONSUMER_ID);
    assert_int_equal(data.credit_card_authorized.amount_cents, AMOUNT_CENTS);
    memset(&data, 0, sizeof data);
    authorization_event(&failed, EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED, &data);
    assert_int_equal(data.credit_card_authorization_reversed.order_id, ORDER_ID);
    assert_int_equal(data.credit_card_authorization_reversed.consumer_id, CONSUMER_ID);
    assert_int_equal(data.credit_card_authorization_reversed.amount_cents, AMOUNT_CENTS);
    memset(&data, 0, sizeof data);
    authorization_event(&failed, EVENT_CREDIT_CARD_AUTHORIZATION_VOIDED, &data);
    assert_int_equal(data.credit_card_authorization_voided.order_id, ORDER_ID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_has_its_row),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_unknown_input_is_illegal),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
