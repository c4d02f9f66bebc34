/* The engine's own tables (common/migrations/0001_engine.sql): what is written and read in a
 * batch's transaction.
 *
 * Each function queues statements on the connection (db_send); their results come with the batch's
 * next db_sync, one for each statement, in order. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_RECORDS_H
#define BRIGADE_RECORDS_H

#include "step_internal.h"

/* A list of steps: what batch.c works on. */
struct steps {
    struct step **at;
    size_t count;
};

/* Which steps a statement is about. */
typedef bool step_filter(const struct step *step);

/* One statement each. The result of the inbox has a row with the id of each step that is new; the
 * result of the keys has a row (key, fingerprint, status, body, location) for each key that was
 * answered before. */
enum err_code records_send_begin(struct db *db, struct err *err) MUST_CHECK;
enum err_code records_send_commit(struct db *db, struct err *err) MUST_CHECK;
enum err_code records_send_inbox(struct db *db, const struct steps *steps,
                                 struct err *err) MUST_CHECK;
enum err_code records_send_keys_read(struct db *db, const struct steps *steps,
                                     struct err *err) MUST_CHECK;

/* Deferred messages of the aggregates that are not loaded yet: rows (message_id, type, body). */
enum err_code records_send_deferred_of(struct db *db, const struct workset *set,
                                       struct err *err) MUST_CHECK;
/* Deferred messages that were not tried for a while, at most `limit`, but for those that an
 * operator has redriven (attempts.h). The same rows. */
enum err_code records_send_deferred_due(struct db *db, int64_t now_ms, int32_t limit,
                                        struct err *err) MUST_CHECK;

/* Why a message is parked may quote what came in, cut anywhere: only printable ASCII is sure to be
 * stored. */
void records_make_ascii(char *reason);

/* What the steps came to. One statement each; to be called only when the filter of the same name
 * has a step. */
/* `now_ms` is the time in the events' envelopes. */
enum err_code records_send_outbox(struct db *db, const struct steps *steps, int64_t now_ms,
                                  struct err *err) MUST_CHECK;
enum err_code records_send_parked(struct db *db, const struct steps *steps,
                                  struct err *err) MUST_CHECK;
enum err_code records_send_deferred(struct db *db, const struct steps *steps, int64_t retry_at_ms,
                                    struct err *err) MUST_CHECK;
enum err_code records_send_undeferred(struct db *db, const struct steps *steps,
                                      struct err *err) MUST_CHECK;
enum err_code records_send_keys_keep(struct db *db, const struct steps *steps,
                                     struct err *err) MUST_CHECK;

bool step_has_inbox_id(const struct step *step);  /* inbox */
bool step_has_key(const struct step *step);       /* keys_read */
bool step_has_events(const struct step *step);    /* outbox */
bool step_is_parked(const struct step *step);     /* parked */
bool step_is_deferred(const struct step *step);   /* deferred */
bool step_is_undeferred(const struct step *step); /* undeferred */
bool step_keeps_key(const struct step *step);     /* keys_keep */

#endif
