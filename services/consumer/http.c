/* The consumer service's REST routes. SPDX-License-Identifier: MIT */
#include "consumer.h"
#include "http.h"
#include "kind.h"
#include "step.h"

static enum outcome create_consumer(struct step *step, const struct input *in)
{
    const struct consumer before = {.head.id = step_new_id(step, &consumer_kind)};
    if (before.head.id == 0)
        return OUTCOME_NEEDS_LOAD;
    const struct consumer_input input = {.type = CONSUMER_INPUT_CREATE, .request = in->data};
    const struct consumer_decision decision = consumer_decide(&before, &input);
    union event_data data;
    consumer_event(&decision.after, decision.event, &data);
    const struct create_consumer_response answer = {.consumer_id = before.head.id};
    step_answer(step, &create_consumer_response_record, &answer, before.head.id);
    return step_settle(step, &consumer_kind, decision.verdict, decision.refusal, &decision.after,
                       decision.event, &data);
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
