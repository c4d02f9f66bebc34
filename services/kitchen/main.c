/* The kitchen service: restaurants, menus and tickets. SPDX-License-Identifier: MIT */
#include "kitchen.h"
#include "kitchen_assets.h"
#include "service.h"

static enum outcome settle(struct step *step, const struct ticket *before,
                           const struct ticket_input *input)
{
    const struct ticket_decision decision = ticket_decide(before, input);
    union event_data data;
    ticket_event(&decision.after, decision.event, &data);
    return step_settle(step, &ticket_kind, decision.verdict, decision.refusal, &decision.after,
                       decision.event, &data);
}

/* Can the restaurant cook this order? */
static enum outcome on_order_created(struct step *step, const struct input *in)
{
    const struct order_created *order = in->data;
    const struct ticket *before = step_get(step, &ticket_kind, order->order_id);
    const struct restaurant *restaurant = step_get(step, &restaurant_kind, order->restaurant_id);
    if (before == NULL || restaurant == NULL)
        return OUTCOME_NEEDS_LOAD;
    const struct ticket_input input = {
        .type = TICKET_INPUT_ORDER_CREATED, .order = order, .restaurant = restaurant};
    return settle(step, before, &input);
}

/* Every other event is about the ticket alone. */
static enum outcome on_ticket_input(struct step *step, int32_t order_id,
                                    const struct ticket_input *input)
{
    const struct ticket *before = step_get(step, &ticket_kind, order_id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    return settle(step, before, input);
}

static enum outcome on_order_rejected(struct step *step, const struct input *in)
{
    const struct order_rejected *event = in->data;
    return on_ticket_input(step, event->order_id,
                           &(struct ticket_input){.type = TICKET_INPUT_ORDER_REJECTED,
                                                  .reason = event->reason,
                                                  .restaurant_id = event->restaurant_id});
}

static enum outcome on_credit_card_authorized(struct step *step, const struct input *in)
{
    const struct credit_card_authorized *event = in->data;
    return on_ticket_input(step, event->order_id,
                           &(struct ticket_input){.type = TICKET_INPUT_AUTHORIZED});
}

static enum outcome on_credit_card_authorization_failed(struct step *step, const struct input *in)
{
    const struct credit_card_authorization_failed *event = in->data;
    return on_ticket_input(
        step, event->order_id,
        &(struct ticket_input){.type = TICKET_INPUT_AUTHORIZATION_FAILED, .reason = event->reason});
}

static const struct subscription subscriptions[] = {
    {EVENT_ORDER_CREATED, on_order_created},
    {EVENT_ORDER_REJECTED, on_order_rejected},
    {EVENT_CREDIT_CARD_AUTHORIZED, on_credit_card_authorized},
    {EVENT_CREDIT_CARD_AUTHORIZATION_FAILED, on_credit_card_authorization_failed},
};

static const struct kind *const kinds[] = {&restaurant_kind, &ticket_kind};

int main(int argc, char **argv)
{
    const struct service service = {
        .name = "kitchen",
        .default_port = 8083,
        .kinds = kinds,
        .kind_count = sizeof kinds / sizeof kinds[0],
        .subscriptions = subscriptions,
        .subscription_count = sizeof subscriptions / sizeof subscriptions[0],
        .routes = kitchen_routes,
        .route_count = kitchen_route_count,
        .migrations = kitchen_migrations,
        .migration_count = kitchen_migration_count,
        .openapi = kitchen_openapi,
    };
    return service_run(&service, argc, argv);
}
