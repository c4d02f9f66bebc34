/* The accounting service: accounts and card authorizations. SPDX-License-Identifier: MIT */
#include "accounting.h"
#include "accounting_assets.h"
#include "service.h"

static enum outcome on_consumer_created(struct step *step, const struct input *in)
{
    const struct consumer_created *event = in->data;
    const struct account *before = step_get(step, &account_kind, event->consumer_id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    const struct account_input input = {.type = ACCOUNT_INPUT_CONSUMER_CREATED,
                                        .has_order_limit = event->has_order_limit,
                                        .order_limit_cents = event->order_limit_cents};
    struct account account;
    union event_data data;
    kind_copy(&account_kind, &account, before);
    const struct ruling ruling = account_decide(&account, &input);
    account_event(&account, ruling.event, &data);
    return step_settle(step, &account_kind, &account, &ruling, &data);
}

/* An event about an order's authorization; when it leads to a charge, the payer's account is needed
 * too. */
static enum outcome on_authorization_input(struct step *step, int32_t order_id,
                                           struct authorization_input input)
{
    const struct authorization *before = step_get(step, &authorization_kind, order_id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    int32_t payer = authorization_payer(before, &input);
    if (payer != 0) {
        input.account = step_get(step, &account_kind, payer);
        if (input.account == NULL)
            return OUTCOME_NEEDS_LOAD;
    }
    struct authorization authorization;
    union event_data data;
    kind_copy(&authorization_kind, &authorization, before);
    const struct ruling ruling = authorization_decide(&authorization, &input);
    if (ruling.verdict == VERDICT_DEFERRED && payer != 0)
        return step_defer(step, &account_kind, payer);
    authorization_event(&authorization, &ruling, &data);
    return step_settle(step, &authorization_kind, &authorization, &ruling, &data);
}

static enum outcome on_order_created(struct step *step, const struct input *in)
{
    const struct order_created *event = in->data;
    return on_authorization_input(
        step, event->order_id,
        (struct authorization_input){.type = AUTHORIZATION_INPUT_ORDER_CREATED,
                                     .consumer_id = event->consumer_id,
                                     .amount_cents = event->order_total_cents});
}

static enum outcome on_consumer_verified(struct step *step, const struct input *in)
{
    const struct consumer_verified *event = in->data;
    return on_authorization_input(
        step, event->order_id,
        (struct authorization_input){.type = AUTHORIZATION_INPUT_CONSUMER_VERIFIED});
}

static enum outcome on_ticket_created(struct step *step, const struct input *in)
{
    const struct ticket_created *event = in->data;
    return on_authorization_input(
        step, event->order_id,
        (struct authorization_input){.type = AUTHORIZATION_INPUT_TICKET_CREATED});
}

static enum outcome on_order_rejected(struct step *step, const struct input *in)
{
    const struct order_rejected *event = in->data;
    return on_authorization_input(
        step, event->order_id,
        (struct authorization_input){.type = AUTHORIZATION_INPUT_ORDER_REJECTED});
}

static enum outcome on_ticket_cancelled(struct step *step, const struct input *in)
{
    const struct ticket_cancelled *event = in->data;
    return on_authorization_input(
        step, event->order_id,
        (struct authorization_input){.type = AUTHORIZATION_INPUT_TICKET_CANCELLED});
}

static enum outcome on_ticket_revision_proposed(struct step *step, const struct input *in)
{
    const struct ticket_revision_proposed *event = in->data;
    return on_authorization_input(
        step, event->order_id,
        (struct authorization_input){.type = AUTHORIZATION_INPUT_REVISION_PROPOSED,
                                     .amount_cents = event->order_total_cents,
                                     .revision = event->revision});
}

static enum outcome on_order_revised(struct step *step, const struct input *in)
{
    const struct order_revised *event = in->data;
    return on_authorization_input(step, event->order_id,
                                  (struct authorization_input){.type = AUTHORIZATION_INPUT_REVISED,
                                                               .revision = event->revision});
}

static enum outcome on_order_revision_rejected(struct step *step, const struct input *in)
{
    const struct order_revision_rejected *event = in->data;
    return on_authorization_input(
        step, event->order_id,
        (struct authorization_input){.type = AUTHORIZATION_INPUT_REVISION_REJECTED,
                                     .revision = event->revision});
}

static const struct subscription subscriptions[] = {
    {EVENT_CONSUMER_CREATED, on_consumer_created},
    {EVENT_ORDER_CREATED, on_order_created},
    {EVENT_CONSUMER_VERIFIED, on_consumer_verified},
    {EVENT_TICKET_CREATED, on_ticket_created},
    {EVENT_ORDER_REJECTED, on_order_rejected},
    {EVENT_TICKET_CANCELLED, on_ticket_cancelled},
    {EVENT_TICKET_REVISION_PROPOSED, on_ticket_revision_proposed},
    {EVENT_ORDER_REVISED, on_order_revised},
    {EVENT_ORDER_REVISION_REJECTED, on_order_revision_rejected},
};

static const struct kind *const kinds[] = {&account_kind, &authorization_kind};

int main(int argc, char **argv)
{
    const struct service service = {
        .name = "accounting",
        .default_port = 8085,
        .kinds = kinds,
        .kind_count = sizeof kinds / sizeof kinds[0],
        .subscriptions = subscriptions,
        .subscription_count = sizeof subscriptions / sizeof subscriptions[0],
        .routes = accounting_routes,
        .route_count = accounting_route_count,
        .migrations = accounting_migrations,
        .migration_count = accounting_migration_count,
        .openapi = accounting_openapi,
    };
    return service_run(&service, argc, argv);
}
