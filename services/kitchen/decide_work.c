/* The rules of the kitchen's work, and of a ticket's cancellation: pure functions, no I/O, no
 * clock.
 *
 * Once a ticket is PREPARING it is too late to cancel or revise it; it only becomes so when its
 * order is approved and no revision of it is open. SPDX-License-Identifier: MIT */
#include "rules.h"

static struct ruling enter(struct ticket *ticket, enum ticket_state state, enum event_type event)
{
    ticket->state = (int)state;
    return rule_applied(event);
}

static struct ruling accept(struct ticket *ticket, const struct ticket_input *in)
{
    if (in->ready_by_ms <= in->now_ms)
        return rule_refused("readyBy must be in the future");
    ticket->state = TICKET_STATE_ACCEPTED;
    ticket->ready_by_ms = in->ready_by_ms;
    ticket->head.due_at_ms = 0;
    return rule_applied(EVENT_TICKET_ACCEPTED);
}

/* The restaurant may know that the order was approved before the kitchen knows that it is paid. */
struct ruling ticket_accept(struct ticket *ticket, const struct ticket_input *in)
{
    switch ((enum ticket_state)ticket->state) {
    case TICKET_STATE_AWAITING_ACCEPTANCE:
        return accept(ticket, in);
    case TICKET_STATE_CREATE_PENDING:
    case TICKET_STATE_REVISION_PENDING:
        return rule_deferred();
    case TICKET_STATE_ACCEPTED:
        if (in->ready_by_ms == ticket->ready_by_ms)
            return rule_ignored();
        return rule_refused("it was accepted with another readyBy");
    case TICKET_STATE_NONE:
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_PREPARING:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
    case TICKET_STATE_CANCELLED:
    case TICKET_STATE_COUNT:
        break;
    }
    return rule_refused("only a ticket that awaits acceptance can be accepted");
}

struct ruling ticket_start_preparation(struct ticket *ticket)
{
    switch ((enum ticket_state)ticket->state) {
    case TICKET_STATE_ACCEPTED:
        if (!ticket->approved)
            return rule_deferred();
        return enter(ticket, TICKET_STATE_PREPARING, EVENT_TICKET_PREPARATION_STARTED);
    case TICKET_STATE_REVISION_PENDING:
        return rule_deferred();
    case TICKET_STATE_PREPARING:
        return rule_ignored();
    case TICKET_STATE_NONE:
    case TICKET_STATE_CREATE_PENDING:
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_AWAITING_ACCEPTANCE:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
    case TICKET_STATE_CANCELLED:
    case TICKET_STATE_COUNT:
        break;
    }
    return rule_refused("only a ticket that was accepted can be prepared");
}

struct ruling ticket_finish_preparation(struct ticket *ticket)
{
    if (ticket->state == TICKET_STATE_READY_FOR_PICKUP)
        return rule_ignored();
    if (ticket->state != TICKET_STATE_PREPARING)
        return rule_refused("only a ticket that is prepared can become ready");
    return enter(ticket, TICKET_STATE_READY_FOR_PICKUP, EVENT_TICKET_READY_FOR_PICKUP);
}

struct ruling ticket_pick_up(struct ticket *ticket)
{
    if (ticket->state == TICKET_STATE_PICKED_UP)
        return rule_ignored();
    if (ticket->state != TICKET_STATE_READY_FOR_PICKUP)
        return rule_refused("only a ticket that is ready can be picked up");
    return enter(ticket, TICKET_STATE_PICKED_UP, EVENT_TICKET_PICKED_UP);
}

static struct ruling cancel(struct ticket *ticket, enum reason reason)
{
    ticket->state = TICKET_STATE_CANCELLED;
    ticket->reason = (int)reason;
    ticket->head.due_at_ms = 0;
    return rule_applied(EVENT_TICKET_CANCELLED);
}

/* The order asks until it is answered, so what was cancelled before is told again. */
struct ruling ticket_cancel_requested(struct ticket *ticket)
{
    switch ((enum ticket_state)ticket->state) {
    case TICKET_STATE_NONE:
    case TICKET_STATE_CREATE_PENDING:
    case TICKET_STATE_REVISION_PENDING:
        return rule_deferred();
    case TICKET_STATE_AWAITING_ACCEPTANCE:
    case TICKET_STATE_ACCEPTED:
        return cancel(ticket, REASON_CANCELLED_BY_CONSUMER);
    case TICKET_STATE_PREPARING:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
        return rule_applied(EVENT_TICKET_CANCELLATION_REJECTED);
    case TICKET_STATE_CANCELLED:
        return rule_applied(EVENT_TICKET_CANCELLED);
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_COUNT:
        break;
    }
    return rule_refused("an order whose ticket was rejected cannot be cancelled");
}

/* The timer fired: the restaurant has not accepted in time. It may have been read before the ticket
 * moved on, or before the clock was set back. */
struct ruling ticket_deadline(struct ticket *ticket, const struct ticket_input *in)
{
    int64_t due_at_ms = ticket->head.due_at_ms;
    if (ticket->state != TICKET_STATE_AWAITING_ACCEPTANCE || due_at_ms == 0 ||
        in->now_ms < due_at_ms)
        return rule_ignored();
    return cancel(ticket, REASON_TICKET_EXPIRED);
}

void ticket_work_event(const struct ticket *after, enum event_type event, union event_data *out)
{
    int32_t order_id = after->head.id, restaurant_id = after->restaurant_id;
    if (event == EVENT_TICKET_ACCEPTED)
        out->ticket_accepted = (struct ticket_accepted){.order_id = order_id,
                                                        .restaurant_id = restaurant_id,
                                                        .ready_by_ms = after->ready_by_ms};
    else if (event == EVENT_TICKET_PREPARATION_STARTED)
        out->ticket_preparation_started = (struct ticket_preparation_started){
            .order_id = order_id, .restaurant_id = restaurant_id};
    else if (event == EVENT_TICKET_READY_FOR_PICKUP)
        out->ticket_ready_for_pickup =
            (struct ticket_ready_for_pickup){.order_id = order_id, .restaurant_id = restaurant_id};
    else if (event == EVENT_TICKET_PICKED_UP)
        out->ticket_picked_up =
            (struct ticket_picked_up){.order_id = order_id, .restaurant_id = restaurant_id};
    else if (event == EVENT_TICKET_CANCELLED)
        out->ticket_cancelled = (struct ticket_cancelled){
            .order_id = order_id, .restaurant_id = restaurant_id, .reason = after->reason};
    else if (event == EVENT_TICKET_CANCELLATION_REJECTED)
        out->ticket_cancellation_rejected = (struct ticket_cancellation_rejected){
            .order_id = order_id, .restaurant_id = restaurant_id};
}
