/* The memory of what comes of each case. SPDX-License-Identifier: MIT */
#include "reaction.h"

#include <stdlib.h>
#include <string.h>

#include "contents.h"
#include "intern.h"
#include "invariants.h"
#include "model_step.h"

enum { REACTIONS_MAX = 1 << 20, DISGUISE = 1000 };

static struct reaction *reactions[REACTIONS_MAX];
static size_t count;
static struct {
    uint64_t key;
    const struct reaction *reaction;
} table[2 * REACTIONS_MAX];

struct owned service_owns(int service)
{
    static struct owned owned[SERVICES_COUNT];
    static bool known;
    if (!known) {
        for (int i = 0; i < SERVICES_COUNT; i++)
            owned[i] = (struct owned){{ROLE_NONE, ROLE_NONE}};
        for (int role = 0; role < ROLE_NOTIFICATION; role++)
            owned[service_find(roles[role].service)].role[role >= ROLE_SHARED_COUNT] =
                (enum role)role;
        known = true;
    }
    return owned[service];
}

static bool same_result(const struct reaction *a, const struct reaction *b)
{
    return a->outcome == b->outcome && memcmp(a->after, b->after, sizeof a->after) == 0 &&
           a->notification == b->notification && a->event_count == b->event_count &&
           memcmp(a->events, b->events, a->event_count * sizeof a->events[0]) == 0;
}

static int64_t due_of(const struct reaction *reaction)
{
    const struct model_input *on = input_at(reaction->input);
    struct owned owned = service_owns(on->service);
    int place = on->role == owned.role[1];
    const struct aggregate *head = value_at(on->role, reaction->before[place]);
    return head == NULL ? 0 : head->due_at_ms;
}

/* A timer that comes before its time (it was read, then the clock was set back, or the aggregate
 * moved on) must change nothing. */
static const char *check_early(const struct reaction *reaction, int64_t due_ms)
{
    struct reaction early = *reaction;
    step_decide(&early, 0, due_ms - 1);
    return early.outcome == OUTCOME_IGNORED ? NULL : "a timer acts before its time";
}

static struct reaction *find_out(uint16_t input, uint16_t shared, uint16_t of_order)
{
    if (count == REACTIONS_MAX)
        model_bug("more than %d different steps", REACTIONS_MAX);
    struct reaction *reaction = mem_alloc(1, sizeof *reaction);
    *reaction = (struct reaction){.input = input, .before = {shared, of_order}};
    const struct model_input *on = input_at(input);
    int64_t due_ms = on->type == INPUT_TIMER ? due_of(reaction) : 0;
    int64_t now_ms = due_ms != 0 ? due_ms : NOW_MS;
    struct reaction disguised = *reaction;
    step_decide(&disguised, DISGUISE, now_ms);
    step_decide(reaction, 0, now_ms);
    reaction->broken = same_result(reaction, &disguised)
                           ? invariants_of_step(reaction)
                           : "a step depends on a version or sequence (see values.h)";
    if (reaction->broken == NULL && on->type == INPUT_TIMER)
        reaction->broken = check_early(reaction, due_ms);
    reactions[count++] = reaction;
    return reaction;
}

const struct reaction *react(uint16_t input, uint16_t shared, uint16_t of_order)
{
    uint64_t key = (uint64_t)input << 32 | (uint64_t)shared << 16 | of_order;
    size_t mask = sizeof table / sizeof table[0] - 1;
    size_t i = hash_number(key) & mask;
    for (; table[i].reaction != NULL; i = (i + 1) & mask)
        if (table[i].key == key)
            return table[i].reaction;
    table[i].key = key;
    table[i].reaction = find_out(input, shared, of_order);
    return table[i].reaction;
}

size_t reaction_count(void)
{
    return count;
}

const struct reaction *reaction_at(size_t i)
{
    return reactions[i];
}

bool reaction_publishes(const struct reaction *reaction, enum event_type type)
{
    for (int i = 0; i < reaction->event_count; i++)
        if (content_at(reaction->events[i])->type == type)
            return true;
    return false;
}
