/* The engine's loop. SPDX-License-Identifier: MIT */
#include "engine_internal.h"

#include <stdlib.h>

#include "clock.h"
#include "delivery.h"
#include "log.h"
#include "metrics.h"

enum {
    HOLD_RETRY_MS = 20,       /* how often a command that is held is tried again */
    SHARED_CONFLICTS_MAX = 3, /* in a row, before the inputs of a batch are tried one by one */
    SHARED_MIN = 3, /* inputs in a batch from which on the next one waits for more of them */
};

static struct metric conflicts = {
    METRIC_COUNTER, "brigade_conflicts_total",
    "Transactions of inputs that met another one, with the same rows, and had to be done anew.",
    .labels = NULL};

struct engine *engine_new(const struct engine_options *options)
{
    struct engine *engine = mem_alloc(1, sizeof *engine);
    engine->options = *options;
    engine->db =
        db_new(options->db_url, options->service->name, options->schema, options->db_timeout_ms);
    db_plan_by_key(engine->db);
    engine->batch = batch_new(options->service, engine->db);
    engine->work = mem_alloc((size_t)options->batch_max, sizeof *engine->work);
    backoff_init(&engine->backoff, 50, 2000);
    metric_register(&conflicts);
    uuid_new(clock_now_ms(), engine->redriven.process);
    return engine;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    batch_free(engine->batch);
    db_close(engine->db);
    free(engine->work);
    free(engine->held);
    free(engine);
}

void engine_stop(struct engine *engine)
{
    atomic_store(&engine->stopping, true);
}

bool engine_ready(const struct engine *engine)
{
    return atomic_load(&engine->ready);
}

static void finish(struct work *work)
{
    work->done(work, work->context);
}

static void hold(struct engine *engine, struct work *work)
{
    if (engine->held_count == engine->held_capacity) {
        engine->held_capacity = engine->held_capacity > 0 ? 2 * engine->held_capacity : 16;
        engine->held = mem_resize(engine->held, engine->held_capacity * sizeof(struct work *));
    }
    engine->held[engine->held_count++] = work;
}

void engine_wake_relay(const struct engine *engine)
{
    if (batch_published(engine->batch) && engine->options.relay != NULL)
        relay_wake(engine->options.relay);
}

static void settle(struct engine *engine, struct work *const *work, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (work[i]->type == WORK_COMMAND && work[i]->command.held)
            hold(engine, work[i]);
        else
            finish(work[i]);
    }
    engine_wake_relay(engine);
}

void engine_note_result(struct engine *engine, const struct err *err)
{
    bool ready = err->code == ERR_OK || err->code == ERR_CONFLICT; /* it said so itself */
    bool was_ready = atomic_exchange(&engine->ready, ready);
    if (!ready && was_ready)
        log_warn("the database cannot be used; trying again", LOG_S("error", err->text));
    if (ready && !was_ready)
        log_info("the database can be used", LOG_S("schema", engine->options.schema));
    if (ready)
        backoff_reset(&engine->backoff);
}

static void answer_unavailable(struct work *work)
{
    response_free(&work->command.response);
    response_problem(
        &work->command.response, 503,
        "the database cannot be used just now; try again with the same Idempotency-Key");
    work->command.response.retry_after_s = 1;
    finish(work);
}

/* Commands do not wait for ever: those past their deadline are answered, the rest stays in order.
 */
static void expire_commands(struct engine *engine)
{
    size_t kept = 0;
    int64_t now_ms = clock_monotonic_ms();
    for (size_t i = 0; i < engine->count; i++) {
        struct work *work = engine->work[i];
        if (work->type == WORK_COMMAND && work->command.deadline_ms <= now_ms)
            answer_unavailable(work);
        else
            engine->work[kept++] = work;
    }
    engine->count = kept;
}

/* What is wrong with this input lies in itself: get it out of the way. */
static enum err_code give_up(struct engine *engine, struct work *work, const struct err *why,
                             struct err *err)
{
    log_error("an input cannot be processed", LOG_S("error", why->text));
    if (work->type == WORK_MESSAGE && batch_park(engine->batch, work, why->text, err) != ERR_OK)
        return err->code;
    if (work->type == WORK_COMMAND) {
        response_free(&work->command.response);
        response_problem(&work->command.response, 500, "the request could not be processed");
    }
    finish(work);
    return ERR_OK;
}

/* May this input be decided? That this process begins one that may end it is noted before.
 * ERR_INVALID: too many have. */
static enum err_code examine(struct engine *engine, struct work *work, struct err *err)
{
    if (!attempts_suspicious(work))
        return ERR_OK;
    struct message *message = &work->message;
    int32_t count = 0;
    if (attempts_count(engine->db, engine->redriven.process, message->id, &count, err) != ERR_OK)
        return err->code;
    if (count > ATTEMPTS_MAX)
        return err_set(err, ERR_INVALID, "it ended the process %d times", count - 1);
    delivery_decode(message);
    return ERR_OK;
}

