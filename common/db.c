/* One PostgreSQL connection in pipeline mode. SPDX-License-Identifier: MIT */
#include "db_internal.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"

/* What a result on its way belongs to: a statement being prepared (and at which place in
 * `prepared`), or a query. */
struct expected {
    const char *preparing; /* NULL: a query, whose result the caller wants */
};

struct db {
    PGconn *conn; /* NULL: closed */
    char *url, *name, *schema;
    int64_t timeout_ms;
    bool plan_by_key;
    const char **prepared; /* names, compared by address: statements are static */
    size_t prepared_count;
    struct expected *expected; /* sent since the last sync */
    size_t expected_count, expected_capacity;
    bool flushed; /* the sync point is sent, its results are still to come */
};

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

/* libpq's messages end in a newline and may have several lines. */
static void first_line(const char *message, char *line, size_t size)
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
    first_line(PQerrorMessage(db->conn), line, sizeof line);
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
    (void)snprintf(options, sizeof options,
                   "-c search_path=%s -c statement_timeout=%lld -c lock_timeout=%lld "
                   "-c idle_in_transaction_session_timeout=%lld%s",
                   db->schema, (long long)db->timeout_ms, (long long)db->timeout_ms,
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

static enum err_code lost(struct db *db, struct err *err, const char *doing)
{
    char line[300];
    first_line(PQerrorMessage(db->conn), line, sizeof line);
    db_drop(db);
    return err_set(err, ERR_UNAVAILABLE, "%s: %s", doing,
                   line[0] != '\0' ? line : "the connection to the database is closed");
}

static void expect(struct db *db, const char *preparing)
{
    if (db->expected_count == db->expected_capacity) {
        db->expected_capacity = db->expected_capacity > 0 ? 2 * db->expected_capacity : 16;
        db->expected = mem_resize(db->expected, db->expected_capacity * sizeof *db->expected);
    }
    db->expected[db->expected_count++] = (struct expected){preparing};
}

static bool is_prepared(const struct db *db, const char *name)
{
    for (size_t i = 0; i < db->prepared_count; i++) {
        if (db->prepared[i] == name)
            return true;
    }
    for (size_t i = 0; i < db->expected_count; i++) {
        if (db->expected[i].preparing == name)
            return true;
    }
    return false;
}

static void mark_prepared(struct db *db, const char *name)
{
    db->prepared = mem_resize(db->prepared, (db->prepared_count + 1) * sizeof *db->prepared);
    db->prepared[db->prepared_count++] = name;
}

enum err_code db_send(struct db *db, const struct db_statement *statement,
                      const struct db_args *args, struct err *err)
{
    if (db->conn == NULL)
        return err_set(err, ERR_UNAVAILABLE, "the connection to the database is closed");
    if (!is_prepared(db, statement->name)) {
        if (PQsendPrepare(db->conn, statement->name, statement->sql, 0, NULL) != 1)
            return lost(db, err, "prepare a statement");
        expect(db, statement->name);
    }
    const char *values[DB_ARGS_MAX];
    int lengths[DB_ARGS_MAX], formats[DB_ARGS_MAX];
    size_t count = args != NULL ? args->count : 0;
    if (args != NULL)
        db_args_point(args, values, lengths, formats);
    if (PQsendQueryPrepared(db->conn, statement->name, (int)count, values, lengths, formats, 0) !=
        1)
        return lost(db, err, statement->name);
    expect(db, NULL);
    return ERR_OK;
}

/* Wait until the socket can be read, or written while something is still to be sent. */
static enum err_code wait_socket(struct db *db, int64_t deadline_ms, struct err *err)
{
    int unsent = PQflush(db->conn);
    if (unsent < 0)
        return lost(db, err, "send to the database");
    int64_t left_ms = deadline_ms - clock_monotonic_ms();
    struct pollfd fd = {PQsocket(db->conn), (short)(unsent > 0 ? POLLIN | POLLOUT : POLLIN), 0};
    if (left_ms <= 0 || poll(&fd, 1, (int)left_ms) == 0) {
        db_drop(db);
        return err_set(err, ERR_TIMEOUT, "no answer from the database in %lld ms",
                       (long long)db->timeout_ms);
    }
    if (PQconsumeInput(db->conn) != 1)
        return lost(db, err, "read from the database");
    return ERR_OK;
}

/* The next result of the pipeline, or NULL for the end of one statement's results. */
static enum err_code next_result(struct db *db, int64_t deadline_ms, PGresult **result,
                                 struct err *err)
{
    /* The flush comes first: libpq does not call itself busy while all is still in its buffer. */
    if (PQflush(db->conn) < 0)
        return lost(db, err, "send to the database");
    while (PQisBusy(db->conn)) {
        if (wait_socket(db, deadline_ms, err) != ERR_OK)
            return err->code;
    }
    *result = PQgetResult(db->conn);
    return ERR_OK;
}

static enum err_code class_of(const char *sqlstate)
{
    static const struct {
        const char *prefix;
        enum err_code code;
    } classes[] = {
        {"40", ERR_CONFLICT},   {"23505", ERR_CONFLICT}, {"55P03", ERR_CONFLICT},
        {"57014", ERR_TIMEOUT}, {"22", ERR_INVALID},     {"23", ERR_INVALID},
        {"42", ERR_INVALID},    {"54", ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strncmp(sqlstate, classes[i].prefix, strlen(classes[i].prefix)) == 0)
            return classes[i].code;
    }
    return ERR_UNAVAILABLE;
}

static void note_error(const PGresult *result, struct err *err)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (sqlstate == NULL)
        sqlstate = "";
    (void)err_set(err, class_of(sqlstate), "%s (SQLSTATE %s)",
                  message != NULL ? message : "the database failed", sqlstate);
}

