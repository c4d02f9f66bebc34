/* Steps and states as text, in columns: who, on what, what changes, what is published.
 * SPDX-License-Identifier: MIT */
#include "story.h"

#include <string.h>

#include "contents.h"
#include "facts.h"
#include "world_internal.h"

enum { COLUMN_ON = 12, COLUMN_CHANGE = 54, COLUMN_EVENTS = 104 };

static const char *service_name(const struct model_input *input)
{
    return services[input->service].name;
}

/* Columns since the line began: characters, not bytes of UTF-8. */
static size_t width_since(const struct buf *out, size_t begin)
{
    size_t width = 0;
    for (size_t i = begin; i < out->length; i++)
        width += ((unsigned char)out->bytes[i] & 0xC0) != 0x80;
    return width;
}

/* Go on in a column, after one blank at least. */
static void go_to(struct buf *out, size_t begin, size_t column)
{
    do
        buf_append_char(out, ' ');
    while (width_since(out, begin) < column);
}

/* What an order costs, or what is charged for it. */
static int64_t amount_of(enum role role, uint16_t number)
{
    if (role == ROLE_ORDER)
        return order_facts(number).total_cents;
    return role == ROLE_AUTHORIZATION ? authorization_facts(number).amount_cents : 0;
}

static void tell_amount(enum role role, uint16_t before, uint16_t after, struct buf *out)
{
    int64_t from_cents = amount_of(role, before), to_cents = amount_of(role, after);
    if (from_cents != 0 && from_cents != to_cents)
        buf_printf(out, " (%.2f → %.2f)", (double)from_cents / 100, (double)to_cents / 100);
}

static void tell_change(const struct reaction *reaction, int place, struct buf *out)
{
    const struct model_input *on = input_at(reaction->input);
    enum role role = service_owns(on->service).role[place];
    uint16_t before = reaction->before[place], after = reaction->after[place];
    bool only_event =
        place == 1 && reaction->notification == 0 && reaction->before[0] == reaction->after[0];
    if (role == ROLE_NONE || (before == after && (!only_event || after == 0)))
        return;
    const char *from = value_state(role, before), *to = value_state(role, after);
    buf_append_text(out, roles[role].title);
    if (before == after)
        buf_printf(out, " %s, as before", to);
    else if (strcmp(from, to) != 0)
        buf_printf(out, " %s → %s", before == 0 ? "new" : from, to[0] == '\0' ? "made" : to);
    else
        buf_printf(out, " %s%snoted", to, to[0] == '\0' ? "" : ", ");
    tell_amount(role, before, after, out);
}

static void tell_outcome(const struct reaction *reaction, struct buf *out)
{
    switch (reaction->outcome) {
    case OUTCOME_IGNORED:
        buf_append_text(out, "nothing changes");
        return;
    case OUTCOME_DEFERRED:
        buf_append_text(out, "too early: it waits");
        return;
    case OUTCOME_REFUSED:
        buf_printf(out, "refused: %s", reaction->refusal);
        return;
    case OUTCOME_APPLIED:
    case OUTCOME_NEEDS_LOAD:
        break;
    }
    for (int place = 0; place < 2; place++)
        tell_change(reaction, place, out);
    if (reaction->notification != 0)
        buf_printf(out, "tells the consumer %s",
                   value_state(ROLE_NOTIFICATION, reaction->notification));
}

static void tell_events(const struct reaction *reaction, int flags, struct buf *out)
{
    for (int i = 0; i < reaction->event_count; i++)
        buf_printf(out, "%s%s%s", i > 0 ? ", " : "",
                   event_schemas[content_at(reaction->events[i])->type].type,
                   flags & ACTION_TWICE ? ", twice" : "");
    if (flags & ACTION_UNACKED)
        buf_append_text(out, reaction->event_count > 0 ? ", then dies before it acknowledges"
                                                       : "dies before it acknowledges");
}

static uint16_t input_of(const struct world *world, struct action action)
{
    switch ((enum action_type)action.type) {
    case ACTION_CHOICE:
        return world_choice_input(action.index);
    case ACTION_TIMER:
        return world_timer_input(action.index);
    case ACTION_TAKE:
    case ACTION_COPY:
    case ACTION_RETRY:
    case ACTION_LOSE:
        break;
    }
    return item_input(world->items[action.index]);
}

void story_tell(const struct world *world, struct action action, struct buf *out)
{
    static const char *const again[] = {
        [ACTION_TAKE] = "",   [ACTION_COPY] = " (copy)", [ACTION_RETRY] = " (waited)",
        [ACTION_CHOICE] = "", [ACTION_TIMER] = "",       [ACTION_LOSE] = ""};
    size_t begin = out->length;
    uint16_t number = input_of(world, action);
    const struct model_input *input = input_at(number);
    const struct reaction *reaction = world_react(world, number);
    buf_append_text(out, service_name(input));
    go_to(out, begin, COLUMN_ON);
    buf_printf(out, "%s%s", input->name, again[action.type]);
    go_to(out, begin, COLUMN_CHANGE);
    if (action.type == ACTION_COPY && !current.scenario->forgets) {
        buf_append_text(out, "the inbox knows it\n");
        return;
    }
    if (action.type == ACTION_LOSE) {
        buf_append_text(out, "never arrives\n");
        return;
    }
    tell_outcome(reaction, out);
    if (reaction->event_count > 0 || (action.flags & ACTION_UNACKED)) {
        go_to(out, begin, COLUMN_EVENTS);
        tell_events(reaction, action.flags, out);
    }
    buf_append_char(out, '\n');
}

static void tell_value(const struct world *world, enum role role, int order, struct buf *out)
{
    uint16_t number = world_value(world, role, order);
    if (number != 0)
        buf_printf(out, "  %s %s", roles[role].title, value_state(role, number));
}

void story_tell_world(const struct world *world, struct buf *out)
{
    static const char *const words[] = {"on its way", "waits", "a copy of what it knows"};
    for (int order = 1; order <= current.orders; order++) {
        buf_append_text(out, "=");
        for (int role = ROLE_ORDER; role < ROLE_NOTIFICATION; role++)
            tell_value(world, (enum role)role, order, out);
        buf_append_char(out, '\n');
    }
    for (int i = 0; i < world->item_count; i++) {
        const struct model_input *input = input_at(item_input(world->items[i]));
        int status = item_status(world->items[i]);
        int word = (status >= ITEM_DEFERRED) + (status > ITEM_KNOWN);
        buf_printf(out, "=  %s to %s: %s\n", input->name, service_name(input), words[word]);
    }
}
