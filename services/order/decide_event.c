/* What the events of an order tell, from its state after the change. Pure like decide.c.
 * SPDX-License-Identifier: MIT */
#include "order.h"

#include <string.h>

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
    memcpy(out->line_items, order->line_items, order->line_items_count * sizeof out->line_items[0]);
}

static void write_approved(const struct order *order, struct order_approved *out)
{
    *out = (struct order_approved){
        .order_id = order->head.id,
        .consumer_id = order->consumer_id,
        .restaurant_id = order->restaurant_id,
        .order_total_cents = order->order_total_cents,
    };
}

static void write_rejected(const struct order *order, struct order_rejected *out)
{
    *out = (struct order_rejected){
        .order_id = order->head.id,
        .consumer_id = order->consumer_id,
        .restaurant_id = order->restaurant_id,
        .order_total_cents = order->order_total_cents,
        .reason = order->reason,
    };
}

static void write_cancel_requested(const struct order *order, struct order_cancel_requested *out)
{
    *out = (struct order_cancel_requested){
        .order_id = order->head.id,
        .consumer_id = order->consumer_id,
        .restaurant_id = order->restaurant_id,
    };
}

static void write_cancelled(const struct order *order, struct order_cancelled *out)
{
    *out = (struct order_cancelled){
        .order_id = order->head.id,
        .consumer_id = order->consumer_id,
        .reason = order->reason,
    };
}

static void write_cancellation_rejected(const struct order *order,
                                        struct order_cancellation_rejected *out)
{
    *out = (struct order_cancellation_rejected){
        .order_id = order->head.id,
        .consumer_id = order->consumer_id,
        .reason = order->reason,
    };
}

static void write_revision_proposed(const struct order *order, struct order_revision_proposed *out)
{
    *out = (struct order_revision_proposed){
        .order_id = order->head.id,
        .consumer_id = order->consumer_id,
        .restaurant_id = order->restaurant_id,
        .revision = order->revision,
        .line_items_count = order->revised_line_items_count,
        .order_total_cents = order->revised_order_total_cents,
    };
    memcpy(out->line_items, order->revised_line_items,
           order->revised_line_items_count * sizeof out->line_items[0]);
}

static void write_revised(const struct order *order, struct order_revised *out)
{
    *out = (struct order_revised){
        .order_id = order->head.id,
        .consumer_id = order->consumer_id,
        .revision = order->revision,
        .order_total_cents = order->order_total_cents,
    };
}

static void write_revision_rejected(const struct order *order, struct order_revision_rejected *out)
{
    *out = (struct order_revision_rejected){
        .order_id = order->head.id,
        .consumer_id = order->consumer_id,
        .revision = order->revision,
        .reason = order->reason,
    };
}

void order_event(const struct order *after, enum event_type event, union event_data *out)
{
    if (event == EVENT_ORDER_CREATED)
        write_created(after, &out->order_created);
    else if (event == EVENT_ORDER_APPROVED)
        write_approved(after, &out->order_approved);
    else if (event == EVENT_ORDER_REJECTED)
        write_rejected(after, &out->order_rejected);
    else if (event == EVENT_ORDER_CANCEL_REQUESTED)
        write_cancel_requested(after, &out->order_cancel_requested);
    else if (event == EVENT_ORDER_CANCELLED)
        write_cancelled(after, &out->order_cancelled);
    else if (event == EVENT_ORDER_CANCELLATION_REJECTED)
        write_cancellation_rejected(after, &out->order_cancellation_rejected);
    else if (event == EVENT_ORDER_REVISION_PROPOSED)
        write_revision_proposed(after, &out->order_revision_proposed);
    else if (event == EVENT_ORDER_REVISED)
        write_revised(after, &out->order_revised);
    else if (event == EVENT_ORDER_REVISION_REJECTED)
        write_revision_rejected(after, &out->order_revision_rejected);
}
