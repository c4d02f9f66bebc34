/* SQL from a list of columns. SPDX-License-Identifier: MIT */
#include "kind_sql.h"

#include <pthread.h>
#include <string.h>

struct cached {
    struct cached *next;
    const struct kind *kind;
    enum kind_sql_type type;
    const char *name; /* of the list, or "": the end of the statement's name */
    struct db_statement statement;
};

/* How a column's values cross: the type of its parameter, how it is written, and how it is read.
 * The %s is its name. */
static const struct {
    const char *array, *write, *read;
} crossings[] = {
    [COLUMN_INT4] = {"int4[]", "u.%s", "%s"},
    [COLUMN_INT8] = {"int8[]", "u.%s", "%s"},
    [COLUMN_BOOL] = {"bool[]", "u.%s", "%s"},
    [COLUMN_TEXT] = {"text[]", "u.%s", "%s"},
    [COLUMN_ENUM] = {"text[]", "u.%s", "%s"},
    [COLUMN_TIME] = {"int8[]", "to_timestamp(nullif(u.%s, 0) / 1000.0)",
                     "coalesce((extract(epoch from %s) * 1000)::int8, 0)"},
    [COLUMN_ARRAY] = {"text[]", "u.%s::jsonb", "%s::text"},
};

static const struct column due_at = {.name = "due_at", .type = COLUMN_TIME};

/* Append `pattern` with its one %s replaced: the patterns above are not literals, so printf will
 * not do. */
static void append_crossing(struct buf *sql, const char *pattern, const char *name)
{
    const char *at = strstr(pattern, "%s");
    buf_append(sql, pattern, (size_t)(at - pattern));
    buf_append_text(sql, name);
    buf_append_text(sql, at + 2);
}

static void append_read(struct buf *sql, const struct column *column)
{
    buf_append_text(sql, ", ");
    append_crossing(sql, crossings[column->type].read, column->name);
}

static void append_select(struct buf *sql, const struct kind *kind)
{
    buf_append_text(sql, "SELECT id, version");
    append_read(sql, &due_at);
    for (size_t i = 0; i < kind->column_count; i++)
        append_read(sql, &kind->columns[i]);
    buf_printf(sql, " FROM %s WHERE ", kind->table);
}

/* unnest($1::int4[], $2::int4[], $3::int8[], …) AS u(id, version, due_at, …) */
static void append_unnest(struct buf *sql, const struct kind *kind)
{
    buf_append_text(sql, "unnest($1::int4[], $2::int4[], $3::int8[]");
    for (size_t i = 0; i < kind->column_count; i++)
        buf_printf(sql, ", $%zu::%s", i + 4, crossings[kind->columns[i].type].array);
    buf_append_text(sql, ") AS u(id, version, due_at");
    for (size_t i = 0; i < kind->column_count; i++)
        buf_printf(sql, ", %s", kind->columns[i].name);
    buf_append_text(sql, ")");
}

static void make_insert(struct buf *sql, const struct kind *kind)
{
    buf_printf(sql, "INSERT INTO %s (id, version, due_at", kind->table);
    for (size_t i = 0; i < kind->column_count; i++)
        buf_printf(sql, ", %s", kind->columns[i].name);
    buf_append_text(sql, ") SELECT u.id, u.version, ");
    append_crossing(sql, crossings[COLUMN_TIME].write, due_at.name);
    for (size_t i = 0; i < kind->column_count; i++) {
        buf_append_text(sql, ", ");
        append_crossing(sql, crossings[kind->columns[i].type].write, kind->columns[i].name);
    }
    buf_append_text(sql, " FROM ");
    append_unnest(sql, kind);
}

static void make_update(struct buf *sql, const struct kind *kind)
{
    buf_printf(sql, "UPDATE %s AS t SET version = u.version, due_at = ", kind->table);
    append_crossing(sql, crossings[COLUMN_TIME].write, due_at.name);
    for (size_t i = 0; i < kind->column_count; i++) {
        buf_printf(sql, ", %s = ", kind->columns[i].name);
        append_crossing(sql, crossings[kind->columns[i].type].write, kind->columns[i].name);
    }
    buf_append_text(sql, " FROM ");
    append_unnest(sql, kind);
    buf_append_text(sql, " WHERE t.id = u.id");
}

static void make_sql(struct buf *sql, const struct kind *kind, enum kind_sql_type type,
                     const char *where)
{
    switch (type) {
    case KIND_SQL_LOAD:
        append_select(sql, kind);
        buf_append_text(sql, "id = ANY($1::int4[]) ORDER BY id FOR UPDATE");
        break;
    case KIND_SQL_INSERT:
        make_insert(sql, kind);
        break;
    case KIND_SQL_UPDATE:
        make_update(sql, kind);
        break;
    case KIND_SQL_IDS:
        buf_printf(sql, "SELECT nextval('%s') FROM generate_series(1, $1::int4)", kind->sequence);
        break;
    case KIND_SQL_DUE:
        buf_printf(sql,
                   "SELECT id FROM %s WHERE due_at > to_timestamp($1::int8 / 1000.0) AND "
                   "due_at <= to_timestamp($2::int8 / 1000.0) ORDER BY due_at "
                   "LIMIT $3::int4 FOR UPDATE SKIP LOCKED",
                   kind->table);
        break;
    case KIND_SQL_FIND:
        append_select(sql, kind);
        buf_append_text(sql, "id = $1::int4");
        break;
    case KIND_SQL_LIST:
        append_select(sql, kind);
        buf_append_text(sql, where);
        break;
    }
}

static struct cached *make_cached(const struct kind *kind, enum kind_sql_type type,
                                  const char *name, const char *where)
{
    static const char *const verbs[] = {"load", "insert", "update", "ids", "due", "find", "list"};
    struct cached *made = mem_alloc(1, sizeof *made);
    struct buf sql = {0}, label = {0};
    make_sql(&sql, kind, type, where);
    buf_printf(&label, "%s_%s_", kind->name, verbs[type]);
    size_t prefix_length = label.length;
    buf_append_text(&label, name);
    made->kind = kind;
    made->type = type;
    made->name = label.bytes + prefix_length;
    made->statement = (struct db_statement){label.bytes, sql.bytes};
    return made;
}

const struct db_statement *kind_sql(const struct kind *kind, enum kind_sql_type type,
                                    const char *name, const char *where)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static struct cached *all;
    if (name == NULL)
        name = "";
    (void)pthread_mutex_lock(&mutex);
    struct cached *found = all;
    while (found != NULL &&
           (found->kind != kind || found->type != type || strcmp(found->name, name) != 0))
        found = found->next;
    if (found == NULL) {
        found = make_cached(kind, type, name, where);
        found->next = all;
        all = found;
    }
    (void)pthread_mutex_unlock(&mutex);
    return &found->statement;
}
