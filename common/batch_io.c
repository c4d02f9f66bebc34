/* The round trips of a batch: what is sent, and who reads the results. SPDX-License-Identifier: MIT
 */
#include "batch_internal.h"

#include <stdlib.h>
#include <string.h>

#include "attempts.h"

void batch_sent(struct batch *batch, enum err_code code, batch_reader *read, const void *context)
{
    if (code != ERR_OK)
        return; /* batch->err says why */
    if (batch->reader_count == batch->reader_capacity) {
        batch->reader_capacity = batch->reader_capacity > 0 ? 2 * batch->reader_capacity : 16;
        batch->readers =
            mem_resize(batch->readers, batch->reader_capacity * sizeof *batch->readers);
    }
    batch->readers[batch->reader_count].read = read;
    batch->readers[batch->reader_count].context = context;
    batch->reader_count++;
}

static enum err_code read_results(struct batch *batch, struct db_result **results, struct err *err)
{
    for (size_t i = 0; i < batch->reader_count; i++) {
        batch_reader *read = batch->readers[i].read;
        if (read != NULL && read(batch, results[i], batch->readers[i].context, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* With a failpoint in between what is sent must have left before, which is otherwise db_sync's
 * part. */
static enum err_code send_queued(struct batch *batch, enum failpoint sent, struct err *err)
{
    if (sent == FAILPOINT_NONE || batch->steps.count == 0)
        return ERR_OK;
    if (db_flush(batch->db, err) == ERR_OK)
        failpoint_pass(sent, NULL);
    return err->code;
}

enum err_code batch_exchange(struct batch *batch, enum failpoint sent, struct err *err)
{
    size_t count = batch->reader_count;
    struct db_result **results = mem_alloc(count, sizeof *results);
    *err = batch->err;
    if (err->code == ERR_OK && send_queued(batch, sent, err) == ERR_OK &&
        db_sync(batch->db, results, count, err) == ERR_OK &&
        read_results(batch, results, err) != ERR_OK)
        db_drop(batch->db); /* a row that cannot be read: end the transaction the sure way */
    for (size_t i = 0; i < count; i++)
        db_result_free(results[i]);
    free(results);
    batch->reader_count = 0;
    batch->err = (struct err){0};
    return err->code;
}

static enum err_code read_loaded(struct batch *batch, const struct db_result *result,
                                 const void *context, struct err *err)
{
    const struct kind *kind = context;
    for (int row = 0; row < db_rows(result); row++) {
        struct copy *copy = workset_get(&batch->workset, kind, db_int4(result, row, 0));
        if (kind_read(kind, result, row, copy->value, err) != ERR_OK)
            return err->code;
        copy->stored_version = ((const struct aggregate *)copy->value)->version;
    }
    /* Those without a row do not exist, and are known to. */
    for (struct copy *copy = batch->workset.first; copy != NULL; copy = copy->next) {
        if (copy->kind == kind)
            copy->loaded = true;
    }
    return ERR_OK;
}

static enum err_code read_ids(struct batch *batch, const struct db_result *result,
                              const void *context, struct err *err)
{
    (void)err;
    struct id_pool *pool = batch->pools;
    while (pool->kind != context)
        pool = pool->next;
    size_t left = pool->count - pool->used, drawn = (size_t)db_rows(result);
    if (left > 0)
        memmove(pool->ids, pool->ids + pool->used, left * sizeof *pool->ids);
    if (left + drawn > pool->capacity) {
        pool->capacity = left + drawn;
        pool->ids = mem_resize(pool->ids, pool->capacity * sizeof *pool->ids);
    }
    for (size_t i = 0; i < drawn; i++)
        pool->ids[left + i] = db_int4(result, (int)i, 0);
    pool->used = 0;
    pool->count = left + drawn;
    pool->wanted = 0;
    return ERR_OK;
}

bool batch_wants_loads(const struct batch *batch)
{
    for (const struct copy *copy = batch->workset.first; copy != NULL; copy = copy->next) {
        if (!copy->loaded)
            return true;
    }
    for (const struct id_pool *pool = batch->pools; pool != NULL; pool = pool->next) {
        if (pool->wanted > 0)
            return true;
    }
    return false;
}

static void send_load(struct batch *batch, const struct kind *kind, int32_t *ids)
{
    size_t count = 0;
    for (const struct copy *copy = batch->workset.first; copy != NULL; copy = copy->next) {
        if (copy->kind == kind && !copy->loaded)
            ids[count++] = copy->id;
    }
    if (count > 0)
        batch_sent(batch, kind_send_load(batch->db, kind, ids, count, &batch->err), read_loaded,
                   kind);
}

void batch_send_loads(struct batch *batch)
{
    for (const struct id_pool *pool = batch->pools; pool != NULL; pool = pool->next) {
        if (pool->wanted > 0)
            batch_sent(batch,
                       kind_send_ids(batch->db, pool->kind, (int32_t)pool->wanted, &batch->err),
                       read_ids, pool->kind);
    }
    size_t count = 0;
    for (const struct copy *copy = batch->workset.first; copy != NULL; copy = copy->next)
        count += copy->loaded ? 0 : 1;
    if (count == 0)
        return;
    int32_t *ids = mem_alloc(count, sizeof *ids);
    for (size_t i = 0; i < batch->service->kind_count; i++)
        send_load(batch, batch->service->kinds[i], ids);
    free(ids);
    if (batch->alone)
        return;
    batch_sent(batch, records_send_deferred_of(batch->db, &batch->workset, &batch->err),
               batch_read_deferred, NULL);
}

enum err_code batch_read_deferred(struct batch *batch, const struct db_result *result,
                                  const void *context, struct err *err)
{
    (void)context;
    (void)err;
    struct buf body = {0};
    for (int row = 0; row < db_rows(result); row++) {
        buf_clear(&body);
        db_bytes(result, row, 2, &body);
        batch_add_deferred(batch, db_text(result, row, 0), buf_text(&body), body.length);
    }
    buf_free(&body);
    return ERR_OK;
}

/* As many rows as were meant to be written, or somebody else was first. */
static enum err_code read_written(struct batch *batch, const struct db_result *result,
                                  const void *context, struct err *err)
{
    const struct kind *kind = context;
    int expected = 0;
    for (const struct copy *copy = batch->workset.first; copy != NULL; copy = copy->next)
        expected += copy->kind == kind && copy->moves > 0 && copy->stored_version > 0;
    if (db_affected(result) != expected)
        return err_set(err, ERR_CONFLICT, "%s: %d rows changed instead of %d", kind->table,
                       db_affected(result), expected);
    return ERR_OK;
}

static size_t moved_of(const struct batch *batch, const struct kind *kind, bool stored,
                       const void **values)
{
    size_t count = 0;
    for (const struct copy *copy = batch->workset.first; copy != NULL; copy = copy->next) {
        if (copy->kind == kind && copy->moves > 0 && (copy->stored_version > 0) == stored)
            values[count++] = copy->value;
    }
    return count;
}

static void send_moved(struct batch *batch, const struct kind *kind, const void **values)
{
    size_t count = moved_of(batch, kind, false, values);
    if (count > 0)
        batch_sent(batch, kind_send_insert(batch->db, kind, values, count, &batch->err), NULL,
                   NULL);
    count = moved_of(batch, kind, true, values);
    if (count > 0)
        batch_sent(batch, kind_send_update(batch->db, kind, values, count, &batch->err),
                   read_written, kind);
}

bool batch_any_step(const struct batch *batch, step_filter *filter)
{
    for (size_t i = 0; i < batch->steps.count; i++) {
        if (filter(batch->steps.at[i]))
            return true;
    }
    return false;
}

void batch_send_saves(struct batch *batch)
{
    struct db *db = batch->db;
    const struct steps *steps = &batch->steps;
    struct err *err = &batch->err;
    size_t count = 0;
    for (const struct copy *copy = batch->workset.first; copy != NULL; copy = copy->next)
        count++;
    const void **values = mem_alloc(count, sizeof *values);
    for (size_t i = 0; i < batch->service->kind_count; i++)
        send_moved(batch, batch->service->kinds[i], values);
    free(values);
    batch->published = batch_any_step(batch, step_has_events);
    if (batch->published)
        batch_sent(batch, records_send_outbox(db, steps, batch->now_ms, err), NULL, NULL);
    if (batch_any_step(batch, step_is_parked))
        batch_sent(batch, records_send_parked(db, steps, err), NULL, NULL);
    if (batch_any_step(batch, step_is_undeferred))
        batch_sent(batch, records_send_undeferred(db, steps, err), NULL, NULL);
    if (batch_any_step(batch, step_is_deferred))
        batch_sent(batch, records_send_deferred(db, steps, batch->now_ms + DEFERRED_RETRY_MS, err),
                   NULL, NULL);
    if (batch_any_step(batch, step_keeps_key))
        batch_sent(batch, records_send_keys_keep(db, steps, err), NULL, NULL);
    if (batch_any_step(batch, step_was_attempted))
        batch_sent(batch, attempts_send_forget(db, steps, err), NULL, NULL);
    batch_sent(batch, records_send_commit(db, err), NULL, NULL);
}
