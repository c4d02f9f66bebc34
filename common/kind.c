/* Aggregates to rows and back. SPDX-License-Identifier: MIT */
#include "kind.h"

#include <string.h>

#include "kind_sql.h"

static const void *member(const void *value, size_t offset)
{
    return (const char *)value + offset;
}

static const struct aggregate *head_of(const void *value)
{
    return value;
}

enum err_code kind_send_load(struct db *db, const struct kind *kind, const int32_t *ids,
                             size_t count, struct err *err)
{
    struct db_args args = {0};
    db_array_begin(&args, DB_OID_INT4);
    for (size_t i = 0; i < count; i++)
        db_array_int4(&args, ids[i]);
    db_array_end(&args);
    enum err_code code = db_send(db, kind_sql(kind, KIND_SQL_LOAD, NULL, NULL), &args, err);
    db_args_free(&args);
    return code;
}

static void put_head(struct db_args *args, const void *const *values, size_t count)
{
    db_array_begin(args, DB_OID_INT4);
    for (size_t i = 0; i < count; i++)
        db_array_int4(args, head_of(values[i])->id);
    db_array_end(args);
    db_array_begin(args, DB_OID_INT4);
    for (size_t i = 0; i < count; i++)
        db_array_int4(args, head_of(values[i])->version);
    db_array_end(args);
    db_array_begin(args, DB_OID_INT8);
    for (size_t i = 0; i < count; i++)
        db_array_int8(args, head_of(values[i])->due_at_ms);
    db_array_end(args);
}

static void put_array(struct db_args *args, const struct column *column, const void *value)
{
    struct buf json = {0};
    size_t count = *(const size_t *)member(value, column->count_offset);
    codec_encode_array(column->record, member(value, column->offset), count, &json);
    db_array_bytes(args, buf_text(&json), json.length);
    buf_free(&json);
}

static void put_enum(struct db_args *args, const struct column *column, int value)
{
    db_array_text(args, value > 0 && value < column->name_count ? column->names[value] : NULL);
}

static void put_value(struct db_args *args, const struct column *column, const void *value)
{
    const void *at = member(value, column->offset);
    switch (column->type) {
    case COLUMN_INT4:
        db_array_int4(args, *(const int32_t *)at);
        break;
    case COLUMN_INT8:
    case COLUMN_TIME:
        db_array_int8(args, *(const int64_t *)at);
        break;
    case COLUMN_BOOL:
        db_array_bool(args, *(const bool *)at);
        break;
    case COLUMN_TEXT:
        db_array_text(args, at);
        break;
    case COLUMN_ENUM:
        put_enum(args, column, *(const int *)at);
        break;
    case COLUMN_ARRAY:
        put_array(args, column, value);
        break;
    }
}

static enum db_oid oid_of(enum column_type type)
{
    static const enum db_oid oids[] = {
        [COLUMN_INT4] = DB_OID_INT4,  [COLUMN_INT8] = DB_OID_INT8, [COLUMN_BOOL] = DB_OID_BOOL,
        [COLUMN_TEXT] = DB_OID_TEXT,  [COLUMN_ENUM] = DB_OID_TEXT, [COLUMN_TIME] = DB_OID_INT8,
        [COLUMN_ARRAY] = DB_OID_TEXT,
    };
    return oids[type];
}

static enum err_code send_write(struct db *db, const struct kind *kind, enum kind_sql_type type,
                                const void *const *values, size_t count, struct err *err)
{
    struct db_args args = {0};
    put_head(&args, values, count);
    for (size_t i = 0; i < kind->column_count; i++) {
        db_array_begin(&args, oid_of(kind->columns[i].type));
        for (size_t j = 0; j < count; j++)
            put_value(&args, &kind->columns[i], values[j]);
        db_array_end(&args);
    }
    enum err_code code = db_send(db, kind_sql(kind, type, NULL, NULL), &args, err);
    db_args_free(&args);
    return code;
}

enum err_code kind_send_insert(struct db *db, const struct kind *kind, const void *const *values,
                               size_t count, struct err *err)
{
    return send_write(db, kind, KIND_SQL_INSERT, values, count, err);
}

enum err_code kind_send_update(struct db *db, const struct kind *kind, const void *const *values,
                               size_t count, struct err *err)
{
    return send_write(db, kind, KIND_SQL_UPDATE, values, count, err);
}

enum err_code kind_send_ids(struct db *db, const struct kind *kind, int32_t count, struct err *err)
{
    struct db_args args = {0};
    db_arg_int4(&args, count);
    enum err_code code = db_send(db, kind_sql(kind, KIND_SQL_IDS, NULL, NULL), &args, err);
    db_args_free(&args);
    return code;
}

enum err_code kind_send_due(struct db *db, const struct kind *kind, int64_t after_ms,
                            int64_t now_ms, int32_t limit, struct err *err)
{
    struct db_args args = {0};
    db_arg_int8(&args, after_ms);
    db_arg_int8(&args, now_ms);
    db_arg_int4(&args, limit);
    enum err_code code = db_send(db, kind_sql(kind, KIND_SQL_DUE, NULL, NULL), &args, err);
    db_args_free(&args);
    return code;
}

/* Where a row is read from. */
struct cell {
    const struct db_result *result;
    int row, column;
};

