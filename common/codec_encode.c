/* Encoding: a struct as compact JSON. What is encoded was decoded or decided here before, so a
 * value that no schema allows is a bug and ends the process. SPDX-License-Identifier: MIT */
#include "codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

static void encode_integer(int64_t number, struct buf *out)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRId64, number);
    buf_append(out, text, (size_t)length);
}

void codec_encode_money(int64_t minor_units, struct buf *out)
{
    char text[32];
    if (minor_units < 0)
        abort();
    int length = snprintf(text, sizeof text, "\"%" PRId64 ".%02d\"", minor_units / 100,
                          (int)(minor_units % 100));
    buf_append(out, text, (size_t)length);
}

static void encode_time(int64_t time_ms, struct buf *out)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(time_ms, text);
    buf_append_char(out, '"');
    buf_append_text(out, text);
    buf_append_char(out, '"');
}

static bool needs_escape(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

static void encode_escape(char c, struct buf *out)
{
    static const char characters[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    const char *known = strchr(characters, c);
    if (known != NULL) {
        buf_append_char(out, '\\');
        buf_append_char(out, names[known - characters]);
    } else {
        buf_printf(out, "\\u%04x", (unsigned int)(unsigned char)c);
    }
}

void codec_encode_text(const char *text, struct buf *out)
{
    buf_append_char(out, '"');
    while (*text != '\0') {
        size_t run = 0;
        while (text[run] != '\0' && !needs_escape(text[run]))
            run++;
        buf_append(out, text, run);
        text += run;
        if (*text != '\0')
            encode_escape(*text++, out);
    }
    buf_append_char(out, '"');
}

static void encode_enum(const struct codec_field *field, int index, struct buf *out)
{
    if (index < 1 || index >= field->name_count)
        abort();
    codec_encode_text(field->names[index], out);
}

static size_t count_of(const struct codec_field *field, const char *base)
{
    const void *at = base + field->count_offset;
    return *(const size_t *)at;
}

static void encode_field(const struct codec_field *field, const char *base, struct buf *out)
{
    const void *at = base + field->offset;
    switch (field->type) {
    case CODEC_INT32:
        encode_integer(*(const int32_t *)at, out);
        break;
    case CODEC_INT64:
        encode_integer(*(const int64_t *)at, out);
        break;
    case CODEC_BOOL:
        buf_append_text(out, *(const bool *)at ? "true" : "false");
        break;
    case CODEC_TEXT:
        codec_encode_text(at, out);
        break;
    case CODEC_MONEY:
        codec_encode_money(*(const int64_t *)at, out);
        break;
    case CODEC_TIME:
        encode_time(*(const int64_t *)at, out);
        break;
    case CODEC_ENUM:
        encode_enum(field, *(const int *)at, out);
        break;
    case CODEC_OBJECT:
        codec_encode(field->record, at, out);
        break;
    case CODEC_ARRAY:
        codec_encode_array(field->record, at, count_of(field, base), out);
        break;
    }
}

/* Is an optional field without a flag there? Its zero value stands for "absent". */
static bool is_nonzero(const struct codec_field *field, const char *base)
{
    const void *at = base + field->offset;
    switch (field->type) {
    case CODEC_INT32:
        return *(const int32_t *)at != 0;
    case CODEC_INT64:
    case CODEC_MONEY:
    case CODEC_TIME:
        return *(const int64_t *)at != 0;
    case CODEC_TEXT:
        return *(const char *)at != '\0';
    case CODEC_ENUM:
        return *(const int *)at != 0;
    case CODEC_ARRAY:
        return count_of(field, base) != 0;
    case CODEC_BOOL:
    case CODEC_OBJECT:
        break; /* these have a flag when they are optional */
    }
    return true;
}

static bool is_present(const struct codec_field *field, const char *base)
{
    if (field->required)
        return true;
    const void *flag = base + field->flag_offset;
    return field->has_flag ? *(const bool *)flag : is_nonzero(field, base);
}

void codec_encode(const struct codec_record *record, const void *value, struct buf *out)
{
    bool first = true;
    buf_append_char(out, '{');
    for (size_t i = 0; i < record->field_count; i++) {
        const struct codec_field *field = &record->fields[i];
        if (!is_present(field, value))
            continue;
        if (!first)
            buf_append_char(out, ',');
        first = false;
        codec_encode_text(field->name, out);
        buf_append_char(out, ':');
        encode_field(field, value, out);
    }
    buf_append_char(out, '}');
}

void codec_encode_array(const struct codec_record *record, const void *values, size_t count,
                        struct buf *out)
{
    const char *at = values;
    buf_append_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_append_char(out, ',');
        codec_encode(record, at + i * record->size, out);
    }
    buf_append_char(out, ']');
}
