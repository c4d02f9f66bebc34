/* What db.c and db_args.c share: a connection's insides. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_DB_INTERNAL_H
#define BRIGADE_DB_INTERNAL_H

#include "db.h"

/* Fill libpq's parallel arrays from `args`; valid while `args` is unchanged. */
void db_args_point(const struct db_args *args, const char *values[DB_ARGS_MAX],
                   int lengths[DB_ARGS_MAX], int formats[DB_ARGS_MAX]);

#endif
