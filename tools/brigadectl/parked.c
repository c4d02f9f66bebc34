/* Parked messages: look at them, and let the service try them again. SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdlib.h>

#include "ctl.h"
#include "json_text.h"

enum { AT_ONCE = 500 };

static const struct column list_columns[] = {
    {.key = "service"}, {.key = "id", .number = true},    {.key = "parked_at"},
    {.key = "type"},    {.key = "order", .number = true}, {.key = "message_id"},
    {.key = "reason"},
};

static enum err_code list_of(struct ctl *ctl, size_t party, struct table *table, struct err *err)
{
    static const struct db_statement statement = {
        "parked_list",
        "SELECT id, " SQL_UTC("parked_at") ", type, " SQL_ORDER_ID ", message_id, reason "
                                           "FROM (SELECT * FROM parked ORDER BY id DESC LIMIT "
                                           "1000) AS latest ORDER BY id"};
    struct db_result *rows = NULL;
    if (ctl_query(ctl, party, &statement, NULL, &rows, err) != ERR_OK)
        return err->code;
    for (int row = 0; row < db_rows(rows); row++) {
        const char *order = db_null(rows, row, 3) ? NULL : db_text(rows, row, 3);
        table_row(table, (const char *const[]){parties[party].name, db_text(rows, row, 0),
                                               db_text(rows, row, 1), db_text(rows, row, 2), order,
                                               db_text(rows, row, 4), db_text(rows, row, 5)});
    }
    db_result_free(rows);
    return ERR_OK;
}

enum err_code parked_list(struct ctl *ctl, bool *found, struct err *err)
{
    struct table table = {.name = "parked",
                          .columns = list_columns,
                          .column_count = sizeof list_columns / sizeof list_columns[0]};
    size_t only = PARTY_COUNT;
    if (ctl->arguments.word_count > 0 && ctl_party(ctl->arguments.words[0], &only, err) != ERR_OK)
        return err->code;
    enum err_code code = ERR_OK;
    for (size_t i = 0; i < PARTY_COUNT && code == ERR_OK; i++) {
        if (only == PARTY_COUNT || only == i)
            code = list_of(ctl, i, &table, err);
    }
    *found = table.row_count > 0;
    if (code == ERR_OK)
        output_table(&ctl->output, &table, "nothing is parked");
    table_free(&table);
    return code;
}

/* Can it be shown as it is? JSON without line breaks and escapes that are none, mostly. */
static bool is_text(const struct buf *body)
{
    const char *at = buf_text(body), *end = at + body->length;
    struct buf scratch = {0};
    bool valid = true;
    while (valid && at < end)
        valid = json_text_next(&at, end, &scratch) == NULL;
    buf_free(&scratch);
    return valid;
}

static void show_row(struct ctl *ctl, const struct db_result *rows)
{
    static const char *const keys[] = {"id", "message_id", "type", "parked_at", "reason"};
    struct buf body = {0};
    for (int i = 0; i < (int)(sizeof keys / sizeof keys[0]); i++)
        output_fact(&ctl->output, keys[i], db_text(rows, 0, i));
    db_bytes(rows, 0, 5, &body);
    output_fact(&ctl->output, "body", is_text(&body) ? buf_text(&body) : db_text(rows, 0, 6));
    buf_free(&body);
}

enum err_code parked_show(struct ctl *ctl, bool *found, struct err *err)
{
    static const struct db_statement statement = {
        "parked_show", "SELECT id, message_id, type, " SQL_UTC(
                           "parked_at") ", reason, body, "
                                        "encode(body, 'escape') FROM parked WHERE id = $1::int8"};
    struct db_result *rows = NULL;
    struct db_args args = {0};
    size_t party;
    int64_t id;
    if (ctl_party(ctl->arguments.words[0], &party, err) != ERR_OK ||
        ctl_id(ctl->arguments.words[1], "id", INT64_MAX, &id, err) != ERR_OK)
        return err->code;
    db_arg_int8(&args, id);
    if (ctl_query(ctl, party, &statement, &args, &rows, err) != ERR_OK)
        return err->code;
    *found = db_rows(rows) == 0;
    if (db_rows(rows) > 0)
        show_row(ctl, rows);
    else
        output_note(&ctl->output, "there is no parked message with this id");
    db_result_free(rows);
    return ERR_OK;
}

/* The ids that the words behind the service's name are, or all that are parked now. */
struct choice {
    size_t party;
    int64_t *ids;
    size_t count;
};

