/* The rules of tickets in the create-order saga, and which rule is whose: pure functions, no I/O,
 * no clock. SPDX-License-Identifier: MIT */
#include "rules.h"

#include <string.h>

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

static struct ruling order_created(struct ticket *ticket, const struct ticket_input *in)
{
    if (ticket->state != TICKET_STATE_NONE)
        return rule_ignored(); /* made already, or a tombstone */
    const struct order_created *order = in->order;
    ticket->restaurant_id = order->restaurant_id;
    ticket->line_items_count =
        ticket_copy_lines(ticket->line_items, order->line_items, order->line_items_count);
    ticket->reason =
        (int)restaurant_objection(in->restaurant, order->line_items, order->line_items_count);
    if (ticket->reason != REASON_NONE) {
        ticket->state = TICKET_STATE_CREATE_REJECTED;
        return rule_applied(EVENT_TICKET_CREATION_FAILED);
    }
    ticket->state = TICKET_STATE_CREATE_PENDING;
    return rule_applied(EVENT_TICKET_CREATED);
}

static struct ruling reject(struct ticket *ticket, const struct ticket_input *in)
{
    if (ticket->approved)
        return rule_refused("an order that was approved cannot have failed");
    ticket->state = TICKET_STATE_CREATE_REJECTED;
    ticket->reason = in->reason;
    ticket->head.due_at_ms = 0;
    return rule_applied(EVENT_TICKET_CREATION_REJECTED);
}

/* The rejection overtook OrderCreated, which is to find the ticket rejected when it comes. */
static struct ruling leave_tombstone(struct ticket *ticket, const struct ticket_input *in)
{
    ticket->state = TICKET_STATE_CREATE_REJECTED;
    ticket->reason = in->reason;
    ticket->restaurant_id = in->restaurant_id;
    return rule_applied(EVENT_NONE);
}

/* The order failed elsewhere. It may have timed out while its payment was on the way, and even
 * after the restaurant has accepted the ticket, or let it expire. */
static struct ruling order_rejected(struct ticket *ticket, const struct ticket_input *in)
{
    switch ((enum ticket_state)ticket->state) {
    case TICKET_STATE_NONE:
        return leave_tombstone(ticket, in);
    case TICKET_STATE_CREATE_PENDING:
    case TICKET_STATE_AWAITING_ACCEPTANCE:
    case TICKET_STATE_ACCEPTED:
        return reject(ticket, in);
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_CANCELLED:
        return rule_ignored();
    case TICKET_STATE_PREPARING:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
    case TICKET_STATE_REVISION_PENDING:
    case TICKET_STATE_COUNT:
        break;
    }
    return rule_refused("a ticket whose order was approved cannot be rejected");
}

/* The order is paid for. A duplicate finds the ticket moved on. */
static struct ruling authorized(struct ticket *ticket, const struct ticket_input *in)
{
    if (ticket->state == TICKET_STATE_NONE)
        return rule_deferred();
    if (ticket->state != TICKET_STATE_CREATE_PENDING)
        return rule_ignored();
    ticket_await_acceptance(ticket, in);
    return rule_applied(EVENT_TICKET_CONFIRMED);
}

/* The order cannot be paid for. Only an order that was not paid for before can meet that. */
static struct ruling authorization_failed(struct ticket *ticket, const struct ticket_input *in)
{
    switch ((enum ticket_state)ticket->state) {
    case TICKET_STATE_NONE:
        return rule_deferred();
    case TICKET_STATE_CREATE_PENDING:
        return reject(ticket, in);
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_CANCELLED:
        return rule_ignored();
    case TICKET_STATE_AWAITING_ACCEPTANCE:
    case TICKET_STATE_ACCEPTED:
    case TICKET_STATE_PREPARING:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
    case TICKET_STATE_REVISION_PENDING:
    case TICKET_STATE_COUNT:
        break;
    }
    return rule_refused("a ticket that was paid for cannot fail to be paid for");
}

/* The order is approved, so it can be cooked. That may be known before its payment is. */
static struct ruling order_approved(struct ticket *ticket)
{
    if (ticket->state == TICKET_STATE_NONE)
        return rule_deferred();
    if (ticket->state == TICKET_STATE_CREATE_REJECTED)
        return rule_refused("an order whose ticket was rejected cannot be approved");
    if (ticket->approved)
        return rule_ignored();
    ticket->approved = true;
    return rule_applied(EVENT_NONE);
}

struct ruling ticket_decide(struct ticket *ticket, const struct ticket_input *in)
{
    switch (in->type) {
    case TICKET_INPUT_ORDER_CREATED:
        return order_created(ticket, in);
    case TICKET_INPUT_ORDER_REJECTED:
        return order_rejected(ticket, in);
    case TICKET_INPUT_AUTHORIZED:
        return authorized(ticket, in);
    case TICKET_INPUT_AUTHORIZATION_FAILED:
        return authorization_failed(ticket, in);
    case TICKET_INPUT_ORDER_APPROVED:
        return order_approved(ticket);
    case TICKET_INPUT_CANCEL_REQUESTED:
        return ticket_cancel_requested(ticket);
    case TICKET_INPUT_REVISION_PROPOSED:
        return ticket_revision_proposed(ticket, in);
    case TICKET_INPUT_REVISED:
        return ticket_revised(ticket, in);
    case TICKET_INPUT_REVISION_REJECTED:
        return ticket_revision_rejected(ticket, in);
    case TICKET_INPUT_ACCEPT:
        return ticket_accept(ticket, in);
    case TICKET_INPUT_START_PREPARATION:
        return ticket_start_preparation(ticket);
    case TICKET_INPUT_FINISH_PREPARATION:
        return ticket_finish_preparation(ticket);
    case TICKET_INPUT_PICK_UP:
        return ticket_pick_up(ticket);
    case TICKET_INPUT_DEADLINE:
        return ticket_deadline(ticket, in);
    case TICKET_INPUT_COUNT:
        break;
    }
    return rule_refused("not an input of a ticket");
}

void ticket_event(const struct ticket *after, const struct ruling *ruling,
                  const struct ticket_input *in, union event_data *out)
{
    enum event_type event = ruling->event;
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
    ticket_revision_event(after, ruling, in, out);
}
