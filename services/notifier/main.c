/* The notifier service: what customers are told. SPDX-License-Identifier: MIT */
#include "notifier.h"
#include "notifier_assets.h"
#include "service.h"

static enum outcome notify(struct step *step, const struct notification_input *input)
{
    const int32_t id = step_new_id(step, &notification_kind);
    if (id == 0)
        return OUTCOME_NEEDS_LOAD;
    struct notification notification;
    kind_clear(&notification_kind, &notification, id);
    const struct ruling ruling = notification_decide(&notification, input);
    return step_settle(step, &notification_kind, &notification, &ruling, NULL);
}

static enum outcome on_order_approved(struct step *step, const struct input *in)
{
    return notify(step, &(struct notification_input){.type = NOTIFICATION_INPUT_ORDER_APPROVED,
                                                     .now_ms = in->now_ms,
                                                     .approved = in->data});
}

static enum outcome on_order_rejected(struct step *step, const struct input *in)
{
    return notify(step, &(struct notification_input){.type = NOTIFICATION_INPUT_ORDER_REJECTED,
                                                     .now_ms = in->now_ms,
                                                     .rejected = in->data});
}

static enum outcome on_order_cancelled(struct step *step, const struct input *in)
{
    return notify(step, &(struct notification_input){.type = NOTIFICATION_INPUT_ORDER_CANCELLED,
                                                     .now_ms = in->now_ms,
                                                     .cancelled = in->data});
}

static enum outcome on_order_cancellation_rejected(struct step *step, const struct input *in)
{
    return notify(
        step, &(struct notification_input){.type = NOTIFICATION_INPUT_ORDER_CANCELLATION_REJECTED,
                                           .now_ms = in->now_ms,
                                           .cancellation_rejected = in->data});
}

static enum outcome on_order_revised(struct step *step, const struct input *in)
{
    return notify(step, &(struct notification_input){.type = NOTIFICATION_INPUT_ORDER_REVISED,
                                                     .now_ms = in->now_ms,
                                                     .revised = in->data});
}

static enum outcome on_order_revision_rejected(struct step *step, const struct input *in)
{
    return notify(step,
                  &(struct notification_input){.type = NOTIFICATION_INPUT_ORDER_REVISION_REJECTED,
                                               .now_ms = in->now_ms,
                                               .revision_rejected = in->data});
}

static const struct subscription subscriptions[] = {
    {EVENT_ORDER_APPROVED, on_order_approved},
    {EVENT_ORDER_REJECTED, on_order_rejected},
    {EVENT_ORDER_CANCELLED, on_order_cancelled},
    {EVENT_ORDER_CANCELLATION_REJECTED, on_order_cancellation_rejected},
    {EVENT_ORDER_REVISED, on_order_revised},
    {EVENT_ORDER_REVISION_REJECTED, on_order_revision_rejected},
};

static const struct kind *const kinds[] = {&notification_kind};

int main(int argc, char **argv)
{
    const struct service service = {
        .name = "notifier",
        .default_port = 8088,
        .kinds = kinds,
        .kind_count = sizeof kinds / sizeof kinds[0],
        .subscriptions = subscriptions,
        .subscription_count = sizeof subscriptions / sizeof subscriptions[0],
        .routes = notifier_routes,
        .route_count = notifier_route_count,
        .migrations = notifier_migrations,
        .migration_count = notifier_migration_count,
        .openapi = notifier_openapi,
    };
    return service_run(&service, argc, argv);
}
