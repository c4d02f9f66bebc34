/* The kitchen service: restaurants, menus and tickets. SPDX-License-Identifier: MIT */
#include "kitchen.h"
#include "kitchen_assets.h"
#include "service.h"

static enum outcome settle(struct step *step, const struct ticket *before,
                           const struct ticket_input *input)
{
    struct ticket ticket;
    union event_data data;
    kind_copy(&ticket_kind, &ticket, before);
    const struct ruling ruling = ticket_decide(&ticket, input);
    ticket_event(&ticket, &ruling, input, &data);
    return step_settle(step, &ticket_kind, &ticket, &ruling, &data);
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

/* Can it cook this instead? */
static enum outcome on_order_revision_proposed(struct step *step, const struct input *in)
{
    const struct order_revision_proposed *proposal = in->data;
    const struct ticket *before = step_get(step, &ticket_kind, proposal->order_id);
    const struct restaurant *restaurant = step_get(step, &restaurant_kind, proposal->restaurant_id);
    if (before == NULL || restaurant == NULL)
        return OUTCOME_NEEDS_LOAD;
    const struct ticket_input input = {
        .type = TICKET_INPUT_REVISION_PROPOSED, .proposal = proposal, .restaurant = restaurant};
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
                           &(struct ticket_input){.type = TICKET_INPUT_AUTHORIZED,
                                                  .now_ms = in->now_ms,
                                                  .acceptance_ms = ticket_acceptance_s * 1000});
}

static enum outcome on_credit_card_authorization_failed(struct step *step, const struct input *in)
{
    const struct credit_card_authorization_failed *event = in->data;
    return on_ticket_input(
        step, event->order_id,
        &(struct ticket_input){.type = TICKET_INPUT_AUTHORIZATION_FAILED, .reason = event->reason});
}

static enum outcome on_order_approved(struct step *step, const struct input *in)
{
    const struct order_approved *event = in->data;
    return on_ticket_input(step, event->order_id,
                           &(struct ticket_input){.type = TICKET_INPUT_ORDER_APPROVED});
}

static enum outcome on_order_cancel_requested(struct step *step, const struct input *in)
{
    const struct order_cancel_requested *event = in->data;
    return on_ticket_input(step, event->order_id,
                           &(struct ticket_input){.type = TICKET_INPUT_CANCEL_REQUESTED});
}

static enum outcome on_order_revised(struct step *step, const struct input *in)
{
    const struct order_revised *event = in->data;
    return on_ticket_input(step, event->order_id,
                           &(struct ticket_input){.type = TICKET_INPUT_REVISED,
                                                  .now_ms = in->now_ms,
                                                  .acceptance_ms = ticket_acceptance_s * 1000,
                                                  .revision = event->revision});
}

static enum outcome on_order_revision_rejected(struct step *step, const struct input *in)
{
    const struct order_revision_rejected *event = in->data;
    return on_ticket_input(step, event->order_id,
                           &(struct ticket_input){.type = TICKET_INPUT_REVISION_REJECTED,
                                                  .now_ms = in->now_ms,
                                                  .acceptance_ms = ticket_acceptance_s * 1000,
                                                  .revision = event->revision});
}

static enum outcome on_deadline(struct step *step, const struct input *in)
{
    return on_ticket_input(
        step, in->subject_id,
        &(struct ticket_input){.type = TICKET_INPUT_DEADLINE, .now_ms = in->now_ms});
}

static const struct subscription subscriptions[] = {
    {EVENT_ORDER_CREATED, on_order_created},
    {EVENT_ORDER_REJECTED, on_order_rejected},
    {EVENT_CREDIT_CARD_AUTHORIZED, on_credit_card_authorized},
    {EVENT_CREDIT_CARD_AUTHORIZATION_FAILED, on_credit_card_authorization_failed},
    {EVENT_ORDER_APPROVED, on_order_approved},
    {EVENT_ORDER_CANCEL_REQUESTED, on_order_cancel_requested},
    {EVENT_ORDER_REVISION_PROPOSED, on_order_revision_proposed},
    {EVENT_ORDER_REVISED, on_order_revised},
    {EVENT_ORDER_REVISION_REJECTED, on_order_revision_rejected},
};

static const struct timer timers[] = {
    {&ticket_kind, on_deadline},
};

static const struct config_var config[] = {
    {"BRIGADE_TICKET_ACCEPTANCE_S", CONFIG_INTEGER, "900", 1, 604800, &ticket_acceptance_s,
     "how long a ticket may wait for its acceptance before it expires and its order is cancelled"},
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
        .timers = timers,
        .timer_count = sizeof timers / sizeof timers[0],
        .routes = kitchen_routes,
        .route_count = kitchen_route_count,
        .config = config,
        .config_count = sizeof config / sizeof config[0],
        .migrations = kitchen_migrations,
        .migration_count = kitchen_migration_count,
        .openapi = kitchen_openapi,
    };
    return service_run(&service, argc, argv);
}
