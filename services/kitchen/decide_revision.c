/* The rules of a ticket whose order is to be revised: pure functions, no I/O, no clock.
 *
 * A proposal is answered once: held, or refused. The order's verdict settles it; held lines then
 * count, or are dropped. Nothing else ends a hold, so between the proposal and the verdict a ticket
 * is neither cooked nor cancelled. A proposal and the verdict on it travel in any order: a verdict
 * of refusal that comes first leaves its number settled, which the proposal then meets.
 * SPDX-License-Identifier: MIT */
#include "rules.h"

#include <string.h>

/* What speaks against the proposal: REASON_NONE when nothing does. */
static enum reason objection(const struct ticket *ticket, const struct ticket_input *in)
{
    switch ((enum ticket_state)ticket->state) {
    case TICKET_STATE_AWAITING_ACCEPTANCE:
    case TICKET_STATE_ACCEPTED:
        return restaurant_objection(in->restaurant, in->proposal->line_items,
                                    in->proposal->line_items_count);
    case TICKET_STATE_CANCELLED:
        return REASON_TICKET_CANCELLED;
    case TICKET_STATE_NONE:
    case TICKET_STATE_CREATE_PENDING:
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_REVISION_PENDING:
    case TICKET_STATE_PREPARING:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
    case TICKET_STATE_COUNT:
        break;
    }
    return REASON_PREPARATION_STARTED;
}

static void hold(struct ticket *ticket, const struct order_revision_proposed *proposal)
{
    ticket->resume_state = ticket->state;
    ticket->state = TICKET_STATE_REVISION_PENDING;
    ticket->head.due_at_ms = 0;
    ticket->held_line_items_count = ticket_copy_lines(ticket->held_line_items, proposal->line_items,
                                                      proposal->line_items_count);
}

/* Only an approved order is revised: so this one is, if the ticket has not heard that yet. */
static struct ruling answer(struct ticket *ticket, const struct ticket_input *in)
{
    const enum reason reason = objection(ticket, in);
    ticket->approved = true;
    ticket->answered_revision = in->proposal->revision;
    if (reason != REASON_NONE)
        return (struct ruling){.verdict = VERDICT_APPLIED,
                               .event = EVENT_TICKET_REVISION_REJECTED,
                               .reason = (int)reason};
    hold(ticket, in->proposal);
    return rule_applied(EVENT_TICKET_REVISION_PROPOSED);
}

struct ruling ticket_revision_proposed(struct ticket *ticket, const struct ticket_input *in)
{
    int32_t revision = in->proposal->revision;
    if (ticket->state == TICKET_STATE_NONE || ticket->state == TICKET_STATE_CREATE_PENDING)
        return rule_deferred();
    if (ticket->state == TICKET_STATE_CREATE_REJECTED)
        return rule_refused("an order whose ticket was rejected cannot be revised");
    if (revision <= ticket->answered_revision)
        return rule_ignored();
    if (revision - 1 > ticket->settled_revision)
        return rule_deferred(); /* the verdict on an earlier one is due */
    return answer(ticket, in);
}

static bool is_held(const struct ticket *ticket, int32_t revision)
{
    return ticket->state == TICKET_STATE_REVISION_PENDING && ticket->answered_revision == revision;
}

/* Back to where it was, with the lines that it now has. */
static void resume(struct ticket *ticket, const struct ticket_input *in)
{
    ticket->state = ticket->resume_state;
    ticket->resume_state = TICKET_STATE_NONE;
    ticket->held_line_items_count = 0;
    if (ticket->state == TICKET_STATE_AWAITING_ACCEPTANCE)
        ticket_await_acceptance(ticket, in);
}

/* The order has confirmed it, which it only does with what is held here and charged for. */
struct ruling ticket_revised(struct ticket *ticket, const struct ticket_input *in)
{
    if (ticket->state == TICKET_STATE_CREATE_REJECTED)
        return rule_refused("an order whose ticket was rejected cannot be revised");
    if (in->revision <= ticket->settled_revision)
        return rule_ignored();
    if (in->revision > ticket->answered_revision)
        return rule_deferred();
    if (!is_held(ticket, in->revision))
        return rule_refused("a revision that was refused cannot be confirmed");
    ticket->settled_revision = in->revision;
    memcpy(ticket->line_items, ticket->held_line_items,
           ticket->held_line_items_count * sizeof ticket->line_items[0]);
    ticket->line_items_count = ticket->held_line_items_count;
    resume(ticket, in);
    return rule_applied(EVENT_TICKET_REVISED);
}

/* Refused here or elsewhere, or timed out: perhaps before the proposal was seen here. */
struct ruling ticket_revision_rejected(struct ticket *ticket, const struct ticket_input *in)
{
    if (ticket->state == TICKET_STATE_NONE)
        return rule_deferred();
    if (ticket->state == TICKET_STATE_CREATE_REJECTED)
        return rule_refused("an order whose ticket was rejected cannot be revised");
    if (in->revision <= ticket->settled_revision)
        return rule_ignored();
    if (in->revision - 1 > ticket->settled_revision)
        return rule_deferred();
    const bool held = is_held(ticket, in->revision);
    ticket->settled_revision = in->revision;
    ticket->answered_revision = in->revision;
    if (!held)
        return rule_applied(EVENT_NONE);
    resume(ticket, in);
    return rule_applied(EVENT_TICKET_REVISION_UNDONE);
}

void ticket_revision_event(const struct ticket *after, const struct ruling *ruling,
                           const struct ticket_input *in, union event_data *out)
{
    enum event_type event = ruling->event;
    int32_t order_id = after->head.id, restaurant_id = after->restaurant_id;
    if (event == EVENT_TICKET_REVISION_PROPOSED)
        out->ticket_revision_proposed =
            (struct ticket_revision_proposed){.order_id = order_id,
                                              .restaurant_id = restaurant_id,
                                              .consumer_id = in->proposal->consumer_id,
                                              .revision = after->answered_revision,
                                              .order_total_cents = in->proposal->order_total_cents};
    else if (event == EVENT_TICKET_REVISION_REJECTED)
        out->ticket_revision_rejected =
            (struct ticket_revision_rejected){.order_id = order_id,
                                              .restaurant_id = restaurant_id,
                                              .revision = after->answered_revision,
                                              .reason = ruling->reason};
    else if (event == EVENT_TICKET_REVISED)
        out->ticket_revised = (struct ticket_revised){.order_id = order_id,
                                                      .restaurant_id = restaurant_id,
                                                      .revision = after->settled_revision};
    else if (event == EVENT_TICKET_REVISION_UNDONE)
        out->ticket_revision_undone =
            (struct ticket_revision_undone){.order_id = order_id,
                                            .restaurant_id = restaurant_id,
                                            .revision = after->settled_revision};
}
