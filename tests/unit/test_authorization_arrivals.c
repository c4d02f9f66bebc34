/* Every arrival of the messages about one order at its authorization, most of them twice, with the
 * opening of the account among them. What is deferred is tried again when the account is opened or
 * the authorization has moved. Each story ends with the right amount on the card.
 * SPDX-License-Identifier: MIT */
#include "authorization_fixture.h"

enum { MESSAGES_MAX = 16 };

/* A message: an input, and the revision that it is about. */
#define MESSAGE(in, revision) (AUTHORIZATION_INPUT_##in * 10 + (revision))
enum message {
    ORDERED = MESSAGE(ORDER_CREATED, 0),
    VERIFIED = MESSAGE(CONSUMER_VERIFIED, 0),
    TICKETED = MESSAGE(TICKET_CREATED, 0),
    REJECTED = MESSAGE(ORDER_REJECTED, 0),
    CANCELLED = MESSAGE(TICKET_CANCELLED, 0),
    PROPOSED_1 = MESSAGE(REVISION_PROPOSED, 1),
    PROPOSED_2 = MESSAGE(REVISION_PROPOSED, 2),
    CONFIRMED_1 = MESSAGE(REVISED, 1),
    CONFIRMED_2 = MESSAGE(REVISED, 2),
    REFUSED_1 = MESSAGE(REVISION_REJECTED, 1),
    REFUSED_2 = MESSAGE(REVISION_REJECTED, 2),
    OPENED = MESSAGE(COUNT, 0), /* the account is */
};

struct arrival {
    enum funds funds; /* once the account is opened */
    bool opened;
    struct authorization authorization;
    int deferred[MESSAGES_MAX];
    size_t deferred_count;
    int64_t on_card_cents; /* by the events */
    int charged, reversed, failed;
};

/* Revision 2 costs a cent more than revision 1. */
static struct authorization_decision decide(const struct arrival *arrival, int message)
{
    struct account account = account_with(arrival->opened ? arrival->funds : MISSING);
    struct authorization_input in =
        authorization_input_of((enum authorization_input_type)(message / 10), &account);
    in.revision = message % 10;
    in.amount_cents += in.revision == 2 ? 1 : 0;
    return authorization_decided(&arrival->authorization, &in);
}

static void keep_books(struct arrival *arrival, enum event_type event)
{
    arrival->charged += event == EVENT_CREDIT_CARD_AUTHORIZED;
    arrival->reversed += event == EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED;
    arrival->failed += event == EVENT_CREDIT_CARD_AUTHORIZATION_FAILED;
    if (event == EVENT_CREDIT_CARD_AUTHORIZED || event == EVENT_CREDIT_CARD_AUTHORIZATION_REVISED ||
        event == EVENT_CREDIT_CARD_AUTHORIZATION_RESTORED)
        arrival->on_card_cents = arrival->authorization.amount_cents;
    if (event == EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED)
        arrival->on_card_cents = 0;
}

static void take(struct arrival *arrival, int message);

static void try_again(struct arrival *arrival)
{
    int waiting[MESSAGES_MAX];
    size_t count = arrival->deferred_count;
    memcpy(waiting, arrival->deferred, sizeof waiting);
    arrival->deferred_count = 0;
    for (size_t i = 0; i < count; i++)
        take(arrival, waiting[i]);
}

static void take(struct arrival *arrival, int message)
{
    struct authorization_decision decision = decide(arrival, message);
    if (decision.verdict == VERDICT_ILLEGAL)
        fail_msg("message %d: %s", message, decision.refusal);
    if (decision.verdict == VERDICT_DEFERRED)
        arrival->deferred[arrival->deferred_count++] = message;
    if (decision.verdict != VERDICT_APPLIED)
        return;
    arrival->authorization = decision.after;
    keep_books(arrival, decision.event);
    try_again(arrival);
}

static struct arrival arrive(const int *messages, size_t count, enum funds funds)
{
    struct arrival arrival = {.authorization.head.id = ORDER_ID, .funds = funds};
    for (size_t i = 0; i < count; i++)
        if (messages[i] != OPENED) {
            take(&arrival, messages[i]);
        } else {
            arrival.opened = true;
            try_again(&arrival);
        }
    assert_int_equal(arrival.deferred_count, 0);
    return arrival;
}

static void check_ends_in(int end, enum funds funds)
{
    int messages[] = {ORDERED, ORDERED, VERIFIED, VERIFIED, TICKETED, TICKETED, OPENED};
    do {
        struct arrival arrival = arrive(messages, COUNT_OF(messages), funds);
        assert_int_equal(arrival.authorization.state, end);
        assert_int_equal(arrival.charged, end == AUTHORIZATION_STATE_AUTHORIZED);
        assert_int_equal(arrival.failed, end == AUTHORIZATION_STATE_FAILED);
    } while (next_arrival(messages, COUNT_OF(messages)));
}

