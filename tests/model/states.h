/* The set of states found so far: their bytes one after the other, and an open-addressing table.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_STATES_H
#define BRIGADE_MODEL_STATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum { STATE_BYTES_MAX = 160 };

struct states {
    unsigned char *bytes;
    size_t used, capacity;
    uint64_t *starts; /* of state i, and the end of the last one behind it */
    uint32_t count, starts_capacity;
    struct {
        uint32_t hash, state; /* state + 1; 0: free */
    } * table;
    uint32_t mask;
};

void states_init(struct states *states);
void states_free(struct states *states);

/* A state as bytes, with its hash. */
struct packed {
    unsigned char bytes[STATE_BYTES_MAX];
    size_t length;
    uint32_t hash;
};

/* Hash it and begin to fetch its place in the table, which takes longer than all the rest. */
void states_prepare(const struct states *states, struct packed *packed);

/* The number of a state, counted from 0 in the order in which they came; `is_new` says if it is. */
uint32_t states_add(struct states *states, const struct packed *packed, bool *is_new) MUST_CHECK;

const unsigned char *states_get(const struct states *states, uint32_t state, size_t *length);

#endif
