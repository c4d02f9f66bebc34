/* The statements of inbox, outbox, parked, deferred and idempotency. SPDX-License-Identifier: MIT
 */
#include "records.h"

#include <stdio.h>
#include <string.h>

bool step_has_inbox_id(const struct step *step)
{
    return step->type == STEP_MESSAGE || step->type == STEP_COMMAND;
}

bool step_has_key(const struct step *step)
{
    return step->type == STEP_COMMAND && step->work->command.key[0] != '\0';
}

bool step_has_events(const struct step *step)
{
    return step->outcome == OUTCOME_APPLIED && step->event_count > 0;
}

bool step_is_parked(const struct step *step)
{
    return step->outcome == OUTCOME_REFUSED &&
           (step->type == STEP_MESSAGE || step->type == STEP_DEFERRED) && !step->duplicate;
}

bool step_is_deferred(const struct step *step)
{
    return step->outcome == OUTCOME_DEFERRED &&
           (step->type == STEP_MESSAGE || step->type == STEP_DEFERRED) && !step->duplicate;
}

bool step_is_undeferred(const struct step *step)
{
    return step->type == STEP_DEFERRED && step->outcome != OUTCOME_DEFERRED;
}

/* A request that failed may be tried again with the same key; only what took effect is answered for
 * ever. A command that is held has no status yet. */
bool step_keeps_key(const struct step *step)
{
    if (!step_has_key(step) || step->duplicate)
        return false;
    int status = step->work->command.response.status;
    return status > 0 && status < 400;
}

/* One column of a set-based statement: a value of every step that the filter lets through. */
typedef void put_step(struct db_args *args, const struct step *step);

static void put_column(struct db_args *args, const struct steps *steps, step_filter *filter,
                       enum db_oid oid, put_step *put)
{
    db_array_begin(args, oid);
    for (size_t i = 0; i < steps->count; i++) {
        if (filter(steps->at[i]))
            put(args, steps->at[i]);
    }
    db_array_end(args);
}

static enum err_code send_and_free(struct db *db, const struct db_statement *statement,
                                   struct db_args *args, struct err *err)
{
    enum err_code code = db_send(db, statement, args, err);
    db_args_free(args);
    return code;
}

static void put_id(struct db_args *args, const struct step *step)
{
    db_array_text(args, step->id);
}

static void put_name(struct db_args *args, const struct step *step)
{
    db_array_text(args, step->name);
}

static void put_subject(struct db_args *args, const struct step *step)
{
    db_array_int4(args, step->input.subject_id);
}

static void put_key(struct db_args *args, const struct step *step)
{
    db_array_text(args, step->work->command.key);
}

static void put_fingerprint(struct db_args *args, const struct step *step)
{
    const struct command *command = &step->work->command;
    db_array_bytes(args, command->fingerprint, sizeof command->fingerprint);
}

static void put_status(struct db_args *args, const struct step *step)
{
    db_array_int4(args, step->work->command.response.status);
}

static void put_answer(struct db_args *args, const struct step *step)
{
    db_array_text(args, buf_text(&step->work->command.response.body));
}

static void put_location(struct db_args *args, const struct step *step)
{
    db_array_text(args, step->work->command.response.location);
}

void records_make_ascii(char *reason)
{
    for (char *c = reason; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~')
            *c = '?';
    }
}

static void put_refusal(struct db_args *args, const struct step *step)
{
    char reason[sizeof step->refusal];
    memcpy(reason, step->refusal, sizeof reason);
    records_make_ascii(reason);
    db_array_text(args, reason);
}

static void put_bytes(struct db_args *args, const struct step *step)
{
    if (step->type == STEP_DEFERRED)
        db_array_bytes(args, buf_text(&step->bytes), step->bytes.length);
    else
        db_array_bytes(args, step->work->message.bytes, step->work->message.length);
}

static void put_deferred_kind(struct db_args *args, const struct step *step)
{
    db_array_text(args, step->deferred_kind->name);
}

static void put_deferred_id(struct db_args *args, const struct step *step)
{
    db_array_int4(args, step->deferred_id);
}

enum err_code records_send_begin(struct db *db, struct err *err)
{
    static const struct db_statement statement = {"begin", "BEGIN"};
    return db_send(db, &statement, NULL, err);
}

enum err_code records_send_commit(struct db *db, struct err *err)
{
    static const struct db_statement statement = {"commit", "COMMIT"};
    return db_send(db, &statement, NULL, err);
}

