/* Every cell of the account's state machine. SPDX-License-Identifier: MIT */
#include "table.h"

#include "accounting.h"

enum { CONSUMER_ID = 7 };

DEFINE_DECIDED(account, account)

static struct account_decision decide(const struct account *before, enum account_input_type type)
{
    struct account_input in = {.type = type, .card_token = CARD_TOKEN_DECLINED};
    return account_decided(before, &in);
}

static struct account account_in(int state)
{
    struct account none = {.head.id = CONSUMER_ID};
    if (state == ACCOUNT_STATE_NONE)
        return none;
    struct account account = decide(&none, ACCOUNT_INPUT_CONSUMER_CREATED).after;
    account.head.version = 2;
    account.state = state;
    return account;
}

struct row {
    const char *name;
    int before, in;
    enum verdict verdict;
    int after;
    enum event_type event;
    const char *card;
};

#define ROW(before_, in_, verdict_, after_, event_, card_)                                         \
    {                                                                                              \
        .name = #before_ " + " #in_, .before = ACCOUNT_STATE_##before_, .in = ACCOUNT_INPUT_##in_, \
        .verdict = VERDICT_##verdict_, .after = ACCOUNT_STATE_##after_, .event = EVENT_##event_,   \
        .card = (card_)                                                                            \
    }

static const struct row rows[] = {
    ROW(NONE, CONSUMER_CREATED, APPLIED, OPEN, ACCOUNT_OPENED, "tok_default"),
    ROW(NONE, CHANGE_CARD, DEFERRED, NONE, NONE, ""),
    ROW(NONE, DISABLE, DEFERRED, NONE, NONE, ""),
    ROW(NONE, ENABLE, DEFERRED, NONE, NONE, ""),

    ROW(OPEN, CONSUMER_CREATED, IGNORED, OPEN, NONE, "tok_default"),
    ROW(OPEN, CHANGE_CARD, APPLIED, OPEN, ACCOUNT_CARD_CHANGED, "tok_declined"),
    ROW(OPEN, DISABLE, APPLIED, DISABLED, ACCOUNT_DISABLED, "tok_default"),
    ROW(OPEN, ENABLE, IGNORED, OPEN, NONE, "tok_default"),

    ROW(DISABLED, CONSUMER_CREATED, IGNORED, DISABLED, NONE, "tok_default"),
    ROW(DISABLED, CHANGE_CARD, APPLIED, DISABLED, ACCOUNT_CARD_CHANGED, "tok_declined"),
    ROW(DISABLED, DISABLE, IGNORED, DISABLED, NONE, "tok_default"),
    ROW(DISABLED, ENABLE, APPLIED, OPEN, ACCOUNT_ENABLED, "tok_default"),
};

static size_t cell_of(size_t row)
{
    return (size_t)(rows[row].before * ACCOUNT_INPUT_COUNT + rows[row].in);
}

static void check_row(const struct row *row)
{
    struct account before = account_in(row->before);
    enum account_input_type type = (enum account_input_type)row->in;
    struct account_decision decision = decide(&before, type);
    assert_number(row->name, "verdict", decision.verdict, row->verdict);
    assert_number(row->name, "state", decision.after.state, row->after);
    assert_number(row->name, "event", decision.event, row->event);
    assert_string_equal(decision.after.card_token, row->card);
    assert_sound(row->name, decision.verdict, decision.event != EVENT_NONE, decision.refusal);
    assert_number(row->name, "has an event", decision.event != EVENT_NONE,
                  row->verdict == VERDICT_APPLIED);
    if (row->verdict == VERDICT_APPLIED)
        assert_number(row->name, "second verdict", decide(&decision.after, type).verdict,
                      VERDICT_IGNORED);
}

static void test_every_cell_has_its_row(void **state)
{
    (void)state;
    assert_covers((size_t)ACCOUNT_STATE_COUNT * ACCOUNT_INPUT_COUNT, COUNT_OF(rows), cell_of);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_row(&rows[i]);
}

static void test_card_token_is_cut_to_its_cap(void **state)
{
    (void)state;
    char token[2 * CARD_TOKEN_SIZE];
    memset(token, 'x', sizeof token);
    token[sizeof token - 1] = '\0';
    struct account before = account_in(ACCOUNT_STATE_OPEN);
    struct account_input in = {.type = ACCOUNT_INPUT_CHANGE_CARD, .card_token = token};
    struct account after = account_decided(&before, &in).after;
    assert_int_equal(strlen(after.card_token), CARD_TOKEN_SIZE - 1);
    in.card_token = "short";
    assert_string_equal(account_decided(&after, &in).after.card_token, "short");
}

static void test_order_limit_is_the_consumers(void **state)
{
    (void)state;
    struct account none = account_in(ACCOUNT_STATE_NONE);
    struct account_input in = {.type = ACCOUNT_INPUT_CONSUMER_CREATED};
    struct account unlimited = account_decided(&none, &in).after;
    assert_false(unlimited.has_order_limit);
    assert_int_equal(unlimited.order_limit_cents, 0);
    in.has_order_limit = true;
    in.order_limit_cents = 5000;
    struct account limited = account_decided(&none, &in).after;
    assert_true(limited.has_order_limit);
    assert_int_equal(limited.order_limit_cents, 5000);
    in = (struct account_input){.type = ACCOUNT_INPUT_DISABLE};
    assert_int_equal(account_decided(&limited, &in).after.order_limit_cents, 5000);
}

static void test_unknown_input_is_illegal(void **state)
{
    (void)state;
    struct account before = account_in(ACCOUNT_STATE_OPEN);
    struct account_decision decision = decide(&before, ACCOUNT_INPUT_COUNT);
    assert_int_equal(decision.verdict, VERDICT_ILLEGAL);
    assert_non_null(decision.refusal);
}

static void test_events(void **state)
{
    (void)state;
    static const enum event_type events[] = {EVENT_ACCOUNT_OPENED, EVENT_ACCOUNT_CARD_CHANGED,
                                             EVENT_ACCOUNT_DISABLED, EVENT_ACCOUNT_ENABLED};
    struct account account = account_in(ACCOUNT_STATE_OPEN);
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        static union event_data data;
        memset(&data, 0, sizeof data);
        account_event(&account, events[i], &data);
        assert_int_equal(data.account_opened.consumer_id, CONSUMER_ID); /* all four are alike */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_has_its_row),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_card_token_is_cut_to_its_cap),
        cmocka_unit_test(test_order_limit_is_the_consumers),
        cmocka_unit_test(test_unknown_input_is_illegal),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
