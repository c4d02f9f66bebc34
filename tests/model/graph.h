/* The graph of states: who follows whom, in the order in which the states are numbered.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_GRAPH_H
#define BRIGADE_MODEL_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Starts as {0}. */
struct graph {
    uint32_t *edges;
    uint64_t edge_count, edge_capacity;
    uint64_t *starts; /* of each state's edges */
    uint32_t count, capacity;
};

/* Go on with the next state. */
void graph_begin_state(struct graph *graph);

/* From that state to another, which may have any number. */
void graph_add_edge(struct graph *graph, uint32_t to);

uint64_t graph_edges(const struct graph *graph) MUST_CHECK;

/* Walk the graph in topological order and count the paths from state 0 to the states that have no
 * edges. False if there is a cycle. Every state must have been begun. */
bool graph_count_runs(const struct graph *graph, double *runs, uint64_t *ends) MUST_CHECK;

void graph_free(struct graph *graph);

#endif