static enum err_code choose_given(const struct ctl *ctl, struct choice *choice, struct err *err)
{
    choice->count = ctl->arguments.word_count - 1;
    if (choice->count == 0)
        return err_set(err, ERR_CONFIG, "which ones? Give their ids, or --all");
    choice->ids = mem_alloc(choice->count, sizeof *choice->ids);
    for (size_t i = 0; i < choice->count; i++) {
        if (ctl_id(ctl->arguments.words[i + 1], "id", INT64_MAX, &choice->ids[i], err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code choose_all(struct ctl *ctl, struct choice *choice, struct err *err)
{
    static const struct db_statement statement = {"parked_ids",
                                                  "SELECT id FROM parked ORDER BY id"};
    struct db_result *rows = NULL;
    if (ctl->arguments.word_count > 1)
        return err_set(err, ERR_CONFIG, "either ids or --all");
    if (ctl_query(ctl, choice->party, &statement, NULL, &rows, err) != ERR_OK)
        return err->code;
    choice->count = (size_t)db_rows(rows);
    choice->ids = mem_alloc(choice->count + 1, sizeof *choice->ids);
    for (size_t i = 0; i < choice->count; i++)
        choice->ids[i] = db_int8(rows, (int)i, 0);
    db_result_free(rows);
    return ERR_OK;
}

/* Move these, or only count them. One statement is one transaction: a message is in one of the two
 * tables at any time. One that is deferred already stays as it is. */
static enum err_code redrive_some(struct ctl *ctl, const struct choice *choice, size_t from,
                                  size_t count, int64_t *moved, struct err *err)
{
    static const struct db_statement move = {
        "parked_redrive",
        "WITH gone AS (DELETE FROM parked WHERE id = ANY($1::int8[]) RETURNING *), "
        "moved AS (INSERT INTO deferred (message_id, type, kind, aggregate_id, body, retry_at) "
        "SELECT message_id, type, 'redriven', 0, body, now() FROM gone ORDER BY id "
        "ON CONFLICT DO NOTHING) SELECT count(*) FROM gone"};
    static const struct db_statement look = {
        "parked_look", "SELECT count(*) FROM parked WHERE id = ANY($1::int8[])"};
    bool dry = (ctl->arguments.options & OPTION_DRY_RUN) != 0;
    struct db_result *rows = NULL;
    struct db_args args = {0};
    db_array_begin(&args, DB_OID_INT8);
    for (size_t i = from; i < from + count; i++)
        db_array_int8(&args, choice->ids[i]);
    db_array_end(&args);
    if (ctl_query(ctl, choice->party, dry ? &look : &move, &args, &rows, err) != ERR_OK)
        return err->code;
    *moved = db_int8(rows, 0, 0);
    db_result_free(rows);
    return ERR_OK;
}

static enum err_code redrive(struct ctl *ctl, const struct choice *choice, struct pace *pace,
                             struct err *err)
{
    size_t step = ctl->arguments.rate > 0 ? 1 : AT_ONCE;
    for (size_t from = 0; from < choice->count; from += step) {
        size_t left = choice->count - from;
        int64_t moved = 0;
        if (redrive_some(ctl, choice, from, left < step ? left : step, &moved, err) != ERR_OK)
            return err_wrap(err, "%" PRId64 " were moved, then", pace->done);
        pace_step(pace, moved);
    }
    return ERR_OK;
}

enum err_code parked_redrive(struct ctl *ctl, bool *found, struct err *err)
{
    bool dry = (ctl->arguments.options & OPTION_DRY_RUN) != 0;
    struct pace pace = {.rate = dry ? 0 : ctl->arguments.rate, .doing = "redriving"};
    struct choice choice = {0};
    if (ctl_party(ctl->arguments.words[0], &choice.party, err) != ERR_OK)
        return err->code;
    enum err_code code = (ctl->arguments.options & OPTION_ALL) != 0
                             ? choose_all(ctl, &choice, err)
                             : choose_given(ctl, &choice, err);
    if (code == ERR_OK)
        code = redrive(ctl, &choice, &pace, err);
    if (code == ERR_OK) {
        *found = pace.done < (int64_t)choice.count;
        output_number(&ctl->output, dry ? "would_redrive" : "redriven", pace.done);
        output_number(&ctl->output, "not_found", (int64_t)choice.count - pace.done);
    }
    free(choice.ids);
    return code;
}
