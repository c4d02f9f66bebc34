/* The numbers of revisions at an authorization, and the data of the events.
 * SPDX-License-Identifier: MIT */
#include "authorization_fixture.h"

enum { SETTLED = 3 };

/* I(gnored), A(pplied), D(eferred) or X: illegal; for the revisions SETTLED - 1, SETTLED, the next
 * one, and the one after that. AUTHORIZED_... says how far the next one has come. */
static const struct {
    enum situation situation;
    enum authorization_input_type in;
    const char *verdicts;
} numbers[] = {
    {AUTHORIZED, AUTHORIZATION_INPUT_REVISION_PROPOSED, "IIAD"},
    {AUTHORIZED, AUTHORIZATION_INPUT_REVISED, "IIDD"},
    {AUTHORIZED, AUTHORIZATION_INPUT_REVISION_REJECTED, "IIAD"},
    {AUTHORIZED_REFUSED, AUTHORIZATION_INPUT_REVISION_PROPOSED, "IIID"},
    {AUTHORIZED_REFUSED, AUTHORIZATION_INPUT_REVISED, "IIXD"},
    {AUTHORIZED_REFUSED, AUTHORIZATION_INPUT_REVISION_REJECTED, "IIAD"},
    {AUTHORIZED_REVISED, AUTHORIZATION_INPUT_REVISION_PROPOSED, "IIID"},
    {AUTHORIZED_REVISED, AUTHORIZATION_INPUT_REVISED, "IIAD"},
    {AUTHORIZED_REVISED, AUTHORIZATION_INPUT_REVISION_REJECTED, "IIAD"},
    {PENDING_OVT, AUTHORIZATION_INPUT_REVISION_PROPOSED, "DDDD"},
    {REVERSED, AUTHORIZATION_INPUT_REVISION_PROPOSED, "IIII"},
    {REVERSED, AUTHORIZATION_INPUT_REVISED, "IIII"},
    {REVERSED, AUTHORIZATION_INPUT_REVISION_REJECTED, "IIII"},
};

static struct authorization authorization_at(enum situation situation)
{
    struct authorization authorization = authorization_in(situation);
    authorization.settled_revision += SETTLED;
    authorization.answered_revision += SETTLED;
    return authorization;
}

static char letter_of(enum verdict verdict)
{
    static const char letters[] = {[VERDICT_ILLEGAL] = 'X',
                                   [VERDICT_APPLIED] = 'A',
                                   [VERDICT_IGNORED] = 'I',
                                   [VERDICT_DEFERRED] = 'D'};
    return letters[verdict];
}

static void check_number(size_t row, int32_t revision, char expected)
{
    struct account account = account_with(GOOD);
    struct authorization before = authorization_at(numbers[row].situation);
    struct authorization_input in = authorization_input_of(numbers[row].in, &account);
    in.revision = revision;
    int32_t payer = authorization_payer(&before, &in);
    struct authorization_decision decision = authorization_decided(&before, &in);
    if (letter_of(decision.verdict) != expected)
        fail_msg("row %zu, revision %d: %c", row, revision, letter_of(decision.verdict));
    assert_sound("numbers", decision.verdict, decision.event != EVENT_NONE, decision.refusal);
    bool charged = decision.event == EVENT_CREDIT_CARD_AUTHORIZATION_REVISED;
    assert_int_equal(payer, charged ? CONSUMER_ID : 0);
    if (decision.verdict != VERDICT_APPLIED)
        assert_same_authorization("numbers", &decision.after, &before);
    else
        assert_int_equal(decision.after.answered_revision, revision);
}

static void test_revisions_are_taken_in_turn(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT_OF(numbers); row++)
        for (int i = 0; i < 4; i++)
            check_number(row, SETTLED - 1 + i, numbers[row].verdicts[i]);
}

/* Twice as much, then back: what is restored is what was there before, and not the first charge. */
static void test_restored_amount_is_the_one_before(void **state)
{
    (void)state;
    struct account account = account_with(GOOD);
    struct authorization before = authorization_in(AUTHORIZED_CONFIRMED);
    struct authorization_input in =
        authorization_input_of(AUTHORIZATION_INPUT_REVISION_PROPOSED, &account);
    in.revision = 2;
    in.amount_cents = 1;
    struct authorization revised = authorization_decided(&before, &in).after;
    assert_int_equal(revised.amount_cents, 1);
    assert_int_equal(revised.previous_cents, REVISED_CENTS);
    in.type = AUTHORIZATION_INPUT_REVISION_REJECTED;
    struct authorization restored = authorization_decided(&revised, &in).after;
    before.settled_revision = before.answered_revision = 2;
    assert_same_authorization("restored", &restored, &before);
}