enum err_code records_send_inbox(struct db *db, const struct steps *steps, struct err *err)
{
    static const struct db_statement statement = {
        "inbox_insert", "INSERT INTO inbox (message_id, type, subject_id) "
                        "SELECT u.id::uuid, u.type, u.subject FROM "
                        "unnest($1::text[], $2::text[], $3::int4[]) AS u(id, type, subject) "
                        "ON CONFLICT DO NOTHING RETURNING message_id"};
    struct db_args args = {0};
    put_column(&args, steps, step_has_inbox_id, DB_OID_TEXT, put_id);
    put_column(&args, steps, step_has_inbox_id, DB_OID_TEXT, put_name);
    put_column(&args, steps, step_has_inbox_id, DB_OID_INT4, put_subject);
    return send_and_free(db, &statement, &args, err);
}

/* The version before this one claimed a key first, with the status 0: nobody is at it any more when
 * it is old. */
enum err_code records_send_keys_read(struct db *db, const struct steps *steps, struct err *err)
{
    static const struct db_statement statement = {
        "idempotency_read",
        "WITH gone AS (DELETE FROM idempotency WHERE key = ANY($1::text[]) AND status = 0 AND "
        "created_at < now() - interval '1 minute') "
        "SELECT key, fingerprint, status, body, location FROM idempotency "
        "WHERE key = ANY($1::text[]) AND status > 0"};
    struct db_args args = {0};
    put_column(&args, steps, step_has_key, DB_OID_TEXT, put_key);
    return send_and_free(db, &statement, &args, err);
}

enum err_code records_send_deferred_of(struct db *db, const struct workset *set, struct err *err)
{
    static const struct db_statement statement = {
        "deferred_of", "SELECT d.message_id, d.type, d.body FROM deferred AS d JOIN "
                       "unnest($1::text[], $2::int4[]) AS u(kind, id) "
                       "ON d.kind = u.kind AND d.aggregate_id = u.id "
                       "ORDER BY d.deferred_at, d.message_id FOR UPDATE OF d SKIP LOCKED"};
    struct db_args args = {0};
    db_array_begin(&args, DB_OID_TEXT);
    for (const struct copy *copy = set->first; copy != NULL; copy = copy->next) {
        if (!copy->loaded)
            db_array_text(&args, copy->kind->name);
    }
    db_array_end(&args);
    db_array_begin(&args, DB_OID_INT4);
    for (const struct copy *copy = set->first; copy != NULL; copy = copy->next) {
        if (!copy->loaded)
            db_array_int4(&args, copy->id);
    }
    db_array_end(&args);
    return send_and_free(db, &statement, &args, err);
}

enum err_code records_send_deferred_due(struct db *db, int64_t now_ms, int32_t limit,
                                        struct err *err)
{
    static const struct db_statement statement = {
        "deferred_due", "SELECT message_id, type, body FROM deferred "
                        "WHERE retry_at <= to_timestamp($1::int8 / 1000.0) AND kind <> 'redriven' "
                        "ORDER BY retry_at "
                        "LIMIT $2::int4 FOR UPDATE SKIP LOCKED"};
    struct db_args args = {0};
    db_arg_int8(&args, now_ms);
    db_arg_int4(&args, limit);
    return send_and_free(db, &statement, &args, err);
}

static void put_outgoing(struct db_args *args, const struct outgoing *event, size_t column)
{
    char correlation[16] = "";
    if (event->order_id > 0)
        (void)snprintf(correlation, sizeof correlation, "%d", event->order_id);
    const char *const texts[] = {event->id, event_schemas[event->type].type, correlation,
                                 event->traceparent};
    if (column < 4)
        db_array_text(args, texts[column]);
    else if (column == 4)
        db_array_bytes(args, buf_text(&event->body), event->body.length);
    else
        db_array_int4(args, column == 5 ? event->subject_id : event->sequence);
}

/* A step may be decided after one that stands behind it in the batch, so the steps' order is not
 * that of the events: sequence is, for each aggregate. */
