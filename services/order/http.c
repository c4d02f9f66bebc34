/* The order service's REST routes. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "kind.h"
#include "order.h"
#include "step.h"

int64_t order_approval_s, order_cancellation_s, order_revision_s;

/* The lines of a request, and what the request calls them. */
struct wanted {
    const char *name;
    const struct line_item *lines;
    size_t count;
};

static enum outcome refuse_price(struct step *step, const struct wanted *wanted,
                                 int32_t restaurant_id, const struct order_pricing *pricing)
{
    if (pricing->result == PRICING_TOTAL_TOO_HIGH)
        return step_refuse(step, 422, "%s: the order's total is too high", wanted->name);
    size_t index = pricing->unknown_item;
    return step_refuse(step, 422, "%s[%zu].menuItemId: \"%s\" is not on the menu of restaurant %d",
                       wanted->name, index, wanted->lines[index].menu_item_id, restaurant_id);
}

static enum outcome place_order(struct step *step, int32_t id, const struct order_input *input)
{
    struct order order;
    union event_data data;
    kind_clear(&order_kind, &order, id);
    const struct ruling ruling = order_decide(&order, input);
    order_event(&order, ruling.event, &data);
    const struct create_order_response answer = {.order_id = id};
    step_answer(step, &create_order_response_record, &answer, id);
    return step_settle(step, &order_kind, &order, &ruling, &data);
}

static enum outcome create_order(struct step *step, const struct input *in)
{
    const struct create_order_request *request = in->data;
    const struct restaurant_replica *restaurant =
        step_get(step, &restaurant_replica_kind, request->restaurant_id);
    const int32_t id = step_new_id(step, &order_kind);
    if (restaurant == NULL || id == 0)
        return OUTCOME_NEEDS_LOAD;
    if (restaurant->sequence == 0) {
        /* It may have been created a moment ago, and be on its way to the replica. */
        (void)step_refuse(step, 404, "there is no restaurant %d", request->restaurant_id);
        return step_defer(step, &restaurant_replica_kind, request->restaurant_id);
    }
    const struct wanted wanted = {"lineItems", request->line_items, request->line_items_count};
    const struct order_pricing pricing = order_price(restaurant, wanted.lines, wanted.count);
    if (pricing.result != PRICING_OK)
        return refuse_price(step, &wanted, request->restaurant_id, &pricing);
    const struct order_input input = {.type = ORDER_INPUT_PLACE,
                                      .now_ms = in->now_ms,
                                      .request = request,
                                      .pricing = &pricing,
                                      .approval_ms = order_approval_s * 1000};
    return place_order(step, id, &input);
}

static void write_order(const struct order *order, struct order_response *answer)
{
    *answer = (struct order_response){
        .order_id = order->head.id,
        .state = order->state,
        .order_total_cents = order->order_total_cents,
        .consumer_id = order->consumer_id,
        .restaurant_id = order->restaurant_id,
        .line_items_count = order->line_items_count,
        .delivery_address = order->delivery_address,
        .delivery_time_ms = order->delivery_time_ms,
        .reason = order->reason,
        .revision = order->revision,
        .revised_line_items_count = order->revised_line_items_count,
        .has_revised_order_total = order->state == ORDER_STATE_REVISION_PENDING,
        .revised_order_total_cents = order->revised_order_total_cents,
    };
    for (size_t i = 0; i < order->line_items_count; i++)
        answer->line_items[i] = order->line_items[i];
    for (size_t i = 0; i < order->revised_line_items_count; i++)
        answer->revised_line_items[i] = order->revised_line_items[i];
}

/* A command on an order that exists; answered with the order as it then is. */
static enum outcome change_order(struct step *step, const struct order *before,
                                 const struct order_input *input)
{
    struct order order;
    struct order_response answer;
    union event_data data;
    kind_copy(&order_kind, &order, before);
    const struct ruling ruling = order_decide(&order, input);
    order_event(&order, ruling.event, &data);
    write_order(&order, &answer);
    step_answer(step, &order_response_record, &answer, 0);
    return step_settle(step, &order_kind, &order, &ruling, &data);
}

static enum outcome refuse_unknown(struct step *step, int32_t id)
{
    return step_refuse(step, 404, "there is no order %d", id);
}

