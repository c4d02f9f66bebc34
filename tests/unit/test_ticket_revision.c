/* Revisions of a ticket: their numbers, what refuses them, and that the old lines come back whole.
 * SPDX-License-Identifier: MIT */
#include "ticket_fixture.h"

enum { SETTLED = 3 };

/* How far revision SETTLED + 1 has come. */
enum progress { NOT_SEEN, REFUSED, HELD };

static struct ticket ticket_at(enum situation situation, enum progress progress)
{
    struct ticket ticket = ticket_in(situation);
    ticket.settled_revision = SETTLED;
    ticket.answered_revision = progress == NOT_SEEN ? SETTLED : SETTLED + 1;
    return ticket;
}

/* I(gnored), A(pplied), D(eferred) or X: illegal; for the revisions SETTLED - 1, SETTLED, the next
 * one, and the one after that. */
static const struct {
    enum progress progress;
    enum ticket_input_type in;
    const char *verdicts;
} numbers[] = {
    {NOT_SEEN, TICKET_INPUT_REVISION_PROPOSED, "IIAD"},
    {NOT_SEEN, TICKET_INPUT_REVISED, "IIDD"},
    {NOT_SEEN, TICKET_INPUT_REVISION_REJECTED, "IIAD"},
    {REFUSED, TICKET_INPUT_REVISION_PROPOSED, "IIID"},
    {REFUSED, TICKET_INPUT_REVISED, "IIXD"},
    {REFUSED, TICKET_INPUT_REVISION_REJECTED, "IIAD"},
    {HELD, TICKET_INPUT_REVISION_PROPOSED, "IIID"},
    {HELD, TICKET_INPUT_REVISED, "IIAD"},
    {HELD, TICKET_INPUT_REVISION_REJECTED, "IIAD"},
};

static char letter_of(enum verdict verdict)
{
    static const char letters[] = {[VERDICT_ILLEGAL] = 'X',
                                   [VERDICT_APPLIED] = 'A',
                                   [VERDICT_IGNORED] = 'I',
                                   [VERDICT_DEFERRED] = 'D'};
    return letters[verdict];
}

static void check_numbers(enum situation situation, size_t row)
{
    struct ticket before = ticket_at(situation, numbers[row].progress);
    for (int i = 0; i < 4; i++) {
        int32_t revision = SETTLED - 1 + i;
        struct ticket_decision decision = ticket_take_revision(&before, numbers[row].in, revision);
        if (letter_of(decision.verdict) != numbers[row].verdicts[i])
            fail_msg("situation %d, row %zu, revision %d: %c", (int)situation, row, revision,
                     letter_of(decision.verdict));
        assert_sound("numbers", decision.verdict, decision.event != EVENT_NONE, decision.refusal);
        if (decision.verdict != VERDICT_APPLIED)
            assert_same_ticket("numbers", &decision.after, &before);
        else
            assert_int_equal(decision.after.answered_revision, revision);
    }
}

static void test_revisions_are_taken_in_turn(void **state)
{
    (void)state;
    static const enum situation free_ones[] = {AWAITING_A, ACCEPTED_A, PREPARING, READY,
                                               PICKED_UP,  CANCELLED,  EXPIRED};
    for (size_t row = 0; row < COUNT_OF(numbers); row++) {
        if (numbers[row].progress == HELD) {
            check_numbers(HELD_AWAITING, row);
            check_numbers(HELD_ACCEPTED, row);
            continue;
        }
        for (size_t i = 0; i < COUNT_OF(free_ones); i++)
            check_numbers(free_ones[i], row);
    }
}

