/* Writes the rows of one service through libpq: COPY in binary for what is inserted, set-based
 * statements for what is updated and deleted.
 *
 * Not through common/db.h: a connection in pipeline mode knows no COPY, which is the fastest way
 * in. SPDX-License-Identifier: MIT */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limit_work.h"

enum {
    NAME_SIZE = 24, /* of a prepared statement */
    PARAMETERS_MAX = 64,
    COPY_BYTES = 64 * 1024, /* of one CopyData message */
};

struct writer {
    struct limit_writes writes; /* borrowed; the keys in it go on */
    PGconn *conn;
};

static enum err_code failed(const struct writer *writer, const char *what, struct err *err)
{
    const char *message = PQerrorMessage(writer->conn);
    return err_set(err, ERR_UNAVAILABLE, "%s: %.*s: %s", writer->writes.service,
                   (int)strcspn(message, "\n"), message, what);
}

/* The result of a statement, which changes as many rows as it should: one that finds no row is
 * fast, and no limit. */
static enum err_code take_changes(const struct writer *writer, PGresult *result,
                                  const struct limit_statement *statement, struct err *err)
{
    ExecStatusType status = PQresultStatus(result);
    long long changed = strtoll(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    if (status != PGRES_COMMAND_OK)
        return failed(writer, statement->sql, err);
    if (changed != statement->row_count)
        return err_set(err, ERR_CONFIG, "%s: %lld rows changed instead of %lld: %s",
                       writer->writes.service, changed, (long long)statement->row_count,
                       statement->sql);
    return ERR_OK;
}

/* The result of a command that changes no rows. */
static enum err_code take_result(const struct writer *writer, PGresult *result,
                                 ExecStatusType wanted, const char *what, struct err *err)
{
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    return status == wanted ? ERR_OK : failed(writer, what, err);
}

static enum err_code command(const struct writer *writer, const char *sql, struct err *err)
{
    return take_result(writer, PQexec(writer->conn, sql), PGRES_COMMAND_OK, sql, err);
}

/* The name of a prepared statement: its number. */
static const char *name_of(size_t number, char name[NAME_SIZE])
{
    (void)snprintf(name, NAME_SIZE, "s%zu", number);
    return name;
}

static enum err_code prepare(const struct writer *writer, struct err *err)
{
    char name[NAME_SIZE];
    for (size_t i = 0; err->code == ERR_OK && i < writer->writes.statement_count; i++) {
        const struct limit_statement *statement = &writer->writes.statements[i];
        if (statement->parameter_count == 0 || statement->parameter_count > PARAMETERS_MAX)
            return err_set(err, ERR_CONFIG, "%s: has %zu parameters", statement->sql,
                           statement->parameter_count);
        if (!statement->copy)
            (void)take_result(writer,
                              PQprepare(writer->conn, name_of(i, name), statement->sql, 0, NULL),
                              PGRES_COMMAND_OK, statement->sql, err);
    }
    return err->code;
}

struct writer *writer_open(const struct limit_writes *writes, const char *url, struct err *err)
{
    static const char *const keys[] = {"dbname",           "application_name", "connect_timeout",
                                       "tcp_user_timeout", "options",          NULL};
    /* The keys are known to be few and indexed, which no statistics of a new table say. */
    const char *const values[] = {url,
                                  "limit",
                                  "10",
                                  "20000",
                                  "-c statement_timeout=20s -c plan_cache_mode=force_generic_plan "
                                  "-c enable_hashjoin=off -c enable_mergejoin=off "
                                  "-c enable_seqscan=off",
                                  NULL};
    struct writer *writer = mem_alloc(1, sizeof *writer);
    writer->writes = *writes;
    writer->conn = PQconnectdbParams(keys, values, 1);
    if (PQstatus(writer->conn) != CONNECTION_OK)
        (void)failed(writer, "connect", err);
    else
        (void)prepare(writer, err);
    if (err->code == ERR_OK)
        return writer;
    writer_close(writer);
    return NULL;
}

void writer_close(struct writer *writer)
{
    PQfinish(writer->conn);
    free(writer);
}

static enum err_code copy_in(const struct writer *writer, const struct limit_statement *statement,
                             struct err *err)
{
    const struct limit_parameter *data = &statement->parameters[0];
    if (take_result(writer, PQexec(writer->conn, statement->sql), PGRES_COPY_IN, statement->sql,
                    err) != ERR_OK)
        return err->code;
    for (size_t at = 0; at < data->length; at += COPY_BYTES) {
        size_t left = data->length - at;
        if (PQputCopyData(writer->conn, data->bytes + at,
                          (int)(left < COPY_BYTES ? left : COPY_BYTES)) != 1)
            return failed(writer, statement->sql, err);
    }
    if (PQputCopyEnd(writer->conn, NULL) != 1)
        return failed(writer, statement->sql, err);
    (void)take_changes(writer, PQgetResult(writer->conn), statement, err);
    PQclear(PQgetResult(writer->conn)); /* NULL, which ends the COPY */
    return err->code;
}

static enum err_code execute(const struct writer *writer, size_t number, struct err *err)
{
    const struct limit_statement *statement = &writer->writes.statements[number];
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX], formats[PARAMETERS_MAX];
    char name[NAME_SIZE];
    for (size_t i = 0; i < statement->parameter_count; i++) {
        values[i] = statement->parameters[i].bytes;
        lengths[i] = (int)statement->parameters[i].length;
        formats[i] = 1;
    }
    return take_changes(writer,
                        PQexecPrepared(writer->conn, name_of(number, name),
                                       (int)statement->parameter_count, values, lengths, formats,
                                       0),
                        statement, err);
}

static enum err_code run_statement(const struct writer *writer, size_t number, struct err *err)
{
    struct limit_statement *statement = &writer->writes.statements[number];
    if (statement->copy)
        (void)copy_in(writer, statement, err);
    else
        (void)execute(writer, number, err);
    for (size_t i = 0; i < statement->parameter_count; i++)
        limit_parameter_advance(&statement->parameters[i]);
    return err->code;
}

/* The transaction at `turn`: each statement for the round that lies its lag before, if it is one
 * of the `rounds` rounds. */
static enum err_code write_turn(const struct writer *writer, int64_t turn, int64_t rounds,
                                struct err *err)
{
    if (command(writer, "BEGIN", err) != ERR_OK)
        return err->code;
    for (size_t i = 0; err->code == ERR_OK && i < writer->writes.statement_count; i++) {
        int64_t round = turn - writer->writes.statements[i].lag;
        if (round >= 0 && round < rounds)
            (void)run_statement(writer, i, err);
    }
    return err->code == ERR_OK ? command(writer, "COMMIT", err) : err->code;
}

static int64_t longest_lag(const struct limit_writes *writes)
{
    int64_t longest = 0;
    for (size_t i = 0; i < writes->statement_count; i++)
        longest = writes->statements[i].lag > longest ? writes->statements[i].lag : longest;
    return longest;
}

void writer_run(struct writer *writer, struct pace *pace, size_t party)
{
    struct err err = {0};
    int64_t turn = 0, rounds = INT64_MAX;
    while (err.code == ERR_OK && pace_begin(pace, party)) {
        if (write_turn(writer, turn++, rounds, &err) == ERR_OK)
            pace_end(pace, party);
    }
    /* What is still to be done about the rows of the last rounds. */
    rounds = turn;
    while (err.code == ERR_OK && turn < rounds + longest_lag(&writer->writes))
        (void)write_turn(writer, turn++, rounds, &err);
    if (err.code != ERR_OK)
        pace_fail(pace, &err);
}
