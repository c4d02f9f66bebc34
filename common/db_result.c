/* Reading results. SPDX-License-Identifier: MIT */
#include "db.h"

#include <libpq-fe.h>
#include <stdlib.h>

static const PGresult *pg(const struct db_result *result)
{
    return (const PGresult *)result;
}

int db_rows(const struct db_result *result)
{
    return PQntuples(pg(result));
}

int db_affected(const struct db_result *result)
{
    /* libpq reads only, but asks for a result that may be changed. */
    char *count = PQcmdTuples((PGresult *)(uintptr_t)result);
    return (int)strtol(count, NULL, 10);
}

const char *db_text(const struct db_result *result, int row, int column)
{
    return PQgetvalue(pg(result), row, column);
}

int db_length(const struct db_result *result, int row, int column)
{
    return PQgetlength(pg(result), row, column);
}

bool db_null(const struct db_result *result, int row, int column)
{
    return PQgetisnull(pg(result), row, column) == 1;
}

int32_t db_int4(const struct db_result *result, int row, int column)
{
    return (int32_t)db_int8(result, row, column);
}

int64_t db_int8(const struct db_result *result, int row, int column)
{
    return strtoll(db_text(result, row, column), NULL, 10);
}

bool db_bool(const struct db_result *result, int row, int column)
{
    return db_text(result, row, column)[0] == 't';
}

void db_bytes(const struct db_result *result, int row, int column, struct buf *out)
{
    size_t length = 0;
    const unsigned char *text = (const unsigned char *)db_text(result, row, column);
    unsigned char *bytes = PQunescapeBytea(text, &length);
    if (bytes == NULL)
        abort();
    buf_append(out, bytes, length);
    PQfreemem(bytes);
}

void db_result_free(struct db_result *result)
{
    PQclear((PGresult *)result);
}
