/* The rules of an order, and of the restaurants' replica that prices it: pure functions, no I/O, no
 * clock. SPDX-License-Identifier: MIT */
#include "order.h"

#include <string.h>

static struct replica_decision replica_applied(const struct restaurant_replica *after)
{
    return (struct replica_decision){.verdict = VERDICT_APPLIED, .after = *after};
}

static struct replica_decision replica_kept(const struct restaurant_replica *before,
                                            enum verdict verdict)
{
    return (struct replica_decision){.verdict = verdict, .after = *before};
}

static struct replica_decision restaurant_created(const struct restaurant_replica *before,
                                                  const struct replica_input *in)
{
    if (before->sequence != 0)
        return replica_kept(before, VERDICT_IGNORED);
    struct restaurant_replica after = {.head = before->head, .sequence = in->sequence};
    memcpy(after.name, in->created->name, sizeof after.name);
    after.menu = in->created->menu;
    return replica_applied(&after);
}

static struct replica_decision menu_revised(const struct restaurant_replica *before,
                                            const struct replica_input *in)
{
    if (before->sequence == 0)
        return replica_kept(before, VERDICT_DEFERRED);
    if (in->sequence <= before->sequence)
        return replica_kept(before, VERDICT_IGNORED); /* a later menu is known already */
    struct restaurant_replica after = *before;
    after.sequence = in->sequence;
    after.menu = in->revised->menu;
    return replica_applied(&after);
}

struct replica_decision replica_decide(const struct restaurant_replica *before,
                                       const struct replica_input *in)
{
    switch (in->type) {
    case REPLICA_INPUT_RESTAURANT_CREATED:
        return restaurant_created(before, in);
    case REPLICA_INPUT_MENU_REVISED:
        return menu_revised(before, in);
    case REPLICA_INPUT_COUNT:
        break;
    }
    return (struct replica_decision){.refusal = "not an input of a replica", .after = *before};
}

static const struct menu_item *menu_find(const struct menu *menu, const char *id)
{
    for (size_t i = 0; i < menu->menu_items_count; i++)
        if (strcmp(menu->menu_items[i].id, id) == 0)
            return &menu->menu_items[i];
    return NULL;
}

static struct order_line_item line_priced(const struct menu_item *item, int32_t quantity)
{
    struct order_line_item line = {.price_cents = item->price_cents, .quantity = quantity};
    memcpy(line.menu_item_id, item->id, sizeof line.menu_item_id);
    memcpy(line.name, item->name, sizeof line.name);
    return line;
}

/* Add what a line costs. False when the total would be more than an amount can be. */
static bool add_cost(int64_t *total_cents, const struct order_line_item *line)
{
    int64_t cost_cents;
    if (__builtin_mul_overflow(line->price_cents, line->quantity, &cost_cents) ||
        cost_cents > MONEY_CENTS_MAX - *total_cents)
        return false;
    *total_cents += cost_cents;
    return true;
}

struct order_pricing order_price(const struct restaurant_replica *restaurant,
                                 const struct create_order_request *request)
{
    struct order_pricing pricing = {.result = PRICING_OK};
    for (size_t i = 0; i < request->line_items_count; i++) {
        const struct line_item *wanted = &request->line_items[i];
        const struct menu_item *item = menu_find(&restaurant->menu, wanted->menu_item_id);
        if (item == NULL)
            return (struct order_pricing){.result = PRICING_ITEM_UNKNOWN, .unknown_item = i};
        struct order_line_item *line = &pricing.line_items[pricing.line_items_count++];
        *line = line_priced(item, wanted->quantity);
        if (!add_cost(&pricing.order_total_cents, line))
            return (struct order_pricing){.result = PRICING_TOTAL_TOO_HIGH};
    }
    return pricing;
}

static struct order_decision order_applied(const struct order *after, enum event_type event)
{
    return (struct order_decision){.verdict = VERDICT_APPLIED, .event = event, .after = *after};
}

static struct order_decision order_ignored(const struct order *before)
{
    return (struct order_decision){.verdict = VERDICT_IGNORED, .after = *before};
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

/* The timer fired. It may have been read before the outcome came, or before the clock was set back.
 */
static struct order_decision deadline(const struct order *before, const struct order_input *in)
{
    if (before->state != ORDER_STATE_APPROVAL_PENDING || in->now_ms < before->head.due_at_ms)
        return order_ignored(before);
    return reject(before, REASON_APPROVAL_TIMED_OUT);
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
    case ORDER_INPUT_COUNT:
        break;
    }
    return order_refused(before, "not an input of an order");
}

static void write_created(const struct order *order, struct order_created *out)
{
    *out = (struct order_created){
        .order_id = order->head.id,
        .consumer_id = order->consumer_id,
        .restaurant_id = order->restaurant_id,
        .line_items_count = order->line_items_count,
        .order_total_cents = order->order_total_cents,
        .delivery_address = order->delivery_address,
        .delivery_time_ms = order->delivery_time_ms,
    };
    memcpy(out->line_items, order->line_items, sizeof out->line_items);
}

void order_event(const struct order *after, enum event_type event, union event_data *out)
{
    if (event == EVENT_ORDER_CREATED)
        write_created(after, &out->order_created);
    else if (event == EVENT_ORDER_APPROVED)
        out->order_approved = (struct order_approved){
            .order_id = after->head.id,
            .consumer_id = after->consumer_id,
            .restaurant_id = after->restaurant_id,
            .order_total_cents = after->order_total_cents,
        };
    else if (event == EVENT_ORDER_REJECTED)
        out->order_rejected = (struct order_rejected){
            .order_id = after->head.id,
            .consumer_id = after->consumer_id,
            .restaurant_id = after->restaurant_id,
            .order_total_cents = after->order_total_cents,
            .reason = after->reason,
        };
}
