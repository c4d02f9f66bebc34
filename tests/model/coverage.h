/* What the runs have come to at least once. A checker that never gets anywhere finds nothing: so it
 * fails when a subscription, a timer or a state was never reached. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_COVERAGE_H
#define BRIGADE_MODEL_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "services.h"
#include "values.h"

/* Starts as {0}; has no pointers, so it can be in shared memory. */
struct coverage {
    bool applied[SERVICES_COUNT][EVENT_TYPE_COUNT];
    bool deferred[SERVICES_COUNT][EVENT_TYPE_COUNT];
    bool timers[SERVICES_COUNT];
    uint32_t states[ROLE_COUNT]; /* a bit for each */
};

/* Add what this process has found out. */
void coverage_note(struct coverage *coverage);

void coverage_add(struct coverage *to, const struct coverage *from);

/* Append a line for everything that was never reached. */
void coverage_missing(const struct coverage *coverage, struct buf *out);

#endif
