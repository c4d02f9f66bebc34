/* The set of states. SPDX-License-Identifier: MIT */
#include "states.h"

#include <stdlib.h>
#include <string.h>

#include "intern.h"

enum { START_BYTES = 1 << 20, START_STATES = 1 << 14, START_SLOTS = 1 << 16 };

void states_init(struct states *states)
{
    *states = (struct states){
        .capacity = START_BYTES, .starts_capacity = START_STATES, .mask = START_SLOTS - 1};
    states->bytes = mem_alloc(1, START_BYTES);
    states->starts = mem_alloc(START_STATES, sizeof *states->starts);
    states->table = mem_alloc(START_SLOTS, sizeof *states->table);
}

void states_free(struct states *states)
{
    free(states->bytes);
    free(states->starts);
    free(states->table);
}

const unsigned char *states_get(const struct states *states, uint32_t state, size_t *length)
{
    *length = (size_t)(states->starts[state + 1] - states->starts[state]);
    return states->bytes + states->starts[state];
}

static void grow_table(struct states *states)
{
    uint32_t slots = states->mask + 1;
    void *old_table = states->table;
    struct {
        uint32_t hash, state;
    } *old = old_table;
    states->mask = 2 * slots - 1;
    states->table = mem_alloc(2UL * slots, sizeof *states->table);
    for (uint32_t i = 0; i < slots; i++) {
        if (old[i].state == 0)
            continue;
        uint32_t at = old[i].hash & states->mask;
        while (states->table[at].state != 0)
            at = (at + 1) & states->mask;
        states->table[at].hash = old[i].hash;
        states->table[at].state = old[i].state;
    }
    free(old_table);
}

static uint32_t append(struct states *states, const struct packed *packed)
{
    if (states->used + packed->length > states->capacity) {
        states->capacity *= 2;
        states->bytes = mem_resize(states->bytes, states->capacity);
    }
    if (states->count + 2 > states->starts_capacity) {
        states->starts_capacity *= 2;
        states->starts =
            mem_resize(states->starts, states->starts_capacity * sizeof *states->starts);
    }
    memcpy(states->bytes + states->used, packed->bytes, packed->length);
    states->starts[states->count] = states->used;
    states->used += packed->length;
    states->starts[++states->count] = states->used;
    return states->count - 1;
}

void states_prepare(const struct states *states, struct packed *packed)
{
    packed->hash = hash_bytes(packed->bytes, packed->length);
    __builtin_prefetch(&states->table[packed->hash & states->mask]);
}

static bool is_same(const struct states *states, uint32_t state, const struct packed *packed)
{
    size_t length;
    const unsigned char *bytes = states_get(states, state, &length);
    return length == packed->length && memcmp(bytes, packed->bytes, length) == 0;
}

uint32_t states_add(struct states *states, const struct packed *packed, bool *is_new)
{
    if (states->count >= states->mask / 3 * 2)
        grow_table(states);
    uint32_t at = packed->hash & states->mask;
    *is_new = false;
    for (; states->table[at].state != 0; at = (at + 1) & states->mask) {
        uint32_t found = states->table[at].state - 1;
        if (states->table[at].hash == packed->hash && is_same(states, found, packed))
            return found;
    }
    states->table[at].hash = packed->hash;
    states->table[at].state = states->count + 1;
    *is_new = true;
    return append(states, packed);
}
