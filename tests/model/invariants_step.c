/* What must be true of every step. SPDX-License-Identifier: MIT */
#include <string.h>

#include "accounting.h"
#include "contents.h"
#include "facts.h"
#include "invariants.h"
#include "kitchen.h"
#include "order.h"

#define BIT(state) (1U << (state))

/* States that an aggregate never leaves. */
static const uint32_t final_states[ROLE_COUNT] = {
    [ROLE_ORDER] = BIT(ORDER_STATE_REJECTED) | BIT(ORDER_STATE_CANCELLED),
    [ROLE_TICKET] = BIT(TICKET_STATE_CREATE_REJECTED) | BIT(TICKET_STATE_CANCELLED) |
                    BIT(TICKET_STATE_PICKED_UP),
    [ROLE_VERIFICATION] = BIT(VERIFICATION_STATE_VERIFIED) | BIT(VERIFICATION_STATE_FAILED),
    [ROLE_AUTHORIZATION] = BIT(AUTHORIZATION_STATE_FAILED) | BIT(AUTHORIZATION_STATE_VOIDED) |
                           BIT(AUTHORIZATION_STATE_REVERSED),
};

/* Changes of state that no event tells of, because nobody has heard of the aggregate yet: a
 * tombstone, or the first of an authorization's three facts. */
static const struct {
    enum role role;
    int to;
} silent[] = {
    {ROLE_TICKET, TICKET_STATE_CREATE_REJECTED},
    {ROLE_AUTHORIZATION, AUTHORIZATION_STATE_VOIDED},
    {ROLE_AUTHORIZATION, AUTHORIZATION_STATE_PENDING},
};

/* Events that tell of no change of state: what is asked or answered again, and what happens to a
 * revision inside a state. All others are published with the change that they tell of. */
static const enum event_type repeated[] = {
    EVENT_ORDER_CANCEL_REQUESTED,
    EVENT_TICKET_CANCELLED,
    EVENT_TICKET_CANCELLATION_REJECTED,
    EVENT_TICKET_REVISION_REJECTED,
    EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED,
    EVENT_CREDIT_CARD_AUTHORIZATION_REVISED,
    EVENT_CREDIT_CARD_AUTHORIZATION_REVISION_FAILED,
    EVENT_CREDIT_CARD_AUTHORIZATION_RESTORED,
};

static int state_of(enum role role, uint16_t number)
{
    int state = 0;
    if (number != 0 && roles[role].state != NULL)
        memcpy(&state, (const char *)value_at(role, number) + roles[role].state->offset,
               sizeof state);
    return state;
}

static bool may_be_silent(enum role role, int from, int to)
{
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++)
        if (silent[i].role == role && silent[i].to == to && from == 0)
            return true;
    return false;
}

static bool may_be_repeated(enum event_type type)
{
    for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++)
        if (repeated[i] == type)
            return true;
    return false;
}

static const char *check_events(const struct reaction *reaction)
{
    for (int i = 0; i < reaction->event_count; i++)
        if (!may_be_repeated(content_at(reaction->events[i])->type))
            return "an event tells of a change, and nothing changes its state";
    return NULL;
}

static const char *check_change(const struct reaction *reaction, enum role role, int place)
{
    int from = state_of(role, reaction->before[place]), to = state_of(role, reaction->after[place]);
    bool about_order = place == 1 && input_at(reaction->input)->order != 0;
    if (from == to)
        return about_order ? check_events(reaction) : NULL;
    if (final_states[role] & BIT(from))
        return "what is over changes its state";
    if (reaction->event_count == 0 && !may_be_silent(role, from, to))
        return "a state changes and no event says so";
    return NULL;
}

/* The amount that an event of accounting tells, or -1. */
static int64_t amount_told(const struct content *event)
{
    const union event_data *data = event->data;
    switch (event->type) {
    case EVENT_CREDIT_CARD_AUTHORIZED:
        return data->credit_card_authorized.amount_cents;
    case EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED:
        return data->credit_card_authorization_reversed.amount_cents;
    case EVENT_CREDIT_CARD_AUTHORIZATION_REVISED:
        return data->credit_card_authorization_revised.amount_cents;
    case EVENT_CREDIT_CARD_AUTHORIZATION_RESTORED:
        return data->credit_card_authorization_restored.amount_cents;
    default:
        return -1;
    }
}

/* Who adds up what the events tell comes to the amounts that are held. */
static const char *check_amounts(const struct reaction *reaction, int64_t before_cents,
                                 int64_t after_cents)
{
    for (int i = 0; i < reaction->event_count; i++) {
        const struct content *event = content_at(reaction->events[i]);
        bool back = event->type == EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED;
        int64_t told_cents = amount_told(event);
        if (told_cents >= 0 && told_cents != (back ? before_cents : after_cents))
            return "an event tells of another amount than was charged or reversed";
    }
    return NULL;
}

/* One charge for an order, ever: AUTHORIZED is entered once, since final states are. */
static const char *check_charge(const struct reaction *reaction)
{
    struct authorization_facts before = authorization_facts(reaction->before[1]);
    struct authorization_facts after = authorization_facts(reaction->after[1]);
    if (reaction_publishes(reaction, EVENT_CREDIT_CARD_AUTHORIZED) &&
        (before.holds || !after.holds))
        return "a charge is announced that was not made now";
    if (after.holds && after.amount_cents <= 0)
        return "a charge of nothing";
    return check_amounts(reaction, before.amount_cents, after.amount_cents);
}