/* Read what one sent statement brings. Only the first error of a pipeline is noted: the others
 * follow from it. */
static enum err_code read_one(struct db *db, const struct expected *expected, int64_t deadline_ms,
                              PGresult **out, struct err *err)
{
    PGresult *result = NULL, *end = NULL;
    if (next_result(db, deadline_ms, &result, err) != ERR_OK)
        return err->code;
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR && err->code == ERR_OK)
        note_error(result, err);
    if (status == PGRES_COMMAND_OK && expected->preparing != NULL)
        mark_prepared(db, expected->preparing);
    struct err ending = {0};
    enum err_code code = next_result(db, deadline_ms, &end, &ending);
    PQclear(end);
    if (expected->preparing == NULL && code == ERR_OK)
        *out = result;
    else
        PQclear(result);
    if (code != ERR_OK)
        *err = ending;
    return code;
}

/* Read all that was sent. Returns an error only when the connection is gone; the statements' errors
 * are in `err`. */
static enum err_code read_all(struct db *db, struct db_result **results, struct err *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + db->timeout_ms;
    size_t wanted = 0;
    for (size_t i = 0; i < db->expected_count; i++) {
        PGresult *result = NULL;
        if (read_one(db, &db->expected[i], deadline_ms, &result, err) != ERR_OK)
            return err->code;
        if (db->expected[i].preparing == NULL)
            results[wanted++] = (struct db_result *)result;
    }
    PGresult *sync = NULL;
    struct err ending = {0};
    if (next_result(db, deadline_ms, &sync, &ending) != ERR_OK) {
        *err = ending;
        return ending.code;
    }
    PQclear(sync);
    db->expected_count = 0;
    return ERR_OK;
}

/* After an error within a transaction: end it. A connection that cannot even do that is dropped. */
static void roll_back(struct db *db)
{
    static const struct db_statement rollback = {"rollback", "ROLLBACK"};
    struct db_result *result = NULL;
    struct err ignored = {0};
    if (db_send(db, &rollback, NULL, &ignored) != ERR_OK || PQpipelineSync(db->conn) != 1 ||
        read_all(db, &result, &ignored) != ERR_OK || ignored.code != ERR_OK)
        db_drop(db);
    db_result_free(result);
}

static void free_results(struct db_result **results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        db_result_free(results[i]);
        results[i] = NULL;
    }
}

enum err_code db_flush(struct db *db, struct err *err)
{
    if (db->conn == NULL)
        return err_set(err, ERR_UNAVAILABLE, "the connection to the database is closed");
    if (PQpipelineSync(db->conn) != 1)
        return lost(db, err, "send to the database");
    db->flushed = true;
    return ERR_OK;
}

enum err_code db_sync(struct db *db, struct db_result **results, size_t count, struct err *err)
{
    memset(results, 0, count * sizeof *results);
    *err = (struct err){0};
    if (db->flushed || db_flush(db, err) == ERR_OK)
        (void)read_all(db, results, err);
    db->flushed = false;
    if (err->code == ERR_OK)
        return ERR_OK;
    free_results(results, count);
    if (err->code == ERR_UNAVAILABLE)
        db_drop(db);
    else if (db->conn != NULL && PQtransactionStatus(db->conn) != PQTRANS_IDLE)
        roll_back(db);
    return err->code;
}

enum err_code db_run(struct db *db, const struct db_statement *statement,
                     const struct db_args *args, struct db_result **result, struct err *err)
{
    struct db_result *only = NULL;
    if (db_send(db, statement, args, err) != ERR_OK || db_sync(db, &only, 1, err) != ERR_OK)
        return err_wrap(err, "%s", statement->name);
    if (result != NULL)
        *result = only;
    else
        db_result_free(only);
    return ERR_OK;
}

int db_fd(const struct db *db)
{
    return db->conn != NULL ? PQsocket(db->conn) : -1;
}

enum err_code db_notified(struct db *db, bool *notified, struct err *err)
{
    *notified = false;
    if (db->conn == NULL || PQconsumeInput(db->conn) != 1)
        return lost(db, err, "listen to the database");
    for (PGnotify *each = PQnotifies(db->conn); each != NULL; each = PQnotifies(db->conn)) {
        PQfreemem(each);
        *notified = true;
    }
    return ERR_OK;
}

enum err_code db_script(struct db *db, const char *sql, struct err *err)
{
    if (db->conn == NULL || PQexitPipelineMode(db->conn) != 1)
        return lost(db, err, "leave pipeline mode");
    PGresult *result = PQexec(db->conn, sql);
    ExecStatusType status = PQresultStatus(result);
    enum err_code code = ERR_OK;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        note_error(result, err);
        code = err->code;
    }
    PQclear(result);
    if (code != ERR_OK || PQenterPipelineMode(db->conn) != 1)
        db_drop(db);
    return code;
}
