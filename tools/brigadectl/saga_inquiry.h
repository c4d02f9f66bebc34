/* `saga why`: what is looked at, and the answer so far. SPDX-License-Identifier: MIT */
#ifndef BRIGADECTL_SAGA_INQUIRY_H
#define BRIGADECTL_SAGA_INQUIRY_H

#include <stdio.h>

#include "management.h"
#include "saga.h"

enum {
    YOUNG_MS = 2000, /* an event younger than that is on its way */
    SURE_MS = 10000, /* and what the queues' figures, which are up to 5 s old, show is so by then */
};

struct answer {
    const char *verdict; /* for programs; NULL: not found yet */
    bool hangs;
    char why[600], what_to_do[400];
};

/* What is looked at, and the answer so far. */
struct inquiry {
    struct ctl *ctl;
    const struct saga *saga;
    struct answer answer;
    struct queue *queues;
    size_t queue_count;
    char blind[400]; /* why the queues could not be looked at; "" when they could */
};

#define ANSWER(inquiry, kind, is_fault, ...)                                                       \
    ((inquiry)->answer.verdict = (kind), (inquiry)->answer.hangs = (is_fault),                     \
     (void)snprintf((inquiry)->answer.why, sizeof(inquiry)->answer.why, __VA_ARGS__))
#define ADVICE(inquiry, ...)                                                                       \
    ((void)snprintf((inquiry)->answer.what_to_do, sizeof(inquiry)->answer.what_to_do, __VA_ARGS__))

/* Does what is known of the order's states explain it? Always answers. */
void inquiry_ask_states(struct inquiry *inquiry);

#endif
