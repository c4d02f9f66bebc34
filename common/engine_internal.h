/* What the files of the engine share: engine.c (inputs, and the loop), engine_due.c (timers and
 * what was deferred). SPDX-License-Identifier: MIT */
#ifndef BRIGADE_ENGINE_INTERNAL_H
#define BRIGADE_ENGINE_INTERNAL_H

#include <stdatomic.h>

#include "attempts.h"
#include "backoff.h"
#include "batch.h"
#include "engine.h"

enum { ENGINE_TICK_MS = 250 }; /* how often timers and old deferred messages are looked for */

struct engine {
    struct engine_options options;
    struct db *db;
    struct batch *batch;
    struct work **work; /* of the batch under way */
    size_t count;
    struct work **held; /* commands that are tried again soon */
    size_t held_count, held_capacity;
    struct backoff backoff;
    struct attempts_walk redriven;
    int64_t next_batch_ms; /* not before, monotonic */
    int tick_conflicts;    /* in a row */
    int64_t next_tick_ms, next_look_at_all_ms, looked_ms;
    _Atomic bool stopping, ready;
};

/* After each transaction: the relay has something to do when there are events. */
void engine_wake_relay(const struct engine *engine);

/* Note whether the database can be used: for engine_ready, and in the log. */
void engine_note_result(struct engine *engine, const struct err *err);

/* Answer the commands in the queue whose time is over. */
void engine_expire_queued(struct engine *engine);

/* Decide each deferred message by itself: one of them may have ended the last process. */
void engine_try_deferred(struct engine *engine);

/* Do what is due, if it is time to look for that. */
void engine_tick(struct engine *engine);

#endif
