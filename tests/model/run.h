/* Explores the scenarios, each in a process of its own, and prints what was found.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_RUN_H
#define BRIGADE_MODEL_RUN_H

#include <stdbool.h>
#include <stddef.h>

enum depth { DEPTH_QUICK, DEPTH_FULL, DEPTH_DEEP };

struct run_options {
    enum depth depth;
    int faults; /* -1: as the scenario says */
    int jobs;   /* processes at once */
    int only_count;
    char **only; /* the names of the scenarios to be explored; none: all of them */
};

/* Returns the exit status: 0 when no rule is broken and everything was reached. */
int run_scenarios(const struct run_options *options);

#endif
