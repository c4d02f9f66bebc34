/* The rules of tickets in the create-order saga, and which rule is whose: pure functions, no I/O,
 * no clock. SPDX-License-Identifier: MIT */
#include "rules.h"

#include <string.h>

struct ticket_decision ticket_applied(const struct ticket *after, enum event_type event)
{
    return (struct ticket_decision){.verdict = VERDICT_APPLIED, .event = event, .after = *after};
}

struct ticket_decision ticket_kept(const struct ticket *before, enum verdict verdict)
{
    return (struct ticket_decision){.verdict = verdict, .after = *before};
}

struct ticket_decision ticket_refused(const struct ticket *before, const char *refusal)
{
    return (struct ticket_decision){
        .verdict = VERDICT_ILLEGAL, .refusal = refusal, .after = *before};
}

size_t ticket_copy_lines(struct ticket_line_item *to, const struct order_line_item *from,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memcpy(to[i].menu_item_id, from[i].menu_item_id, sizeof to[i].menu_item_id);
        memcpy(to[i].name, from[i].name, sizeof to[i].name);
        to[i].quantity = from[i].quantity;
    }
    return count;
}

void ticket_await_acceptance(struct ticket *ticket, const struct ticket_input *in)
{
    ticket->state = TICKET_STATE_AWAITING_ACCEPTANCE;
    ticket->head.due_at_ms = in->now_ms + in->acceptance_ms;
}

static struct ticket_decision order_created(const struct ticket *before,
                                            const struct ticket_input *in)
{
    if (before->state != TICKET_STATE_NONE)
        return ticket_kept(before, VERDICT_IGNORED); /* made already, or a tombstone */
    const struct order_created *order = in->order;
    enum reason reason =
        restaurant_objection(in->restaurant, order->line_items, order->line_items_count);
    struct ticket after = {
        .head = before->head,
        .reason = (int)reason,
        .restaurant_id = order->restaurant_id,
    };
    after.line_items_count =
        ticket_copy_lines(after.line_items, order->line_items, order->line_items_count);
    if (reason != REASON_NONE) {
        after.state = TICKET_STATE_CREATE_REJECTED;
        return ticket_applied(&after, EVENT_TICKET_CREATION_FAILED);
    }
    after.state = TICKET_STATE_CREATE_PENDING;
    return ticket_applied(&after, EVENT_TICKET_CREATED);
}

static struct ticket_decision reject(const struct ticket *before, const struct ticket_input *in)
{
    if (before->approved)
        return ticket_refused(before, "an order that was approved cannot have failed");
    struct ticket after = *before;
    after.state = TICKET_STATE_CREATE_REJECTED;
    after.reason = in->reason;
    after.head.due_at_ms = 0;
    return ticket_applied(&after, EVENT_TICKET_CREATION_REJECTED);
}

/* The rejection overtook OrderCreated, which is to find the ticket rejected when it comes. */
static struct ticket_decision leave_tombstone(const struct ticket *before,
                                              const struct ticket_input *in)
{
    struct ticket after = {
        .head = before->head,
        .state = TICKET_STATE_CREATE_REJECTED,
        .reason = in->reason,
        .restaurant_id = in->restaurant_id,
    };
    return ticket_applied(&after, EVENT_NONE);
}

/* The order failed elsewhere. It may have timed out while its payment was on the way, and even
 * after the restaurant has accepted the ticket, or let it expire. */
static struct ticket_decision order_rejected(const struct ticket *before,
                                             const struct ticket_input *in)
{
    switch ((enum ticket_state)before->state) {
    case TICKET_STATE_NONE:
        return leave_tombstone(before, in);
    case TICKET_STATE_CREATE_PENDING:
    case TICKET_STATE_AWAITING_ACCEPTANCE:
    case TICKET_STATE_ACCEPTED:
        return reject(before, in);
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_CANCELLED:
        return ticket_kept(before, VERDICT_IGNORED);
    case TICKET_STATE_PREPARING:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
    case TICKET_STATE_REVISION_PENDING:
    case TICKET_STATE_COUNT:
        break;
    }
    return ticket_refused(before, "a ticket whose order was approved cannot be rejected");
}

/* The order is paid for. A duplicate finds the ticket moved on. */
static struct ticket_decision authorized(const struct ticket *before, const struct ticket_input *in)
{
    if (before->state == TICKET_STATE_NONE)
        return ticket_kept(before, VERDICT_DEFERRED);
    if (before->state != TICKET_STATE_CREATE_PENDING)
        return ticket_kept(before, VERDICT_IGNORED);
    struct ticket after = *before;
    ticket_await_acceptance(&after, in);
    return ticket_applied(&after, EVENT_TICKET_CONFIRMED);
}

