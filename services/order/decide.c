/* The rules of an order: pure functions, no I/O, no clock. SPDX-License-Identifier: MIT */
#include "order.h"

#include <string.h>

static struct ruling order_unknown(void)
{
    return rule_refused("this order was never placed");
}

static size_t copy_lines(struct order_line_item *to, const struct order_line_item *from,
                         size_t count)
{
    memcpy(to, from, count * sizeof *to);
    return count;
}

static struct ruling place(struct order *order, const struct order_input *in)
{
    if (order->state != ORDER_STATE_NONE)
        return rule_refused("an order with this id was placed before");
    if (in->pricing->result != PRICING_OK)
        return rule_refused("an order that has no price cannot be placed");
    order->state = ORDER_STATE_APPROVAL_PENDING;
    order->consumer_id = in->request->consumer_id;
    order->restaurant_id = in->request->restaurant_id;
    order->line_items_count =
        copy_lines(order->line_items, in->pricing->line_items, in->pricing->line_items_count);
    order->order_total_cents = in->pricing->order_total_cents;
    order->delivery_address = in->request->delivery_address;
    order->delivery_time_ms = in->request->delivery_time_ms;
    order->head.due_at_ms = in->now_ms + in->approval_ms;
    return rule_applied(EVENT_ORDER_CREATED);
}

static struct ruling reject(struct order *order, int reason)
{
    order->state = ORDER_STATE_REJECTED;
    order->reason = reason;
    order->head.due_at_ms = 0;
    return rule_applied(EVENT_ORDER_REJECTED);
}

static struct ruling approve(struct order *order)
{
    order->state = ORDER_STATE_APPROVED;
    order->head.due_at_ms = 0;
    return rule_applied(EVENT_ORDER_APPROVED);
}

/* A step failed. Several steps may fail for one order: the first one's reason counts. But the card
 * is charged last, so nothing can have failed for an order that was approved. */
