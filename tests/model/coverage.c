/* What was reached at least once. SPDX-License-Identifier: MIT */
#include "coverage.h"

#include <string.h>

#include "contents.h"
#include "reaction.h"

static void note_state(struct coverage *coverage, enum role role, uint16_t number)
{
    int state;
    if (number == 0 || role == ROLE_NONE || roles[role].state == NULL)
        return;
    memcpy(&state, (const char *)value_at(role, number) + roles[role].state->offset, sizeof state);
    coverage->states[role] |= 1U << state;
}

static void note(struct coverage *coverage, const struct reaction *reaction)
{
    const struct model_input *on = input_at(reaction->input);
    struct owned owned = service_owns(on->service);
    bool applied = reaction->outcome == OUTCOME_APPLIED;
    for (int place = 0; place < 2; place++)
        note_state(coverage, owned.role[place], reaction->after[place]);
    note_state(coverage, ROLE_NOTIFICATION, reaction->notification);
    if (on->type == INPUT_TIMER)
        coverage->timers[on->service] |= applied;
    if (on->type != INPUT_EVENT)
        return;
    enum event_type type = content_at(on->content)->type;
    coverage->applied[on->service][type] |= applied;
    coverage->deferred[on->service][type] |= reaction->outcome == OUTCOME_DEFERRED;
}

void coverage_note(struct coverage *coverage)
{
    for (size_t i = 0; i < reaction_count(); i++)
        note(coverage, reaction_at(i));
}

void coverage_add(struct coverage *to, const struct coverage *from)
{
    for (int service = 0; service < SERVICES_COUNT; service++) {
        to->timers[service] |= from->timers[service];
        for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
            to->applied[service][type] |= from->applied[service][type];
            to->deferred[service][type] |= from->deferred[service][type];
        }
    }
    for (int role = 0; role < ROLE_COUNT; role++)
        to->states[role] |= from->states[role];
}

static void missing_of_service(const struct coverage *coverage, int number, struct buf *out)
{
    const struct service *service = &services[number];
    for (size_t i = 0; i < service->subscription_count; i++) {
        enum event_type type = service->subscriptions[i].type;
        if (!coverage->applied[number][type])
            buf_printf(out, "  %s never had any use for %s\n", service->name,
                       event_schemas[type].type);
    }
    if (service->timer_count > 0 && !coverage->timers[number])
        buf_printf(out, "  no timer of %s ever did anything\n", service->name);
}

static void missing_of_role(const struct coverage *coverage, int role, struct buf *out)
{
    const struct column *state = roles[role].state;
    for (int i = 1; state != NULL && i < state->name_count; i++)
        if ((coverage->states[role] >> i & 1) == 0)
            buf_printf(out, "  no %s was ever %s\n", roles[role].title, state->names[i]);
}

void coverage_missing(const struct coverage *coverage, struct buf *out)
{
    for (int service = 0; service < SERVICES_COUNT; service++)
        missing_of_service(coverage, service, out);
    for (int role = 0; role < ROLE_COUNT; role++)
        missing_of_role(coverage, role, out);
}
