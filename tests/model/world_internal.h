/* Shared by world.c and world_expand.c. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_WORLD_INTERNAL_H
#define BRIGADE_MODEL_WORLD_INTERNAL_H

#include "world.h"

enum { TIMERS_MAX = 8 };

struct current_choice {
    uint16_t input;
    uint8_t times;
    bool fault;
};

/* The scenario that is explored. */
struct current {
    const struct scenario *scenario;
    int orders, places, notifier; /* notifier: its number among the services */
    struct current_choice choices[CHOICES_MAX];
    int choice_count;
    uint16_t timers[TIMERS_MAX];
    int timer_count;
};
extern struct current current;

int place_of(enum role role, int order) MUST_CHECK;

/* What comes of an input in this world. */
const struct reaction *world_react(const struct world *world, uint16_t input) MUST_CHECK;

/* Save what an applied step changed and put its events on their way, each with `copies`. */
void world_settle(struct world *world, const struct reaction *reaction, int copies);

#endif