enum err_code records_send_outbox(struct db *db, const struct steps *steps, int64_t now_ms,
                                  struct err *err)
{
    static const struct db_statement statement = {
        "outbox_insert",
        "INSERT INTO outbox (event_id, type, correlation, traceparent, body, subject_id, "
        "sequence, created_at) SELECT u.id::uuid, u.type, u.correlation, u.traceparent, u.body, "
        "u.subject, u.sequence, to_timestamp($8::int8 / 1000.0) FROM "
        "unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int4[], "
        "$7::int4[]) AS u(id, type, correlation, traceparent, body, subject, sequence) "
        "ORDER BY u.sequence"};
    enum { COLUMNS = 7, TEXT_COLUMNS = 5 };
    struct db_args args = {0};
    for (size_t column = 0; column < COLUMNS; column++) {
        db_array_begin(&args, column < TEXT_COLUMNS ? DB_OID_TEXT : DB_OID_INT4);
        for (size_t i = 0; i < steps->count; i++) {
            const struct step *step = steps->at[i];
            for (size_t j = 0; step_has_events(step) && j < step->event_count; j++)
                put_outgoing(&args, &step->events[j], column);
        }
        db_array_end(&args);
    }
    db_arg_int8(&args, now_ms);
    return send_and_free(db, &statement, &args, err);
}

enum err_code records_send_parked(struct db *db, const struct steps *steps, struct err *err)
{
    static const struct db_statement statement = {
        "parked_insert", "INSERT INTO parked (message_id, type, reason, body) "
                         "SELECT u.id::uuid, u.type, u.reason, u.body FROM "
                         "unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) "
                         "AS u(id, type, reason, body)"};
    struct db_args args = {0};
    put_column(&args, steps, step_is_parked, DB_OID_TEXT, put_id);
    put_column(&args, steps, step_is_parked, DB_OID_TEXT, put_name);
    put_column(&args, steps, step_is_parked, DB_OID_TEXT, put_refusal);
    put_column(&args, steps, step_is_parked, DB_OID_BYTEA, put_bytes);
    return send_and_free(db, &statement, &args, err);
}

enum err_code records_send_deferred(struct db *db, const struct steps *steps, int64_t retry_at_ms,
                                    struct err *err)
{
    static const struct db_statement statement = {
        "deferred_insert",
        "INSERT INTO deferred (message_id, type, kind, aggregate_id, body, retry_at) "
        "SELECT u.id::uuid, u.type, u.kind, u.aggregate, u.body, to_timestamp($6::int8 / 1000.0) "
        "FROM "
        "unnest($1::text[], $2::text[], $3::text[], $4::int4[], $5::bytea[]) "
        "AS u(id, type, kind, aggregate, body) "
        "ON CONFLICT (message_id) DO UPDATE SET kind = excluded.kind, "
        "aggregate_id = excluded.aggregate_id, retry_at = excluded.retry_at"};
    struct db_args args = {0};
    put_column(&args, steps, step_is_deferred, DB_OID_TEXT, put_id);
    put_column(&args, steps, step_is_deferred, DB_OID_TEXT, put_name);
    put_column(&args, steps, step_is_deferred, DB_OID_TEXT, put_deferred_kind);
    put_column(&args, steps, step_is_deferred, DB_OID_INT4, put_deferred_id);
    put_column(&args, steps, step_is_deferred, DB_OID_BYTEA, put_bytes);
    db_arg_int8(&args, retry_at_ms);
    return send_and_free(db, &statement, &args, err);
}

enum err_code records_send_undeferred(struct db *db, const struct steps *steps, struct err *err)
{
    static const struct db_statement statement = {
        "deferred_delete", "DELETE FROM deferred WHERE message_id = ANY($1::text[]::uuid[])"};
    struct db_args args = {0};
    put_column(&args, steps, step_is_undeferred, DB_OID_TEXT, put_id);
    return send_and_free(db, &statement, &args, err);
}

/* When another process has kept one meanwhile, the whole transaction conflicts; in order, so that
 * two of them cannot wait for each other. */
enum err_code records_send_keys_keep(struct db *db, const struct steps *steps, struct err *err)
{
    static const struct db_statement statement = {
        "idempotency_keep",
        "INSERT INTO idempotency (key, fingerprint, status, body, location) SELECT * FROM "
        "unnest($1::text[], $2::bytea[], $3::int4[], $4::text[], $5::text[]) "
        "AS u(key, fingerprint, status, body, location) ORDER BY u.key"};
    struct db_args args = {0};
    put_column(&args, steps, step_keeps_key, DB_OID_TEXT, put_key);
    put_column(&args, steps, step_keeps_key, DB_OID_BYTEA, put_fingerprint);
    put_column(&args, steps, step_keeps_key, DB_OID_INT4, put_status);
    put_column(&args, steps, step_keeps_key, DB_OID_TEXT, put_answer);
    put_column(&args, steps, step_keeps_key, DB_OID_TEXT, put_location);
    return send_and_free(db, &statement, &args, err);
}