/* The order cannot be paid for. Only an order that was not paid for before can meet that. */
static struct ticket_decision authorization_failed(const struct ticket *before,
                                                   const struct ticket_input *in)
{
    switch ((enum ticket_state)before->state) {
    case TICKET_STATE_NONE:
        return ticket_kept(before, VERDICT_DEFERRED);
    case TICKET_STATE_CREATE_PENDING:
        return reject(before, in);
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_CANCELLED:
        return ticket_kept(before, VERDICT_IGNORED);
    case TICKET_STATE_AWAITING_ACCEPTANCE:
    case TICKET_STATE_ACCEPTED:
    case TICKET_STATE_PREPARING:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
    case TICKET_STATE_REVISION_PENDING:
    case TICKET_STATE_COUNT:
        break;
    }
    return ticket_refused(before, "a ticket that was paid for cannot fail to be paid for");
}

/* The order is approved, so it can be cooked. That may be known before its payment is. */
static struct ticket_decision order_approved(const struct ticket *before)
{
    if (before->state == TICKET_STATE_NONE)
        return ticket_kept(before, VERDICT_DEFERRED);
    if (before->state == TICKET_STATE_CREATE_REJECTED)
        return ticket_refused(before, "an order whose ticket was rejected cannot be approved");
    if (before->approved)
        return ticket_kept(before, VERDICT_IGNORED);
    struct ticket after = *before;
    after.approved = true;
    return ticket_applied(&after, EVENT_NONE);
}

struct ticket_decision ticket_decide(const struct ticket *before, const struct ticket_input *in)
{
    switch (in->type) {
    case TICKET_INPUT_ORDER_CREATED:
        return order_created(before, in);
    case TICKET_INPUT_ORDER_REJECTED:
        return order_rejected(before, in);
    case TICKET_INPUT_AUTHORIZED:
        return authorized(before, in);
    case TICKET_INPUT_AUTHORIZATION_FAILED:
        return authorization_failed(before, in);
    case TICKET_INPUT_ORDER_APPROVED:
        return order_approved(before);
    case TICKET_INPUT_CANCEL_REQUESTED:
        return ticket_cancel_requested(before);
    case TICKET_INPUT_REVISION_PROPOSED:
        return ticket_revision_proposed(before, in);
    case TICKET_INPUT_REVISED:
        return ticket_revised(before, in);
    case TICKET_INPUT_REVISION_REJECTED:
        return ticket_revision_rejected(before, in);
    case TICKET_INPUT_ACCEPT:
        return ticket_accept(before, in);
    case TICKET_INPUT_START_PREPARATION:
        return ticket_start_preparation(before);
    case TICKET_INPUT_FINISH_PREPARATION:
        return ticket_finish_preparation(before);
    case TICKET_INPUT_PICK_UP:
        return ticket_pick_up(before);
    case TICKET_INPUT_DEADLINE:
        return ticket_deadline(before, in);
    case TICKET_INPUT_COUNT:
        break;
    }
    return ticket_refused(before, "not an input of a ticket");
}

void ticket_event(const struct ticket_decision *decision, const struct ticket_input *in,
                  union event_data *out)
{
    const struct ticket *after = &decision->after;
    enum event_type event = decision->event;
    int32_t order_id = after->head.id, restaurant_id = after->restaurant_id;
    if (event == EVENT_TICKET_CREATED)
        out->ticket_created =
            (struct ticket_created){.order_id = order_id, .restaurant_id = restaurant_id};
    else if (event == EVENT_TICKET_CREATION_FAILED)
        out->ticket_creation_failed = (struct ticket_creation_failed){
            .order_id = order_id, .restaurant_id = restaurant_id, .reason = after->reason};
    else if (event == EVENT_TICKET_CONFIRMED)
        out->ticket_confirmed =
            (struct ticket_confirmed){.order_id = order_id, .restaurant_id = restaurant_id};
    else if (event == EVENT_TICKET_CREATION_REJECTED)
        out->ticket_creation_rejected =
            (struct ticket_creation_rejected){.order_id = order_id, .restaurant_id = restaurant_id};
    ticket_work_event(after, event, out);
    ticket_revision_event(decision, in, out);
}
