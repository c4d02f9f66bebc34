/* The flow of a batch: learn, load, decide, save. SPDX-License-Identifier: MIT */
#include "batch_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "attempts.h"
#include "clock.h"
#include "metrics.h"

static struct metric duration = {.type = METRIC_HISTOGRAM,
                                 .name = "brigade_batch_duration_seconds",
                                 .help = "Time of one batch's transaction, from BEGIN to COMMIT."};

struct batch *batch_new(const struct service *service, struct db *db)
{
    struct batch *batch = mem_alloc(1, sizeof *batch);
    batch->service = service;
    batch->db = db;
    workset_init(&batch->workset);
    metric_register(&duration);
    return batch;
}

void batch_reset(struct batch *batch)
{
    for (size_t i = 0; i < batch->steps.count; i++) {
        step_free(batch->steps.at[i]);
        free(batch->steps.at[i]);
    }
    batch->steps.count = 0;
    batch->reader_count = 0;
    batch->err = (struct err){0};
    batch->published = false;
    batch->alone = false;
    batch->now_ms = clock_now_ms();
    workset_clear(&batch->workset);
    for (struct id_pool *pool = batch->pools; pool != NULL; pool = pool->next)
        pool->wanted = 0;
}

void batch_free(struct batch *batch)
{
    if (batch == NULL)
        return;
    batch_reset(batch);
    while (batch->pools != NULL) {
        struct id_pool *pool = batch->pools;
        batch->pools = pool->next;
        free(pool->ids);
        free(pool);
    }
    free(batch->steps.at);
    free(batch->readers);
    free(batch);
}

bool batch_published(const struct batch *batch)
{
    return batch->published;
}

bool batch_refused(enum err_code code)
{
    return code == ERR_CONFLICT || (code != ERR_OK && err_class(code) != ERR_CLASS_RETRY);
}

/* Find the id among the rows that are not taken yet, and take it. They are mostly in the order of
 * the steps, so the search begins at `*next`. */
static bool take_row(const struct db_result *result, bool *taken, int *next, const char *id)
{
    const int rows = db_rows(result);
    for (int i = 0; i < rows; i++) {
        int row = (*next + i) % rows;
        if (!taken[row] && strcasecmp(db_text(result, row, 0), id) == 0) {
            taken[row] = true;
            *next = row + 1;
            return true;
        }
    }
    return false;
}

/* An id that the inbox did not return was there before. Two steps of one id in one batch: the
 * second is the duplicate. */
static enum err_code read_inbox(struct batch *batch, const struct db_result *result,
                                const void *context, struct err *err)
{
    (void)context;
    (void)err;
    bool *taken = mem_alloc((size_t)db_rows(result), sizeof *taken);
    int next = 0;
    for (size_t i = 0; i < batch->steps.count; i++) {
        struct step *step = batch->steps.at[i];
        if (step_has_inbox_id(step))
            step->duplicate = !take_row(result, taken, &next, step->id);
    }
    free(taken);
    return ERR_OK;
}

static void replay_answer(struct step *step, const struct db_result *result, int row)
{
    struct command *command = &step->work->command;
    struct buf fingerprint = {0};
    db_bytes(result, row, 1, &fingerprint);
    step->duplicate = true;
    response_free(&command->response);
    if (memcmp(buf_text(&fingerprint), command->fingerprint, sizeof command->fingerprint) != 0) {
        response_problem(&command->response, 422,
                         "this Idempotency-Key was used with another request");
    } else {
        command->response.status = db_int4(result, row, 2);
        buf_append_text(&command->response.body, db_text(result, row, 3));
        (void)snprintf(command->response.location, sizeof command->response.location, "%s",
                       db_text(result, row, 4));
    }
    buf_free(&fingerprint);
}

/* A key that has a row was answered before this transaction. */
static enum err_code read_keys(struct batch *batch, const struct db_result *result,
                               const void *context, struct err *err)
{
    (void)context;
    (void)err;
    for (size_t i = 0; i < batch->steps.count; i++) {
        struct step *step = batch->steps.at[i];
        for (int row = 0; step_has_key(step) && row < db_rows(result); row++) {
            if (!step->duplicate && strcmp(db_text(result, row, 0), step->work->command.key) == 0)
                replay_answer(step, result, row);
        }
    }
    return ERR_OK;
}

void batch_send_begin(struct batch *batch)
{
    batch_sent(batch, records_send_begin(batch->db, &batch->err), NULL, NULL);
}

static void send_ids(struct batch *batch)
{
    batch_sent(batch, records_send_inbox(batch->db, &batch->steps, &batch->err), read_inbox, NULL);
    if (batch_any_step(batch, step_has_key))
        batch_sent(batch, records_send_keys_read(batch->db, &batch->steps, &batch->err), read_keys,
                   NULL);
}

/* Timers that find nothing to do pass no failpoint. */
static void pass(const struct batch *batch, enum failpoint point)
{
    if (batch->steps.count > 0)
        failpoint_pass(point, NULL);
}

enum err_code batch_decide_and_save(struct batch *batch, struct err *err)
{
    if (batch_decide(batch, err) != ERR_OK)
        return err->code;
    pass(batch, FAILPOINT_DECIDED);
    batch_send_saves(batch);
    if (batch_exchange(batch, FAILPOINT_COMMIT_SENT, err) != ERR_OK)
        return err->code;
    pass(batch, FAILPOINT_COMMIT_ANSWERED);
    batch_tell(batch);
    return ERR_OK;
}

enum err_code batch_run(struct batch *batch, struct work *const *work, size_t count,
                        struct err *err)
{
    batch_reset(batch);
    int64_t begun_ms = clock_monotonic_ms();
    for (size_t i = 0; i < count; i++)
        batch_add_work(batch, work[i]);
    batch->alone = attempts_any_suspicious(work, count);
    batch_learn(batch);
    if (db_ensure(batch->db, err) != ERR_OK)
        return err->code;
    pass(batch, FAILPOINT_INBOX_BEFORE);
    batch_send_begin(batch);
    send_ids(batch);
    batch_send_loads(batch);
    if (batch_exchange(batch, FAILPOINT_NONE, err) != ERR_OK)
        return err->code;
    pass(batch, FAILPOINT_INBOX_AFTER);
    if (batch_decide_and_save(batch, err) != ERR_OK)
        return err->code;
    metric_observe_us(&duration, (clock_monotonic_ms() - begun_ms) * 1000);
    return ERR_OK;
}

enum err_code batch_park(struct batch *batch, struct work *work, const char *reason,
                         struct err *err)
{
    batch_reset(batch);
    batch_add_work(batch, work);
    struct step *step = batch->steps.at[0];
    step->handle = NULL;
    (void)step_refuse(step, 0, "%s", reason);
    if (db_ensure(batch->db, err) != ERR_OK)
        return err->code;
    batch_send_begin(batch);
    send_ids(batch);
    if (batch_exchange(batch, FAILPOINT_NONE, err) != ERR_OK)
        return err->code;
    return batch_decide_and_save(batch, err);
}
