/* The SQL of a kind of aggregate, made once from its columns and kept for the process' life.
 * Thread-safe. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_KIND_SQL_H
#define BRIGADE_KIND_SQL_H

#include "kind.h"

enum kind_sql_type {
    KIND_SQL_LOAD,
    KIND_SQL_INSERT,
    KIND_SQL_UPDATE,
    KIND_SQL_IDS,
    KIND_SQL_DUE,
    KIND_SQL_FIND,
    KIND_SQL_LIST,
};

/* The statement; `name` and `where` are for KIND_SQL_LIST only: a name has always the
 * same `where`. */
const struct db_statement *kind_sql(const struct kind *kind, enum kind_sql_type type,
                                    const char *name, const char *where);

#endif
