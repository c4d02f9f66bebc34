/* Opening and closing a PostgreSQL connection. SPDX-License-Identifier: MIT */
#include "db_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

static char *copy_text(const char *text)
{
    size_t bytes = strlen(text) + 1;
    return memcpy(mem_alloc(bytes, 1), text, bytes);
}

enum err_code db_check_url(const char *url, struct err *err)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    if (options == NULL)
        return err_set(err, ERR_CONFIG, "must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
    PQconninfoFree(options);
    return ERR_OK;
}

struct db *db_new(const char *url, const char *name, const char *schema, int64_t timeout_ms)
{
    struct db *db = mem_alloc(1, sizeof *db);
    db->url = copy_text(url);
    db->name = copy_text(name);
    db->schema = copy_text(schema);
    db->timeout_ms = timeout_ms;
    return db;
}

void db_plan_by_key(struct db *db)
{
    db->plan_by_key = true;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db_drop(db);
    free(db->url);
    free(db->name);
    free(db->schema);
    free(db->prepared);
    free(db->expected);
    free(db);
}

void db_drop(struct db *db)
{
    PQfinish(db->conn);
    db->conn = NULL;
    db->prepared_count = 0;
    db->expected_count = 0;
    db->flushed = false;
}

bool db_is_open(const struct db *db)
{
    return db->conn != NULL;
}

const char *db_schema(const struct db *db)
{
    return db->schema;
}

void db_first_line(const char *message, char *line, size_t size)
{
    (void)snprintf(line, size, "%s", message);
    line[strcspn(line, "\n")] = '\0';
}

static void ignore_notice(void *context, const char *message)
{
    (void)context;
    log_debug("notice from the database", LOG_S("notice", message));
}

static enum err_code open_failed(struct db *db, struct err *err)
{
    char line[300];
    db_first_line(PQerrorMessage(db->conn), line, sizeof line);
    db_drop(db);
    return err_set(err, ERR_UNAVAILABLE, "connect to the database: %s", line);
}

static const char by_key_options[] =
    " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off"
    " -c enable_mergejoin=off -c jit=off";

enum err_code db_ensure(struct db *db, struct err *err)
{
    if (db->conn != NULL && PQstatus(db->conn) == CONNECTION_OK)
        return ERR_OK;
    db_drop(db);
    char options[512], wait_s[24], wait_ms[24];
    /* The server gives a statement up before we give up the connection. */
    const int64_t server_ms = db->timeout_ms - db->timeout_ms / 10;
    (void)snprintf(options, sizeof options,
                   "-c search_path=%s -c statement_timeout=%lld -c lock_timeout=%lld "
                   "-c idle_in_transaction_session_timeout=%lld%s",
                   db->schema, (long long)server_ms, (long long)server_ms,
                   (long long)(2 * db->timeout_ms), db->plan_by_key ? by_key_options : "");
    (void)snprintf(wait_s, sizeof wait_s, "%lld",
                   (long long)((db->timeout_ms + 999) / 1000)); /* libpq takes 1 for 2 */
    (void)snprintf(wait_ms, sizeof wait_ms, "%lld", (long long)(2 * db->timeout_ms));
    const char *const keys[] = {
        "dbname",           "application_name", "options", "connect_timeout",
        "tcp_user_timeout", "keepalives_idle",  NULL};
    const char *const values[] = {db->url, db->name, options, wait_s, wait_ms, "10", NULL};
    db->conn = PQconnectdbParams(keys, values, 1);
    if (db->conn == NULL)
        abort();
    if (PQstatus(db->conn) != CONNECTION_OK)
        return open_failed(db, err);
    (void)PQsetNoticeProcessor(db->conn, ignore_notice, NULL);
    if (PQsetnonblocking(db->conn, 1) != 0 || PQenterPipelineMode(db->conn) != 1)
        return open_failed(db, err);
    return ERR_OK;
}

int db_fd(const struct db *db)
{
    return db->conn != NULL ? PQsocket(db->conn) : -1;
}
