/* Working copies, found by kind and id. SPDX-License-Identifier: MIT */
#include "workset.h"

#include <stdlib.h>
#include <string.h>

void workset_init(struct workset *set)
{
    *set = (struct workset){0};
    set->last = &set->first;
}

static size_t bucket_of(int32_t id)
{
    return (uint32_t)id * 2654435761u % WORKSET_BUCKETS;
}

struct copy *workset_find(const struct workset *set, const char *kind_name, int32_t id)
{
    struct copy *copy = set->buckets[bucket_of(id)];
    while (copy != NULL && (copy->id != id || strcmp(copy->kind->name, kind_name) != 0))
        copy = copy->next_in_bucket;
    return copy;
}

struct copy *workset_get(struct workset *set, const struct kind *kind, int32_t id)
{
    struct copy *copy = workset_find(set, kind->name, id);
    if (copy != NULL)
        return copy;
    copy = mem_alloc(1, sizeof *copy);
    copy->kind = kind;
    copy->id = id;
    copy->value = mem_resize(NULL, kind->size);
    kind_clear(kind, copy->value, id);
    copy->next_in_bucket = set->buckets[bucket_of(id)];
    set->buckets[bucket_of(id)] = copy;
    *set->last = copy;
    set->last = &copy->next;
    return copy;
}

void workset_clear(struct workset *set)
{
    while (set->first != NULL) {
        struct copy *copy = set->first;
        set->first = copy->next;
        free(copy->value);
        free(copy);
    }
    workset_init(set);
}