static void test_every_arrival_ends_the_same(void **state)
{
    (void)state;
    check_ends_in(AUTHORIZATION_STATE_AUTHORIZED, GOOD);
    check_ends_in(AUTHORIZATION_STATE_FAILED, DECLINED);
    check_ends_in(AUTHORIZATION_STATE_FAILED, DISABLED);
}

static void test_rejected_order_holds_no_charge(void **state)
{
    (void)state;
    int messages[] = {ORDERED,  ORDERED,  VERIFIED, VERIFIED, TICKETED,
                      TICKETED, REJECTED, REJECTED, OPENED};
    do {
        struct arrival arrival = arrive(messages, COUNT_OF(messages), GOOD);
        assert_int_equal(arrival.on_card_cents, 0);
        assert_int_equal(arrival.charged, arrival.reversed);
        assert_int_equal(arrival.authorization.state, arrival.charged == 0
                                                          ? AUTHORIZATION_STATE_VOIDED
                                                          : AUTHORIZATION_STATE_REVERSED);
    } while (next_arrival(messages, COUNT_OF(messages)));
}

/* The messages must be sorted. */
static void check_amount(int64_t amount_cents, int32_t settled, int *messages, size_t count)
{
    for (size_t i = 1; i < count; i++)
        assert_true(messages[i - 1] <= messages[i]);
    do {
        struct arrival arrival = arrive(messages, count, GOOD);
        const struct authorization *end = &arrival.authorization;
        assert_int_equal(arrival.charged, 1);
        assert_int_equal(arrival.on_card_cents, amount_cents);
        assert_int_equal(end->state, amount_cents == 0 ? AUTHORIZATION_STATE_REVERSED
                                                       : AUTHORIZATION_STATE_AUTHORIZED);
        assert_false(end->revised);
        assert_int_equal(end->previous_cents, 0);
        if (amount_cents == 0)
            continue;
        assert_int_equal(end->amount_cents, amount_cents);
        assert_int_equal(end->settled_revision, settled);
        assert_int_equal(end->answered_revision, settled);
    } while (next_arrival(messages, count));
}

#define CHECK_AMOUNT(amount, settled, ...)                                                         \
    do {                                                                                           \
        int messages[] = {ORDERED, VERIFIED, TICKETED, __VA_ARGS__, OPENED};                       \
        check_amount(amount, settled, messages, COUNT_OF(messages));                               \
    } while (0)

static void test_revision(void **state)
{
    (void)state;
    CHECK_AMOUNT(REVISED_CENTS, 1, PROPOSED_1, PROPOSED_1, CONFIRMED_1, CONFIRMED_1);
    CHECK_AMOUNT(AMOUNT_CENTS, 1, PROPOSED_1, PROPOSED_1, REFUSED_1, REFUSED_1);
    CHECK_AMOUNT(AMOUNT_CENTS, 1, REFUSED_1, REFUSED_1); /* the kitchen has refused */
}

static void test_two_revisions(void **state)
{
    (void)state;
    CHECK_AMOUNT(REVISED_CENTS + 1, 2, PROPOSED_1, PROPOSED_2, CONFIRMED_1, CONFIRMED_2);
    CHECK_AMOUNT(REVISED_CENTS + 1, 2, PROPOSED_1, PROPOSED_2, CONFIRMED_2, REFUSED_1);
    CHECK_AMOUNT(REVISED_CENTS, 2, PROPOSED_1, PROPOSED_2, CONFIRMED_1, REFUSED_2);
    CHECK_AMOUNT(AMOUNT_CENTS, 2, PROPOSED_1, PROPOSED_2, REFUSED_1, REFUSED_2);
    CHECK_AMOUNT(AMOUNT_CENTS, 2, PROPOSED_2, REFUSED_1, REFUSED_2);
}

static void test_cancelled_order_holds_no_charge(void **state)
{
    (void)state;
    CHECK_AMOUNT(0, 0, CANCELLED, CANCELLED);
    CHECK_AMOUNT(0, 0, CANCELLED, CANCELLED, PROPOSED_1, CONFIRMED_1);
    CHECK_AMOUNT(0, 0, CANCELLED, PROPOSED_1, PROPOSED_1, REFUSED_1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_arrival_ends_the_same),
        cmocka_unit_test(test_rejected_order_holds_no_charge),
        cmocka_unit_test(test_revision),
        cmocka_unit_test(test_two_revisions),
        cmocka_unit_test(test_cancelled_order_holds_no_charge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
