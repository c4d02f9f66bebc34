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
static enum reason objection(const struct ticket *before, const struct ticket_input *in)
{
    switch ((enum ticket_state)before->state) {
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
static struct ticket_decision answer(const struct ticket *before, const struct ticket_input *in)
{
    struct ticket_decision decision = ticket_applied(before, EVENT_TICKET_REVISION_PROPOSED);
    decision.after.approved = true;
    decision.after.answered_revision = in->proposal->revision;
    decision.reason = (int)objection(before, in);
    if (decision.reason == REASON_NONE)
        hold(&decision.after, in->proposal);
    else
        decision.event = EVENT_TICKET_REVISION_REJECTED;
    return decision;
}

struct ticket_decision ticket_revision_proposed(const struct ticket *before,
                                                const struct ticket_input *in)
{
    int32_t revision = in->proposal->revision;
    if (before->state == TICKET_STATE_NONE || before->state == TICKET_STATE_CREATE_PENDING)
        return ticket_kept(before, VERDICT_DEFERRED);
    if (before->state == TICKET_STATE_CREATE_REJECTED)
        return ticket_refused(before, "an order whose ticket was rejected cannot be revised");
    if (revision <= before->answered_revision)
        return ticket_kept(before, VERDICT_IGNORED);
    if (revision - 1 > before->settled_revision)
        return ticket_kept(before, VERDICT_DEFERRED); /* the verdict on an earlier one is due */
    return answer(before, in);
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
    memset(ticket->held_line_items, 0, sizeof ticket->held_line_items);
    ticket->held_line_items_count = 0;
    if (ticket->state == TICKET_STATE_AWAITING_ACCEPTANCE)
        ticket_await_acceptance(ticket, in);
}

/* The order has confirmed it, which it only does with what is held here and charged for. */
struct ticket_decision ticket_revised(const struct ticket *before, const struct ticket_input *in)
{
    if (before->state == TICKET_STATE_CREATE_REJECTED)
        return ticket_refused(before, "an order whose ticket was rejected cannot be revised");
    if (in->revision <= before->settled_revision)
        return ticket_kept(before, VERDICT_IGNORED);
    if (in->revision > before->answered_revision)
        return ticket_kept(before, VERDICT_DEFERRED);
    if (!is_held(before, in->revision))
        return ticket_refused(before, "a revision that was refused cannot be confirmed");
    struct ticket after = *before;
    after.settled_revision = in->revision;
    memcpy(after.line_items, before->held_line_items, sizeof after.line_items);
    after.line_items_count = before->held_line_items_count;
    resume(&after, in);
    return ticket_applied(&after, EVENT_TICKET_REVISED);
}

/* Refused here or elsewhere, or timed out: perhaps before the proposal was seen here. */
struct ticket_decision ticket_revision_rejected(const struct ticket *before,
                                                const struct ticket_input *in)
{
    if (before->state == TICKET_STATE_NONE)
        return ticket_kept(before, VERDICT_DEFERRED);
    if (before->state == TICKET_STATE_CREATE_REJECTED)
        return ticket_refused(before, "an order whose ticket was rejected cannot be revised");
    if (in->revision <= before->settled_revision)
        return ticket_kept(before, VERDICT_IGNORED);
    if (in->revision - 1 > before->settled_revision)
        return ticket_kept(before, VERDICT_DEFERRED);
    struct ticket after = *before;
    after.settled_revision = in->revision;
    after.answered_revision = in->revision;
    if (!is_held(before, in->revision))
        return ticket_applied(&after, EVENT_NONE);
    resume(&after, in);
    return ticket_applied(&after, EVENT_TICKET_REVISION_UNDONE);
}

void ticket_revision_event(const struct ticket_decision *decision, const struct ticket_input *in,
                           union event_data *out)
{
    const struct ticket *after = &decision->after;
    enum event_type event = decision->event;
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
                                              .reason = decision->reason};
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
