/* What the tests of tickets share. SPDX-License-Identifier: MIT */
#include "ticket_fixture.h"

#include "kind.h"

const struct order_created ticket_order = {
    .order_id = ORDER_ID,
    .consumer_id = CONSUMER_ID,
    .restaurant_id = RESTAURANT_ID,
    .line_items = {{"vindaloo", "Chicken Vindaloo", 1234, 5},
                   {"naan", "Naan", 300, 2},
                   {"behind", "the last", 1, 1}},
    .line_items_count = 2,
    .order_total_cents = 6770,
};

struct order_revision_proposed ticket_proposal(int32_t revision)
{
    struct order_revision_proposed proposal = {
        .order_id = ORDER_ID,
        .consumer_id = CONSUMER_ID,
        .restaurant_id = RESTAURANT_ID,
        .revision = revision,
        .line_items = {{"naan", "Naan", 300, revision}, {"lassi", "Mango Lassi", 450, 3}},
        .line_items_count = 2,
        .order_total_cents = 1650,
    };
    return proposal;
}

struct restaurant ticket_restaurant(enum reason trouble)
{
    struct restaurant restaurant = {
        .head = {.id = RESTAURANT_ID, .version = 1},
        .state = RESTAURANT_STATE_OPEN,
        .menu = {.menu_items = {{"vindaloo", "Chicken Vindaloo", 1234},
                                {"lassi", "Mango Lassi", 450},
                                {"naan", "Naan", 300}},
                 .menu_items_count = 3},
    };
    if (trouble == REASON_RESTAURANT_UNKNOWN)
        return (struct restaurant){.head.id = RESTAURANT_ID};
    if (trouble == REASON_RESTAURANT_CLOSED)
        restaurant.state = RESTAURANT_STATE_CLOSED;
    if (trouble == REASON_MENU_ITEM_UNKNOWN)
        restaurant.menu.menu_items_count = 2;
    return restaurant;
}

struct ticket_decision ticket_decided(const struct ticket *before, const struct ticket_input *in)
{
    struct ticket after = *before;
    const struct ruling ruling = ticket_decide(&after, in);
    if (ruling.verdict != VERDICT_APPLIED)
        assert_memory_equal(&after, before, sizeof after);
    struct ticket_decision decision = {.verdict = ruling.verdict,
                                       .event = ruling.event,
                                       .reason = ruling.reason,
                                       .refusal = ruling.refusal};
    kind_copy(&ticket_kind, &decision.after, &after); /* lines beyond the last one are compared */
    return decision;
}

void ticket_told(const struct ticket_decision *decision, const struct ticket_input *in,
                 union event_data *out)
{
    const struct ruling ruling = {.event = decision->event, .reason = decision->reason};
    ticket_event(&decision->after, &ruling, in, out);
}

struct ticket_decision ticket_take_at(const struct restaurant *restaurant,
                                      const struct ticket *before, enum ticket_input_type type,
                                      int32_t revision)
{
    const struct order_revision_proposed proposal = ticket_proposal(revision);
    const struct ticket_input in = {
        .type = type,
        .now_ms = type == TICKET_INPUT_DEADLINE ? NOW_MS + ACCEPTANCE_MS : NOW_MS,
        .acceptance_ms = ACCEPTANCE_MS,
        .order = &ticket_order,
        .proposal = &proposal,
        .restaurant = restaurant,
        .revision = revision,
        .reason = REASON_CARD_DECLINED,
        .restaurant_id = RESTAURANT_ID,
        .ready_by_ms = READY_BY_MS,
    };
    return ticket_decided(before, &in);
}

struct ticket_decision ticket_take_revision(const struct ticket *before,
                                            enum ticket_input_type type, int32_t revision)
{
    struct restaurant restaurant = ticket_restaurant(REASON_NONE);
    return ticket_take_at(&restaurant, before, type, revision);
}

struct ticket_decision ticket_take(const struct ticket *before, enum ticket_input_type type)
{
    return ticket_take_revision(before, type, 1);
}

