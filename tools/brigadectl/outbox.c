/* The outboxes. SPDX-License-Identifier: MIT */
#include "ctl.h"

static const struct column list_columns[] = {
    {.key = "service"},     {.key = "waiting", .number = true},    {.key = "oldest"},
    {.key = "oldest_type"}, {.key = "sent_about", .number = true}, {.key = "latest_sent"},
};

static enum err_code list_of(struct ctl *ctl, size_t party, struct table *table, bool *found,
                             struct err *err)
{
    /* `sent` may hold millions: only an estimate, and the latest by the primary key. */
    static const struct db_statement statement = {
        "outbox_list",
        "SELECT (SELECT count(*) FROM outbox), " SQL_UTC(
            "o.created_at") ", o.type, (SELECT nullif(reltuples, -1)::int8 FROM pg_class "
                            "WHERE oid = 'sent'::regclass), " SQL_UTC(
                                "s.sent_at") ", "
                                             "coalesce(o.created_at < now() - interval '10 s', "
                                             "false) FROM (SELECT 1) AS always "
                                             "LEFT JOIN (SELECT created_at, type FROM outbox ORDER "
                                             "BY id LIMIT 1) AS o ON true "
                                             "LEFT JOIN (SELECT sent_at FROM sent ORDER BY id DESC "
                                             "LIMIT 1) AS s ON true"};
    struct db_result *rows = NULL;
    if (ctl_query(ctl, party, &statement, NULL, &rows, err) != ERR_OK)
        return err->code;
    table_row(table, (const char *const[]){parties[party].name, db_text(rows, 0, 0),
                                           db_null(rows, 0, 1) ? NULL : db_text(rows, 0, 1),
                                           db_null(rows, 0, 2) ? NULL : db_text(rows, 0, 2),
                                           db_null(rows, 0, 3) ? NULL : db_text(rows, 0, 3),
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
