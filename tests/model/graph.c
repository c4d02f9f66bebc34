/* The graph of states. SPDX-License-Identifier: MIT */
#include "graph.h"

#include <stdlib.h>

void graph_begin_state(struct graph *graph)
{
    if (graph->count == graph->capacity) {
        graph->capacity = graph->capacity == 0 ? 1024 : 2 * graph->capacity;
        graph->starts = mem_resize(graph->starts, graph->capacity * sizeof *graph->starts);
    }
    graph->starts[graph->count++] = graph->edge_count;
}

void graph_add_edge(struct graph *graph, uint32_t to)
{
    if (graph->edge_count == graph->edge_capacity) {
        graph->edge_capacity = graph->edge_capacity == 0 ? 4096 : 2 * graph->edge_capacity;
        graph->edges = mem_resize(graph->edges, graph->edge_capacity * sizeof *graph->edges);
    }
    graph->edges[graph->edge_count++] = to;
}

uint64_t graph_edges(const struct graph *graph)
{
    return graph->edge_count;
}

void graph_free(struct graph *graph)
{
    free(graph->edges);
    free(graph->starts);
}

static uint64_t end_of(const struct graph *graph, uint32_t state)
{
    return state + 1 < graph->count ? graph->starts[state + 1] : graph->edge_count;
}

/* A walk: how many edges into each state are not walked yet, paths to it, and the states whose
 * turn it is. */
struct walk {
    uint32_t *waiting;
    double *paths;
    uint32_t *ready;
    uint32_t ready_count;
};

static void pass_on(const struct graph *graph, struct walk *walk, uint32_t state)
{
    for (uint64_t i = graph->starts[state]; i < end_of(graph, state); i++) {
        uint32_t to = graph->edges[i];
        walk->paths[to] += walk->paths[state];
        if (--walk->waiting[to] == 0)
            walk->ready[walk->ready_count++] = to;
    }
}

bool graph_count_runs(const struct graph *graph, double *runs, uint64_t *ends)
{
    struct walk walk = {.waiting = mem_alloc(graph->count, sizeof *walk.waiting),
                        .paths = mem_alloc(graph->count, sizeof *walk.paths),
                        .ready = mem_alloc(graph->count, sizeof *walk.ready)};
    for (uint64_t i = 0; i < graph->edge_count; i++)
        walk.waiting[graph->edges[i]]++;
    bool acyclic = walk.waiting[0] == 0;
    *runs = 0;
    *ends = 0;
    walk.paths[0] = 1;
    if (acyclic)
        walk.ready[walk.ready_count++] = 0;
    for (uint32_t i = 0; i < walk.ready_count; i++) {
        uint32_t state = walk.ready[i];
        pass_on(graph, &walk, state);
        if (graph->starts[state] == end_of(graph, state)) {
            *runs += walk.paths[state];
            *ends += 1;
        }
    }
    acyclic = acyclic && walk.ready_count == graph->count;
    free(walk.waiting);
    free(walk.paths);
    free(walk.ready);
    return acyclic;
}
