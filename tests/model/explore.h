/* Explores every state of a scenario, breadth first, so the first violation found has a shortest
 * trace. Then it follows the graph in topological order: that there is one means that no run can go
 * on for ever, and on the way the runs are counted. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_EXPLORE_H
#define BRIGADE_MODEL_EXPLORE_H

#include "buf.h"
#include "scenario.h"

struct exploration {
    uint64_t states, transitions, ends; /* ends: states where nothing can happen any more */
    uint32_t depth;                     /* of the graph: steps to the farthest state */
    double runs; /* paths from the beginning to an end: the interleavings that were covered */
    double seconds;
    long memory_mb;     /* the most that the process had */
    const char *broken; /* the rule that is violated, or NULL */
    struct buf story;   /* how it comes to that, step by step */
};

struct explore_limits {
    int faults;
    uint64_t states_max;
};

/* The story is to be freed by the caller. */
void explore(const struct scenario *scenario, const struct explore_limits *limits,
             struct exploration *result);

#endif
