/* Hash-consing. SPDX-License-Identifier: MIT */
#include "intern.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

uint64_t hash_number(uint64_t number)
{
    number ^= number >> 32;
    number *= 0xd6e8feb86659fd93U;
    number ^= number >> 32;
    number *= 0xd6e8feb86659fd93U;
    return number ^ number >> 32;
}

uint32_t hash_bytes(const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    uint64_t hash = length;
    for (; length >= sizeof(uint64_t); at += sizeof(uint64_t), length -= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * 0x9fb21c651e98df25U;
        hash ^= hash >> 29;
    }
    uint64_t rest = 0;
    memcpy(&rest, at, length);
    return (uint32_t)hash_number(hash ^ rest);
}

static uint32_t *slot_of(struct intern *intern, const void *bytes, size_t length, uint32_t hash)
{
    uint32_t mask = intern->slot_count - 1;
    uint32_t *slot = &intern->slots[hash & mask];
    for (uint32_t i = hash; *slot != 0; slot = &intern->slots[++i & mask]) {
        const struct interned *found = &intern->at[*slot];
        if (found->hash == hash && found->length == length &&
            memcmp(found->bytes, bytes, length) == 0)
            break;
    }
    return slot;
}

static void grow(struct intern *intern)
{
    intern->capacity = intern->capacity == 0 ? 64 : 2 * intern->capacity;
    intern->at = mem_resize(intern->at, intern->capacity * sizeof *intern->at);
    free(intern->slots);
    intern->slot_count = 2 * intern->capacity;
    intern->slots = mem_alloc(intern->slot_count, sizeof *intern->slots);
    for (uint32_t i = 1; i <= intern->count; i++) {
        const struct interned *old = &intern->at[i];
        *slot_of(intern, old->bytes, old->length, old->hash) = i;
    }
}

uint32_t intern_put(struct intern *intern, const void *bytes, size_t length)
{
    if (intern->count + 1 >= intern->capacity)
        grow(intern);
    uint32_t hash = hash_bytes(bytes, length);
    uint32_t *slot = slot_of(intern, bytes, length, hash);
    if (*slot != 0)
        return *slot;
    struct interned *made = &intern->at[++intern->count];
    *made = (struct interned){.bytes = mem_alloc(1, length + 1), .length = length, .hash = hash};
    memcpy(made->bytes, bytes, length);
    *slot = intern->count;
    return intern->count;
}

const void *intern_get(const struct intern *intern, uint32_t number)
{
    return intern->at[number].bytes;
}
