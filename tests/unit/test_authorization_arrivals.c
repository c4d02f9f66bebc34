/* Every arrival of the messages about one order at its authorization: each twice, with the opening
 * of the account among them. What is deferred is tried again when the account is opened.
 * SPDX-License-Identifier: MIT */
#include "table.h"

#include "accounting.h"

enum { ORDER_ID = 42, CONSUMER_ID = 7, AMOUNT_CENTS = 6170 };

static const struct account good = {
    .head.id = CONSUMER_ID, .state = ACCOUNT_STATE_OPEN, .card_token = CARD_TOKEN_DEFAULT};
static const struct account declined = {
    .head.id = CONSUMER_ID, .state = ACCOUNT_STATE_OPEN, .card_token = CARD_TOKEN_DECLINED};
static const struct account disabled = {
    .head.id = CONSUMER_ID, .state = ACCOUNT_STATE_DISABLED, .card_token = CARD_TOKEN_DEFAULT};

enum message {
    ORDERED = AUTHORIZATION_INPUT_ORDER_CREATED,
    VERIFIED = AUTHORIZATION_INPUT_CONSUMER_VERIFIED,
    TICKETED = AUTHORIZATION_INPUT_TICKET_CREATED,
    REJECTED = AUTHORIZATION_INPUT_ORDER_REJECTED,
    OPENED = AUTHORIZATION_INPUT_COUNT, /* the account is */
};

struct arrival {
    struct authorization authorization;
    struct account account;
    int deferred[16];
    size_t deferred_count;
    int charged, reversed, failed;
};

static void take(struct arrival *arrival, int message)
{
    struct authorization_input in = {
        .type = (enum authorization_input_type)message,
        .consumer_id = CONSUMER_ID,
        .amount_cents = AMOUNT_CENTS,
        .account = &arrival->account,
    };
    struct authorization_decision decision = authorization_decide(&arrival->authorization, &in);
    assert_int_not_equal(decision.verdict, VERDICT_ILLEGAL);
    if (decision.verdict == VERDICT_DEFERRED)
        arrival->deferred[arrival->deferred_count++] = message;
    arrival->charged += decision.event == EVENT_CREDIT_CARD_AUTHORIZED;
    arrival->reversed += decision.event == EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED;
    arrival->failed += decision.event == EVENT_CREDIT_CARD_AUTHORIZATION_FAILED;
    arrival->authorization = decision.after;
}

static void open_account(struct arrival *arrival, const struct account *account)
{
    arrival->account = *account;
    size_t waiting = arrival->deferred_count;
    arrival->deferred_count = 0;
    for (size_t i = 0; i < waiting; i++)
        take(arrival, arrival->deferred[i]);
}

static struct arrival arrive(const int *messages, size_t count, const struct account *account)
{
    struct arrival arrival = {.authorization.head.id = ORDER_ID, .account.head.id = CONSUMER_ID};
    for (size_t i = 0; i < count; i++)
        if (messages[i] == OPENED)
            open_account(&arrival, account);
        else
            take(&arrival, messages[i]);
    assert_int_equal(arrival.deferred_count, 0);
    return arrival;
}

static void check_ends_in(int end, const struct account *account)
{
    int messages[] = {ORDERED, ORDERED, VERIFIED, VERIFIED, TICKETED, TICKETED, OPENED};
    do {
        struct arrival arrival = arrive(messages, COUNT_OF(messages), account);
        assert_int_equal(arrival.authorization.state, end);
        assert_int_equal(arrival.charged, end == AUTHORIZATION_STATE_AUTHORIZED);
        assert_int_equal(arrival.failed, end == AUTHORIZATION_STATE_FAILED);
    } while (next_arrival(messages, COUNT_OF(messages)));
}

static void test_every_arrival_ends_the_same(void **state)
{
    (void)state;
    check_ends_in(AUTHORIZATION_STATE_AUTHORIZED, &good);
    check_ends_in(AUTHORIZATION_STATE_FAILED, &declined);
    check_ends_in(AUTHORIZATION_STATE_FAILED, &disabled);
}

static void test_rejected_order_holds_no_charge(void **state)
{
    (void)state;
    int messages[] = {ORDERED,  ORDERED,  VERIFIED, VERIFIED, TICKETED,
                      TICKETED, REJECTED, REJECTED, OPENED};
    do {
        struct arrival arrival = arrive(messages, COUNT_OF(messages), &good);
        assert_int_equal(arrival.charged, arrival.reversed);
        assert_int_equal(arrival.authorization.state, arrival.charged == 0
                                                          ? AUTHORIZATION_STATE_VOIDED
                                                          : AUTHORIZATION_STATE_REVERSED);
    } while (next_arrival(messages, COUNT_OF(messages)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_arrival_ends_the_same),
        cmocka_unit_test(test_rejected_order_holds_no_charge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
