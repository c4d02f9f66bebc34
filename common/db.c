/* One PostgreSQL connection in pipeline mode. SPDX-License-Identifier: MIT */
#include "db_internal.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

static enum err_code lost(struct db *db, struct err *err, const char *doing)
{
    char line[300];
    db_first_line(PQerrorMessage(db->conn), line, sizeof line);
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
    db->expected[db->expected_count++] = (struct db_expected){preparing};
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
static enum err_code read_one(struct db *db, const struct db_expected *expected,
                              int64_t deadline_ms, PGresult **out, struct err *err)
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
