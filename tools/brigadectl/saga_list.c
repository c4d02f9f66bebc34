/* The orders that are pending, or stuck. SPDX-License-Identifier: MIT */
#include "ctl.h"

static const struct column columns[] = {{.key = "order", .number = true},
                                        {.key = "service"},
                                        {.key = "state"},
                                        {.key = "since"},
                                        {.key = "detail"}};

/* Rows of (order, state, since, detail) from one service. */
static enum err_code add_rows(struct ctl *ctl, size_t party, const struct db_statement *statement,
                              struct table *table, struct err *err)
{
    struct db_result *rows = NULL;
    if (ctl_query(ctl, party, statement, NULL, &rows, err) != ERR_OK)
        return err->code;
    for (int row = 0; row < db_rows(rows); row++)
        table_row(table, (const char *const[]){db_text(rows, row, 0), parties[party].name,
                                               db_text(rows, row, 1), db_text(rows, row, 2),
                                               db_text(rows, row, 3)});
    db_result_free(rows);
    return ERR_OK;
}

/* Only messages that name an order; others are in `parked ls`. */
static enum err_code add_waits(struct ctl *ctl, size_t party, struct table *table, struct err *err)
{
    static const struct db_statement statement = {
        "saga_list_waits",
        "SELECT order_id, state, " SQL_UTC(
            "since") ", detail FROM ("
                     "SELECT " SQL_ORDER_ID " AS order_id, 'parked' AS state, parked_at AS since, "
                     "type || ': ' || reason AS detail FROM parked UNION ALL "
                     "SELECT " SQL_ORDER_ID ", 'deferred', deferred_at, "
                     "type || ' waits for ' || kind || ' ' || aggregate_id FROM deferred "
                     "WHERE deferred_at < now() - interval '10 s') AS waiting "
                     "WHERE order_id IS NOT NULL ORDER BY order_id::bigint, since LIMIT 1000"};
    return add_rows(ctl, party, &statement, table, err);
}

/* A cancellation gets a new deadline each time that it is asked for again. */
static const struct db_statement stuck_orders = {
    "saga_list_stuck",
    "SELECT id, state, " SQL_UTC(
        "due_at") ", CASE WHEN cancel_requests > 1 THEN "
                  "'the cancellation was asked for ' || cancel_requests || ' times' ELSE "
                  "'its deadline is over' END FROM orders WHERE due_at < now() - interval '10 s' "
                  "OR (due_at IS NOT NULL AND cancel_requests > 1) ORDER BY id LIMIT 1000"};
static const struct db_statement pending_orders = {
    "saga_list_pending",
    "SELECT id, state, " SQL_UTC("due_at") ", CASE WHEN due_at < now() THEN 'its deadline is over' "
                                           "ELSE 'until its deadline' END FROM orders WHERE due_at "
                                           "IS NOT NULL ORDER BY id LIMIT 1000"};

enum err_code saga_list(struct ctl *ctl, bool *found, struct err *err)
{
    bool stuck = (ctl->arguments.options & OPTION_STUCK) != 0;
    struct table table = {.name = "orders", .columns = columns, .column_count = 5};
    enum err_code code =
        add_rows(ctl, PARTY_ORDER, stuck ? &stuck_orders : &pending_orders, &table, err);
    for (size_t i = 0; i < PARTY_COUNT && stuck && code == ERR_OK; i++)
        code = add_waits(ctl, i, &table, err);
    *found = table.row_count > 0;
    if (code == ERR_OK)
        output_table(&ctl->output, &table, stuck ? "nothing is stuck" : "nothing is pending");
    table_free(&table);
    return code;
}
