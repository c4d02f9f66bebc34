/* Structs of arbitrary content. SPDX-License-Identifier: MIT */
#include "fill.h"

#include <string.h>

/* Texts that have passed the codec: of few letters, so that two of them are often the same. */
static void fill_text(const struct codec_field *field, char *out, struct bytes *bytes)
{
    const char *letters = field->allowed != NULL ? field->allowed : "ab";
    size_t count = bytes_count(bytes, (size_t)field->min, (size_t)field->max);
    bool same = count > 8;
    for (size_t i = 0; i < count; i++)
        out[i] = letters[same ? 0 : bytes_take(bytes) % 2 % strlen(letters)];
}

static void fill_array(const struct codec_field *field, char *base, struct bytes *bytes)
{
    size_t count = bytes_count(bytes, (size_t)field->min, (size_t)field->max);
    *(size_t *)(void *)(base + field->count_offset) = count;
    for (size_t i = 0; i < count; i++)
        fill_record(field->record, base + field->offset + i * field->record->size, bytes);
}

static void fill_field(const struct codec_field *field, char *base, struct bytes *bytes)
{
    void *at = base + field->offset;
    switch (field->type) {
    case CODEC_INT32:
        *(int32_t *)at = (int32_t)bytes_integer(bytes, field->min, field->max);
        break;
    case CODEC_INT64:
    case CODEC_MONEY:
    case CODEC_TIME:
        *(int64_t *)at = bytes_integer(bytes, field->min, field->max);
        break;
    case CODEC_BOOL:
        *(bool *)at = bytes_bool(bytes);
        break;
    case CODEC_TEXT:
        fill_text(field, at, bytes);
        break;
    case CODEC_ENUM:
        *(int *)at = 1 + bytes_below(bytes, field->name_count - 1);
        break;
    case CODEC_OBJECT:
        fill_record(field->record, at, bytes);
        break;
    case CODEC_ARRAY:
        fill_array(field, base, bytes);
        break;
    }
}

void fill_record(const struct codec_record *record, void *out, struct bytes *bytes)
{
    char *base = out;
    memset(out, 0, record->size);
    for (size_t i = 0; i < record->field_count; i++) {
        const struct codec_field *field = &record->fields[i];
        if (!field->required && !bytes_bool(bytes))
            continue;
        if (field->has_flag)
            *(bool *)(void *)(base + field->flag_offset) = true;
        fill_field(field, base, bytes);
    }
}

/* Any text that a column can hold, which has no NUL: short, now and then the longest. */
static void fill_column_text(const struct column *column, char *out, struct bytes *bytes)
{
    uint8_t how = bytes_take(bytes);
    size_t count = how >= 0xfc ? column->size - 1 : (size_t)how % (how >= 0xc0 ? 16 : 3);
    for (size_t i = 0; i < count && i < column->size - 1; i++) {
        uint8_t letter = how >= 0xfc ? how : bytes_take(bytes);
        out[i] = (char)(letter != 0 ? letter : 'a');
    }
}

static void fill_column_array(const struct column *column, char *base, struct bytes *bytes)
{
    size_t count = bytes_count(bytes, 0, column->size);
    *(size_t *)(void *)(base + column->count_offset) = count;
    for (size_t i = 0; i < count; i++)
        fill_record(column->record, base + column->offset + i * column->record->size, bytes);
}

static void fill_column(const struct column *column, char *base, struct bytes *bytes)
{
    void *at = base + column->offset;
    switch (column->type) {
    case COLUMN_INT4:
        *(int32_t *)at = bytes_int32(bytes, INT32_MIN, INT32_MAX);
        break;
    case COLUMN_INT8:
    case COLUMN_TIME:
        *(int64_t *)at = bytes_integer(bytes, INT64_MIN, INT64_MAX);
        break;
    case COLUMN_BOOL:
        *(bool *)at = bytes_bool(bytes);
        break;
    case COLUMN_TEXT:
        fill_column_text(column, at, bytes);
        break;
    case COLUMN_ENUM:
        *(int *)at = bytes_below(bytes, column->name_count);
        break;
    case COLUMN_ARRAY:
        fill_column_array(column, base, bytes);
        break;
    }
}

void fill_kind(const struct kind *kind, void *out, struct bytes *bytes)
{
    struct aggregate *head = out;
    memset(out, 0, kind->size);
    head->id = bytes_int32(bytes, 1, INT32_MAX);
    head->version = bytes_int32(bytes, 0, INT32_MAX - 1);
    head->due_at_ms = bytes_integer(bytes, INT64_MIN, INT64_MAX);
    for (size_t i = 0; i < kind->column_count; i++)
        fill_column(&kind->columns[i], out, bytes);
}
