/* The order service: orders, and the replica of the menus that prices them.
 * SPDX-License-Identifier: MIT */
#include "log.h"
#include "metrics.h"
#include "order.h"
#include "order_assets.h"
#include "service.h"

static enum outcome on_replica_input(struct step *step, int32_t restaurant_id,
                                     const struct replica_input *input)
{
    const struct restaurant_replica *before =
        step_get(step, &restaurant_replica_kind, restaurant_id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    struct restaurant_replica replica;
    kind_copy(&restaurant_replica_kind, &replica, before);
    const struct ruling ruling = replica_decide(&replica, input);
    return step_settle(step, &restaurant_replica_kind, &replica, &ruling, NULL);
}

static enum outcome on_restaurant_created(struct step *step, const struct input *in)
{
    const struct restaurant_created *event = in->data;
    return on_replica_input(step, event->restaurant_id,
                            &(struct replica_input){.type = REPLICA_INPUT_RESTAURANT_CREATED,
                                                    .sequence = in->sequence,
                                                    .created = event});
}

static enum outcome on_restaurant_menu_revised(struct step *step, const struct input *in)
{
    const struct restaurant_menu_revised *event = in->data;
    return on_replica_input(step, event->restaurant_id,
                            &(struct replica_input){.type = REPLICA_INPUT_MENU_REVISED,
                                                    .sequence = in->sequence,
                                                    .revised = event});
}

/* Every other input is about one order that exists. */
static enum outcome on_order_input(struct step *step, int32_t order_id,
                                   const struct order_input *input)
{
    const struct order *before = step_get(step, &order_kind, order_id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    struct order order;
    union event_data data;
    kind_copy(&order_kind, &order, before);
    const struct ruling ruling = order_decide(&order, input);
    order_event(&order, ruling.event, &data);
    return step_settle(step, &order_kind, &order, &ruling, &data);
}

static enum outcome on_consumer_verification_failed(struct step *step, const struct input *in)
{
    const struct consumer_verification_failed *event = in->data;
    return on_order_input(step, event->order_id,
                          &(struct order_input){.type = ORDER_INPUT_CONSUMER_VERIFICATION_FAILED,
                                                .now_ms = in->now_ms,
                                                .reason = event->reason});
}

static enum outcome on_ticket_creation_failed(struct step *step, const struct input *in)
{
    const struct ticket_creation_failed *event = in->data;
    return on_order_input(step, event->order_id,
                          &(struct order_input){.type = ORDER_INPUT_TICKET_CREATION_FAILED,
                                                .now_ms = in->now_ms,
                                                .reason = event->reason});
}

static enum outcome on_credit_card_authorized(struct step *step, const struct input *in)
{
    const struct credit_card_authorized *event = in->data;
    return on_order_input(
        step, event->order_id,
        &(struct order_input){.type = ORDER_INPUT_AUTHORIZED, .now_ms = in->now_ms});
}

static enum outcome on_credit_card_authorization_failed(struct step *step, const struct input *in)
{
    const struct credit_card_authorization_failed *event = in->data;
    return on_order_input(step, event->order_id,
                          &(struct order_input){.type = ORDER_INPUT_AUTHORIZATION_FAILED,
                                                .now_ms = in->now_ms,
                                                .reason = event->reason});
}

static enum outcome on_ticket_cancellation_rejected(struct step *step, const struct input *in)
{
    const struct ticket_cancellation_rejected *event = in->data;
    return on_order_input(step, event->order_id,
                          &(struct order_input){.type = ORDER_INPUT_TICKET_CANCELLATION_REJECTED,
                                                .now_ms = in->now_ms});
}

static enum outcome on_credit_card_authorization_reversed(struct step *step, const struct input *in)
{
    const struct credit_card_authorization_reversed *event = in->data;
    return on_order_input(
        step, event->order_id,
        &(struct order_input){.type = ORDER_INPUT_AUTHORIZATION_REVERSED, .now_ms = in->now_ms});
}

static enum outcome on_ticket_revision_rejected(struct step *step, const struct input *in)
{
    const struct ticket_revision_rejected *event = in->data;
    return on_order_input(step, event->order_id,
                          &(struct order_input){.type = ORDER_INPUT_TICKET_REVISION_REJECTED,
                                                .now_ms = in->now_ms,
                                                .reason = event->reason,
                                                .revision = event->revision});
}

static enum outcome on_credit_card_authorization_revised(struct step *step, const struct input *in)
{
    const struct credit_card_authorization_revised *event = in->data;
    return on_order_input(step, event->order_id,
                          &(struct order_input){.type = ORDER_INPUT_AUTHORIZATION_REVISED,
                                                .now_ms = in->now_ms,
                                                .revision = event->revision});
}

static enum outcome on_credit_card_authorization_revision_failed(struct step *step,
                                                                 const struct input *in)
{
    const struct credit_card_authorization_revision_failed *event = in->data;
    return on_order_input(step, event->order_id,
                          &(struct order_input){.type = ORDER_INPUT_AUTHORIZATION_REVISION_FAILED,
                                                .now_ms = in->now_ms,
                                                .reason = event->reason,
                                                .revision = event->revision});
}

static struct metric stuck = {.type = METRIC_COUNTER,
                              .name = "brigade_cancellations_stuck_total",
                              .help = "How often a cancellation was overdue and asked for again."};

/* For the operator. A transaction that is tried again tells it again. */
static void tell_stuck(const struct order *order)
{
    metric_add(&stuck, 1);
    log_warn("a cancellation is stuck", LOG_I("order_id", order->head.id),
             LOG_I("requests", order->cancel_requests));
}

static enum outcome on_deadline(struct step *step, const struct input *in)
{
    const struct order *before = step_get(step, &order_kind, in->subject_id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    const struct order_input input = {.type = ORDER_INPUT_DEADLINE,
                                      .now_ms = in->now_ms,
                                      .cancellation_ms = order_cancellation_s * 1000};
    struct order order;
    union event_data data;
    kind_copy(&order_kind, &order, before);
    const struct ruling ruling = order_decide(&order, &input);
    if (ruling.event == EVENT_ORDER_CANCEL_REQUESTED)
        tell_stuck(&order);
    order_event(&order, ruling.event, &data);
    return step_settle(step, &order_kind, &order, &ruling, &data);
}

static const struct subscription subscriptions[] = {
    {EVENT_RESTAURANT_CREATED, on_restaurant_created},
    {EVENT_RESTAURANT_MENU_REVISED, on_restaurant_menu_revised},
    {EVENT_CONSUMER_VERIFICATION_FAILED, on_consumer_verification_failed},
    {EVENT_TICKET_CREATION_FAILED, on_ticket_creation_failed},
    {EVENT_CREDIT_CARD_AUTHORIZED, on_credit_card_authorized},
    {EVENT_CREDIT_CARD_AUTHORIZATION_FAILED, on_credit_card_authorization_failed},
    {EVENT_TICKET_CANCELLATION_REJECTED, on_ticket_cancellation_rejected},
    {EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED, on_credit_card_authorization_reversed},
    {EVENT_TICKET_REVISION_REJECTED, on_ticket_revision_rejected},
    {EVENT_CREDIT_CARD_AUTHORIZATION_REVISED, on_credit_card_authorization_revised},
    {EVENT_CREDIT_CARD_AUTHORIZATION_REVISION_FAILED, on_credit_card_authorization_revision_failed},
};

static const struct timer timers[] = {
    {&order_kind, on_deadline},
};

static const struct kind *const kinds[] = {&restaurant_replica_kind, &order_kind};

static const struct config_var config[] = {
    {"BRIGADE_ORDER_APPROVAL_S", CONFIG_INTEGER, "60", 1, 86400, &order_approval_s,
     "how long an order may wait for its approval before it is rejected"},
    {"BRIGADE_ORDER_CANCELLATION_S", CONFIG_INTEGER, "30", 1, 86400, &order_cancellation_s,
     "how long a cancellation may take before it is asked for again and told as stuck"},
    {"BRIGADE_ORDER_REVISION_S", CONFIG_INTEGER, "30", 1, 86400, &order_revision_s,
     "how long a revision may take before it is withdrawn"},
};

int main(int argc, char **argv)
{
    const struct service service = {
        .name = "order",
        .default_port = 8082,
        .kinds = kinds,
        .kind_count = sizeof kinds / sizeof kinds[0],
        .subscriptions = subscriptions,
        .subscription_count = sizeof subscriptions / sizeof subscriptions[0],
        .timers = timers,
        .timer_count = sizeof timers / sizeof timers[0],
        .routes = order_routes,
        .route_count = order_route_count,
        .config = config,
        .config_count = sizeof config / sizeof config[0],
        .migrations = order_migrations,
        .migration_count = order_migration_count,
        .openapi = order_openapi,
    };
    metric_register(&stuck);
    return service_run(&service, argc, argv);
}
