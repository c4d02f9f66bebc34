/* Breadth-first exploration. SPDX-License-Identifier: MIT */
#include "explore.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "graph.h"
#include "invariants.h"
#include "states.h"
#include "story.h"

/* How a state was reached first. */
struct origin {
    uint32_t state;
    struct action action;
};

struct search {
    struct states states;
    struct graph graph;
    struct origin *origins;
    uint32_t origins_capacity;
    struct exploration *result;
    struct successors next; /* of the state that is visited, and as bytes */
    struct packed packed[SUCCESSORS_MAX];
};

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static long memory_mb(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

static void remember_origin(struct search *search, uint32_t state, struct origin origin)
{
    if (state >= search->origins_capacity) {
        search->origins_capacity = state < 1024 ? 1024 : 2 * state;
        search->origins =
            mem_resize(search->origins, search->origins_capacity * sizeof *search->origins);
    }
    search->origins[state] = origin;
}

static uint32_t add(struct search *search, const struct packed *packed, struct origin origin)
{
    bool is_new;
    uint32_t state = states_add(&search->states, packed, &is_new);
    if (is_new)
        remember_origin(search, state, origin);
    return state;
}

static void pack(const struct search *search, const struct world *world, struct packed *packed)
{
    packed->length = world_pack(world, packed->bytes);
    states_prepare(&search->states, packed);
}

static void load(const struct search *search, uint32_t state, struct world *world)
{
    size_t length;
    const unsigned char *bytes = states_get(&search->states, state, &length);
    world_unpack(bytes, length, world);
}

/* Tell the way from the beginning to a state. */
static void tell_way(const struct search *search, uint32_t state, struct buf *out)
{
    struct world world;
    if (state == 0)
        return;
    const struct origin *origin = &search->origins[state];
    tell_way(search, origin->state, out);
    load(search, origin->state, &world);
    story_tell(&world, origin->action, out);
}

static void violated(struct search *search, uint32_t state, const char *rule)
{
    struct world world;
    search->result->broken = rule;
    tell_way(search, state, &search->result->story);
    load(search, state, &world);
    story_tell_world(&world, &search->result->story);
}

static void violated_by(struct search *search, uint32_t state, const struct successors *next)
{
    struct world world;
    search->result->broken = next->broken;
    tell_way(search, state, &search->result->story);
    load(search, state, &world);
    story_tell(&world, next->broken_by, &search->result->story);
}

static void visit(struct search *search, uint32_t state)
{
    struct successors *next = &search->next;
    struct world world;
    load(search, state, &world);
    world_expand(&world, next);
    for (int i = 0; i < next->count; i++)
        pack(search, &next->at[i].world, &search->packed[i]);
    graph_begin_state(&search->graph);
    for (int i = 0; i < next->count; i++) {
        struct origin origin = {state, next->at[i].action};
        graph_add_edge(&search->graph, add(search, &search->packed[i], origin));
    }
    const char *broken = invariants_of_world(&world, !next->moves);
    if (broken != NULL)
        violated(search, state, broken);
    else if (next->broken != NULL)
        violated_by(search, state, next);
}

static void search_all(struct search *search, uint64_t states_max)
{
    struct exploration *result = search->result;
    uint32_t layer_end = 1;
    for (uint32_t state = 0; state < search->states.count && result->broken == NULL; state++) {
        if (state == layer_end) {
            result->depth++;
            layer_end = search->states.count;
        }
        visit(search, state);
        if (search->states.count > states_max)
            result->broken = "more states than this run may explore";
    }
}

static void begin(struct search *search, const struct scenario *scenario, int faults)
{
    struct world world;
    states_init(&search->states);
    world_begin(scenario, faults, &world);
    pack(search, &world, &search->packed[0]);
    (void)add(search, &search->packed[0], (struct origin){0});
}

static void end(struct search *search)
{
    states_free(&search->states);
    graph_free(&search->graph);
    free(search->origins);
    free(search);
}

void explore(const struct scenario *scenario, const struct explore_limits *limits,
             struct exploration *result)
{
    double begun_s = now_s();
    struct search *search = mem_alloc(1, sizeof *search);
    *result = (struct exploration){0};
    search->result = result;
    begin(search, scenario, limits->faults);
    search_all(search, limits->states_max);
    result->states = search->states.count;
    result->transitions = graph_edges(&search->graph);
    if (result->broken == NULL && !graph_count_runs(&search->graph, &result->runs, &result->ends))
        result->broken = "messages can go round for ever";
    result->seconds = now_s() - begun_s;
    result->memory_mb = memory_mb();
    end(search);
}
