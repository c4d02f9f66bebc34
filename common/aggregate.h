/* The head of every aggregate's struct. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_AGGREGATE_H
#define BRIGADE_AGGREGATE_H

#include <stdint.h>

struct aggregate {
    int32_t id;
    int32_t version;   /* 0: it does not exist yet; each saved change adds one */
    int64_t due_at_ms; /* when its timer fires (ms since 1970 UTC), 0: no timer */
};

#endif