static const char *check_kitchen(const struct reaction *reaction)
{
    struct ticket_facts before = ticket_facts(reaction->before[1]);
    struct ticket_facts after = ticket_facts(reaction->after[1]);
    if (before.cooked && !after.cooked)
        return "what is cooked is taken back";
    if (before.cooked && before.lines != after.lines)
        return "what is cooked changes";
    if (before.lines != after.lines && before.state != TICKET_STATE_NONE &&
        !reaction_publishes(reaction, EVENT_TICKET_REVISED))
        return "a ticket's lines change without TicketRevised";
    return NULL;
}

/* A revision ends once, with its own number: the order leaves REVISION_PENDING when it says so. */
static const char *check_verdict(const struct reaction *reaction, const struct order_facts *before,
                                 const struct order_facts *after)
{
    bool verdict = reaction_publishes(reaction, EVENT_ORDER_REVISED) ||
                   reaction_publishes(reaction, EVENT_ORDER_REVISION_REJECTED);
    bool ends = before->state == ORDER_STATE_REVISION_PENDING && after->state != before->state;
    if (verdict && !ends)
        return "an order gives a verdict on a revision that is not open";
    if (ends && !verdict && after->state != ORDER_STATE_CANCELLED)
        return "a revision ends without a verdict";
    bool proposes = reaction_publishes(reaction, EVENT_ORDER_REVISION_PROPOSED);
    if (after->revision != before->revision + (proposes ? 1 : 0))
        return "revisions are not counted";
    return NULL;
}

static const char *check_order(const struct reaction *reaction)
{
    struct order_facts before = order_facts(reaction->before[1]);
    struct order_facts after = order_facts(reaction->after[1]);
    bool changed = before.lines != after.lines || before.total_cents != after.total_cents;
    if (before.state == ORDER_STATE_NONE)
        return NULL;
    if (changed && !reaction_publishes(reaction, EVENT_ORDER_REVISED))
        return "an order's lines or total change without OrderRevised";
    return check_verdict(reaction, &before, &after);
}

static const char *check_role(const struct reaction *reaction, enum role role)
{
    switch (role) {
    case ROLE_ORDER:
        return check_order(reaction);
    case ROLE_TICKET:
        return check_kitchen(reaction);
    case ROLE_AUTHORIZATION:
        return check_charge(reaction);
    default:
        return NULL;
    }
}

/* A timer that is due acts, and is then set anew or not at all: else it would fire for ever. One
 * that is not set does nothing (it was read before the aggregate moved on). */
static const char *check_timer(const struct reaction *reaction)
{
    const struct model_input *on = input_at(reaction->input);
    int place = on->role == service_owns(on->service).role[1];
    const struct aggregate *before = value_at(on->role, reaction->before[place]);
    const struct aggregate *after = value_at(on->role, reaction->after[place]);
    bool set = before != NULL && before->due_at_ms != 0;
    if (!set)
        return reaction->outcome == OUTCOME_IGNORED ? NULL : "a timer acts that is not set";
    if (reaction->outcome != OUTCOME_APPLIED || after->due_at_ms == NOW_MS)
        return "a timer fires for ever";
    return NULL;
}

/* A deadline that a step sets is as far away as one of its service's settings in seconds says. */
static const char *check_deadline(const struct reaction *reaction, enum role role, int place)
{
    const struct service *service = &services[input_at(reaction->input)->service];
    const struct aggregate *before = value_at(role, reaction->before[place]);
    const struct aggregate *after = value_at(role, reaction->after[place]);
    if (after == NULL || after->due_at_ms == 0 ||
        (before != NULL && before->due_at_ms == after->due_at_ms))
        return NULL;
    for (size_t i = 0; i < service->config_count; i++) {
        const struct config_var *var = &service->config[i];
        if (var->type == CONFIG_INTEGER &&
            after->due_at_ms - NOW_MS == *(const int64_t *)var->target * 1000)
            return NULL;
    }
    return "a deadline is none of those that the settings give";
}

/* A message that is refused is parked, and waits for people: in no scenario may one be. */
static const char *check_outcome(const struct reaction *reaction)
{
    const struct model_input *on = input_at(reaction->input);
    for (int i = 0; i < reaction->event_count; i++)
        if (content_at(reaction->events[i])->refused)
            return "an event says what its schema does not allow";
    if (on->type == INPUT_TIMER)
        return check_timer(reaction);
    if (on->type == INPUT_EVENT && reaction->outcome == OUTCOME_REFUSED)
        return "a message is parked";
    return NULL;
}

const char *invariants_of_step(const struct reaction *reaction)
{
    struct owned owned = service_owns(input_at(reaction->input)->service);
    const char *broken = check_outcome(reaction);
    for (int place = 0; place < 2 && broken == NULL; place++) {
        enum role role = owned.role[place];
        if (role == ROLE_NONE)
            continue;
        broken = check_change(reaction, role, place);
        if (broken == NULL)
            broken = check_role(reaction, role);
        if (broken == NULL)
            broken = check_deadline(reaction, role, place);
    }
    return broken == NULL ? invariants_of_refusal(reaction) : broken;
}
