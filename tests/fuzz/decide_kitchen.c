/* Restaurants and tickets. SPDX-License-Identifier: MIT */
#include "deciding.h"
#include "kitchen.h"

static bool restaurant_once(const void *before, const void *in, struct buf *out)
{
    union event_data data;
    struct restaurant after;
    spoiled_copy(&restaurant_kind, &after, before);
    const struct ruling ruling = restaurant_decide(&after, in);
    data_spoil(&data);
    restaurant_event(&after, ruling.event, &data);
    return decided_check(&(struct decided){.kind = &restaurant_kind,
                                           .service = "kitchen",
                                           .ruling = &ruling,
                                           .before = before,
                                           .after = &after,
                                           .data = &data},
                         out);
}

static bool run_restaurant(struct bytes *bytes, int input_type)
{
    struct restaurant before;
    struct create_restaurant_request request;
    struct menu menu;
    fill_kind(&restaurant_kind, &before, bytes);
    fill_record(&create_restaurant_request_record, &request, bytes);
    fill_record(&menu_record, &menu, bytes);
    const struct restaurant_input in = {
        .type = (enum restaurant_input_type)input_type, .request = &request, .menu = &menu};
    return decide_twice(restaurant_once, &before, &in);
}
const struct subject restaurant_subject = {"restaurant", RESTAURANT_INPUT_COUNT, run_restaurant};

static bool ticket_once(const void *before, const void *in, struct buf *out)
{
    union event_data data;
    struct ticket after;
    spoiled_copy(&ticket_kind, &after, before);
    const struct ruling ruling = ticket_decide(&after, in);
    data_spoil(&data);
    ticket_event(&after, &ruling, in, &data);
    return decided_check(&(struct decided){.kind = &ticket_kind,
                                           .service = "kitchen",
                                           .ruling = &ruling,
                                           .before = before,
                                           .after = &after,
                                           .data = &data},
                         out);
}

static bool run_ticket(struct bytes *bytes, int input_type)
{
    struct ticket before;
    struct order_created order;
    struct order_revision_proposed proposal;
    struct restaurant restaurant;
    const struct ticket_input in = {
        .type = (enum ticket_input_type)input_type,
        .now_ms = take_now_ms(bytes),
        .acceptance_ms = take_setting_ms(bytes),
        .revision = bytes_int32(bytes, 1, REVISION_MAX),
        .reason = take_reason(bytes),
        .restaurant_id = bytes_int32(bytes, 1, INT32_MAX),
        .ready_by_ms = take_now_ms(bytes),
        .order = &order,
        .proposal = &proposal,
        .restaurant = &restaurant,
    };
    fill_kind(&ticket_kind, &before, bytes);
    fill_record(&order_created_record, &order, bytes);
    fill_record(&order_revision_proposed_record, &proposal, bytes);
    fill_kind(&restaurant_kind, &restaurant, bytes);
    return decide_twice(ticket_once, &before, &in);
}
const struct subject ticket_subject = {"ticket", TICKET_INPUT_COUNT, run_ticket};
