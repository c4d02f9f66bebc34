/* The rules of an order: pure functions, no I/O, no clock. SPDX-License-Identifier: MIT */
#include "order.h"

#include <string.h>

static struct order_decision order_applied(const struct order *after, enum event_type event)
{
    return (struct order_decision){.verdict = VERDICT_APPLIED, .event = event, .after = *after};
}

static struct order_decision order_ignored(const struct order *before)
{
    return (struct order_decision){.verdict = VERDICT_IGNORED, .after = *before};
}

static struct order_decision order_deferred(const struct order *before)
{
    return (struct order_decision){.verdict = VERDICT_DEFERRED, .after = *before};
}

static struct order_decision order_refused(const struct order *before, const char *refusal)
{
    return (struct order_decision){
        .verdict = VERDICT_ILLEGAL, .refusal = refusal, .after = *before};
}

static struct order_decision order_unknown(const struct order *before)
{
    return order_refused(before, "this order was never placed");
}

static struct order_decision place(const struct order *before, const struct order_input *in)
{
    if (before->state != ORDER_STATE_NONE)
        return order_refused(before, "an order with this id was placed before");
    if (in->pricing->result != PRICING_OK)
        return order_refused(before, "an order that has no price cannot be placed");
    struct order after = {
        .head = before->head,
        .state = ORDER_STATE_APPROVAL_PENDING,
        .consumer_id = in->request->consumer_id,
        .restaurant_id = in->request->restaurant_id,
        .line_items_count = in->pricing->line_items_count,
        .order_total_cents = in->pricing->order_total_cents,
        .delivery_address = in->request->delivery_address,
        .delivery_time_ms = in->request->delivery_time_ms,
    };
    memcpy(after.line_items, in->pricing->line_items, sizeof after.line_items);
    after.head.due_at_ms = in->now_ms + in->approval_ms;
    return order_applied(&after, EVENT_ORDER_CREATED);
}

static struct order_decision reject(const struct order *before, int reason)
{
    struct order after = *before;
    after.state = ORDER_STATE_REJECTED;
    after.reason = reason;
    after.head.due_at_ms = 0;
    return order_applied(&after, EVENT_ORDER_REJECTED);
}

static struct order_decision approve(const struct order *before)
{
    struct order after = *before;
    after.state = ORDER_STATE_APPROVED;
    after.head.due_at_ms = 0;
    return order_applied(&after, EVENT_ORDER_APPROVED);
}

/* A step failed. Several steps may fail for one order: the first one's reason counts. But the card
 * is charged last, so nothing can have failed for an order that was approved. */
