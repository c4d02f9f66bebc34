/* What may happen next in a world. SPDX-License-Identifier: MIT */
#include <string.h>

#include "contents.h"
#include "told.h"
#include "world_internal.h"

enum { STATUS_BITS = 4, COPIES_MAX = 3 };

uint16_t item_input(uint16_t item)
{
    return item >> STATUS_BITS;
}

int item_status(uint16_t item)
{
    return item & ((1 << STATUS_BITS) - 1);
}

static int input_order(const struct model_input *input)
{
    return input->order == 0 ? 1 : input->order;
}

const struct reaction *world_react(const struct world *world, uint16_t input)
{
    const struct model_input *on = input_at(input);
    struct owned owned = service_owns(on->service);
    if (owned.role[0] == ROLE_NONE)
        return react(input, 0, 0);
    uint16_t of_order = on->order == 0 ? 0 : world->at[place_of(owned.role[1], input_order(on))];
    return react(input, world->at[place_of(owned.role[0], 0)], of_order);
}

static void add_item(struct world *world, uint16_t input, int status)
{
    uint16_t item = (uint16_t)(input << STATUS_BITS | status);
    if (world->item_count == ITEMS_MAX)
        model_bug("more than %d messages on their way at once", ITEMS_MAX);
    int i = world->item_count++;
    for (; i > 0 && world->items[i - 1] > item; i--)
        world->items[i] = world->items[i - 1];
    world->items[i] = item;
}

static void remove_item(struct world *world, int index)
{
    world->item_count--;
    for (int i = index; i < world->item_count; i++)
        world->items[i] = world->items[i + 1];
}

static void publish(struct world *world, uint16_t content, int copies)
{
    const struct content *event = content_at(content);
    for (int i = 0; i < SERVICES_COUNT; i++) {
        bool takes_part = i != current.notifier || current.scenario->notifier;
        if (event->inputs[i] != 0 && takes_part)
            add_item(world, event->inputs[i], ITEM_FRESH + copies);
    }
}

void world_settle(struct world *world, const struct reaction *reaction, int copies)
{
    const struct model_input *on = input_at(reaction->input);
    struct owned owned = service_owns(on->service);
    if (reaction->outcome != OUTCOME_APPLIED)
        return;
    if (owned.role[0] != ROLE_NONE) {
        world->at[place_of(owned.role[0], 0)] = reaction->after[0];
        if (on->order != 0)
            world->at[place_of(owned.role[1], on->order)] = reaction->after[1];
    }
    if (reaction->notification != 0)
        world->told = told_add(world->told, reaction->notification);
    for (int i = 0; i < reaction->event_count; i++)
        publish(world, reaction->events[i], copies);
}

static struct successor *add(struct successors *out, const struct world *world,
                             enum action_type type, int index, int flags)
{
    if (out->count == SUCCESSORS_MAX)
        model_bug("more than %d things may happen at once", SUCCESSORS_MAX);
    struct successor *made = &out->at[out->count++];
    made->action = (struct action){(uint8_t)type, (uint8_t)flags, (uint8_t)index};
    made->reaction = NULL;
    made->world = *world;
    return made;
}

static bool has_subscriber(const struct reaction *reaction)
{
    for (int i = 0; i < reaction->event_count; i++) {
        const struct content *event = content_at(reaction->events[i]);
        for (int s = 0; s < SERVICES_COUNT; s++)
            if (event->inputs[s] != 0 && (s != current.notifier || current.scenario->notifier))
                return true;
    }
    return false;
}

static bool may_copy(const struct world *world)
{
    const struct scenario *scenario = current.scenario;
    return world->faults > 0 && !scenario->no_copies && scenario->losses == NULL;
}

/* The step once, and once more with its events published twice. `base` is the world without what
 * is decided; it has paid for what `flags` say. */
static void add_step(struct successors *out, const struct world *base,
                     const struct reaction *reaction, struct action action)
{
    if (reaction->broken != NULL && out->broken == NULL) {
        out->broken = reaction->broken;
        out->broken_by = action;
    }
    struct successor *made = add(out, base, action.type, action.index, action.flags);
    made->reaction = reaction;
    world_settle(&made->world, reaction, 0);
    if (!may_copy(base) || reaction->outcome != OUTCOME_APPLIED || !has_subscriber(reaction))
        return;
    made = add(out, base, action.type, action.index, action.flags | ACTION_TWICE);
    made->reaction = reaction;
    made->world.faults--;
    world_settle(&made->world, reaction, 1);
}

/* What stays of a message that was decided, when `copies` of it are still on their way. */
static void keep_item(struct world *world, uint16_t input, enum outcome outcome, int copies)
{
    if (outcome == OUTCOME_DEFERRED)
        add_item(world, input, ITEM_DEFERRED + copies);
    else if (copies > 0 && current.scenario->forgets)
        add_item(world, input, ITEM_FRESH + copies - 1);
    else if (copies > 0)
        add_item(world, input, ITEM_KNOWN + copies);
}

