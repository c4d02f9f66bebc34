/* Parameters of a statement in PostgreSQL's binary formats. SPDX-License-Identifier: MIT */
#include "db_internal.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* Where the head of an array keeps its flag for NULLs and its length (int4 each, after the number
 * of dimensions). */
enum { ARRAY_NULLS_AT = 4, ARRAY_LENGTH_AT = 12 };

void db_args_free(struct db_args *args)
{
    buf_free(&args->bytes);
    args->count = 0;
}

static void put_int4(struct db_args *args, int32_t value)
{
    uint32_t wire = htonl((uint32_t)value);
    buf_append(&args->bytes, &wire, sizeof wire);
}

static void put_int8(struct db_args *args, int64_t value)
{
    uint64_t wire = htobe64((uint64_t)value);
    buf_append(&args->bytes, &wire, sizeof wire);
}

static void put_bool(struct db_args *args, bool value)
{
    buf_append_char(&args->bytes, value ? 1 : 0);
}

static void arg_begin(struct db_args *args)
{
    if (args->count == DB_ARGS_MAX)
        abort();
    args->at[args->count].offset = args->bytes.length;
    args->at[args->count].null = false;
}

static void arg_end(struct db_args *args)
{
    args->at[args->count].length = args->bytes.length - args->at[args->count].offset;
    args->count++;
}

void db_arg_int4(struct db_args *args, int32_t value)
{
    arg_begin(args);
    put_int4(args, value);
    arg_end(args);
}

void db_arg_int8(struct db_args *args, int64_t value)
{
    arg_begin(args);
    put_int8(args, value);
    arg_end(args);
}

void db_arg_text(struct db_args *args, const char *text)
{
    if (text != NULL) {
        db_arg_bytes(args, text, strlen(text));
        return;
    }
    arg_begin(args);
    args->at[args->count].null = true;
    arg_end(args);
}

void db_arg_bytes(struct db_args *args, const void *bytes, size_t length)
{
    arg_begin(args);
    buf_append(&args->bytes, bytes, length);
    arg_end(args);
}

void db_array_begin(struct db_args *args, enum db_oid element)
{
    arg_begin(args);
    put_int4(args, 1); /* dimensions */
    put_int4(args, 0); /* has NULLs */
    put_int4(args, (int32_t)element);
    put_int4(args, 0); /* length */
    put_int4(args, 1); /* lower bound */
}

static void array_head_set(struct db_args *args, size_t at, uint32_t value)
{
    uint32_t wire = htonl(value);
    memcpy(args->bytes.bytes + args->at[args->count].offset + at, &wire, sizeof wire);
}

static void array_head_count(struct db_args *args)
{
    uint32_t wire;
    memcpy(&wire, args->bytes.bytes + args->at[args->count].offset + ARRAY_LENGTH_AT, sizeof wire);
    array_head_set(args, ARRAY_LENGTH_AT, ntohl(wire) + 1);
}

void db_array_int4(struct db_args *args, int32_t value)
{
    array_head_count(args);
    put_int4(args, sizeof value);
    put_int4(args, value);
}

void db_array_int8(struct db_args *args, int64_t value)
{
    array_head_count(args);
    put_int4(args, sizeof value);
    put_int8(args, value);
}

void db_array_bool(struct db_args *args, bool value)
{
    array_head_count(args);
    put_int4(args, 1);
    put_bool(args, value);
}

void db_array_text(struct db_args *args, const char *text)
{
    if (text != NULL) {
        db_array_bytes(args, text, strlen(text));
        return;
    }
    array_head_count(args);
    array_head_set(args, ARRAY_NULLS_AT, 1);
    put_int4(args, -1);
}

void db_array_bytes(struct db_args *args, const void *bytes, size_t length)
{
    array_head_count(args);
    put_int4(args, (int32_t)length);
    buf_append(&args->bytes, bytes, length);
}

void db_array_end(struct db_args *args)
{
    arg_end(args);
}

void db_args_point(const struct db_args *args, const char *values[DB_ARGS_MAX],
                   int lengths[DB_ARGS_MAX], int formats[DB_ARGS_MAX])
{
    for (size_t i = 0; i < args->count; i++) {
        values[i] = args->at[i].null ? NULL : buf_text(&args->bytes) + args->at[i].offset;
        lengths[i] = (int)args->at[i].length;
        formats[i] = 1;
    }
}
