/* The table of attempts. SPDX-License-Identifier: MIT */
#include "attempts.h"

#include <stdio.h>

bool attempts_suspicious(const struct work *work)
{
    return work->type == WORK_MESSAGE && work->message.delivery_count >= ATTEMPTS_AFTER;
}

enum err_code attempts_count(struct db *db, const char *id, int32_t *count, struct err *err)
{
    static const struct db_statement statement = {
        "attempts_count", "INSERT INTO attempts (message_id, count) VALUES ($1::text::uuid, 1) "
                          "ON CONFLICT (message_id) DO UPDATE SET count = attempts.count + 1, "
                          "last_at = now() RETURNING count"};
    if (db_ensure(db, err) != ERR_OK)
        return err->code;
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_arg_text(&args, id);
    enum err_code code = db_run(db, &statement, &args, &result, err);
    db_args_free(&args);
    if (code == ERR_OK)
        *count = db_int4(result, 0, 0);
    db_result_free(result);
    return code;
}

/* The message has ended the process again: back to where the operator took it from. */
static enum err_code park_again(struct db *db, const char *id, int32_t deaths, struct err *err)
{
    static const struct db_statement statement = {
        "attempts_park", "WITH gone AS (DELETE FROM deferred WHERE message_id = $1::text::uuid "
                         "RETURNING *), forgotten AS (DELETE FROM attempts WHERE message_id = "
                         "$1::text::uuid) INSERT INTO parked (message_id, type, reason, body) "
                         "SELECT message_id, type, 'it ended the process ' || $2::int4 || "
                         "' times', body FROM gone"};
    struct db_args args = {0};
    db_arg_text(&args, id);
    db_arg_int4(&args, deaths);
    enum err_code code = db_run(db, &statement, &args, NULL, err);
    db_args_free(&args);
    return code;
}

enum err_code attempts_take_redriven(struct db *db, char *id, size_t size, struct err *err)
{
    static const struct db_statement statement = {
        "attempts_redriven",
        "INSERT INTO attempts (message_id, count) SELECT message_id, 1 FROM (SELECT message_id "
        "FROM deferred WHERE kind = 'redriven' AND retry_at <= now() ORDER BY retry_at LIMIT 1 "
        "FOR UPDATE SKIP LOCKED) AS next ON CONFLICT (message_id) DO UPDATE SET count = "
        "attempts.count + 1, last_at = now() RETURNING message_id, count"};
    struct db_result *result = NULL;
    id[0] = '\0';
    if (db_ensure(db, err) != ERR_OK || db_run(db, &statement, NULL, &result, err) != ERR_OK)
        return err->code;
    int32_t count = 0;
    if (db_rows(result) == 1) {
        (void)snprintf(id, size, "%s", db_text(result, 0, 0));
        count = db_int4(result, 0, 1);
    }
    db_result_free(result);
    if (count <= ATTEMPTS_MAX)
        return ERR_OK;
    char deadly[UUID_SIZE];
    (void)snprintf(deadly, sizeof deadly, "%s", id);
    id[0] = '\0';
    return park_again(db, deadly, count - 1, err);
}

enum err_code attempts_send_redriven(struct db *db, const char *id, struct err *err)
{
    static const struct db_statement statement = {
        "redriven_one", "SELECT message_id, type, body FROM deferred WHERE message_id = "
                        "$1::text::uuid FOR UPDATE SKIP LOCKED"};
    struct db_args args = {0};
    db_arg_text(&args, id);
    enum err_code code = db_send(db, &statement, &args, err);
    db_args_free(&args);
    return code;
}

bool step_was_attempted(const struct step *step)
{
    return step->attempted;
}

enum err_code attempts_send_forget(struct db *db, const struct steps *steps, struct err *err)
{
    static const struct db_statement statement = {
        "attempts_forget", "DELETE FROM attempts WHERE message_id = ANY($1::text[]::uuid[])"};
    struct db_args args = {0};
    db_array_begin(&args, DB_OID_TEXT);
    for (size_t i = 0; i < steps->count; i++) {
        if (step_was_attempted(steps->at[i]))
            db_array_text(&args, steps->at[i]->id);
    }
    db_array_end(&args);
    enum err_code code = db_send(db, &statement, &args, err);
    db_args_free(&args);
    return code;
}