static void take_item(const struct world *world, int index, int copies, struct successors *out)
{
    uint16_t input = item_input(world->items[index]);
    const struct reaction *reaction = world_react(world, input);
    struct world base = *world;
    remove_item(&base, index);
    struct world acked = base;
    keep_item(&acked, input, reaction->outcome, copies);
    add_step(out, &acked, reaction, (struct action){ACTION_TAKE, 0, (uint8_t)index});
    if (!may_copy(world) || copies == COPIES_MAX)
        return;
    base.faults--;
    keep_item(&base, input, reaction->outcome, copies + 1);
    add_step(out, &base, reaction, (struct action){ACTION_TAKE, ACTION_UNACKED, (uint8_t)index});
}

static void retry_item(const struct world *world, int index, int copies, struct successors *out)
{
    uint16_t input = item_input(world->items[index]);
    const struct reaction *reaction = world_react(world, input);
    if (reaction->outcome == OUTCOME_DEFERRED && reaction->broken == NULL)
        return;
    struct world base = *world;
    remove_item(&base, index);
    keep_item(&base, input, reaction->outcome, copies);
    add_step(out, &base, reaction, (struct action){ACTION_RETRY, 0, (uint8_t)index});
    out->moves = true;
}

/* A copy of what the inbox knows. */
static void drop_copy(const struct world *world, int index, int status, struct successors *out)
{
    struct successor *made = add(out, world, ACTION_COPY, index, 0);
    remove_item(&made->world, index);
    if (status - 1 != ITEM_KNOWN)
        add_item(&made->world, item_input(world->items[index]), status - 1);
    out->moves = true;
}

static bool may_lose(const struct world *world, const struct model_input *message)
{
    const struct loss *loss = current.scenario->losses;
    for (; world->faults > 0 && loss != NULL && loss->service != NULL; loss++)
        if (loss->type == content_at(message->content)->type &&
            strcmp(loss->service, services[message->service].name) == 0)
            return true;
    return false;
}

static void lose_item(const struct world *world, int index, struct successors *out)
{
    struct successor *made = add(out, world, ACTION_LOSE, index, 0);
    made->world.faults--;
    remove_item(&made->world, index);
}

static void expand_item(const struct world *world, int index, struct successors *out)
{
    int status = item_status(world->items[index]);
    if (status < ITEM_DEFERRED) {
        take_item(world, index, status - ITEM_FRESH, out);
        out->moves = true;
        if (may_lose(world, input_at(item_input(world->items[index]))))
            lose_item(world, index, out);
        return;
    }
    if (status <= ITEM_KNOWN)
        retry_item(world, index, status - ITEM_DEFERRED, out);
    if (status != ITEM_DEFERRED)
        drop_copy(world, index, status, out);
}

static void expand_choice(const struct world *world, int index, struct successors *out)
{
    const struct current_choice *choice = &current.choices[index];
    if (world->left[index] == 0 || (choice->fault && world->faults == 0))
        return;
    const struct reaction *reaction = world_react(world, choice->input);
    if (reaction->outcome != OUTCOME_APPLIED && reaction->broken == NULL)
        return;
    struct world base = *world;
    base.left[index]--;
    base.faults = (uint8_t)(base.faults - choice->fault);
    add_step(out, &base, reaction, (struct action){ACTION_CHOICE, 0, (uint8_t)index});
}

/* Where messages are lost, the order's timers are what goes on when nothing else does. */
static void expand_timer(const struct world *world, int index, struct successors *out)
{
    bool last_resort = current.scenario->losses != NULL;
    const struct reaction *reaction = world_react(world, current.timers[index]);
    if (reaction->outcome != OUTCOME_APPLIED && reaction->broken == NULL)
        return;
    if (last_resort ? out->moves || input_at(reaction->input)->role != ROLE_ORDER
                    : world->faults == 0)
        return;
    struct world base = *world;
    base.faults = (uint8_t)(base.faults - !last_resort);
    add_step(out, &base, reaction, (struct action){ACTION_TIMER, 0, (uint8_t)index});
    out->moves |= last_resort;
}

/* The engine tries a deferred message again when the aggregate that it waits for moves: so nothing
 * else may be what lets it go on. */
static bool is_woken(const struct world *world, const struct world *after, uint16_t input)
{
    const struct reaction *before = world_react(world, input);
    const struct reaction *now = world_react(after, input);
    return before->outcome != OUTCOME_DEFERRED || now->outcome != OUTCOME_APPLIED ||
           before->before[before->waits_for] != now->before[before->waits_for];
}

static void check_wakes(const struct world *world, int index, struct successors *out)
{
    int status = item_status(world->items[index]);
    if (status < ITEM_DEFERRED || status > ITEM_KNOWN)
        return;
    for (int i = 0; i < out->count && out->broken == NULL; i++) {
        if (!is_woken(world, &out->at[i].world, item_input(world->items[index]))) {
            out->broken = "a deferred message can go on, and what it waits for has not moved";
            out->broken_by = out->at[i].action;
        }
    }
}

void world_expand(const struct world *world, struct successors *out)
{
    out->count = 0;
    out->moves = false;
    out->broken = NULL;
    for (int i = 0; i < world->item_count; i++)
        if (i == 0 || world->items[i] != world->items[i - 1])
            expand_item(world, i, out);
    for (int i = 0; i < current.choice_count; i++)
        expand_choice(world, i, out);
    for (int i = 0; i < current.timer_count; i++)
        expand_timer(world, i, out);
    for (int i = 0; i < world->item_count; i++)
        check_wakes(world, i, out);
}
