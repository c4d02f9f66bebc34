/* Scenarios: who does what, how often at most, and how much may go wrong meanwhile.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_SCENARIO_H
#define BRIGADE_MODEL_SCENARIO_H

#include <stdbool.h>

#include "inputs.h"

enum { CHOICES_MAX = 24, SCENARIO_COMMANDS_MAX = 14 };

/* A message that may be lost: the subscriber that it does not reach, and its type. */
struct loss {
    const char *service; /* NULL ends a list */
    enum event_type type;
};

/* A command from outside that may come at any moment where it takes effect. */
struct choice {
    const struct command_text *command;
    int times;  /* at most, for each order; 0 ends the list */
    bool fault; /* it counts as one: the card is declined, the restaurant closes … */
};

struct scenario {
    const char *name;
    const char *title;
    int faults, faults_deep, faults_quick; /* a run's budget; -1: not in such a run */
    int orders;                            /* 0: one */
    const struct command_text *consumer;   /* who orders */
    bool arrivals;                         /* consumer and restaurant are still to be heard of */
    bool notifier;                         /* it takes part */
    bool no_copies;                        /* nothing is published or delivered twice */
    const struct loss *losses;             /* these may be; then nothing else goes wrong */
    bool forgets;                          /* inboxes forget at once: the rules alone must hold */
    struct choice choices[SCENARIO_COMMANDS_MAX];
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

#endif
