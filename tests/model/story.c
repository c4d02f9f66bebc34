/* Steps and states as text, in columns: who, on what, what changes, what is published.
 * SPDX-License-Identifier: MIT */
#include "story.h"

#include <string.h>

#include "contents.h"
#include "world_internal.h"

enum { COLUMN_ON = 12, COLUMN_CHANGE = 50, COLUMN_EVENTS = 99 };

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

static void tell_change(const struct reaction *reaction, int place, struct buf *out)
{
    const struct model_input *on = input_at(reaction->input);
    enum role role = service_owns(on->service).role[place];
    uint16_t before = reaction->before[place], after = reaction->after[place];
    if (before == after)
        return;
    const char *from = value_state(role, before), *to = value_state(role, after);
    buf_printf(out, "%s", roles[role].title);
    if (strcmp(from, to) != 0)
        buf_printf(out, " %s → %s", before == 0 ? "new" : from, to[0] == '\0' ? "made" : to);
    else if (to[0] != '\0')
        buf_printf(out, " %s, noted", to);
    else
        buf_append_text(out, " changed");
}

static void tell_outcome(const struct reaction *reaction, struct buf *out)
{
    switch (reaction->outcome) {
    case OUTCOME_IGNORED:
        buf_append_text(out, "nothing changes");
        break;
    case OUTCOME_DEFERRED:
        buf_append_text(out, "too early: it waits");
        break;
    case OUTCOME_REFUSED:
        buf_printf(out, "refused: %s", reaction->refusal);
        break;
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
        break;
    }
    return item_input(world->items[action.index]);
}

void story_tell(const struct world *world, struct action action, struct buf *out)
{
    static const char *const again[] = {
        [ACTION_TAKE] = "", [ACTION_COPY] = ", a copy", [ACTION_RETRY] = ", which waited",
        [ACTION_CHOICE] = "", [ACTION_TIMER] = ""};
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
