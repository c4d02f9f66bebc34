/* The table of attempts. SPDX-License-Identifier: MIT */
#include "attempts.h"

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

bool step_was_attempted(const struct step *step)
{
    return step->type == STEP_MESSAGE && step->work->message.attempts > 0;
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
