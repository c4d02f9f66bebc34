/* What the table tests of the cores share: is each cell there, and what comes of every order of
 * arrival. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_TESTS_TABLE_H
#define BRIGADE_TESTS_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decision.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { TABLE_CELLS_MAX = 256 };

/* Fail unless each of `cells` cells has a row, and only one. `cell_of` says where a row belongs. */
static inline void assert_covers(size_t cells, size_t rows, size_t (*cell_of)(size_t row))
{
    int found[TABLE_CELLS_MAX] = {0};
    assert_in_range(cells, 1, TABLE_CELLS_MAX);
    for (size_t row = 0; row < rows; row++) {
        assert_in_range(cell_of(row), 0, cells - 1);
        found[cell_of(row)]++;
    }
    for (size_t cell = 0; cell < cells; cell++)
        if (found[cell] != 1)
            fail_msg("cell %zu has %d rows", cell, found[cell]);
}

/* struct NAME_decision: a ruling, and the state after it. NAME_decided() decides on a copy of
 * `before`; it fails when that is not as before though the ruling is not APPLIED. */
#define DEFINE_DECIDED(name, aggregate)                                                            \
    struct name##_decision {                                                                       \
        enum verdict verdict;                                                                      \
        enum event_type event;                                                                     \
        int reason;                                                                                \
        const char *refusal;                                                                       \
        struct aggregate after;                                                                    \
    };                                                                                             \
    static inline struct name##_decision name##_decided(const struct aggregate *before,            \
                                                        const struct name##_input *in)             \
    {                                                                                              \
        struct name##_decision decision = {.after = *before};                                      \
        const struct ruling ruling = name##_decide(&decision.after, in);                           \
        if (ruling.verdict != VERDICT_APPLIED)                                                     \
            assert_memory_equal(&decision.after, before, sizeof *before);                          \
        decision.verdict = ruling.verdict;                                                         \
        decision.event = ruling.event;                                                             \
        decision.reason = ruling.reason;                                                           \
        decision.refusal = ruling.refusal;                                                         \
        return decision;                                                                           \
    }

/* What holds of every decision: only one that is applied publishes, only an illegal one is
 * explained. */
static inline void assert_sound(const char *row, enum verdict verdict, bool publishes,
                                const char *refusal)
{
    if (publishes && verdict != VERDICT_APPLIED)
        fail_msg("%s: publishes though it is not applied", row);
    if ((refusal != NULL) != (verdict == VERDICT_ILLEGAL))
        fail_msg("%s: an explanation for what is illegal, and only for that", row);
}

static inline void assert_number(const char *row, const char *what, int64_t is, int64_t should_be)
{
    if (is != should_be)
        fail_msg("%s: %s is %lld, should be %lld", row, what, (long long)is, (long long)should_be);
}

/* Rearrange `items` into their next order; false when they were in the last one. Start with them
 * sorted; equal items are not told apart, so no order comes twice. */
static inline bool next_arrival(int *items, size_t count)
{
    size_t i = count - 1, j = count - 1;
    while (i > 0 && items[i - 1] >= items[i])
        i--;
    if (i == 0)
        return false;
    while (items[j] <= items[i - 1])
        j--;
    int swapped = items[i - 1];
    items[i - 1] = items[j];
    items[j] = swapped;
    for (j = count - 1; i < j; i++, j--) {
        swapped = items[i];
        items[i] = items[j];
        items[j] = swapped;
    }
    return true;
}

#endif
