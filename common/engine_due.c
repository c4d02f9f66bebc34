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

/* `more`: not all that was looked for was found, or done. */
static void note_look(struct engine *engine, int64_t now_ms, bool more)
{
    engine->looked_ms = now_ms;
    if (more)
        engine->next_look_at_all_ms = 0;
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
    note_look(engine, now_ms, done >= DUE_LIMIT);
    engine_wake_relay(engine);
    for (int i = 0; i < REDRIVEN_LIMIT && found; i++) {
        if (batch_run_guarded(engine->batch, &engine->redriven, &found, err) != ERR_OK)
            return err->code;
        engine_wake_relay(engine);
    }
    *more = found || done >= DUE_LIMIT;
    return ERR_OK;
}

/* Each deferred message by itself: one of them may have ended the last process, or may be what all
 * that is due fails of. */
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

/* What became of the timers that were fired one by one. */
struct timers {
    size_t refused;
    bool more; /* others may be due */
    struct err err;
};

/* Fire one timer by itself. What is refused stays due, and is told each time. */
static void fire(struct engine *engine, const struct timer *timer, int32_t id,
                 struct timers *timers)
{
    enum err_code code = batch_run_timer(engine->batch, timer, id, &timers->err);
    if (batch_refused(code)) {
        log_error("a timer cannot be processed", LOG_S("kind", timer->kind->name), LOG_I("id", id),
                  LOG_S("error", timers->err.text));
        timers->err = (struct err){0};
        timers->refused++;
    }
    engine_wake_relay(engine);
    engine_expire_queued(engine);
}

static void fire_each(struct engine *engine, const struct timer *timer, int64_t look_back_ms,
                      struct timers *timers)
{
    int32_t ids[TIMERS_MAX];
    size_t count = 0, done = 0;
    if (batch_list_due(engine->batch, timer, look_back_ms, ids, TIMERS_MAX, &count, &timers->err) !=
        ERR_OK)
        count = 0;
    while (done < count && timers->err.code == ERR_OK && !atomic_load(&engine->stopping))
        fire(engine, timer, ids[done++], timers);
    if (timers->err.code != ERR_OK || done < count || count == TIMERS_MAX)
        timers->more = true;
}

/* All that is due fails together: of a timer, which then holds up the others no longer, or of a
 * deferred message, which is parked. */
static void run_due_singly(struct engine *engine, int64_t now_ms)
{
    struct timers timers = {0};
    const struct service *service = engine->options.service;
    const int64_t back_ms = look_back_ms(engine, now_ms);
    for (size_t i = 0; i < service->timer_count && timers.err.code == ERR_OK; i++)
        fire_each(engine, &service->timers[i], back_ms, &timers);
    engine_note_result(engine, &timers.err);
    note_look(engine, now_ms, timers.more);
    if (timers.refused == 0)
        engine_try_deferred(engine);
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
    if (code == ERR_CONFLICT ? engine->tick_conflicts == BATCH_CONFLICTS_MAX
                             : batch_refused(code)) {
        log_error("timers and deferred messages fail together; each is tried by itself",
                  LOG_S("error", err.text));
        run_due_singly(engine, now_ms);
        engine->tick_conflicts = 0;
        pause_ms = RECENT_MS; /* what is still due is hardly recent then */
    } else {
        engine_note_result(engine, &err);
    }
    engine->next_tick_ms = clock_monotonic_ms() + pause_ms;
}