/* In one transaction; and in another one, as long as it conflicts with one of another process,
 * which mostly has inserted the same row: by then that has committed. */
static enum err_code decide(struct engine *engine, struct work *const *work, size_t count,
                            int conflicts_max, struct err *err)
{
    while (batch_run(engine->batch, work, count, err) == ERR_CONFLICT) {
        metric_add(&conflicts, 1);
        if (--conflicts_max == 0)
            break;
    }
    if (err->code == ERR_OK)
        settle(engine, work, count);
    return err->code;
}

/* One input by itself. Returns an error only when it should be tried again later. */
static enum err_code run_single(struct engine *engine, struct work *work, struct err *err)
{
    *err = (struct err){0};
    enum err_code code = examine(engine, work, err);
    if (code != ERR_OK && err_class(code) == ERR_CLASS_RETRY)
        return code;
    if (code == ERR_OK && decide(engine, &work, 1, BATCH_CONFLICTS_MAX, err) == ERR_OK)
        return ERR_OK;
    if (!batch_refused(err->code))
        return err->code;
    struct err why = *err;
    return give_up(engine, work, &why, err);
}

/* All inputs, one after the other; those that are done leave the batch. */
static enum err_code run_singly(struct engine *engine, struct err *err)
{
    size_t done = 0;
    while (done < engine->count && run_single(engine, engine->work[done], err) == ERR_OK)
        done++;
    for (size_t i = done; i < engine->count; i++)
        engine->work[i - done] = engine->work[i];
    engine->count -= done;
    return engine->count > 0 ? err->code : ERR_OK;
}

/* Try what is in engine->work once. Afterwards it holds what must be tried again. */
static enum err_code run_once(struct engine *engine, struct err *err)
{
    if (attempts_any_suspicious(engine->work, engine->count))
        return run_singly(engine, err);
    if (decide(engine, engine->work, engine->count, SHARED_CONFLICTS_MAX, err) == ERR_OK) {
        engine->count = 0;
        return ERR_OK;
    }
    if (batch_refused(err->code))
        return run_singly(engine, err);
    return err->code;
}

void engine_expire_queued(struct engine *engine)
{
    struct work *work = work_queue_take_overdue(engine->options.queue, clock_monotonic_ms());
    while (work != NULL) {
        struct work *next = work->next;
        answer_unavailable(work);
        work = next;
    }
}

/* Until everything is committed, or the process is to stop and the database is away: then messages
 * are left to be redelivered. */
static void run_batch(struct engine *engine)
{
    while (engine->count > 0) {
        struct err err = {0};
        expire_commands(engine);
        if (engine->count == 0)
            return;
        (void)run_once(engine, &err);
        struct err result = {0};
        if (engine->count > 0)
            result = err;
        engine_note_result(engine, &result);
        if (engine->count == 0)
            return;
        if (atomic_load(&engine->stopping))
            break;
        clock_sleep_ms(backoff_next_ms(&engine->backoff));
    }
    for (size_t i = 0; i < engine->count; i++) {
        if (engine->work[i]->type == WORK_COMMAND)
            answer_unavailable(engine->work[i]);
    }
    engine->count = 0;
}

/* Let inputs gather while they come faster than transactions are worth it. A full batch shows that
 * enough have. */
static void pace(struct engine *engine)
{
    int64_t wait_ms = engine->next_batch_ms - clock_monotonic_ms();
    if (wait_ms > 0 && !atomic_load(&engine->stopping))
        clock_sleep_ms(wait_ms);
}

static void take_work(struct engine *engine)
{
    int64_t wait_ms = engine->held_count > 0 ? HOLD_RETRY_MS : ENGINE_TICK_MS;
    size_t max = (size_t)engine->options.batch_max;
    struct work *list = work_queue_take(engine->options.queue, max, wait_ms);
    for (; list != NULL; list = list->next)
        engine->work[engine->count++] = list;
    size_t taken = 0;
    while (taken < engine->held_count && engine->count < max)
        engine->work[engine->count++] = engine->held[taken++];
    for (size_t i = taken; i < engine->held_count; i++)
        engine->held[i - taken] = engine->held[i];
    engine->held_count -= taken;
    if (engine->count >= SHARED_MIN && engine->count < max)
        engine->next_batch_ms = clock_monotonic_ms() + engine->options.batch_interval_ms;
}

void engine_run(struct engine *engine)
{
    engine_try_deferred(engine);
    for (;;) {
        bool stopping = atomic_load(&engine->stopping);
        pace(engine);
        take_work(engine);
        if (stopping && engine->count == 0)
            return;
        run_batch(engine);
        engine_tick(engine);
    }
}
