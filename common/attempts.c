/* The table of attempts. SPDX-License-Identifier: MIT */
#include "attempts.h"

#include <stdio.h>

bool attempts_suspicious(const struct work *work)
{
    return work->type == WORK_MESSAGE && work->message.delivery_count >= ATTEMPTS_AFTER;
}

bool attempts_any_suspicious(struct work *const *work, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (attempts_suspicious(work[i]))
            return true;
    }
    return false;
}

enum err_code attempts_count(struct db *db, const char *process, const char *id, int32_t *count,
                             struct err *err)
{
    static const struct db_statement statement = {
        "attempts_count",
        "INSERT INTO attempts AS a (message_id, count, process) "
        "VALUES ($2::text::uuid, 1, $1::text::uuid) ON CONFLICT (message_id) DO UPDATE SET count = "
        "a.count + (a.process <> excluded.process)::int, process = excluded.process, "
        "last_at = now() RETURNING count"};
    if (db_ensure(db, err) != ERR_OK)
        return err->code;
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_arg_text(&args, process);
    db_arg_text(&args, id);
    enum err_code code = db_run(db, &statement, &args, &result, err);
    db_args_free(&args);
    if (code == ERR_OK)
        *count = db_int4(result, 0, 0);
    db_result_free(result);
    return code;
}

enum err_code attempts_park(struct db *db, const char *id, const char *reason, struct err *err)
{
    static const struct db_statement statement = {
        "attempts_park", "WITH gone AS (DELETE FROM deferred WHERE message_id = $1::text::uuid "
                         "RETURNING *), forgotten AS (DELETE FROM attempts WHERE message_id = "
                         "$1::text::uuid) INSERT INTO parked (message_id, type, reason, body) "
                         "SELECT message_id, type, $2::text, body FROM gone"};
    struct db_args args = {0};
    db_arg_text(&args, id);
    db_arg_text(&args, reason);
    enum err_code code = db_run(db, &statement, &args, NULL, err);
    db_args_free(&args);
    return code;
}

#define NEXT_AFTER                                                                                 \
    "SELECT message_id FROM deferred WHERE message_id > "                                          \
    "coalesce(nullif($1::text, ''), '00000000-0000-0000-0000-000000000000')::uuid "
static enum err_code find_next(struct db *db, struct attempts_walk *walk, struct err *err)
{
    static const struct db_statement any = {"attempts_next",
                                            NEXT_AFTER "ORDER BY message_id LIMIT 1"};
    static const struct db_statement redriven = {"attempts_next_redriven", NEXT_AFTER
                                                 "AND kind = 'redriven' AND retry_at <= now() "
                                                 "ORDER BY message_id LIMIT 1"};
    struct db_args args = {0};
    struct db_result *result = NULL;
    if (db_ensure(db, err) != ERR_OK)
        return err->code;
    db_arg_text(&args, walk->after);
    enum err_code code = db_run(db, walk->all ? &any : &redriven, &args, &result, err);
    db_args_free(&args);
    if (code == ERR_OK)
        (void)snprintf(walk->after, sizeof walk->after, "%s",
                       db_rows(result) == 1 ? db_text(result, 0, 0) : "");
    db_result_free(result);
    return code;
}

enum err_code attempts_next(struct db *db, struct attempts_walk *walk, bool *parked,
                            struct err *err)
{
    int32_t count = 0;
    char reason[64];
    *parked = false;
    if (find_next(db, walk, err) != ERR_OK || walk->after[0] == '\0' ||
        attempts_count(db, walk->process, walk->after, &count, err) != ERR_OK ||
        count <= ATTEMPTS_MAX)
        return err->code;
    *parked = true;
    (void)snprintf(reason, sizeof reason, "it ended the process %d times", count - 1);
    return attempts_park(db, walk->after, reason, err);
}

enum err_code attempts_send_read(struct db *db, const char *id, struct err *err)
{
    static const struct db_statement statement = {
        "attempts_read", "SELECT message_id, type, body FROM deferred WHERE message_id = "
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