static void tell(const struct authorization *after, enum event_type event, int reason,
                 union event_data *data)
{
    const struct ruling ruling = {.event = event, .reason = reason};
    memset(data, 0, sizeof *data);
    authorization_event(after, &ruling, data);
}

static void test_first_charge_events(void **state)
{
    (void)state;
    static union event_data data;
    struct authorization failed = authorization_in(FAILED);
    tell(&failed, EVENT_CREDIT_CARD_AUTHORIZATION_FAILED, REASON_NONE, &data);
    assert_int_equal(data.credit_card_authorization_failed.order_id, ORDER_ID);
    assert_int_equal(data.credit_card_authorization_failed.consumer_id, CONSUMER_ID);
    assert_int_equal(data.credit_card_authorization_failed.amount_cents, AMOUNT_CENTS);
    assert_int_equal(data.credit_card_authorization_failed.reason, REASON_CARD_DECLINED);
    tell(&failed, EVENT_CREDIT_CARD_AUTHORIZED, REASON_NONE, &data);
    assert_int_equal(data.credit_card_authorized.order_id, ORDER_ID);
    assert_int_equal(data.credit_card_authorized.consumer_id, CONSUMER_ID);
    assert_int_equal(data.credit_card_authorized.amount_cents, AMOUNT_CENTS);
    tell(&failed, EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED, REASON_NONE, &data);
    assert_int_equal(data.credit_card_authorization_reversed.order_id, ORDER_ID);
    assert_int_equal(data.credit_card_authorization_reversed.consumer_id, CONSUMER_ID);
    assert_int_equal(data.credit_card_authorization_reversed.amount_cents, AMOUNT_CENTS);
    tell(&failed, EVENT_CREDIT_CARD_AUTHORIZATION_VOIDED, REASON_NONE, &data);
    assert_int_equal(data.credit_card_authorization_voided.order_id, ORDER_ID);
}

static void test_revision_events(void **state)
{
    (void)state;
    static union event_data data;
    struct authorization revised = authorization_at(AUTHORIZED_REVISED);
    tell(&revised, EVENT_CREDIT_CARD_AUTHORIZATION_REVISED, REASON_NONE, &data);
    assert_int_equal(data.credit_card_authorization_revised.order_id, ORDER_ID);
    assert_int_equal(data.credit_card_authorization_revised.consumer_id, CONSUMER_ID);
    assert_int_equal(data.credit_card_authorization_revised.revision, SETTLED + 1);
    assert_int_equal(data.credit_card_authorization_revised.amount_cents, REVISED_CENTS);
    struct authorization refused = authorization_at(AUTHORIZED_REFUSED);
    tell(&refused, EVENT_CREDIT_CARD_AUTHORIZATION_REVISION_FAILED, REASON_CARD_DECLINED, &data);
    assert_int_equal(data.credit_card_authorization_revision_failed.order_id, ORDER_ID);
    assert_int_equal(data.credit_card_authorization_revision_failed.consumer_id, CONSUMER_ID);
    assert_int_equal(data.credit_card_authorization_revision_failed.revision, SETTLED + 1);
    assert_int_equal(data.credit_card_authorization_revision_failed.reason, REASON_CARD_DECLINED);
    struct authorization restored = authorization_at(AUTHORIZED);
    tell(&restored, EVENT_CREDIT_CARD_AUTHORIZATION_RESTORED, REASON_NONE, &data);
    assert_int_equal(data.credit_card_authorization_restored.order_id, ORDER_ID);
    assert_int_equal(data.credit_card_authorization_restored.consumer_id, CONSUMER_ID);
    assert_int_equal(data.credit_card_authorization_restored.revision, SETTLED);
    assert_int_equal(data.credit_card_authorization_restored.amount_cents, AMOUNT_CENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_revisions_are_taken_in_turn),
        cmocka_unit_test(test_restored_amount_is_the_one_before),
        cmocka_unit_test(test_first_charge_events),
        cmocka_unit_test(test_revision_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