static void check_refused(enum situation situation, enum reason trouble, enum reason reason)
{
    struct ticket before = ticket_in(situation);
    struct restaurant restaurant = ticket_restaurant(trouble);
    struct ticket_decision decision =
        ticket_take_at(&restaurant, &before, TICKET_INPUT_REVISION_PROPOSED, 1);
    assert_int_equal(decision.verdict, VERDICT_APPLIED);
    assert_int_equal(decision.event, EVENT_TICKET_REVISION_REJECTED);
    assert_int_equal(decision.reason, reason);
    assert_int_equal(decision.after.answered_revision, 1);
    assert_int_equal(decision.after.settled_revision, 0);
    before.answered_revision = 1;
    before.approved = true;
    assert_same_ticket("refused", &decision.after, &before);
}

static void test_what_refuses_a_revision(void **state)
{
    (void)state;
    static const enum reason troubles[] = {REASON_RESTAURANT_UNKNOWN, REASON_RESTAURANT_CLOSED,
                                           REASON_MENU_ITEM_UNKNOWN};
    for (size_t i = 0; i < COUNT_OF(troubles); i++) {
        check_refused(AWAITING, troubles[i], troubles[i]);
        check_refused(AWAITING_A, troubles[i], troubles[i]);
        check_refused(ACCEPTED_A, troubles[i], troubles[i]);
        check_refused(PREPARING, troubles[i], REASON_PREPARATION_STARTED);
        check_refused(CANCELLED, troubles[i], REASON_TICKET_CANCELLED);
    }
    check_refused(PREPARING, REASON_NONE, REASON_PREPARATION_STARTED);
    check_refused(READY, REASON_NONE, REASON_PREPARATION_STARTED);
    check_refused(PICKED_UP, REASON_NONE, REASON_PREPARATION_STARTED);
    check_refused(CANCELLED, REASON_NONE, REASON_TICKET_CANCELLED);
    check_refused(EXPIRED, REASON_NONE, REASON_TICKET_CANCELLED);
}

/* The restaurant has opened again when the proposal comes a second time: it stays refused. */
static void test_answer_is_given_once(void **state)
{
    (void)state;
    struct ticket before = ticket_in(AWAITING_A);
    struct restaurant closed = ticket_restaurant(REASON_RESTAURANT_CLOSED);
    struct ticket refused =
        ticket_take_at(&closed, &before, TICKET_INPUT_REVISION_PROPOSED, 1).after;
    assert_int_equal(ticket_take(&refused, TICKET_INPUT_REVISION_PROPOSED).verdict,
                     VERDICT_IGNORED);
    assert_int_equal(ticket_take(&refused, TICKET_INPUT_REVISED).verdict, VERDICT_ILLEGAL);
}

static void test_proposal_that_comes_after_its_verdict(void **state)
{
    (void)state;
    static const enum situation situations[] = {CREATE_PENDING, AWAITING, ACCEPTED_A};
    for (size_t i = 0; i < COUNT_OF(situations); i++) {
        struct ticket before = ticket_in(situations[i]);
        struct ticket settled = ticket_take(&before, TICKET_INPUT_REVISION_REJECTED).after;
        settled.state = TICKET_STATE_AWAITING_ACCEPTANCE;
        assert_int_equal(ticket_take(&settled, TICKET_INPUT_REVISION_PROPOSED).verdict,
                         VERDICT_IGNORED);
    }
}

/* Revision 1 of one line more than there were, revision 2 with one line less. */
static void test_lines_are_those_of_the_last_confirmed_revision(void **state)
{
    (void)state;
    struct restaurant restaurant = ticket_restaurant(REASON_NONE);
    struct order_revision_proposed proposal = ticket_proposal(1);
    proposal.line_items_count = 1;
    struct ticket_input in = {
        .type = TICKET_INPUT_REVISION_PROPOSED, .proposal = &proposal, .restaurant = &restaurant};
    struct ticket before = ticket_in(ACCEPTED_A);
    struct ticket held = ticket_decided(&before, &in).after;
    assert_int_equal(held.line_items_count, 2);
    assert_int_equal(held.held_line_items_count, 1);
    struct ticket revised = ticket_take(&held, TICKET_INPUT_REVISED).after;
    assert_int_equal(revised.line_items_count, 1);
    assert_string_equal(revised.line_items[0].name, "Naan");
    assert_int_equal(revised.line_items[0].quantity, 1);
    assert_string_equal(revised.line_items[1].menu_item_id, "");
    struct ticket other = ticket_take_revision(&revised, TICKET_INPUT_REVISION_PROPOSED, 2).after;
    struct ticket undone = ticket_take_revision(&other, TICKET_INPUT_REVISION_REJECTED, 2).after;
    revised.settled_revision = revised.answered_revision = 2;
    assert_same_ticket("undone", &undone, &revised);
}

