/* Hash-consing: equal byte strings get the same small number, counted from 1, for ever.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_INTERN_H
#define BRIGADE_MODEL_INTERN_H

#include <stddef.h>
#include <stdint.h>

struct interned {
    void *bytes;
    size_t length;
    uint32_t hash;
};

/* Starts as {0}. Never freed: it lives as long as the process. */
struct intern {
    struct interned *at; /* by number; at[0] is not used */
    uint32_t count, capacity;
    uint32_t *slots; /* open addressing: numbers, 0 for free */
    uint32_t slot_count;
};

uint32_t intern_put(struct intern *intern, const void *bytes, size_t length);
const void *intern_get(const struct intern *intern, uint32_t number);

/* A good hash of a few dozen bytes, and of a number. */
uint32_t hash_bytes(const void *bytes, size_t length);
uint64_t hash_number(uint64_t number);

#endif