static enum outcome cancel_order(struct step *step, const struct input *in)
{
    const struct order *before = step_get(step, &order_kind, in->subject_id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    if (before->head.version == 0)
        return refuse_unknown(step, in->subject_id);
    return change_order(step, before,
                        &(struct order_input){.type = ORDER_INPUT_CANCEL,
                                              .now_ms = in->now_ms,
                                              .cancellation_ms = order_cancellation_s * 1000});
}

/* The request's lines, under the one name or the other. */
static bool find_wanted(const struct revise_order_request *request, struct wanted *wanted)
{
    if ((request->revised_line_items_count > 0) == (request->revised_order_line_items_count > 0))
        return false;
    if (request->revised_line_items_count > 0)
        *wanted = (struct wanted){"revisedLineItems", request->revised_line_items,
                                  request->revised_line_items_count};
    else
        *wanted = (struct wanted){"revisedOrderLineItems", request->revised_order_line_items,
                                  request->revised_order_line_items_count};
    return true;
}

static enum outcome price_revision(struct step *step, const struct order *before,
                                   const struct wanted *wanted, int64_t now_ms)
{
    const struct restaurant_replica *restaurant =
        step_get(step, &restaurant_replica_kind, before->restaurant_id);
    if (restaurant == NULL)
        return OUTCOME_NEEDS_LOAD;
    const struct order_pricing pricing = order_price(restaurant, wanted->lines, wanted->count);
    if (pricing.result != PRICING_OK && before->state == ORDER_STATE_APPROVED)
        return refuse_price(step, wanted, before->restaurant_id, &pricing);
    return change_order(step, before,
                        &(struct order_input){.type = ORDER_INPUT_REVISE,
                                              .now_ms = now_ms,
                                              .pricing = &pricing,
                                              .revision_ms = order_revision_s * 1000});
}

static enum outcome revise_order(struct step *step, const struct input *in)
{
    struct wanted wanted;
    if (!find_wanted(in->data, &wanted))
        return step_refuse(
            step, 400, "revisedLineItems: this or revisedOrderLineItems must be there, not both");
    const struct order *before = step_get(step, &order_kind, in->subject_id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    if (before->head.version == 0)
        return refuse_unknown(step, in->subject_id);
    return price_revision(step, before, &wanted, in->now_ms);
}

static void get_order(struct query *query)
{
    struct order order;
    struct order_response answer;
    if (!query_load(query, &order_kind, &order))
        return;
    write_order(&order, &answer);
    query_answer(query, &order_response_record, &answer);
}

static void answer_orders(struct query *query, const struct query_page *page)
{
    struct order_list_response *answer = mem_alloc(1, sizeof *answer);
    struct order order = {0};
    struct err err = {0};
    for (int row = 0; row < page->count && err.code == ERR_OK; row++) {
        if (kind_read(&order_kind, page->rows, row, &order, &err) == ERR_OK)
            write_order(&order, &answer->orders[answer->orders_count++]);
    }
    if (page->more)
        answer->next = order.head.id;
    if (err.code == ERR_OK)
        query_answer(query, &order_list_response_record, answer);
    else
        query_failed(query, &err);
    free(answer);
}

static void list_orders(struct query *query)
{
    static const struct page_filter filter = {.parameter = "consumerId", .column = "consumer_id"};
    struct query_page page;
    if (!query_load_page(query, &order_kind, &filter, ORDERS_MAX, &page))
        return;
    answer_orders(query, &page);
    db_result_free(page.rows);
}

static void get_restaurant(struct query *query)
{
    struct restaurant_replica restaurant;
    if (!query_load(query, &restaurant_replica_kind, &restaurant))
        return;
    struct restaurant_replica_response answer = {.id = restaurant.head.id, .menu = restaurant.menu};
    memcpy(answer.name, restaurant.name, sizeof answer.name);
    query_answer(query, &restaurant_replica_response_record, &answer);
}

static const struct route routes[] = {
    {.method = "POST",
     .path = "/orders",
     .body = &create_order_request_record,
     .command = create_order,
     .created = "/orders/"},
    {.method = "GET", .path = "/orders/{id}", .query = get_order},
    {.method = "POST", .path = "/orders/{id}/cancel", .command = cancel_order},
    {.method = "POST",
     .path = "/orders/{id}/revise",
     .body = &revise_order_request_record,
     .command = revise_order},
    {.method = "GET", .path = "/orders", .query = list_orders},
    {.method = "GET", .path = "/restaurants/{id}", .query = get_restaurant},
};
const struct route *const order_routes = routes;
const size_t order_route_count = sizeof routes / sizeof routes[0];
