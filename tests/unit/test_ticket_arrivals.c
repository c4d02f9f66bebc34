/* Every arrival of the messages about one ticket, most of them twice. One that is deferred is tried
 * again when the ticket has moved. SPDX-License-Identifier: MIT */
#include "ticket_fixture.h"

enum { MESSAGES_MAX = 9 };

/* A message: an input, and the revision that it is about. */
#define MESSAGE(in, revision) (TICKET_INPUT_##in * 10 + (revision))
enum message {
    CREATED = MESSAGE(ORDER_CREATED, 0),
    REJECTED = MESSAGE(ORDER_REJECTED, 0),
    PAID = MESSAGE(AUTHORIZED, 0),
    UNPAID = MESSAGE(AUTHORIZATION_FAILED, 0),
    APPROVED = MESSAGE(ORDER_APPROVED, 0),
    CANCEL = MESSAGE(CANCEL_REQUESTED, 0),
    PROPOSED_1 = MESSAGE(REVISION_PROPOSED, 1),
    PROPOSED_2 = MESSAGE(REVISION_PROPOSED, 2),
    REVISED_1 = MESSAGE(REVISED, 1),
    REVISED_2 = MESSAGE(REVISED, 2),
    REFUSED_1 = MESSAGE(REVISION_REJECTED, 1),
    REFUSED_2 = MESSAGE(REVISION_REJECTED, 2),
    COOK = MESSAGE(START_PREPARATION, 0),
    EXPIRE = MESSAGE(DEADLINE, 0),
};

struct arrival {
    const struct restaurant *restaurant;
    struct ticket ticket;
    int deferred[MESSAGES_MAX];
    size_t deferred_count;
    int published[EVENT_TYPE_COUNT];
};

static void take(struct arrival *arrival, int message)
{
    struct ticket_decision decision =
        ticket_take_at(arrival->restaurant, &arrival->ticket,
                       (enum ticket_input_type)(message / 10), message % 10);
    if (decision.verdict == VERDICT_ILLEGAL)
        fail_msg("message %d: %s", message, decision.refusal);
    if (decision.verdict == VERDICT_DEFERRED)
        arrival->deferred[arrival->deferred_count++] = message;
    if (decision.verdict != VERDICT_APPLIED)
        return;
    arrival->ticket = decision.after;
    arrival->published[decision.event]++;
    int waiting[MESSAGES_MAX];
    size_t count = arrival->deferred_count;
    memcpy(waiting, arrival->deferred, sizeof waiting);
    arrival->deferred_count = 0;
    for (size_t i = 0; i < count; i++)
        take(arrival, waiting[i]);
}

/* How a story ends. */
struct end {
    int state;
    int32_t settled;  /* so many revisions */
    int32_t lines_of; /* revision; 0: the order as it was placed */
    enum event_type once, never;
};

static void check_end(const struct arrival *arrival, const struct end *end)
{
    const struct ticket *ticket = &arrival->ticket;
    struct ticket lines = ticket_in(AWAITING);
    const char *first = end->lines_of == 0 ? "vindaloo" : "naan";
    int32_t quantity = end->lines_of == 0 ? 5 : end->lines_of;
    assert_int_equal(ticket->state, end->state);
    assert_int_equal(arrival->deferred_count, 0);
    assert_int_equal(ticket->settled_revision, end->settled);
    assert_int_equal(ticket->answered_revision, end->settled);
    assert_int_equal(ticket->held_line_items_count, 0);
    assert_int_equal(ticket->resume_state, TICKET_STATE_NONE);
    assert_int_equal(ticket->head.due_at_ms != 0, end->state == TICKET_STATE_AWAITING_ACCEPTANCE);
    if (ticket->line_items_count != 0) {
        assert_int_equal(ticket->line_items_count, lines.line_items_count);
        assert_string_equal(ticket->line_items[0].menu_item_id, first);
        assert_int_equal(ticket->line_items[0].quantity, quantity);
    }
    if (end->once != EVENT_NONE)
        assert_int_equal(arrival->published[end->once], 1);
    if (end->never != EVENT_NONE)
        assert_int_equal(arrival->published[end->never], 0);
    assert_int_equal(arrival->published[EVENT_TICKET_REVISION_PROPOSED],
                     arrival->published[EVENT_TICKET_REVISED] +
                         arrival->published[EVENT_TICKET_REVISION_UNDONE]);
}

/* The messages must be sorted. */
static void check_ends(enum reason trouble, int *messages, size_t count, const struct end *end)
{
    struct restaurant restaurant = ticket_restaurant(trouble);
    for (size_t i = 1; i < count; i++)
        assert_true(messages[i - 1] <= messages[i]);
    do {
        struct arrival arrival = {.restaurant = &restaurant, .ticket.head.id = ORDER_ID};
        for (size_t i = 0; i < count; i++)
            take(&arrival, messages[i]);
        check_end(&arrival, end);
    } while (next_arrival(messages, count));
}

#define CHECK_ENDS(trouble, end, ...)                                                              \
    do {                                                                                           \
        int messages[] = {__VA_ARGS__};                                                            \
        check_ends(trouble, messages, COUNT_OF(messages), end);                                    \
    } while (0)

static const struct end awaits = {TICKET_STATE_AWAITING_ACCEPTANCE, 0, 0, EVENT_TICKET_CONFIRMED,
                                  EVENT_TICKET_CREATION_REJECTED};
static const struct end is_rejected = {TICKET_STATE_CREATE_REJECTED, 0, 0, EVENT_NONE,
                                       EVENT_TICKET_CANCELLED};

