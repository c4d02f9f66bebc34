/* What the parts of a batch share: batch.c (the flow), batch_due.c (what is due), batch_io.c (the
 * round trips), batch_decide.c (the steps). SPDX-License-Identifier: MIT */
#ifndef BRIGADE_BATCH_INTERNAL_H
#define BRIGADE_BATCH_INTERNAL_H

#include "batch.h"
#include "failpoint.h"
#include "records.h"

/* A deferred message is tried again after this time, even if its aggregate seems not to have moved:
 * another replica may have moved it just while it was being deferred. */
enum { DEFERRED_RETRY_MS = 5000 };

struct batch;

/* Takes the result of one statement. */
typedef enum err_code batch_reader(struct batch *batch, const struct db_result *result,
                                   const void *context, struct err *err);

struct batch {
    const struct service *service;
    struct db *db;
    int64_t now_ms;
    struct workset workset;
    struct id_pool *pools;
    struct steps steps;
    size_t capacity;
    bool published;
    bool alone; /* nothing deferred is woken: what is decided may be what ends the process, and
                   nothing else shall be blamed for it */

    /* The round trip that is being put together: an error of a send sticks until it ends. */
    struct err err;
    struct {
        batch_reader *read; /* NULL: the result does not matter */
        const void *context;
    } * readers;
    size_t reader_count, reader_capacity;
};

/* batch.c: forget the last batch; queue BEGIN; decide the loaded steps, and commit. */
void batch_reset(struct batch *batch);
void batch_send_begin(struct batch *batch);
enum err_code batch_decide_and_save(struct batch *batch, struct err *err) MUST_CHECK;

/* batch_io.c: note that a statement was queued (with this code), and who takes its result. */
void batch_sent(struct batch *batch, enum err_code code, batch_reader *read, const void *context);

/* Send what is queued and hand the results to their readers. After an error the transaction is
 * gone. `sent` is passed in between, when there are steps. */
enum err_code batch_exchange(struct batch *batch, enum failpoint sent, struct err *err) MUST_CHECK;

/* Does the filter let any of the steps through? */
bool batch_any_step(const struct batch *batch, step_filter *filter);

/* Queue the loads of everything that is wanted and not loaded, or drawn. */
void batch_send_loads(struct batch *batch);
void batch_send_saves(struct batch *batch);

/* Is there anything that batch_send_loads would load? */
bool batch_wants_loads(const struct batch *batch);

/* A reader of (message_id, type, body): makes a step of each. */
batch_reader batch_read_deferred;

/* batch_decide.c: make steps. */
struct step *batch_add_step(struct batch *batch);
void batch_add_work(struct batch *batch, struct work *work);
void batch_add_timer(struct batch *batch, const struct timer *timer, int32_t id);
void batch_add_deferred(struct batch *batch, const char *id, const char *body, size_t length);

/* Let every handler ask for what it needs. */
void batch_learn(struct batch *batch);

/* Decide all steps in turn, and what was deferred on an aggregate that moved. May load more. */
enum err_code batch_decide(struct batch *batch, struct err *err) MUST_CHECK;

/* Count and log what became of the steps, once that is committed. */
void batch_tell(const struct batch *batch);

#endif
