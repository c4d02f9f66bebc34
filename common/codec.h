/* Between JSON and flat C structs, driven by tables that tools/schemagen.py makes from schemas/.
 *
 * A schema object becomes a `struct`, a `struct codec_record` that describes it, and nothing else:
 * all code is here. Structs are flat: no pointers, every text and array with the cap that its
 * schema states (maxLength, maxItems), so they are copied with `=` and never freed.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_CODEC_H
#define BRIGADE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

enum codec_type {
    CODEC_INT32,  /* int32_t */
    CODEC_INT64,  /* int64_t */
    CODEC_BOOL,   /* bool */
    CODEC_TEXT,   /* char[], UTF-8, NUL-terminated; "" when absent */
    CODEC_MONEY,  /* int64_t minor units; on the wire a decimal text with two places, "61.70" */
    CODEC_TIME,   /* int64_t ms since 1970 UTC; on the wire an RFC 3339 date-time */
    CODEC_ENUM,   /* int: index into `names`; 0 means absent and is never on the wire */
    CODEC_OBJECT, /* a struct described by `record` */
    CODEC_ARRAY,  /* struct[] described by `record`, its length in a size_t at `count_offset` */
};

struct codec_field {
    const char *name; /* on the wire */
    enum codec_type type;
    bool required;
    bool has_flag; /* optional, and zero is a value: a bool at `flag_offset` says if it is there */
    const char *allowed; /* TEXT: the only characters that may be in it (ASCII); NULL: any */
    size_t offset;
    size_t flag_offset;
    size_t count_offset; /* ARRAY */
    size_t size;         /* TEXT: bytes of the char[]; ARRAY: bytes of one element */
    int64_t min, max;    /* numbers, money: the range; TEXT: length in code points; ARRAY: items */
    const struct codec_record *record; /* OBJECT, ARRAY */
    const char *const *names;          /* ENUM: names[1] … names[name_count - 1] */
    int name_count;
};

struct codec_record {
    const char *name; /* the schema's title */
    size_t size;      /* of the struct */
    const struct codec_field *fields;
    size_t field_count;
};

/* Decode one JSON object, `length` bytes at `text`, into the struct that `record` describes. Fields
 * that the record does not know are ignored. Returns ERR_INVALID with a text that names the field
 * ("lineItems[2]. quantity: must be between 1 and 1000, is 0") and leaves `out` undefined. What is
 * behind an array's last element may stay as it was. Blocks never. */
enum err_code codec_decode(const struct codec_record *record, const char *text, size_t length,
                           void *out, struct err *err) MUST_CHECK;

struct json_object; /* json-c's */

/* The same for a value that json_read made. It is borrowed. */
enum err_code codec_decode_value(const struct codec_record *record, struct json_object *value,
                                 void *out, struct err *err) MUST_CHECK;

/* The same for an array of objects: at most `max` elements into `out`, their number into `count`.
 */
enum err_code codec_decode_array(const struct codec_record *record, const char *text, size_t length,
                                 void *out, size_t max, size_t *count, struct err *err) MUST_CHECK;

/* Append the struct at `value` as compact JSON. Absent optional fields are left out. */
void codec_encode(const struct codec_record *record, const void *value, struct buf *out);

/* Append `count` structs as a JSON array. */
void codec_encode_array(const struct codec_record *record, const void *values, size_t count,
                        struct buf *out);

/* Append `text` as a JSON string, with its quotes. */
void codec_encode_text(const char *text, struct buf *out);

/* Append minor units as a JSON string with two places: 6170 as "61.70". */
void codec_encode_money(int64_t minor_units, struct buf *out);

/* The index of `name` in an enumeration's names, 0 when it is not one of them. */
int codec_enum_find(const char *const *names, int name_count, const char *name);

#endif
