/* The outboxes, and sending again what was lost. SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "lost.h"

enum { SETTLE_S = 10, AT_ONCE = 500 };

static const struct column list_columns[] = {
    {.key = "service"},     {.key = "waiting", .number = true}, {.key = "oldest"},
    {.key = "oldest_type"}, {.key = "sent", .number = true},    {.key = "latest_sent"},
};

static enum err_code list_of(struct ctl *ctl, size_t party, struct table *table, bool *found,
                             struct err *err)
{
    static const struct db_statement statement = {
        "outbox_list",
        "SELECT (SELECT count(*) FROM outbox), " SQL_UTC(
            "o.created_at") ", o.type, "
                            "(SELECT count(*) FROM sent), (SELECT " SQL_UTC(
                                "max(sent_at)") " FROM sent), "
                                                "coalesce(o.created_at < now() - interval '10 s', "
                                                "false) "
                                                "FROM (SELECT 1) AS always LEFT JOIN "
                                                "(SELECT created_at, type FROM outbox ORDER BY id "
                                                "LIMIT 1) AS o ON true"};
    struct db_result *rows = NULL;
    if (ctl_query(ctl, party, &statement, NULL, &rows, err) != ERR_OK)
        return err->code;
    table_row(table, (const char *const[]){parties[party].name, db_text(rows, 0, 0),
                                           db_null(rows, 0, 1) ? NULL : db_text(rows, 0, 1),
                                           db_null(rows, 0, 2) ? NULL : db_text(rows, 0, 2),
                                           db_text(rows, 0, 3),
                                           db_null(rows, 0, 4) ? NULL : db_text(rows, 0, 4)});
    *found = *found || db_bool(rows, 0, 5);
    db_result_free(rows);
    return ERR_OK;
}

enum err_code outbox_list(struct ctl *ctl, bool *found, struct err *err)
{
    struct table table = {.name = "outboxes",
                          .columns = list_columns,
                          .column_count = sizeof list_columns / sizeof list_columns[0]};
    enum err_code code = ERR_OK;
    for (size_t i = 0; i < PARTY_COUNT && code == ERR_OK; i++)
        code = list_of(ctl, i, &table, found, err);
    if (code == ERR_OK)
        output_table(&ctl->output, &table, NULL);
    table_free(&table);
    return code;
}

static const struct column lost_columns[] = {
    {.key = "from"}, {.key = "to"},       {.key = "type"}, {.key = "subject_id", .number = true},
    {.key = "sent"}, {.key = "event_id"},
};

/* What is missing: for people, and the rows to be sent again. A row that two subscribers lack is
 * there twice, and goes once. */
struct losses {
    struct table table;
    int64_t *rows[PARTY_COUNT]; /* by publisher */
    size_t counts[PARTY_COUNT];
};

static void note(void *context, const struct lost *lost)
{
    struct losses *losses = context;
    char sent[CLOCK_TEXT_SIZE], subject[16];
    size_t *count = &losses->counts[lost->publisher];
    int64_t **rows = &losses->rows[lost->publisher];
    clock_format(lost->sent_ms, sent);
    (void)snprintf(subject, sizeof subject, "%" PRId32, lost->subject_id);
    table_row(&losses->table,
              (const char *const[]){parties[lost->publisher].name, parties[lost->subscriber].name,
                                    lost->type, subject, sent, lost->event_id});
    *rows = mem_resize(*rows, (*count + 1) * sizeof **rows);
    (*rows)[(*count)++] = lost->row;
}

static enum err_code send_again(struct ctl *ctl, size_t party, const int64_t *rows, size_t count,
                                int64_t *sent, struct err *err)
{
    static const struct db_statement statement = {
        "outbox_replay",
        "WITH gone AS (DELETE FROM sent WHERE id = ANY($1::int8[]) RETURNING *), "
        "again AS (INSERT INTO outbox (event_id, type, subject_id, sequence, correlation, "
        "traceparent, body, created_at) SELECT event_id, type, subject_id, sequence, correlation, "
        "traceparent, body, created_at FROM gone ORDER BY id) SELECT count(*) FROM gone"};
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_array_begin(&args, DB_OID_INT8);
    for (size_t i = 0; i < count; i++)
        db_array_int8(&args, rows[i]);
    db_array_end(&args);
    if (ctl_query(ctl, party, &statement, &args, &result, err) != ERR_OK)
        return err->code;
    *sent = db_int8(result, 0, 0);
    db_result_free(result);
    return ERR_OK;
}

static enum err_code replay_all(struct ctl *ctl, const struct losses *losses, struct pace *pace,
                                struct err *err)
{
    for (size_t party = 0; party < PARTY_COUNT; party++) {
        for (size_t from = 0; from < losses->counts[party]; from += AT_ONCE) {
            size_t left = losses->counts[party] - from;
            int64_t sent = 0;
            if (send_again(ctl, party, losses->rows[party] + from, left < AT_ONCE ? left : AT_ONCE,
                           &sent, err) != ERR_OK)
                return err_wrap(err, "%" PRId64 " were sent again, then", pace->done);
            pace_step(pace, sent);
        }
    }
    return ERR_OK;
}

enum err_code outbox_replay(struct ctl *ctl, bool *found, struct err *err)
{
    bool dry = (ctl->arguments.options & OPTION_DRY_RUN) != 0;
    int64_t settle_s = ctl->arguments.settle_s > 0 ? ctl->arguments.settle_s : SETTLE_S, looked = 0;
    struct losses losses = {
        .table = {.name = "missing",
                  .columns = lost_columns,
                  .column_count = sizeof lost_columns / sizeof lost_columns[0]}};
    struct pace pace = {.doing = "sending again"};
    enum err_code code = lost_find(ctl, settle_s, note, &losses, &looked, err);
    if (code == ERR_OK && !dry)
        code = replay_all(ctl, &losses, &pace, err);
    if (code == ERR_OK) {
        *found = dry && losses.table.row_count > 0;
        output_number(&ctl->output, "looked_at", looked);
        output_table(&ctl->output, &losses.table, "nothing is missing");
        output_number(&ctl->output, "sent_again", pace.done);
    }
    table_free(&losses.table);
    for (size_t i = 0; i < PARTY_COUNT; i++)
        free(losses.rows[i]);
    return code;
}
