/* Kinds of aggregate: how a flat struct is a row of a table. The SQL is made from the list of
 * columns.
 *
 * Every kind's struct starts with `struct aggregate`. A struct of version 0 stands for a row that
 * does not exist. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_KIND_H
#define BRIGADE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregate.h"
#include "codec.h"
#include "db.h"

enum column_type {
    COLUMN_INT4,  /* int32_t, integer */
    COLUMN_INT8,  /* int64_t, bigint (money: minor units) */
    COLUMN_BOOL,  /* bool, boolean */
    COLUMN_TEXT,  /* char[size], text */
    COLUMN_ENUM,  /* int, text from `names` */
    COLUMN_TIME,  /* int64_t ms, timestamptz; 0 is NULL */
    COLUMN_ARRAY, /* struct[] of `record`, jsonb; its length is a size_t at count_offset */
};

struct column {
    const char *name;
    enum column_type type;
    size_t offset;
    size_t size;                       /* TEXT: bytes of the char[]; ARRAY: the most elements */
    size_t count_offset;               /* ARRAY */
    const struct codec_record *record; /* ARRAY */
    const char *const *names;          /* ENUM; names[0] is never stored */
    int name_count;
};

/* Every member of the struct is its head or one of its columns. */
struct kind {
    const char *name;     /* "order": in logs and in the table of deferred messages */
    const char *table;    /* "orders"; id, version and due_at are its columns too */
    const char *sequence; /* "orders_id", where new ids come from; NULL: ids come from elsewhere */
    size_t size;          /* of the struct */
    const struct column *columns;
    size_t column_count;
};

#define COLUMN_AT(s, m) .offset = offsetof(struct s, m)

/* Queue statements that load the rows of `ids` (locked, in id order), or write new or changed
 * aggregates. `values` are `count` pointers to the kind's structs; their version is the one to be
 * stored. */
enum err_code kind_send_load(struct db *db, const struct kind *kind, const int32_t *ids,
                             size_t count, struct err *err) MUST_CHECK;
enum err_code kind_send_insert(struct db *db, const struct kind *kind, const void *const *values,
                               size_t count, struct err *err) MUST_CHECK;
enum err_code kind_send_update(struct db *db, const struct kind *kind, const void *const *values,
                               size_t count, struct err *err) MUST_CHECK;

/* Queue a draw of `count` new ids from the kind's sequence: one row each. */
enum err_code kind_send_ids(struct db *db, const struct kind *kind, int32_t count,
                            struct err *err) MUST_CHECK;

/* Read one row of a load into the struct at `out`; what it does not fill, beyond the end of a text
 * or an array, stays as it was. ERR_INVALID when the row does not fit it. */
enum err_code kind_read(const struct kind *kind, const struct db_result *result, int row, void *out,
                        struct err *err) MUST_CHECK;

/* Make the struct at `value` one that has no row, of version 0: all is zero and empty. What is
 * beyond the end of texts and arrays stays as it was, and counts for nothing. */
void kind_clear(const struct kind *kind, void *value, int32_t id);

/* Copy a struct of this kind: its head and its columns. Of texts and arrays that is what they hold,
 * mostly a small part of their space; what is beyond stays as it was. */
void kind_copy(const struct kind *kind, void *to, const void *from);

/* Load one aggregate, or a page of them, without locks (for queries). `where` is SQL after WHERE
 * with $1 = the first argument …, e.g. "consumer_id = $1 AND id > $2 ORDER BY id LIMIT 51"; `name`
 * must be unique for each `where`. */
enum err_code kind_find(struct db *db, const struct kind *kind, int32_t id, void *out, bool *found,
                        struct err *err) MUST_CHECK;
enum err_code kind_list(struct db *db, const struct kind *kind, const char *name, const char *where,
                        const struct db_args *args, struct db_result **result,
                        struct err *err) MUST_CHECK;

/* Queue the ids of at most `limit` aggregates whose timer has become due since `after_ms`, up to
 * `now_ms`. Skips rows that another replica has locked. */
enum err_code kind_send_due(struct db *db, const struct kind *kind, int64_t after_ms,
                            int64_t now_ms, int32_t limit, struct err *err) MUST_CHECK;

#endif
