/* The order service's REST routes. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "kind.h"
#include "order.h"
#include "step.h"

int64_t order_approval_s;

static enum outcome refuse_price(struct step *step, const struct create_order_request *request,
                                 const struct order_pricing *pricing)
{
    if (pricing->result == PRICING_TOTAL_TOO_HIGH)
        return step_refuse(step, 422, "lineItems: the order's total is too high");
    size_t index = pricing->unknown_item;
    return step_refuse(step, 422,
                       "lineItems[%zu].menuItemId: \"%s\" is not on the menu of restaurant %d",
                       index, request->line_items[index].menu_item_id, request->restaurant_id);
}

static enum outcome place_order(struct step *step, const struct order *before,
                                const struct order_input *input)
{
    const struct order_decision decision = order_decide(before, input);
    const struct create_order_response answer = {.order_id = before->head.id};
    step_answer(step, &create_order_response_record, &answer, before->head.id);
    union event_data data;
    order_event(&decision.after, decision.event, &data);
    return step_settle(step, &order_kind, decision.verdict, decision.refusal, &decision.after,
                       decision.event, &data);
}

static enum outcome create_order(struct step *step, const struct input *in)
{
    const struct create_order_request *request = in->data;
    const struct restaurant_replica *restaurant =
        step_get(step, &restaurant_replica_kind, request->restaurant_id);
    const struct order before = {.head.id = step_new_id(step, &order_kind)};
    if (restaurant == NULL || before.head.id == 0)
        return OUTCOME_NEEDS_LOAD;
    if (restaurant->sequence == 0) {
        /* It may have been created a moment ago, and be on its way to the replica. */
        (void)step_refuse(step, 404, "there is no restaurant %d", request->restaurant_id);
        return step_defer(step, &restaurant_replica_kind, request->restaurant_id);
    }
    const struct order_pricing pricing = order_price(restaurant, request);
    if (pricing.result != PRICING_OK)
        return refuse_price(step, request, &pricing);
    const struct order_input input = {.type = ORDER_INPUT_PLACE,
                                      .now_ms = in->now_ms,
                                      .request = request,
                                      .pricing = &pricing,
                                      .approval_ms = order_approval_s * 1000};
    return place_order(step, &before, &input);
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
    };
    for (size_t i = 0; i < order->line_items_count; i++)
        answer->line_items[i] = order->line_items[i];
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
    struct query_page page;
    if (!query_load_page(query, &order_kind, ORDERS_MAX, &page))
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
    {.method = "GET", .path = "/orders", .query = list_orders},
    {.method = "GET", .path = "/restaurants/{id}", .query = get_restaurant},
};
const struct route *const order_routes = routes;
const size_t order_route_count = sizeof routes / sizeof routes[0];
