/* Messages that end the process. Two kinds are suspicious: one that the broker has delivered
 * several times may be the one that kills whoever decides it, or just a neighbour of that one,
 * since all that were unacknowledged are delivered again; and one that was deferred, when the
 * process has just been started or what is due always fails together. So each is decided by
 * itself, and that this process has begun it is committed before. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_ATTEMPTS_H
#define BRIGADE_ATTEMPTS_H

#include <stdbool.h>

#include "db.h"
#include "ids.h"
#include "records.h"

enum {
    ATTEMPTS_AFTER = 2, /* unacknowledged deliveries before a message is suspicious: a process may
                           die once for any reason */
    ATTEMPTS_MAX = 3,   /* one more, and the message is parked */
};

bool attempts_suspicious(const struct work *work);
bool attempts_any_suspicious(struct work *const *work, size_t count);

/* Note that `process` (a UUID, new at each start) begins to decide the message `id`, and commit
 * that.
 * `*count` is how many processes have: all but this one may have died of it. */
enum err_code attempts_count(struct db *db, const char *process, const char *id, int32_t *count,
                             struct err *err) MUST_CHECK;

/* A walk over the deferred messages, in the order of their ids. */
struct attempts_walk {
    char process[UUID_SIZE];
    char after[UUID_SIZE]; /* the id of the last one; "" at the beginning */
    bool all; /* else only those that an operator has redriven (kind "redriven") and whose time has
                 come: each may have been parked for just that */
};

/* Go to the next message, and note that it is begun. `walk->after` becomes its id, or "" when there
 * is none; `*parked`: too many processes have begun it, and it is not to be decided. */
enum err_code attempts_next(struct db *db, struct attempts_walk *walk, bool *parked,
                            struct err *err) MUST_CHECK;

/* Read the deferred message `id` in a batch's transaction: a row (message_id, type, body), or none
 * when another process has it. */
enum err_code attempts_send_read(struct db *db, const char *id, struct err *err) MUST_CHECK;

/* Park the deferred message `id`, and forget the attempts at it. */
enum err_code attempts_park(struct db *db, const char *id, const char *reason,
                            struct err *err) MUST_CHECK;

/* Forget the attempts at messages that are settled: part of a batch's transaction. To be called
 * only when step_was_attempted holds for a step. */
enum err_code attempts_send_forget(struct db *db, const struct steps *steps,
                                   struct err *err) MUST_CHECK;
bool step_was_attempted(const struct step *step);

#endif
