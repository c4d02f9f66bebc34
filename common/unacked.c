/* Bookkeeping of delivery tags. SPDX-License-Identifier: MIT */
#include "unacked.h"

#include <stdlib.h>

#include "err.h"

void unacked_add(struct unacked *unacked, uint64_t tag)
{
    if (unacked->count == unacked->capacity) {
        unacked->capacity = unacked->capacity > 0 ? unacked->capacity * 2 : 64;
        unacked->tags = mem_resize(unacked->tags, unacked->capacity * sizeof *unacked->tags);
    }
    unacked->tags[unacked->count++] = tag;
}

static int compare_tags(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

size_t unacked_settle(struct unacked *unacked, uint64_t *done, size_t count)
{
    if (count == 0)
        return 0;
    qsort(done, count, sizeof *done, compare_tags);
    size_t front = 0;
    while (front < count && front < unacked->count && unacked->tags[front] == done[front])
        front++;
    size_t kept = 0;
    size_t next = front;
    for (size_t i = front; i < unacked->count; i++) {
        if (next < count && unacked->tags[i] == done[next])
            next++;
        else
            unacked->tags[kept++] = unacked->tags[i];
    }
    unacked->count = kept;
    return front;
}

void unacked_clear(struct unacked *unacked)
{
    unacked->count = 0;
}

void unacked_free(struct unacked *unacked)
{
    free(unacked->tags);
    *unacked = (struct unacked){0};
}
