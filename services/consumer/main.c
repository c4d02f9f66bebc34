/* The consumer service: who may order. SPDX-License-Identifier: MIT */
#include "consumer.h"
#include "consumer_assets.h"
#include "service.h"

/* May this consumer place this order? */
static enum outcome on_order_created(struct step *step, const struct input *in)
{
    const struct order_created *order = in->data;
    const struct verification *before = step_get(step, &verification_kind, order->order_id);
    const struct consumer *consumer = step_get(step, &consumer_kind, order->consumer_id);
    if (before == NULL || consumer == NULL)
        return OUTCOME_NEEDS_LOAD;
    const struct verification_input input = {
        .type = VERIFICATION_INPUT_ORDER_CREATED, .order = order, .consumer = consumer};
    struct verification verification;
    union event_data data;
    kind_copy(&verification_kind, &verification, before);
    const struct ruling ruling = verification_decide(&verification, &input);
    verification_event(&verification, ruling.event, &data);
    return step_settle(step, &verification_kind, &verification, &ruling, &data);
}

static const struct subscription subscriptions[] = {
    {EVENT_ORDER_CREATED, on_order_created},
};

static const struct kind *const kinds[] = {&consumer_kind, &verification_kind};

int main(int argc, char **argv)
{
    const struct service service = {
        .name = "consumer",
        .default_port = 8081,
        .kinds = kinds,
        .kind_count = sizeof kinds / sizeof kinds[0],
        .subscriptions = subscriptions,
        .subscription_count = sizeof subscriptions / sizeof subscriptions[0],
        .routes = consumer_routes,
        .route_count = consumer_route_count,
        .migrations = consumer_migrations,
        .migration_count = consumer_migration_count,
        .openapi = consumer_openapi,
    };
    return service_run(&service, argc, argv);
}
