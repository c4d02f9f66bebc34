/* SPDX-License-Identifier: MIT */
#include "order_fixture.h"

#include "kind.h"
#include "table.h"

static const struct restaurant_replica restaurant = {
    .head.id = 8,
    .sequence = 1,
    .menu = {.menu_items = {{"vindaloo", "Chicken Vindaloo", 1234}, {"naan", "Naan", 0}},
             .menu_items_count = 2},
};

static const struct create_order_request request = {
    .consumer_id = 7,
    .restaurant_id = 8,
    .delivery_address = {.street1 = "9 Amazing View",
                         .city = "Oakland",
                         .state = "CA",
                         .zip = "94612"},
    .delivery_time_ms = 5000000,
    .line_items = {{"vindaloo", 5}, {"naan", 2}},
    .line_items_count = 2,
};

static const struct line_item revised_lines[] = {{"vindaloo", 6}};

struct order_input order_input_of(enum order_input_type type)
{
    static struct order_pricing pricing, revised_pricing;
    pricing = order_price(&restaurant, request.line_items, request.line_items_count);
    revised_pricing = order_price(&restaurant, revised_lines, 1);
    return (struct order_input){
        .type = type,
        .now_ms = type == ORDER_INPUT_DEADLINE ? LATE_MS : NOW_MS,
        .reason = REASON_CARD_DECLINED,
        .revision = REVISION,
        .request = &request,
        .pricing = type == ORDER_INPUT_REVISE ? &revised_pricing : &pricing,
        .approval_ms = APPROVAL_MS,
        .cancellation_ms = CANCELLATION_MS,
        .revision_ms = REVISION_MS,
    };
}

struct order_decision order_decided(const struct order *before, const struct order_input *in)
{
    struct order after = *before;
    const struct ruling ruling = order_decide(&after, in);
    if (ruling.verdict != VERDICT_APPLIED)
        assert_memory_equal(&after, before, sizeof after);
    struct order_decision decision = {
        .verdict = ruling.verdict, .event = ruling.event, .refusal = ruling.refusal};
    kind_copy(&order_kind, &decision.after, &after); /* orders are compared byte by byte */
    return decision;
}

struct order_decision order_try(const struct order *before, enum order_input_type type)
{
    const struct order_input in = order_input_of(type);
    return order_decided(before, &in);
}

static struct order order_after(int before_state, enum order_input_type type)
{
    const struct order before = order_in(before_state);
    return order_try(&before, type).after;
}

static struct order order_made(int state)
{
    switch ((enum order_state)state) {
    case ORDER_STATE_APPROVAL_PENDING:
        return order_after(ORDER_STATE_NONE, ORDER_INPUT_PLACE);
    case ORDER_STATE_APPROVED:
        return order_after(ORDER_STATE_APPROVAL_PENDING, ORDER_INPUT_AUTHORIZED);
    case ORDER_STATE_REJECTED:
        return order_after(ORDER_STATE_APPROVAL_PENDING, ORDER_INPUT_TICKET_CREATION_FAILED);
    case ORDER_STATE_CANCEL_PENDING:
        return order_after(ORDER_STATE_APPROVED, ORDER_INPUT_CANCEL);
    case ORDER_STATE_CANCELLED:
        return order_after(ORDER_STATE_CANCEL_PENDING, ORDER_INPUT_AUTHORIZATION_REVERSED);
    case ORDER_STATE_REVISION_PENDING:
        return order_after(ORDER_STATE_APPROVED, ORDER_INPUT_REVISE);
    case ORDER_STATE_NONE:
    case ORDER_STATE_COUNT:
        break;
    }
    return (struct order){.head.id = ORDER_ID};
}

struct order order_in(int state)
{
    struct order order = order_made(state);
    order.head.version = state != ORDER_STATE_NONE ? 3 : 0;
    if (state != ORDER_STATE_NONE && state != ORDER_STATE_APPROVAL_PENDING &&
        state != ORDER_STATE_REJECTED)
        order.revision = REVISION;
    return order;
}