static enum err_code read_text(const struct column *column, struct cell cell, char *out,
                               struct err *err)
{
    size_t length = (size_t)db_length(cell.result, cell.row, cell.column);
    if (length >= column->size)
        return err_set(err, ERR_INVALID, "is longer than %zu bytes", column->size - 1);
    memcpy(out, db_text(cell.result, cell.row, cell.column), length + 1);
    return ERR_OK;
}

static enum err_code read_enum(const struct column *column, struct cell cell, int *out,
                               struct err *err)
{
    const char *name = db_text(cell.result, cell.row, cell.column);
    *out = codec_enum_find(column->names, column->name_count, name);
    if (*out == 0 && !db_null(cell.result, cell.row, cell.column))
        return err_set(err, ERR_INVALID, "\"%.40s\" is not one of its values", name);
    return ERR_OK;
}

static enum err_code read_array(const struct column *column, struct cell cell, void *out,
                                struct err *err)
{
    return codec_decode_array(column->record, db_text(cell.result, cell.row, cell.column),
                              (size_t)db_length(cell.result, cell.row, cell.column),
                              (char *)out + column->offset, column->size,
                              (size_t *)(void *)((char *)out + column->count_offset), err);
}

static enum err_code read_value(const struct column *column, struct cell cell, void *out,
                                struct err *err)
{
    void *at = (char *)out + column->offset;
    switch (column->type) {
    case COLUMN_INT4:
        *(int32_t *)at = db_int4(cell.result, cell.row, cell.column);
        return ERR_OK;
    case COLUMN_INT8:
    case COLUMN_TIME:
        *(int64_t *)at = db_int8(cell.result, cell.row, cell.column);
        return ERR_OK;
    case COLUMN_BOOL:
        *(bool *)at = db_bool(cell.result, cell.row, cell.column);
        return ERR_OK;
    case COLUMN_TEXT:
        return read_text(column, cell, at, err);
    case COLUMN_ENUM:
        return read_enum(column, cell, at, err);
    case COLUMN_ARRAY:
        return read_array(column, cell, out, err);
    }
    return err_set(err, ERR_INVALID, "has an unknown type");
}

enum err_code kind_read(const struct kind *kind, const struct db_result *result, int row, void *out,
                        struct err *err)
{
    struct aggregate *head = out;
    head->id = db_int4(result, row, 0);
    head->version = db_int4(result, row, 1);
    head->due_at_ms = db_int8(result, row, 2);
    for (size_t i = 0; i < kind->column_count; i++) {
        struct cell cell = {result, row, (int)i + 3};
        if (read_value(&kind->columns[i], cell, out, err) != ERR_OK)
            return err_wrap(err, "stored %s %d, column %s", kind->name, head->id,
                            kind->columns[i].name);
    }
    return ERR_OK;
}

/* The bytes that a column's value takes in the struct, when texts and arrays hold nothing. */
static size_t least_size(enum column_type type)
{
    switch (type) {
    case COLUMN_INT4:
        return sizeof(int32_t);
    case COLUMN_INT8:
    case COLUMN_TIME:
        return sizeof(int64_t);
    case COLUMN_BOOL:
        return sizeof(bool);
    case COLUMN_ENUM:
        return sizeof(int);
    case COLUMN_TEXT:
        return 1;
    case COLUMN_ARRAY:
        break;
    }
    return 0;
}

static size_t used_size(const struct column *column, const void *value)
{
    size_t size = least_size(column->type);
    if (column->type == COLUMN_TEXT)
        size += strlen(member(value, column->offset));
    if (column->type == COLUMN_ARRAY)
        size += *(const size_t *)member(value, column->count_offset) * column->record->size;
    return size;
}

void kind_clear(const struct kind *kind, void *value, int32_t id)
{
    *(struct aggregate *)value = (struct aggregate){.id = id};
    for (size_t i = 0; i < kind->column_count; i++) {
        const struct column *column = &kind->columns[i];
        memset((char *)value + column->offset, 0, least_size(column->type));
        if (column->type == COLUMN_ARRAY)
            memset((char *)value + column->count_offset, 0, sizeof(size_t));
    }
}

void kind_copy(const struct kind *kind, void *to, const void *from)
{
    *(struct aggregate *)to = *head_of(from);
    for (size_t i = 0; i < kind->column_count; i++) {
        const struct column *column = &kind->columns[i];
        memcpy((char *)to + column->offset, member(from, column->offset), used_size(column, from));
        if (column->type == COLUMN_ARRAY)
            memcpy((char *)to + column->count_offset, member(from, column->count_offset),
                   sizeof(size_t));
    }
}

enum err_code kind_find(struct db *db, const struct kind *kind, int32_t id, void *out, bool *found,
                        struct err *err)
{
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_arg_int4(&args, id);
    enum err_code code = db_run(db, kind_sql(kind, KIND_SQL_FIND, NULL, NULL), &args, &result, err);
    db_args_free(&args);
    if (code != ERR_OK)
        return code;
    *found = db_rows(result) > 0;
    if (*found)
        code = kind_read(kind, result, 0, out, err);
    db_result_free(result);
    return code;
}

enum err_code kind_list(struct db *db, const struct kind *kind, const char *name, const char *where,
                        const struct db_args *args, struct db_result **result, struct err *err)
{
    return db_run(db, kind_sql(kind, KIND_SQL_LIST, name, where), args, result, err);
}