static const struct {
    int state, reason;
    bool approved, accepted;
    int resume_state;
} situations[SITUATION_COUNT] = {
    [NONE] = {TICKET_STATE_NONE, 0, false, false, 0},
    [CREATE_PENDING] = {TICKET_STATE_CREATE_PENDING, 0, false, false, 0},
    [CREATE_PENDING_A] = {TICKET_STATE_CREATE_PENDING, 0, true, false, 0},
    [CREATE_REJECTED] = {TICKET_STATE_CREATE_REJECTED, REASON_CARD_DECLINED, false, false, 0},
    [AWAITING] = {TICKET_STATE_AWAITING_ACCEPTANCE, 0, false, false, 0},
    [AWAITING_A] = {TICKET_STATE_AWAITING_ACCEPTANCE, 0, true, false, 0},
    [ACCEPTED] = {TICKET_STATE_ACCEPTED, 0, false, true, 0},
    [ACCEPTED_A] = {TICKET_STATE_ACCEPTED, 0, true, true, 0},
    [HELD_AWAITING] = {TICKET_STATE_REVISION_PENDING, 0, true, false,
                       TICKET_STATE_AWAITING_ACCEPTANCE},
    [HELD_ACCEPTED] = {TICKET_STATE_REVISION_PENDING, 0, true, true, TICKET_STATE_ACCEPTED},
    [PREPARING] = {TICKET_STATE_PREPARING, 0, true, true, 0},
    [READY] = {TICKET_STATE_READY_FOR_PICKUP, 0, true, true, 0},
    [PICKED_UP] = {TICKET_STATE_PICKED_UP, 0, true, true, 0},
    [CANCELLED] = {TICKET_STATE_CANCELLED, REASON_CANCELLED_BY_CONSUMER, true, false, 0},
    [EXPIRED] = {TICKET_STATE_CANCELLED, REASON_TICKET_EXPIRED, false, false, 0},
};

int situation_state(enum situation situation)
{
    return situations[situation].state;
}

static size_t copy_lines(struct ticket_line_item *to, const struct order_line_item *from)
{
    for (size_t i = 0; i < 2; i++) {
        memcpy(to[i].menu_item_id, from[i].menu_item_id, sizeof to[i].menu_item_id);
        memcpy(to[i].name, from[i].name, sizeof to[i].name);
        to[i].quantity = from[i].quantity;
    }
    return 2;
}

struct ticket ticket_in(enum situation situation)
{
    struct ticket ticket = {.head.id = ORDER_ID};
    if (situation == NONE)
        return ticket;
    ticket.head.version = 3;
    ticket.state = situations[situation].state;
    ticket.reason = situations[situation].reason;
    ticket.restaurant_id = RESTAURANT_ID;
    ticket.line_items_count = copy_lines(ticket.line_items, ticket_order.line_items);
    ticket.approved = situations[situation].approved;
    ticket.ready_by_ms = situations[situation].accepted ? READY_BY_MS : 0;
    ticket.resume_state = situations[situation].resume_state;
    if (ticket.state == TICKET_STATE_AWAITING_ACCEPTANCE)
        ticket.head.due_at_ms = NOW_MS;
    if (ticket.state == TICKET_STATE_REVISION_PENDING) {
        const struct order_revision_proposed proposal = ticket_proposal(1);
        ticket.answered_revision = 1;
        ticket.held_line_items_count = copy_lines(ticket.held_line_items, proposal.line_items);
    }
    return ticket;
}

static void assert_same_lines(const char *row, const char *what, const struct ticket_line_item *is,
                              const struct ticket_line_item *should_be)
{
    for (size_t i = 0; i < LINE_ITEMS_MAX; i++)
        if (strcmp(is[i].menu_item_id, should_be[i].menu_item_id) != 0 ||
            strcmp(is[i].name, should_be[i].name) != 0 || is[i].quantity != should_be[i].quantity)
            fail_msg("%s: %s[%zu] is %d %s, should be %d %s", row, what, i, is[i].quantity,
                     is[i].menu_item_id, should_be[i].quantity, should_be[i].menu_item_id);
}

void assert_same_ticket(const char *row, const struct ticket *is, const struct ticket *should_be)
{
    assert_number(row, "id", is->head.id, should_be->head.id);
    assert_number(row, "version", is->head.version, should_be->head.version);
    assert_number(row, "due at", is->head.due_at_ms, should_be->head.due_at_ms);
    assert_number(row, "state", is->state, should_be->state);
    assert_number(row, "reason", is->reason, should_be->reason);
    assert_number(row, "restaurant", is->restaurant_id, should_be->restaurant_id);
    assert_number(row, "lines", (int64_t)is->line_items_count,
                  (int64_t)should_be->line_items_count);
    assert_same_lines(row, "line", is->line_items, should_be->line_items);
    assert_number(row, "approved", is->approved, should_be->approved);
    assert_number(row, "ready by", is->ready_by_ms, should_be->ready_by_ms);
    assert_number(row, "settled", is->settled_revision, should_be->settled_revision);
    assert_number(row, "answered", is->answered_revision, should_be->answered_revision);
    assert_number(row, "state to resume", is->resume_state, should_be->resume_state);
    assert_number(row, "held lines", (int64_t)is->held_line_items_count,
                  (int64_t)should_be->held_line_items_count);
    assert_same_lines(row, "held line", is->held_line_items, should_be->held_line_items);
}
