/* Messages that end the process. A message that the broker has delivered several times may be the
 * one that kills whoever decides it, or just a neighbour of that one: all that were unacknowledged
 * are delivered again. So each is decided by itself, and that it was begun is committed before.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_ATTEMPTS_H
#define BRIGADE_ATTEMPTS_H

#include <stdbool.h>

#include "db.h"
#include "records.h"

enum {
    ATTEMPTS_AFTER = 2, /* unacknowledged deliveries before a message is suspicious: a process may
                           die once for any reason */
    ATTEMPTS_MAX = 3,   /* one more, and the message is parked */
};

bool attempts_suspicious(const struct work *work);

/* Count one more attempt at the message `id`, and commit that. `*count` is how many there are now.
 */
enum err_code attempts_count(struct db *db, const char *id, int32_t *count,
                             struct err *err) MUST_CHECK;

/* Choose the message that an operator has redriven from the parked ones (kind "redriven" in the
 * table of deferred messages) and that waits longest, and count an attempt at it, which is
 * committed: it may be parked for just that. `id` becomes "" when there is none to be decided now;
 * one that was attempted too often is parked again. */
enum err_code attempts_take_redriven(struct db *db, char *id, size_t size,
                                     struct err *err) MUST_CHECK;

/* Read that message in a batch's transaction: a row (message_id, type, body), or none when another
 * process has it. */
enum err_code attempts_send_redriven(struct db *db, const char *id, struct err *err) MUST_CHECK;

/* Forget the attempts at messages that are settled: part of a batch's transaction. To be called
 * only when step_was_attempted holds for a step. */
enum err_code attempts_send_forget(struct db *db, const struct steps *steps,
                                   struct err *err) MUST_CHECK;
bool step_was_attempted(const struct step *step);

#endif
