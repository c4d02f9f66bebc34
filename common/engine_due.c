/* What is due in the engine: timers, and messages that were deferred. SPDX-License-Identifier: MIT
 */
#include "engine_internal.h"

#include <string.h>

#include "clock.h"
#include "log.h"

enum {
    DUE_LIMIT = 200,        /* timers and deferred messages in one transaction */
    GUARDED_MAX = 2000,     /* deferred messages that are tried one by one in a row */
    TIMERS_MAX = 1000,      /* timers of a kind that are fired one by one in a row */
    REDRIVEN_LIMIT = 50,    /* redriven messages, one by one, between two looks at the queue */
    RECENT_MS = 2000,       /* how long a timer is looked for in every tick, once it is due */
    LOOK_AT_ALL_MS = 10000, /* how often timers are looked for that have been due for longer */
};

/* How far back the timers' index is read. What was set and cleared stays in it until the oldest
 * transaction of the database has ended, perhaps an hour's dump, so not all of it is read every
 * time. */
static int64_t look_back_ms(const struct engine *engine, int64_t now_ms)
{
    if (now_ms >= engine->next_look_at_all_ms)
        return clock_now_ms();
    return now_ms - engine->looked_ms + RECENT_MS;
}

static void note_look(struct engine *engine, int64_t now_ms, size_t done)
{
    engine->looked_ms = now_ms;
    if (done >= DUE_LIMIT)
        engine->next_look_at_all_ms = 0; /* there may be more */
    else if (now_ms >= engine->next_look_at_all_ms)
        engine->next_look_at_all_ms = now_ms + LOOK_AT_ALL_MS;
}

/* Timers and deferred messages together; then what is redriven, one by one. */
static enum err_code run_due(struct engine *engine, int64_t now_ms, bool *more, struct err *err)
{
    size_t done = 0;
    bool found = true;
    if (batch_run_due(engine->batch, look_back_ms(engine, now_ms), DUE_LIMIT, &done, err) != ERR_OK)
        return err->code;
    note_look(engine, now_ms, done);
    engine_wake_relay(engine);
    for (int i = 0; i < REDRIVEN_LIMIT && found; i++) {
        if (batch_run_guarded(engine->batch, &engine->redriven, &found, err) != ERR_OK)
            return err->code;
        engine_wake_relay(engine);
    }
    *more = found || done >= DUE_LIMIT;
    return ERR_OK;
}

/* Each deferred message by itself: one of them may have ended the last process, or may be what the
 * timers' transaction fails of. */
void engine_try_deferred(struct engine *engine)
{
    struct attempts_walk walk = {.all = true};
    bool found = true;
    memcpy(walk.process, engine->redriven.process, sizeof walk.process);
    for (int tried = 0; found && tried < GUARDED_MAX && !atomic_load(&engine->stopping);) {
        struct err err = {0};
        bool done = batch_run_guarded(engine->batch, &walk, &found, &err) == ERR_OK;
        engine_note_result(engine, &err);
        engine_expire_queued(engine);
        if (done) {
            engine_wake_relay(engine);
            tried++;
        } else {
            found = true;
            clock_sleep_ms(backoff_next_ms(&engine->backoff));
        }
    }
}

/* Fire one timer by itself. Returns an error only when it should be tried again. What is refused
 * stays due, and is told each time. */
static enum err_code fire(struct engine *engine, const struct timer *timer, int32_t id,
                          struct err *err)
{
    enum err_code code = batch_run_timer(engine->batch, timer, id, err);
    if (batch_refused(code)) {
        log_error("a timer cannot be processed", LOG_S("kind", timer->kind->name), LOG_I("id", id),
                  LOG_S("error", err->text));
        *err = (struct err){0};
    }
    engine_wake_relay(engine);
    engine_expire_queued(engine);
    return err->code;
}

/* Each timer that is due by itself. */
static void try_timers(struct engine *engine)
{
    struct err err = {0};
    for (size_t i = 0; i < engine->options.service->timer_count && err.code == ERR_OK; i++) {
        const struct timer *timer = &engine->options.service->timers[i];
        int32_t ids[TIMERS_MAX];
        size_t count = 0;
        if (batch_list_due(engine->batch, timer, ids, TIMERS_MAX, &count, &err) != ERR_OK)
            break;
        for (size_t k = 0; k < count && err.code == ERR_OK && !atomic_load(&engine->stopping); k++)
            (void)fire(engine, timer, ids[k], &err);
    }
    engine_note_result(engine, &err);
}

void engine_tick(struct engine *engine)
{
    const int64_t now_ms = clock_monotonic_ms();
    if (now_ms < engine->next_tick_ms)
        return;
    struct err err = {0};
    bool more = false;
    enum err_code code = run_due(engine, now_ms, &more, &err);
    int64_t pause_ms = more ? 0 : ENGINE_TICK_MS;
    engine->tick_conflicts = code == ERR_CONFLICT ? engine->tick_conflicts + 1 : 0;
    if (engine->tick_conflicts == BATCH_CONFLICTS_MAX ||
        (code != ERR_CONFLICT && batch_refused(code))) {
        log_error("timers and deferred messages fail together; each is tried by itself",
                  LOG_S("error", err.text));
        engine_try_deferred(engine); /* what always fails of these is parked */
        try_timers(engine);
        note_look(engine, now_ms, 0);
        engine->tick_conflicts = 0;
        pause_ms = RECENT_MS; /* what is still due is hardly recent then */
    } else {
        engine_note_result(engine, &err);
    }
    engine->next_tick_ms = clock_monotonic_ms() + pause_ms;
}
