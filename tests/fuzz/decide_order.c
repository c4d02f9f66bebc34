/* Orders, and the replica of the restaurants. SPDX-License-Identifier: MIT */
#include "deciding.h"
#include "fuzz.h"
#include "order.h"

static bool order_once(const void *before, const void *in, struct buf *out)
{
    union event_data data;
    struct order after;
    spoiled_copy(&order_kind, &after, before);
    const struct ruling ruling = order_decide(&after, in);
    data_spoil(&data);
    order_event(&after, ruling.event, &data);
    return decided_check(&(struct decided){.kind = &order_kind,
                                           .service = "order",
                                           .ruling = &ruling,
                                           .before = before,
                                           .after = &after,
                                           .data = &data},
                         out);
}

static struct order_pricing take_pricing(struct bytes *bytes,
                                         const struct create_order_request *request)
{
    struct restaurant_replica restaurant;
    fill_kind(&restaurant_replica_kind, &restaurant, bytes);
    struct order_pricing pricing =
        order_price(&restaurant, request->line_items, request->line_items_count);
    FUZZ_CHECK(pricing.line_items_count <= LINE_ITEMS_MAX);
    FUZZ_CHECK(pricing.order_total_cents >= 0 && pricing.order_total_cents <= MONEY_CENTS_MAX);
    return pricing;
}

static bool run_order(struct bytes *bytes, int input_type)
{
    struct order before;
    struct create_order_request request;
    struct order_input in = {
        .type = (enum order_input_type)input_type,
        .now_ms = take_now_ms(bytes),
        .reason = take_reason(bytes),
        .revision = bytes_int32(bytes, 1, REVISION_MAX),
        .approval_ms = take_setting_ms(bytes),
        .cancellation_ms = take_setting_ms(bytes),
        .revision_ms = take_setting_ms(bytes),
        .request = &request,
    };
    fill_kind(&order_kind, &before, bytes);
    fill_record(&create_order_request_record, &request, bytes);
    const struct order_pricing pricing = take_pricing(bytes, &request);
    in.pricing = &pricing;
    return decide_twice(order_once, &before, &in);
}
const struct subject order_subject = {"order", ORDER_INPUT_COUNT, run_order};

static bool replica_once(const void *before, const void *in, struct buf *out)
{
    struct restaurant_replica after;
    spoiled_copy(&restaurant_replica_kind, &after, before);
    const struct ruling ruling = replica_decide(&after, in);
    return decided_check(&(struct decided){.kind = &restaurant_replica_kind,
                                           .service = "order",
                                           .ruling = &ruling,
                                           .before = before,
                                           .after = &after},
                         out);
}

static bool run_replica(struct bytes *bytes, int input_type)
{
    struct restaurant_replica before;
    struct restaurant_created created;
    struct restaurant_menu_revised revised;
    fill_kind(&restaurant_replica_kind, &before, bytes);
    fill_record(&restaurant_created_record, &created, bytes);
    fill_record(&restaurant_menu_revised_record, &revised, bytes);
    const struct replica_input in = {.type = (enum replica_input_type)input_type,
                                     .sequence = bytes_int32(bytes, 1, INT32_MAX),
                                     .created = &created,
                                     .revised = &revised};
    return decide_twice(replica_once, &before, &in);
}
const struct subject replica_subject = {"replica", REPLICA_INPUT_COUNT, run_replica};
