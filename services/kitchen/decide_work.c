/* The rules of the kitchen's work, and of a ticket's cancellation: pure functions, no I/O, no
 * clock.
 *
 * Once a ticket is PREPARING it is too late to cancel or revise it; it only becomes so when its
 * order is approved and no revision of it is open. SPDX-License-Identifier: MIT */
#include "rules.h"

static struct ticket_decision enter(const struct ticket *before, enum ticket_state state,
                                    enum event_type event)
{
    struct ticket after = *before;
    after.state = (int)state;
    return ticket_applied(&after, event);
}

static struct ticket_decision accept(const struct ticket *before, const struct ticket_input *in)
{
    if (in->ready_by_ms <= in->now_ms)
        return ticket_refused(before, "readyBy must be in the future");
    struct ticket after = *before;
    after.state = TICKET_STATE_ACCEPTED;
    after.ready_by_ms = in->ready_by_ms;
    after.head.due_at_ms = 0;
    return ticket_applied(&after, EVENT_TICKET_ACCEPTED);
}

/* The restaurant may know that the order was approved before the kitchen knows that it is paid. */
struct ticket_decision ticket_accept(const struct ticket *before, const struct ticket_input *in)
{
    switch ((enum ticket_state)before->state) {
    case TICKET_STATE_AWAITING_ACCEPTANCE:
        return accept(before, in);
    case TICKET_STATE_CREATE_PENDING:
    case TICKET_STATE_REVISION_PENDING:
        return ticket_kept(before, VERDICT_DEFERRED);
    case TICKET_STATE_ACCEPTED:
        if (in->ready_by_ms == before->ready_by_ms)
            return ticket_kept(before, VERDICT_IGNORED);
        return ticket_refused(before, "it was accepted with another readyBy");
    case TICKET_STATE_NONE:
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_PREPARING:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
    case TICKET_STATE_CANCELLED:
    case TICKET_STATE_COUNT:
        break;
    }
    return ticket_refused(before, "only a ticket that awaits acceptance can be accepted");
}

struct ticket_decision ticket_start_preparation(const struct ticket *before)
{
    switch ((enum ticket_state)before->state) {
    case TICKET_STATE_ACCEPTED:
        if (!before->approved)
            return ticket_kept(before, VERDICT_DEFERRED);
        return enter(before, TICKET_STATE_PREPARING, EVENT_TICKET_PREPARATION_STARTED);
    case TICKET_STATE_REVISION_PENDING:
        return ticket_kept(before, VERDICT_DEFERRED);
    case TICKET_STATE_PREPARING:
        return ticket_kept(before, VERDICT_IGNORED);
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
    return ticket_refused(before, "only a ticket that was accepted can be prepared");
}

struct ticket_decision ticket_finish_preparation(const struct ticket *before)
{
    if (before->state == TICKET_STATE_READY_FOR_PICKUP)
        return ticket_kept(before, VERDICT_IGNORED);
    if (before->state != TICKET_STATE_PREPARING)
        return ticket_refused(before, "only a ticket that is prepared can become ready");
    return enter(before, TICKET_STATE_READY_FOR_PICKUP, EVENT_TICKET_READY_FOR_PICKUP);
}

struct ticket_decision ticket_pick_up(const struct ticket *before)
{
    if (before->state == TICKET_STATE_PICKED_UP)
        return ticket_kept(before, VERDICT_IGNORED);
    if (before->state != TICKET_STATE_READY_FOR_PICKUP)
        return ticket_refused(before, "only a ticket that is ready can be picked up");
    return enter(before, TICKET_STATE_PICKED_UP, EVENT_TICKET_PICKED_UP);
}

static struct ticket_decision cancel(const struct ticket *before, enum reason reason)
{
    struct ticket after = *before;
    after.state = TICKET_STATE_CANCELLED;
    after.reason = (int)reason;
    after.head.due_at_ms = 0;
    return ticket_applied(&after, EVENT_TICKET_CANCELLED);
}

/* The order asks until it is answered, so what was cancelled before is told again. */
struct ticket_decision ticket_cancel_requested(const struct ticket *before)
{
    switch ((enum ticket_state)before->state) {
    case TICKET_STATE_NONE:
    case TICKET_STATE_CREATE_PENDING:
    case TICKET_STATE_REVISION_PENDING:
        return ticket_kept(before, VERDICT_DEFERRED);
    case TICKET_STATE_AWAITING_ACCEPTANCE:
    case TICKET_STATE_ACCEPTED:
        return cancel(before, REASON_CANCELLED_BY_CONSUMER);
    case TICKET_STATE_PREPARING:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
        return ticket_applied(before, EVENT_TICKET_CANCELLATION_REJECTED);
    case TICKET_STATE_CANCELLED:
        return ticket_applied(before, EVENT_TICKET_CANCELLED);
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_COUNT:
        break;
    }
    return ticket_refused(before, "an order whose ticket was rejected cannot be cancelled");
}

/* The timer fired: the restaurant has not accepted in time. It may have been read before the ticket
 * moved on, or before the clock was set back. */
struct ticket_decision ticket_deadline(const struct ticket *before, const struct ticket_input *in)
{
    int64_t due_at_ms = before->head.due_at_ms;
    if (before->state != TICKET_STATE_AWAITING_ACCEPTANCE || due_at_ms == 0 ||
        in->now_ms < due_at_ms)
        return ticket_kept(before, VERDICT_IGNORED);
    return cancel(before, REASON_TICKET_EXPIRED);
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
