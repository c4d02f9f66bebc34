/* Multisets of notifications, interned. SPDX-License-Identifier: MIT */
#include "told.h"

#include <string.h>

#include "intern.h"
#include "notifier.h"
#include "services.h"
#include "values.h"

enum { TOLD_MAX = 64 };

struct multiset {
    size_t count;
    uint16_t at[TOLD_MAX]; /* sorted */
};

static struct intern multisets;

static struct multiset read(uint16_t told)
{
    struct multiset set = {0};
    if (told == 0)
        return set;
    set.count = multisets.at[told].length / sizeof set.at[0];
    memcpy(set.at, multisets.at[told].bytes, multisets.at[told].length);
    return set;
}

uint16_t told_add(uint16_t told, uint16_t notification)
{
    struct multiset set = read(told);
    if (set.count == TOLD_MAX)
        model_bug("more than %d notifications", TOLD_MAX);
    size_t i = set.count++;
    for (; i > 0 && set.at[i - 1] > notification; i--)
        set.at[i] = set.at[i - 1];
    set.at[i] = notification;
    return (uint16_t)intern_put(&multisets, set.at, set.count * sizeof set.at[0]);
}

int told_count(uint16_t told, int kind, int order)
{
    const struct multiset set = read(told);
    int count = 0;
    for (size_t i = 0; i < set.count; i++) {
        const struct notification *notification = value_at(ROLE_NOTIFICATION, set.at[i]);
        count +=
            notification->kind == kind && notification->order_id == id_in_role(ROLE_ORDER, order);
    }
    return count;
}
