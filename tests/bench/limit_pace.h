/* The pace of the limit's threads: all do the same number of rounds, none is far ahead of the
 * slowest, and the time decides which round is the last. Thread-safe. SPDX-License-Identifier: MIT
 */
#ifndef BRIGADE_TESTS_LIMIT_PACE_H
#define BRIGADE_TESTS_LIMIT_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct pace;

/* For `parties` threads, of which none begins a round `lead` rounds after one that somebody has
 * not ended. The clock starts now; after `duration_ms` nobody begins a round that none has begun.
 * The caller frees it with pace_free. */
struct pace *pace_new(size_t parties, int64_t lead, int64_t duration_ms);
void pace_free(struct pace *pace);

/* Wait until the party may begin its next round; up to 30 s, then the run has failed. False: there
 * is none, because the time is over or the run has failed. */
bool pace_begin(struct pace *pace, size_t party) MUST_CHECK;
void pace_end(struct pace *pace, size_t party);

/* End the run for all: `err` says why. The first one counts. */
void pace_fail(struct pace *pace, const struct err *err);

/* How many rounds there were, once every party's pace_begin was false. */
int64_t pace_rounds(const struct pace *pace);

/* Why the run has failed; ERR_OK when it has not. For after the threads' end. */
const struct err *pace_error(const struct pace *pace);

#endif