static struct order_decision step_failed(const struct order *before, const struct order_input *in)
{
    switch ((enum order_state)before->state) {
    case ORDER_STATE_APPROVAL_PENDING:
        return reject(before, in->reason);
    case ORDER_STATE_REJECTED:
        return order_ignored(before);
    case ORDER_STATE_APPROVED:
    case ORDER_STATE_CANCEL_PENDING:
    case ORDER_STATE_CANCELLED:
    case ORDER_STATE_REVISION_PENDING:
        return order_refused(before, "a step of an order that was approved cannot have failed");
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown(before);
}

/* The card was charged. For an order that was rejected meanwhile that is too late: its
 * OrderRejected makes accounting reverse the charge. */
static struct order_decision authorized(const struct order *before)
{
    switch ((enum order_state)before->state) {
    case ORDER_STATE_APPROVAL_PENDING:
        return approve(before);
    case ORDER_STATE_REJECTED:
    case ORDER_STATE_APPROVED:
    case ORDER_STATE_CANCEL_PENDING:
    case ORDER_STATE_CANCELLED:
    case ORDER_STATE_REVISION_PENDING:
        return order_ignored(before);
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown(before);
}

static struct order_decision request_cancellation(const struct order *before,
                                                  const struct order_input *in)
{
    struct order after = *before;
    after.state = ORDER_STATE_CANCEL_PENDING;
    after.reason = REASON_NONE;
    if (after.cancel_requests < INT32_MAX)
        after.cancel_requests++;
    after.head.due_at_ms = in->now_ms + in->cancellation_ms;
    return order_applied(&after, EVENT_ORDER_CANCEL_REQUESTED);
}

static struct order_decision cancel(const struct order *before, const struct order_input *in)
{
    switch ((enum order_state)before->state) {
    case ORDER_STATE_APPROVED:
        return request_cancellation(before, in);
    case ORDER_STATE_CANCEL_PENDING:
    case ORDER_STATE_CANCELLED:
        return order_ignored(before); /* what is asked for is under way, or done */
    case ORDER_STATE_APPROVAL_PENDING:
        return order_refused(before, "an order that is APPROVAL_PENDING cannot be cancelled");
    case ORDER_STATE_REJECTED:
        return order_refused(before, "an order that is REJECTED cannot be cancelled");
    case ORDER_STATE_REVISION_PENDING:
        return order_refused(before, "an order that is REVISION_PENDING cannot be cancelled");
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown(before);
}

/* An order that is approved as it was before, since `reason` speaks against a change. */
static struct order approved_again(const struct order *before, int reason)
{
    struct order after = *before;
    after.state = ORDER_STATE_APPROVED;
    after.reason = reason;
    after.head.due_at_ms = 0;
    after.cancel_requests = 0;
    memset(after.revised_line_items, 0, sizeof after.revised_line_items);
    after.revised_line_items_count = 0;
    after.revised_order_total_cents = 0;
    return after;
}

/* Kitchen cooks already. It says so to each request, and there may have been several. */
static struct order_decision cancellation_rejected(const struct order *before)
{
    switch ((enum order_state)before->state) {
    case ORDER_STATE_CANCEL_PENDING: {
        const struct order after = approved_again(before, REASON_PREPARATION_STARTED);
        return order_applied(&after, EVENT_ORDER_CANCELLATION_REJECTED);
    }
    case ORDER_STATE_APPROVED:
    case ORDER_STATE_CANCELLED:
    case ORDER_STATE_REVISION_PENDING:
        return order_ignored(before);
    case ORDER_STATE_APPROVAL_PENDING:
    case ORDER_STATE_REJECTED:
        return order_refused(before, "an order that was never approved has no cancellation");
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown(before);
}

static struct order_decision cancelled(const struct order *before, int reason)
{
    struct order after = approved_again(before, reason);
    after.state = ORDER_STATE_CANCELLED;
    return order_applied(&after, EVENT_ORDER_CANCELLED);
}

/* The charge is undone: because the order was rejected, or because its ticket was cancelled. When
 * nobody asked for that, the restaurant never accepted the ticket. Then the order may even have to
 * hear first that it was paid for. */
static struct order_decision reversed(const struct order *before)
{
    switch ((enum order_state)before->state) {
    case ORDER_STATE_CANCEL_PENDING:
        return cancelled(before, REASON_CANCELLED_BY_CONSUMER);
    case ORDER_STATE_APPROVED:
    case ORDER_STATE_REVISION_PENDING:
        return cancelled(before, REASON_TICKET_EXPIRED);
    case ORDER_STATE_APPROVAL_PENDING:
        return order_deferred(before);
    case ORDER_STATE_REJECTED:
    case ORDER_STATE_CANCELLED:
        return order_ignored(before);
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown(before);
}

static struct order_decision propose_revision(const struct order *before,
                                              const struct order_input *in)
{
    if (before->revision >= REVISION_MAX)
        return order_refused(before, "this order was revised too often");
    if (in->pricing->result != PRICING_OK)
        return order_refused(before, "a revision that has no price cannot be proposed");
    struct order after = *before;
    after.state = ORDER_STATE_REVISION_PENDING;
    after.reason = REASON_NONE;
    after.revision++;
    memcpy(after.revised_line_items, in->pricing->line_items, sizeof after.revised_line_items);
    after.revised_line_items_count = in->pricing->line_items_count;
    after.revised_order_total_cents = in->pricing->order_total_cents;
    after.head.due_at_ms = in->now_ms + in->revision_ms;
    return order_applied(&after, EVENT_ORDER_REVISION_PROPOSED);
}

static struct order_decision revise(const struct order *before, const struct order_input *in)
{
    switch ((enum order_state)before->state) {
    case ORDER_STATE_APPROVED:
        return propose_revision(before, in);
    case ORDER_STATE_APPROVAL_PENDING:
        return order_refused(before, "an order that is APPROVAL_PENDING cannot be revised");
    case ORDER_STATE_REJECTED:
        return order_refused(before, "an order that is REJECTED cannot be revised");
    case ORDER_STATE_CANCEL_PENDING:
        return order_refused(before, "an order that is CANCEL_PENDING cannot be revised");
    case ORDER_STATE_CANCELLED:
        return order_refused(before, "an order that is CANCELLED cannot be revised");
    case ORDER_STATE_REVISION_PENDING:
        return order_refused(before, "an order that is REVISION_PENDING cannot be revised");
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_unknown(before);
}

static struct order_decision reject_revision(const struct order *before, int reason)
{
    const struct order after = approved_again(before, reason);
    return order_applied(&after, EVENT_ORDER_REVISION_REJECTED);
}

static struct order_decision confirm_revision(const struct order *before)
{
    struct order after = approved_again(before, REASON_NONE);
    memcpy(after.line_items, before->revised_line_items, sizeof after.line_items);
    after.line_items_count = before->revised_line_items_count;
    after.order_total_cents = before->revised_order_total_cents;
    return order_applied(&after, EVENT_ORDER_REVISED);
}

/* What kitchen or accounting says to a revision counts while the order waits for just that one.
 * Later it has given its verdict, and whatever they hold they give up when they hear it. */
static struct order_decision revision_answered(const struct order *before,
                                               const struct order_input *in)
{
    if (before->state == ORDER_STATE_NONE)
        return order_unknown(before);
    if (in->revision > before->revision)
        return order_refused(before, "a revision with this number was never proposed");
    if (before->state != ORDER_STATE_REVISION_PENDING || in->revision < before->revision)
        return order_ignored(before);
    if (in->type == ORDER_INPUT_AUTHORIZATION_REVISED)
        return confirm_revision(before);
    return reject_revision(before, in->reason);
}

/* The timer fired. It may have been read before the outcome came, or before the clock was set back.
 * A cancellation is never given up, for money may have moved already: kitchen is asked again. */
static struct order_decision deadline(const struct order *before, const struct order_input *in)
{
    if (in->now_ms < before->head.due_at_ms)
        return order_ignored(before);
    switch ((enum order_state)before->state) {
    case ORDER_STATE_APPROVAL_PENDING:
        return reject(before, REASON_APPROVAL_TIMED_OUT);
    case ORDER_STATE_CANCEL_PENDING:
        return request_cancellation(before, in);
    case ORDER_STATE_REVISION_PENDING:
        return reject_revision(before, REASON_REVISION_TIMED_OUT);
    case ORDER_STATE_NONE:
    case ORDER_STATE_APPROVED:
    case ORDER_STATE_REJECTED:
    case ORDER_STATE_CANCELLED:
    case ORDER_STATE_COUNT:
        break;
    }
    return order_ignored(before);
}

struct order_decision order_decide(const struct order *before, const struct order_input *in)
{
    switch (in->type) {
    case ORDER_INPUT_PLACE:
        return place(before, in);
    case ORDER_INPUT_CONSUMER_VERIFICATION_FAILED:
    case ORDER_INPUT_TICKET_CREATION_FAILED:
    case ORDER_INPUT_AUTHORIZATION_FAILED:
        return step_failed(before, in);
    case ORDER_INPUT_AUTHORIZED:
        return authorized(before);
    case ORDER_INPUT_DEADLINE:
        return deadline(before, in);
    case ORDER_INPUT_CANCEL:
        return cancel(before, in);
    case ORDER_INPUT_TICKET_CANCELLATION_REJECTED:
        return cancellation_rejected(before);
    case ORDER_INPUT_AUTHORIZATION_REVERSED:
        return reversed(before);
    case ORDER_INPUT_REVISE:
        return revise(before, in);
    case ORDER_INPUT_TICKET_REVISION_REJECTED:
    case ORDER_INPUT_AUTHORIZATION_REVISED:
    case ORDER_INPUT_AUTHORIZATION_REVISION_FAILED:
        return revision_answered(before, in);
    case ORDER_INPUT_COUNT:
        break;
    }
    return order_refused(before, "not an input of an order");
}
