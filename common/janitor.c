/* Cleaning up. SPDX-License-Identifier: MIT */
#include "janitor.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "db.h"
#include "log.h"
#include "metrics.h"

enum {
    ROUND_MS = 1000, /* between two looks at the outbox */
    CLEAN_MS = 5000, /* between two cleanings, when there was little to do */
    ROWS_PER_STATEMENT = 5000,
    LOOK_AT_ALL_EVERY = 60, /* looks at the outbox; otherwise from its first row on, as the relay */
};

static struct metric parked = {.type = METRIC_GAUGE,
                               .name = "brigade_parked_messages",
                               .help = "Messages in the parked table, waiting for an operator."};
static struct metric deferred = {.type = METRIC_GAUGE,
                                 .name = "brigade_deferred_messages",
                                 .help = "Messages whose time has not come yet."};

static struct metric pending = {.type = METRIC_GAUGE,
                                .name = "brigade_outbox_pending",
                                .help = "Events waiting in the outbox, counted up to its maximum."};
static struct metric oldest_seconds = {.type = METRIC_GAUGE,
                                       .name = "brigade_outbox_oldest_seconds",
                                       .help = "Age of the first event waiting in the outbox."};

struct janitor {
    struct janitor_options options;
    struct db *db;
    int64_t clean_due_ms; /* monotonic */
    int64_t looks;        /* at the outbox */
    int64_t first_id;     /* in the outbox, when there was something in it */
    _Atomic bool outbox_full;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping;
};

/* A cleaning statement: takes an age and a number of rows. */
static enum err_code clean(struct janitor *janitor, const struct db_statement *statement,
                           int64_t age_s, bool *full, struct err *err)
{
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_arg_int8(&args, age_s);
    db_arg_int4(&args, ROWS_PER_STATEMENT);
    enum err_code code = db_run(janitor->db, statement, &args, &result, err);
    db_args_free(&args);
    if (code == ERR_OK && db_affected(result) == ROWS_PER_STATEMENT)
        *full = true;
    db_result_free(result);
    return code;
}

static enum err_code count_rows(struct janitor *janitor, struct err *err)
{
    static const struct db_statement statement = {
        "janitor_count", "SELECT (SELECT count(*) FROM parked), (SELECT count(*) FROM deferred)"};
    struct db_result *result = NULL;
    if (db_run(janitor->db, &statement, NULL, &result, err) != ERR_OK)
        return err->code;
    metric_set(&parked, db_int8(result, 0, 0));
    metric_set(&deferred, db_int8(result, 0, 1));
    db_result_free(result);
    return ERR_OK;
}

static void note_full(struct janitor *janitor, bool full)
{
    if (atomic_exchange(&janitor->outbox_full, full) == full)
        return;
    if (full)
        log_warn("the outbox is full: commands are refused until the broker takes "
                 "events again",
                 LOG_I("outbox_max", janitor->options.outbox_max));
    else
        log_info("the outbox has room again", LOG_I("outbox_max", janitor->options.outbox_max));
}

static enum err_code measure_outbox(struct janitor *janitor, struct err *err)
{
    static const struct db_statement statement = {
        "janitor_outbox",
        "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(created_at))::int8, "
        "0), min(id) FROM (SELECT id, created_at FROM outbox WHERE id >= $2::int8 ORDER BY id "
        "LIMIT $1::int8) AS first_rows"};
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_arg_int8(&args, janitor->options.outbox_max);
    db_arg_int8(&args, janitor->looks++ % LOOK_AT_ALL_EVERY == 0 ? 0 : janitor->first_id);
    enum err_code code = db_run(janitor->db, &statement, &args, &result, err);
    db_args_free(&args);
    if (code != ERR_OK)
        return code;
    metric_set(&pending, db_int8(result, 0, 0));
    metric_set(&oldest_seconds, db_int8(result, 0, 1));
    if (!db_null(result, 0, 2))
        janitor->first_id = db_int8(result, 0, 2);
    note_full(janitor, db_int8(result, 0, 0) >= janitor->options.outbox_max);
    db_result_free(result);
    return ERR_OK;
}