static struct ruling step_failed(struct order *order, const struct order_input *in)
{
    switch ((enum order_state)order->state) {
    case ORDER_STATE_APPROVAL_PENDING:
        return reject(order, in->reason);
    case ORDER_STATE_REJECTED:
        return rule_ignored();
    case ORDER_STATE_APPROVED:
    case ORDER_STATE_CANCEL_PENDING:
    case ORDER_STATE_CANCELLED:
    case ORDER_STATE_REVISION_PENDING:
        return rule_refused("a step of an order that was approved cannot have failed");
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown();
}

/* The card was charged. For an order that was rejected meanwhile that is too late: its
 * OrderRejected makes accounting reverse the charge. */
static struct ruling authorized(struct order *order)
{
    switch ((enum order_state)order->state) {
    case ORDER_STATE_APPROVAL_PENDING:
        return approve(order);
    case ORDER_STATE_REJECTED:
    case ORDER_STATE_APPROVED:
    case ORDER_STATE_CANCEL_PENDING:
    case ORDER_STATE_CANCELLED:
    case ORDER_STATE_REVISION_PENDING:
        return rule_ignored();
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown();
}

static struct ruling request_cancellation(struct order *order, const struct order_input *in)
{
    order->state = ORDER_STATE_CANCEL_PENDING;
    order->reason = REASON_NONE;
    if (order->cancel_requests < INT32_MAX)
        order->cancel_requests++;
    order->head.due_at_ms = in->now_ms + in->cancellation_ms;
    return rule_applied(EVENT_ORDER_CANCEL_REQUESTED);
}

static struct ruling cancel(struct order *order, const struct order_input *in)
{
    switch ((enum order_state)order->state) {
    case ORDER_STATE_APPROVED:
        return request_cancellation(order, in);
    case ORDER_STATE_CANCEL_PENDING:
    case ORDER_STATE_CANCELLED:
        return rule_ignored(); /* what is asked for is under way, or done */
    case ORDER_STATE_APPROVAL_PENDING:
        return rule_refused("an order that is APPROVAL_PENDING cannot be cancelled");
    case ORDER_STATE_REJECTED:
        return rule_refused("an order that is REJECTED cannot be cancelled");
    case ORDER_STATE_REVISION_PENDING:
        return rule_refused("an order that is REVISION_PENDING cannot be cancelled");
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown();
}

/* The order is approved as it was before, since `reason` speaks against a change. */
static void approve_again(struct order *order, int reason)
{
    order->state = ORDER_STATE_APPROVED;
    order->reason = reason;
    order->head.due_at_ms = 0;
    order->cancel_requests = 0;
    order->revised_line_items_count = 0;
    order->revised_order_total_cents = 0;
}

/* Kitchen cooks already. It says so to each request, and there may have been several. */
static struct ruling cancellation_rejected(struct order *order)
{
    switch ((enum order_state)order->state) {
    case ORDER_STATE_CANCEL_PENDING:
        approve_again(order, REASON_PREPARATION_STARTED);
        return rule_applied(EVENT_ORDER_CANCELLATION_REJECTED);
    case ORDER_STATE_APPROVED:
    case ORDER_STATE_CANCELLED:
    case ORDER_STATE_REVISION_PENDING:
        return rule_ignored();
    case ORDER_STATE_APPROVAL_PENDING:
    case ORDER_STATE_REJECTED:
        return rule_refused("an order that was never approved has no cancellation");
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown();
}

static struct ruling cancelled(struct order *order, int reason)
{
    approve_again(order, reason);
    order->state = ORDER_STATE_CANCELLED;
    return rule_applied(EVENT_ORDER_CANCELLED);
}

/* The charge is undone: because the order was rejected, or because its ticket was cancelled. When
 * nobody asked for that, the restaurant never accepted the ticket. Then the order may even have to
 * hear first that it was paid for. */
static struct ruling reversed(struct order *order)
{
    switch ((enum order_state)order->state) {
    case ORDER_STATE_CANCEL_PENDING:
        return cancelled(order, REASON_CANCELLED_BY_CONSUMER);
    case ORDER_STATE_APPROVED:
    case ORDER_STATE_REVISION_PENDING:
        return cancelled(order, REASON_TICKET_EXPIRED);
    case ORDER_STATE_APPROVAL_PENDING:
        return rule_deferred();
    case ORDER_STATE_REJECTED:
    case ORDER_STATE_CANCELLED:
        return rule_ignored();
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown();
}

static struct ruling propose_revision(struct order *order, const struct order_input *in)
{
    if (order->revision >= REVISION_MAX)
        return rule_refused("this order was revised too often");
    if (in->pricing->result != PRICING_OK)
        return rule_refused("a revision that has no price cannot be proposed");
    order->state = ORDER_STATE_REVISION_PENDING;
    order->reason = REASON_NONE;
    order->revision++;
    order->revised_line_items_count = copy_lines(order->revised_line_items, in->pricing->line_items,
                                                 in->pricing->line_items_count);
    order->revised_order_total_cents = in->pricing->order_total_cents;
    order->head.due_at_ms = in->now_ms + in->revision_ms;
    return rule_applied(EVENT_ORDER_REVISION_PROPOSED);
}

static struct ruling revise(struct order *order, const struct order_input *in)
{
    switch ((enum order_state)order->state) {
    case ORDER_STATE_APPROVED:
        return propose_revision(order, in);
    case ORDER_STATE_APPROVAL_PENDING:
        return rule_refused("an order that is APPROVAL_PENDING cannot be revised");
    case ORDER_STATE_REJECTED:
        return rule_refused("an order that is REJECTED cannot be revised");
    case ORDER_STATE_CANCEL_PENDING:
        return rule_refused("an order that is CANCEL_PENDING cannot be revised");
    case ORDER_STATE_CANCELLED:
        return rule_refused("an order that is CANCELLED cannot be revised");
    case ORDER_STATE_REVISION_PENDING:
        return rule_refused("an order that is REVISION_PENDING cannot be revised");
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown();
}

static struct ruling reject_revision(struct order *order, int reason)
{
    approve_again(order, reason);
    return rule_applied(EVENT_ORDER_REVISION_REJECTED);
}

static struct ruling confirm_revision(struct order *order)
{
    order->line_items_count =
        copy_lines(order->line_items, order->revised_line_items, order->revised_line_items_count);
    order->order_total_cents = order->revised_order_total_cents;
    approve_again(order, REASON_NONE);
    return rule_applied(EVENT_ORDER_REVISED);
}

/* What kitchen or accounting says to a revision counts while the order waits for just that one.
 * Later it has given its verdict, and whatever they hold they give up when they hear it. */
static struct ruling revision_answered(struct order *order, const struct order_input *in)
{
    if (order->state == ORDER_STATE_NONE)
        return order_unknown();
    if (in->revision > order->revision)
        return rule_refused("a revision with this number was never proposed");
    if (order->state != ORDER_STATE_REVISION_PENDING || in->revision < order->revision)
        return rule_ignored();
    if (in->type == ORDER_INPUT_AUTHORIZATION_REVISED)
        return confirm_revision(order);
    return reject_revision(order, in->reason);
}

/* The timer fired. It may have been read before the outcome came, or before the clock was set back.
 * A cancellation is never given up, for money may have moved already: kitchen is asked again. */
static struct ruling deadline(struct order *order, const struct order_input *in)
{
    if (in->now_ms < order->head.due_at_ms)
        return rule_ignored();
    switch ((enum order_state)order->state) {
    case ORDER_STATE_APPROVAL_PENDING:
        return reject(order, REASON_APPROVAL_TIMED_OUT);
    case ORDER_STATE_CANCEL_PENDING:
        return request_cancellation(order, in);
    case ORDER_STATE_REVISION_PENDING:
        return reject_revision(order, REASON_REVISION_TIMED_OUT);
    case ORDER_STATE_NONE:
    case ORDER_STATE_APPROVED:
    case ORDER_STATE_REJECTED:
    case ORDER_STATE_CANCELLED:
    case ORDER_STATE_COUNT:
        break;
    }
    return rule_ignored();
}

struct ruling order_decide(struct order *order, const struct order_input *in)
{
    switch (in->type) {
    case ORDER_INPUT_PLACE:
        return place(order, in);
    case ORDER_INPUT_CONSUMER_VERIFICATION_FAILED:
    case ORDER_INPUT_TICKET_CREATION_FAILED:
    case ORDER_INPUT_AUTHORIZATION_FAILED:
        return step_failed(order, in);
    case ORDER_INPUT_AUTHORIZED:
        return authorized(order);
    case ORDER_INPUT_DEADLINE:
        return deadline(order, in);
    case ORDER_INPUT_CANCEL:
        return cancel(order, in);
    case ORDER_INPUT_TICKET_CANCELLATION_REJECTED:
        return cancellation_rejected(order);
    case ORDER_INPUT_AUTHORIZATION_REVERSED:
        return reversed(order);
    case ORDER_INPUT_REVISE:
        return revise(order, in);
    case ORDER_INPUT_TICKET_REVISION_REJECTED:
    case ORDER_INPUT_AUTHORIZATION_REVISED:
    case ORDER_INPUT_AUTHORIZATION_REVISION_FAILED:
        return revision_answered(order, in);
    case ORDER_INPUT_COUNT:
        break;
    }
    return rule_refused("not an input of an order");
}
