/* A batch: many inputs decided in one transaction, with few round trips however many they are.
 *
 *   1. learn    run every handler once with nothing loaded: it asks for the aggregates it needs
 *   2. load     BEGIN, message ids into the inbox, idempotency keys, those aggregates (locked),
 * what is deferred on them
 *   3. decide   run every handler again, in turn, on the working copies; then what was deferred and
 * may go on now
 *   4. save     the changed aggregates, the outbox, parked and deferred messages, answers by key;
 * COMMIT
 *
 * Used by one thread. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_BATCH_H
#define BRIGADE_BATCH_H

#include "attempts.h"
#include "service.h"
#include "work.h"

/* How often an input by itself may meet a conflict in a row, before it is taken for its own fault.
 */
enum { BATCH_CONFLICTS_MAX = 20 };

struct batch;

/* `service` and `db` live as long as the batch. Never NULL. */
struct batch *batch_new(const struct service *service, struct db *db);
void batch_free(struct batch *batch);

/* Decide `count` pieces of work in one transaction. On ERR_OK it is committed: messages may be
 * acknowledged, commands have their response, or are `held`. On an error nothing has happened, but
 * for a COMMIT whose outcome is unknown (ERR_UNAVAILABLE, ERR_TIMEOUT): running the same work again
 * is safe, whichever it was. */
enum err_code batch_run(struct batch *batch, struct work *const *work, size_t count,
                        struct err *err) MUST_CHECK;

/* Put one message that the database or a handler cannot digest into the parked table, in a
 * transaction of its own. */
enum err_code batch_park(struct batch *batch, struct work *work, const char *reason,
                         struct err *err) MUST_CHECK;

/* Fire the timers that have become due in the last `look_back_ms`, and try old deferred messages
 * again, at most `limit` of each. `*done` is how many there were. */
enum err_code batch_run_due(struct batch *batch, int64_t look_back_ms, int32_t limit, size_t *done,
                            struct err *err) MUST_CHECK;

/* The aggregates whose timer has become due in the last `look_back_ms`, longest first. `ids` has
 * room for `limit`. */
enum err_code batch_list_due(struct batch *batch, const struct timer *timer, int64_t look_back_ms,
                             int32_t *ids, size_t limit, size_t *count, struct err *err) MUST_CHECK;

/* Fire one timer by itself, if it is still due. */
enum err_code batch_run_timer(struct batch *batch, const struct timer *timer, int32_t id,
                              struct err *err) MUST_CHECK;

/* Decide the next deferred message of a walk by itself: it may be one that ends the process. One
 * that the database refuses, or that always conflicts, is parked. `*found`: there was one. After an
 * error that is worth another try, the walk is where it was. */
enum err_code batch_run_guarded(struct batch *batch, struct attempts_walk *walk, bool *found,
                                struct err *err) MUST_CHECK;

/* After as many conflicts in a row as the caller allows: is it no use to try the same again? */
bool batch_refused(enum err_code code);

/* Were there events in the last transaction, so that the relay has something to do? */
bool batch_published(const struct batch *batch);

#endif
