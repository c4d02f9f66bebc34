/* What the files of the database share: a connection's insides. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_DB_INTERNAL_H
#define BRIGADE_DB_INTERNAL_H

#include <libpq-fe.h>

#include "db.h"

/* What a result on its way belongs to: a statement being prepared (and at which place in
 * `prepared`), or a query. */
struct db_expected {
    const char *preparing; /* NULL: a query, whose result the caller wants */
};

struct db {
    PGconn *conn; /* NULL: closed */
    char *url, *name, *schema;
    int64_t timeout_ms;
    bool plan_by_key;
    const char **prepared; /* names, compared by address: statements are static */
    size_t prepared_count;
    struct db_expected *expected; /* sent since the last sync */
    size_t expected_count, expected_capacity;
    bool flushed; /* the sync point is sent, its results are still to come */
};

/* The first line of libpq's message, which may have several, into `line`. */
void db_first_line(const char *message, char *line, size_t size);

/* Fill libpq's parallel arrays from `args`; valid while `args` is unchanged. */
void db_args_point(const struct db_args *args, const char *values[DB_ARGS_MAX],
                   int lengths[DB_ARGS_MAX], int formats[DB_ARGS_MAX]);

#endif