static enum err_code clean_all(struct janitor *janitor, bool *full, struct err *err)
{
    static const struct db_statement inbox = {
        "janitor_inbox",
        "DELETE FROM inbox WHERE message_id = ANY(ARRAY(SELECT message_id FROM inbox WHERE "
        "received_at < now() - $1::int8 * interval '1 second' ORDER BY received_at LIMIT "
        "$2::int4))"};
    static const struct db_statement keys = {
        "janitor_idempotency",
        "DELETE FROM idempotency WHERE key = ANY(ARRAY(SELECT key FROM idempotency WHERE "
        "created_at < now() - $1::int8 * interval '1 second' ORDER BY created_at LIMIT $2::int4))"};
    /* Ids grow with time, nearly: looking at the first few of them is enough. */
    static const struct db_statement sent = {
        "janitor_sent", "DELETE FROM sent WHERE id = ANY(ARRAY(SELECT id FROM (SELECT id, sent_at "
                        "FROM sent ORDER BY id LIMIT $2::int4) AS first_rows WHERE "
                        "sent_at < now() - $1::int8 * interval '1 second'))"};
    static const struct db_statement attempts = {
        "janitor_attempts",
        "DELETE FROM attempts WHERE message_id = ANY(ARRAY(SELECT message_id FROM attempts WHERE "
        "last_at < now() - $1::int8 * interval '1 second' LIMIT $2::int4))"};
    static const struct db_statement overdue = {
        "janitor_deferred",
        "WITH gone AS (DELETE FROM deferred WHERE message_id = ANY(ARRAY(SELECT message_id FROM "
        "deferred WHERE "
        "deferred_at < now() - $1::int8 * interval '1 second' AND kind <> 'redriven' "
        "ORDER BY deferred_at LIMIT $2::int4 "
        "FOR UPDATE SKIP LOCKED)) RETURNING *) "
        "INSERT INTO parked (message_id, type, reason, body) SELECT message_id, type, "
        "'waited too long for ' || kind || ' ' || aggregate_id, body FROM gone"};
    const struct janitor_options *options = &janitor->options;
    if (clean(janitor, &inbox, options->inbox_days * 86400, full, err) != ERR_OK ||
        clean(janitor, &sent, options->sent_hours * 3600, full, err) != ERR_OK ||
        clean(janitor, &attempts, options->inbox_days * 86400, full, err) != ERR_OK ||
        clean(janitor, &keys, options->idempotency_hours * 3600, full, err) != ERR_OK ||
        clean(janitor, &overdue, options->deferred_s, full, err) != ERR_OK)
        return err->code;
    return count_rows(janitor, err);
}

static enum err_code run_round(struct janitor *janitor, bool *full, struct err *err)
{
    if (db_ensure(janitor->db, err) != ERR_OK)
        return err->code;
    if (clock_monotonic_ms() >= janitor->clean_due_ms) {
        if (clean_all(janitor, full, err) != ERR_OK)
            return err->code;
        janitor->clean_due_ms = clock_monotonic_ms() + (*full ? 0 : CLEAN_MS);
    }
    if (measure_outbox(janitor, err) == ERR_TIMEOUT)
        log_warn("the outbox cannot be measured in time", LOG_S("error", err->text));
    return err->code;
}

/* Wait until the next round; false when the thread is to end. */
static bool wait_round(struct janitor *janitor, bool full)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += full ? 0 : ROUND_MS / 1000;
    (void)pthread_mutex_lock(&janitor->mutex);
    if (!janitor->stopping && !full)
        (void)pthread_cond_timedwait(&janitor->wake, &janitor->mutex, &until);
    bool go_on = !janitor->stopping;
    (void)pthread_mutex_unlock(&janitor->mutex);
    return go_on;
}

static void *janitor_thread(void *context)
{
    struct janitor *janitor = context;
    bool full = false;
    do {
        struct err err = {0};
        full = false;
        if (run_round(janitor, &full, &err) != ERR_OK && err_class(err.code) != ERR_CLASS_RETRY)
            log_error("cannot clean up", LOG_S("error", err.text));
    } while (wait_round(janitor, full));
    return NULL;
}

struct janitor *janitor_start(const struct janitor_options *options)
{
    struct janitor *janitor = mem_alloc(1, sizeof *janitor);
    janitor->options = *options;
    janitor->db =
        db_new(options->db_url, options->service, options->schema, options->db_timeout_ms);
    metric_register(&parked);
    metric_register(&deferred);
    metric_set(&pending, 0);
    metric_set(&oldest_seconds, 0);
    (void)pthread_mutex_init(&janitor->mutex, NULL);
    (void)pthread_cond_init(&janitor->wake, NULL);
    if (pthread_create(&janitor->thread, NULL, janitor_thread, janitor) != 0)
        abort();
    return janitor;
}

bool janitor_outbox_full(const struct janitor *janitor)
{
    return atomic_load(&janitor->outbox_full);
}

void janitor_stop(struct janitor *janitor)
{
    (void)pthread_mutex_lock(&janitor->mutex);
    janitor->stopping = true;
    (void)pthread_cond_signal(&janitor->wake);
    (void)pthread_mutex_unlock(&janitor->mutex);
    (void)pthread_join(janitor->thread, NULL);
    (void)pthread_cond_destroy(&janitor->wake);
    (void)pthread_mutex_destroy(&janitor->mutex);
    db_close(janitor->db);
    free(janitor);
}
