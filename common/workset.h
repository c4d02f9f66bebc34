/* The working copies of a batch: every aggregate that its inputs touch, loaded once, changed in
 * memory, saved once. Used by one thread. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_WORKSET_H
#define BRIGADE_WORKSET_H

#include <stdbool.h>
#include <stdint.h>

#include "kind.h"

/* One aggregate. `value` is the kind's struct; before it is loaded it counts for nothing. */
struct copy {
    const struct kind *kind;
    int32_t id;
    bool loaded;
    int32_t stored_version; /* as it is in the database; 0: no row */
    int32_t moves;          /* how often it was changed in this batch */
    void *value;
    struct copy *next_in_bucket, *next;
};

enum { WORKSET_BUCKETS = 1024 };

struct workset {
    struct copy *buckets[WORKSET_BUCKETS];
    struct copy *first, **last; /* all of them, in the order in which they were asked for */
};

void workset_init(struct workset *set);

/* The copy of an aggregate; made, not loaded, when it is asked for the first time. Valid until
 * workset_clear. */
struct copy *workset_get(struct workset *set, const struct kind *kind, int32_t id);

/* The copy of an aggregate, or NULL when nobody asked for it. */
struct copy *workset_find(const struct workset *set, const char *kind_name, int32_t id);

/* Forget all copies. */
void workset_clear(struct workset *set);

#endif
