/* The consumer service's REST routes. SPDX-License-Identifier: MIT */
#include "consumer.h"
#include "http.h"
#include "kind.h"
#include "step.h"

static enum outcome create_consumer(struct step *step, const struct input *in)
{
    const int32_t id = step_new_id(step, &consumer_kind);
    if (id == 0)
        return OUTCOME_NEEDS_LOAD;
    const struct consumer_input input = {.type = CONSUMER_INPUT_CREATE, .request = in->data};
    struct consumer consumer;
    union event_data data;
    kind_clear(&consumer_kind, &consumer, id);
    const struct ruling ruling = consumer_decide(&consumer, &input);
    consumer_event(&consumer, ruling.event, &data);
    const struct create_consumer_response answer = {.consumer_id = id};
    step_answer(step, &create_consumer_response_record, &answer, id);
    return step_settle(step, &consumer_kind, &consumer, &ruling, &data);
}

static void get_consumer(struct query *query)
{
    struct consumer consumer;
    if (!query_load(query, &consumer_kind, &consumer))
        return;
    const struct consumer_response answer = {
        .consumer_id = consumer.head.id,
        .has_name = consumer.has_name,
        .name = consumer.name,
        .has_order_limit = consumer.has_order_limit,
        .order_limit_cents = consumer.order_limit_cents,
    };
    query_answer(query, &consumer_response_record, &answer);
}

static const struct route routes[] = {
    {.method = "POST",
     .path = "/consumers",
     .body = &create_consumer_request_record,
     .command = create_consumer,
     .created = "/consumers/"},
    {.method = "GET", .path = "/consumers/{id}", .query = get_consumer},
};
const struct route *const consumer_routes = routes;
const size_t consumer_route_count = sizeof routes / sizeof routes[0];