static void test_created(void **state)
{
    (void)state;
    CHECK_ENDS(REASON_NONE, &awaits, CREATED, CREATED, PAID, PAID, APPROVED, APPROVED);
    CHECK_ENDS(REASON_NONE, &is_rejected, CREATED, CREATED, REJECTED, REJECTED, UNPAID, UNPAID);
    CHECK_ENDS(REASON_NONE, &is_rejected, CREATED, CREATED, REJECTED, REJECTED, PAID, PAID);
    CHECK_ENDS(REASON_RESTAURANT_CLOSED, &is_rejected, CREATED, CREATED, REJECTED, REJECTED);
}

static void test_cancelled(void **state)
{
    (void)state;
    static const struct end end = {TICKET_STATE_CANCELLED, 0, 0, EVENT_TICKET_CONFIRMED,
                                   EVENT_TICKET_CANCELLATION_REJECTED};
    CHECK_ENDS(REASON_NONE, &end, CREATED, CREATED, PAID, PAID, APPROVED, CANCEL, CANCEL);
}

/* The restaurant lets it expire whenever it can: the order asks for a cancellation, or is rejected.
 */
static void test_expired(void **state)
{
    (void)state;
    static const struct end end = {TICKET_STATE_CANCELLED, 0, 0, EVENT_TICKET_CONFIRMED,
                                   EVENT_TICKET_CREATION_REJECTED};
    CHECK_ENDS(REASON_NONE, &end, CREATED, PAID, PAID, APPROVED, CANCEL, CANCEL, EXPIRE, EXPIRE);
}

static void test_revised(void **state)
{
    (void)state;
    static const struct end end = {TICKET_STATE_AWAITING_ACCEPTANCE, 1, 1, EVENT_TICKET_REVISED,
                                   EVENT_TICKET_REVISION_REJECTED};
    CHECK_ENDS(REASON_NONE, &end, CREATED, PAID, PAID, APPROVED, PROPOSED_1, PROPOSED_1, REVISED_1,
               REVISED_1);
}

/* Refused elsewhere, or timed out: perhaps before the kitchen hears of it. */
static void test_revision_refused(void **state)
{
    (void)state;
    static const struct end end = {TICKET_STATE_AWAITING_ACCEPTANCE, 1, 0, EVENT_TICKET_CONFIRMED,
                                   EVENT_TICKET_REVISED};
    CHECK_ENDS(REASON_NONE, &end, CREATED, PAID, APPROVED, PROPOSED_1, PROPOSED_1, REFUSED_1,
               REFUSED_1);
}

static void test_two_revisions(void **state)
{
    (void)state;
    static const struct end second = {TICKET_STATE_AWAITING_ACCEPTANCE, 2, 2, EVENT_NONE,
                                      EVENT_TICKET_CANCELLED};
    static const struct end first = {TICKET_STATE_AWAITING_ACCEPTANCE, 2, 1, EVENT_TICKET_REVISED,
                                     EVENT_TICKET_CANCELLED};
    static const struct end neither = {TICKET_STATE_AWAITING_ACCEPTANCE, 2, 0, EVENT_NONE,
                                       EVENT_TICKET_REVISED};
    CHECK_ENDS(REASON_NONE, &second, CREATED, PAID, PROPOSED_1, PROPOSED_2, REVISED_1, REVISED_2);
    CHECK_ENDS(REASON_NONE, &second, CREATED, PAID, PROPOSED_1, PROPOSED_2, REVISED_2, REFUSED_1);
    CHECK_ENDS(REASON_NONE, &first, CREATED, PAID, PROPOSED_1, PROPOSED_2, REVISED_1, REFUSED_2);
    CHECK_ENDS(REASON_NONE, &neither, CREATED, PAID, PROPOSED_1, PROPOSED_1, PROPOSED_2, REFUSED_1,
               REFUSED_2);
}

/* The order only asks once the verdict on its revision is out; but the verdict may come later. */
static void test_cancelled_after_a_revision_was_refused(void **state)
{
    (void)state;
    static const struct end end = {TICKET_STATE_CANCELLED, 1, 0, EVENT_TICKET_CONFIRMED,
                                   EVENT_TICKET_REVISED};
    CHECK_ENDS(REASON_NONE, &end, CREATED, PAID, CANCEL, CANCEL, PROPOSED_1, PROPOSED_1, REFUSED_1);
}

/* The restaurant accepted at once, and would cook at any time: then it does when it may, and the
 * proposal is held before, refused after, or finds itself settled. */
static void test_cooking_waits_for_the_verdict(void **state)
{
    (void)state;
    static const struct end end = {TICKET_STATE_PREPARING, 1, 0, EVENT_TICKET_PREPARATION_STARTED,
                                   EVENT_TICKET_REVISED};
    struct restaurant restaurant = ticket_restaurant(REASON_NONE);
    int messages[] = {APPROVED, PROPOSED_1, PROPOSED_1, REFUSED_1, REFUSED_1, COOK, COOK};
    do {
        struct arrival arrival = {.restaurant = &restaurant, .ticket = ticket_in(ACCEPTED)};
        for (size_t i = 0; i < COUNT_OF(messages); i++)
            take(&arrival, messages[i]);
        check_end(&arrival, &end);
    } while (next_arrival(messages, COUNT_OF(messages)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_created),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_expired),
        cmocka_unit_test(test_revised),
        cmocka_unit_test(test_revision_refused),
        cmocka_unit_test(test_two_revisions),
        cmocka_unit_test(test_cancelled_after_a_revision_was_refused),
        cmocka_unit_test(test_cooking_waits_for_the_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
