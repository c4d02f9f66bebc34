/* All that a struct says, as bytes. SPDX-License-Identifier: MIT */
#include "fill.h"

#include <string.h>

#include "fuzz.h"

static void put_text(const char *text, size_t size, struct buf *out)
{
    FUZZ_CHECK(memchr(text, '\0', size) != NULL);
    buf_append(out, text, strlen(text) + 1);
}

static void put_enum(const int *value, int name_count, struct buf *out)
{
    FUZZ_CHECK(*value >= 0 && *value < name_count);
    buf_append(out, value, sizeof *value);
}

static void put_array(const struct codec_record *record, const char *items, size_t count,
                      struct buf *out)
{
    buf_append(out, &count, sizeof count);
    for (size_t i = 0; i < count; i++)
        portray_record(record, items + i * record->size, out);
}

static size_t count_at(const char *base, size_t offset, size_t max)
{
    const void *at = base + offset;
    size_t count = *(const size_t *)at;
    FUZZ_CHECK(count <= max);
    return count;
}

static void put_field(const struct codec_field *field, const char *base, struct buf *out)
{
    const void *at = base + field->offset;
    switch (field->type) {
    case CODEC_INT32:
        buf_append(out, at, sizeof(int32_t));
        break;
    case CODEC_INT64:
    case CODEC_MONEY:
    case CODEC_TIME:
        buf_append(out, at, sizeof(int64_t));
        break;
    case CODEC_BOOL:
        buf_append_char(out, *(const bool *)at ? 'y' : 'n');
        break;
    case CODEC_TEXT:
        put_text(at, field->size, out);
        break;
    case CODEC_ENUM:
        put_enum(at, field->name_count, out);
        break;
    case CODEC_OBJECT:
        portray_record(field->record, at, out);
        break;
    case CODEC_ARRAY:
        put_array(field->record, at, count_at(base, field->count_offset, (size_t)field->max), out);
        break;
    }
}

void portray_record(const struct codec_record *record, const void *value, struct buf *out)
{
    for (size_t i = 0; i < record->field_count; i++) {
        const struct codec_field *field = &record->fields[i];
        const void *flag = (const char *)value + field->flag_offset;
        bool absent = field->has_flag && !*(const bool *)flag;
        buf_append_char(out, absent ? 'n' : 'y');
        if (!absent)
            put_field(field, value, out);
    }
}

static void put_column(const struct column *column, const char *base, struct buf *out)
{
    const void *at = base + column->offset;
    switch (column->type) {
    case COLUMN_INT4:
        buf_append(out, at, sizeof(int32_t));
        break;
    case COLUMN_INT8:
    case COLUMN_TIME:
        buf_append(out, at, sizeof(int64_t));
        break;
    case COLUMN_BOOL:
        buf_append_char(out, *(const bool *)at ? 'y' : 'n');
        break;
    case COLUMN_TEXT:
        put_text(at, column->size, out);
        break;
    case COLUMN_ENUM:
        put_enum(at, column->name_count, out);
        break;
    case COLUMN_ARRAY:
        put_array(column->record, at, count_at(base, column->count_offset, column->size), out);
        break;
    }
}

void portray_kind(const struct kind *kind, const void *value, struct buf *out)
{
    const struct aggregate *head = value;
    buf_append(out, &head->id, sizeof head->id);
    buf_append(out, &head->version, sizeof head->version);
    buf_append(out, &head->due_at_ms, sizeof head->due_at_ms);
    for (size_t i = 0; i < kind->column_count; i++)
        put_column(&kind->columns[i], value, out);
}
