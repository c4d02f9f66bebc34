/* What is due: timers, and messages that were deferred; together, or each by itself.
 * SPDX-License-Identifier: MIT */
#include "batch_internal.h"

#include "attempts.h"

static enum err_code read_due(struct batch *batch, const struct db_result *result,
                              const void *context, struct err *err)
{
    (void)err;
    for (int row = 0; row < db_rows(result); row++)
        batch_add_timer(batch, context, db_int4(result, row, 0));
    return ERR_OK;
}

static enum err_code load_and_decide(struct batch *batch, struct err *err)
{
    batch_learn(batch);
    batch_send_loads(batch);
    if (batch_exchange(batch, FAILPOINT_NONE, err) != ERR_OK)
        return err->code;
    return batch_decide_and_save(batch, err);
}

static void send_due(struct batch *batch, const struct timer *timer, int64_t look_back_ms,
                     int32_t limit)
{
    batch_sent(batch,
               kind_send_due(batch->db, timer->kind, batch->now_ms - look_back_ms, batch->now_ms,
                             limit, &batch->err),
               read_due, timer);
}

enum err_code batch_run_due(struct batch *batch, int64_t look_back_ms, int32_t limit, size_t *done,
                            struct err *err)
{
    batch_reset(batch);
    *done = 0;
    if (db_ensure(batch->db, err) != ERR_OK)
        return err->code;
    batch_send_begin(batch);
    for (size_t i = 0; i < batch->service->timer_count; i++)
        send_due(batch, &batch->service->timers[i], look_back_ms, limit);
    batch_sent(batch, records_send_deferred_due(batch->db, batch->now_ms, limit, &batch->err),
               batch_read_deferred, NULL);
    if (batch_exchange(batch, FAILPOINT_NONE, err) != ERR_OK)
        return err->code;
    *done = batch->steps.count;
    return load_and_decide(batch, err);
}

enum err_code batch_list_due(struct batch *batch, const struct timer *timer, int64_t look_back_ms,
                             int32_t *ids, size_t limit, size_t *count, struct err *err)
{
    batch_reset(batch);
    *count = 0;
    if (db_ensure(batch->db, err) != ERR_OK)
        return err->code;
    send_due(batch, timer, look_back_ms, (int32_t)limit);
    if (batch_exchange(batch, FAILPOINT_NONE, err) != ERR_OK)
        return err->code;
    *count = batch->steps.count;
    for (size_t i = 0; i < *count; i++)
        ids[i] = batch->steps.at[i]->input.subject_id;
    return ERR_OK;
}

static enum err_code run_one_timer(struct batch *batch, const struct timer *timer, int32_t id,
                                   struct err *err)
{
    batch_reset(batch);
    batch->alone = true;
    if (db_ensure(batch->db, err) != ERR_OK)
        return err->code;
    batch_send_begin(batch);
    batch_add_timer(batch, timer, id);
    return load_and_decide(batch, err);
}

enum err_code batch_run_timer(struct batch *batch, const struct timer *timer, int32_t id,
                              struct err *err)
{
    enum err_code code = ERR_CONFLICT;
    for (int i = 0; i < BATCH_CONFLICTS_MAX && code == ERR_CONFLICT; i++)
        code = run_one_timer(batch, timer, id, err);
    return code;
}

static enum err_code run_one_deferred(struct batch *batch, const char *id, struct err *err)
{
    batch_reset(batch);
    batch->alone = true;
    batch_send_begin(batch);
    batch_sent(batch, attempts_send_read(batch->db, id, &batch->err), batch_read_deferred, NULL);
    if (batch_exchange(batch, FAILPOINT_NONE, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < batch->steps.count; i++)
        batch->steps.at[i]->attempted = true;
    return load_and_decide(batch, err);
}

enum err_code batch_run_guarded(struct batch *batch, struct attempts_walk *walk, bool *found,
                                struct err *err)
{
    const struct attempts_walk before = *walk;
    bool parked = false;
    batch_reset(batch);
    enum err_code code = attempts_next(batch->db, walk, &parked, err);
    *found = walk->after[0] != '\0';
    if (code == ERR_OK && *found && !parked) {
        code = ERR_CONFLICT;
        for (int i = 0; i < BATCH_CONFLICTS_MAX && code == ERR_CONFLICT; i++)
            code = run_one_deferred(batch, walk->after, err);
        if (batch_refused(code)) {
            struct err why = *err;
            records_make_ascii(why.text);
            code = attempts_park(batch->db, walk->after, why.text, err);
        }
    }
    if (code != ERR_OK)
        *walk = before;
    return code;
}
