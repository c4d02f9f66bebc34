/* PostgreSQL through libpq, in pipeline mode: statements are sent without waiting, results are read
 * in order.
 *
 * Every statement is prepared on its first use of a connection. Parameters go in binary (PostgreSQL
 * manual, 55.2: network byte order; arrays with their header), results come back as text. One
 * thread at a time per connection. Every wait is bounded by the connection's timeout; a connection
 * that failed is closed and opened again by db_ensure. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_DB_H
#define BRIGADE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

struct db; /* one connection */

struct db_statement {
    const char *name; /* unique in the process; the prepared statement's name */
    const char *sql;
};

enum { DB_ARGS_MAX = 24 };

/* The parameters of one statement. Starts as {0}; db_args_free when done. */
struct db_args {
    struct buf bytes;
    struct {
        size_t offset, length;
        bool null;
    } at[DB_ARGS_MAX];
    size_t count;
};

void db_args_free(struct db_args *args);
void db_arg_int4(struct db_args *args, int32_t value);
void db_arg_int8(struct db_args *args, int64_t value);
void db_arg_text(struct db_args *args, const char *text); /* NULL: SQL NULL */
void db_arg_bytes(struct db_args *args, const void *bytes,
                  size_t length); /* bytea, or text of known length */

/* A one-dimensional array: begin with PostgreSQL's type oid of its elements, put the elements, end.
 */
enum db_oid {
    DB_OID_BOOL = 16,
    DB_OID_BYTEA = 17,
    DB_OID_INT8 = 20,
    DB_OID_INT4 = 23,
    DB_OID_TEXT = 25
};
void db_array_begin(struct db_args *args, enum db_oid element);
void db_array_int4(struct db_args *args, int32_t value);
void db_array_int8(struct db_args *args, int64_t value);
void db_array_bool(struct db_args *args, bool value);
void db_array_text(struct db_args *args, const char *text); /* NULL: SQL NULL */
void db_array_bytes(struct db_args *args, const void *bytes, size_t length);
void db_array_end(struct db_args *args);

/* A result: borrowed from the connection until db_result_free. */
struct db_result;
int db_rows(const struct db_result *result);
int db_affected(const struct db_result *result); /* rows that an INSERT, UPDATE or DELETE touched */
const char *db_text(const struct db_result *result, int row, int column); /* "" for NULL */
int db_length(const struct db_result *result, int row, int column);
bool db_null(const struct db_result *result, int row, int column);
int32_t db_int4(const struct db_result *result, int row, int column);
int64_t db_int8(const struct db_result *result, int row, int column);
bool db_bool(const struct db_result *result, int row, int column);
/* Decode a bytea column into `out` (appended). */
void db_bytes(const struct db_result *result, int row, int column, struct buf *out);
void db_result_free(struct db_result *result); /* NULL is fine */

/* Could libpq connect with this URL (or key=value text)? ERR_CONFIG says what it must be, not what
 * it is: it may hold a password. Does not connect. */
enum err_code db_check_url(const char *url, struct err *err) MUST_CHECK;

/* A connection that is not open yet: `url` is libpq's (URI or key=value), `name` is what
 * pg_stat_activity shows, `schema` becomes the search_path, `timeout_ms` bounds every statement and
 * every wait. Never NULL; db_close frees it. */
struct db *db_new(const char *url, const char *name, const char *schema, int64_t timeout_ms);
void db_close(struct db *db);

/* To be called before the first db_ensure, when every statement of the connection finds its rows by
 * an index: each is planned once, for the indexes, whatever the tables' statistics say at that
 * moment. Else PostgreSQL plans a statement with arrays anew each time, which costs more than a
 * small one itself; and a plan made while a table was empty would read all of it later. */
void db_plan_by_key(struct db *db);

/* Open the connection if it is not open. Blocks up to the timeout. ERR_UNAVAILABLE when it cannot
 * be. */
enum err_code db_ensure(struct db *db, struct err *err) MUST_CHECK;

/* Close the connection now; the next db_ensure opens a new one. */
void db_drop(struct db *db);
bool db_is_open(const struct db *db);

/* Queue one statement. Nothing is sent before db_sync, or when libpq's buffer is full. `args` may
 * be NULL, and may be freed at once. */
enum err_code db_send(struct db *db, const struct db_statement *statement,
                      const struct db_args *args, struct err *err) MUST_CHECK;

/* Send what is queued, and do not wait for its results: db_sync does, which must follow. */
enum err_code db_flush(struct db *db, struct err *err) MUST_CHECK;

/* Send what is queued, if db_flush has not, and wait for all results: `count` of them, in order,
 * into `results`, which the caller frees one by one. On an error `results` holds only NULLs and the
 * connection is usable again or dropped (see the code): ERR_CONFLICT (serialisation, deadlock,
 * unique violation, lock timeout: the transaction is gone, run it again), ERR_INVALID (a value the
 * database refuses, class 22 or 23 or 42), ERR_UNAVAILABLE and ERR_TIMEOUT (connection dropped; a
 * COMMIT that was under way may or may not have happened). After an error inside BEGIN … the
 * transaction has been rolled back. */
enum err_code db_sync(struct db *db, struct db_result **results, size_t count,
                      struct err *err) MUST_CHECK;

/* db_send and db_sync of one statement; `result` may be NULL when nobody wants it. */
enum err_code db_run(struct db *db, const struct db_statement *statement,
                     const struct db_args *args, struct db_result **result,
                     struct err *err) MUST_CHECK;

/* Run a script of several statements (migrations) without parameters. */
enum err_code db_script(struct db *db, const char *sql, struct err *err) MUST_CHECK;

/* The socket, to poll for reading while nothing is under way, after db_notified said no; -1 when
 * closed. */
int db_fd(const struct db *db);

/* Was there a NOTIFY that this connection listens for since it was last asked? Blocks never.
 * ERR_UNAVAILABLE: the connection is lost, and dropped. */
enum err_code db_notified(struct db *db, bool *notified, struct err *err) MUST_CHECK;

/* The schema this connection works in. */
const char *db_schema(const struct db *db);

#endif