static void test_resumed_ticket_has_its_whole_time_again(void **state)
{
    (void)state;
    struct ticket before = ticket_in(HELD_AWAITING);
    assert_int_equal(before.head.due_at_ms, 0);
    assert_int_equal(ticket_take(&before, TICKET_INPUT_REVISED).after.head.due_at_ms,
                     NOW_MS + ACCEPTANCE_MS);
    assert_int_equal(ticket_take(&before, TICKET_INPUT_REVISION_REJECTED).after.head.due_at_ms,
                     NOW_MS + ACCEPTANCE_MS);
    before = ticket_in(HELD_ACCEPTED);
    assert_int_equal(ticket_take(&before, TICKET_INPUT_REVISED).after.head.due_at_ms, 0);
    assert_int_equal(ticket_take(&before, TICKET_INPUT_REVISED).after.ready_by_ms, READY_BY_MS);
}

static void test_revision_events(void **state)
{
    (void)state;
    static union event_data data;
    const struct order_revision_proposed proposal = ticket_proposal(4);
    const struct ticket_input in = {.proposal = &proposal};
    struct ticket_decision decision = {.event = EVENT_TICKET_REVISION_PROPOSED,
                                       .after = ticket_at(HELD_AWAITING, HELD)};
    ticket_told(&decision, &in, &data);
    assert_int_equal(data.ticket_revision_proposed.order_id, ORDER_ID);
    assert_int_equal(data.ticket_revision_proposed.restaurant_id, RESTAURANT_ID);
    assert_int_equal(data.ticket_revision_proposed.consumer_id, CONSUMER_ID);
    assert_int_equal(data.ticket_revision_proposed.revision, 4);
    assert_int_equal(data.ticket_revision_proposed.order_total_cents, 1650);
    decision.event = EVENT_TICKET_REVISION_REJECTED;
    decision.reason = REASON_PREPARATION_STARTED;
    ticket_told(&decision, &in, &data);
    assert_int_equal(data.ticket_revision_rejected.order_id, ORDER_ID);
    assert_int_equal(data.ticket_revision_rejected.restaurant_id, RESTAURANT_ID);
    assert_int_equal(data.ticket_revision_rejected.revision, 4);
    assert_int_equal(data.ticket_revision_rejected.reason, REASON_PREPARATION_STARTED);
    static const enum event_type verdicts[] = {EVENT_TICKET_REVISED, EVENT_TICKET_REVISION_UNDONE};
    for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
        memset(&data, 0, sizeof data);
        decision.event = verdicts[i];
        ticket_told(&decision, &in, &data);
        assert_int_equal(data.ticket_revised.order_id, ORDER_ID); /* both are alike */
        assert_int_equal(data.ticket_revised.restaurant_id, RESTAURANT_ID);
        assert_int_equal(data.ticket_revised.revision, SETTLED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_revisions_are_taken_in_turn),
        cmocka_unit_test(test_what_refuses_a_revision),
        cmocka_unit_test(test_answer_is_given_once),
        cmocka_unit_test(test_proposal_that_comes_after_its_verdict),
        cmocka_unit_test(test_lines_are_those_of_the_last_confirmed_revision),
        cmocka_unit_test(test_resumed_ticket_has_its_whole_time_again),
        cmocka_unit_test(test_revision_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
