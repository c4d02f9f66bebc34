/* Decoding: a checked JSON value into the struct that a record describes.
 *
 * An error's text is put together on the way up. What a decoder says about a value begins with ":";
 * each level puts its field's name or its index before it. SPDX-License-Identifier: MIT */
#include "codec.h"

#include <inttypes.h>
#include <json-c/json_object.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec_internal.h"
#include "json.h"

static enum err_code decode_members(const struct codec_record *record, struct json_object *object,
                                    void *out, struct err *err);

PRINTF_LIKE(2, 3) static enum err_code prefix(struct err *err, const char *format, ...)
{
    struct err inner = *err;
    char where[100];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(where, sizeof where, format, args);
    va_end(args);
    size_t used = strlen(where);
    memcpy(err->text, where, used);
    (void)snprintf(err->text + used, sizeof err->text - used, "%s", inner.text);
    return err->code;
}

static enum err_code decode_object(const struct codec_record *record, struct json_object *value,
                                   void *out, struct err *err)
{
    if (!json_object_is_type(value, json_type_object))
        return codec_wrong_type(value, "an object", err);
    enum err_code code = decode_members(record, value, out, err);
    return code == ERR_OK ? ERR_OK : prefix(err, ".");
}

static enum err_code decode_array(const struct codec_field *field, struct json_object *value,
                                  void *out, size_t *count, struct err *err)
{
    if (!json_object_is_type(value, json_type_array))
        return codec_wrong_type(value, "an array", err);
    size_t length = json_object_array_length(value);
    if ((int64_t)length < field->min || (int64_t)length > field->max)
        return err_set(err, ERR_INVALID, ": must have %" PRId64 " to %" PRId64 " items, has %zu",
                       field->min, field->max, length);
    for (size_t i = 0; i < length; i++) {
        void *at = (char *)out + i * field->record->size;
        memset(at, 0, field->record->size);
        if (decode_object(field->record, json_object_array_get_idx(value, i), at, err) != ERR_OK)
            return prefix(err, "[%zu]", i);
    }
    *count = length;
    return ERR_OK;
}

static enum err_code decode_field(const struct codec_field *field, struct json_object *value,
                                  void *out, struct err *err)
{
    char *base = out;
    void *at = base + field->offset;
    if (field->has_flag)
        *(bool *)(void *)(base + field->flag_offset) = true;
    if (field->type == CODEC_OBJECT)
        return decode_object(field->record, value, at, err);
    if (field->type == CODEC_ARRAY)
        return decode_array(field, value, at, (void *)(base + field->count_offset), err);
    return codec_decode_scalar(field, value, at, err);
}

/* The struct is cleared. An error's text begins with the name of the field. */
static enum err_code decode_members(const struct codec_record *record, struct json_object *object,
                                    void *out, struct err *err)
{
    for (size_t i = 0; i < record->field_count; i++) {
        const struct codec_field *field = &record->fields[i];
        struct json_object *value = NULL;
        if (!json_object_object_get_ex(object, field->name, &value)) {
            if (field->required)
                return err_set(err, ERR_INVALID, "%s: is missing", field->name);
            continue;
        }
        if (decode_field(field, value, out, err) != ERR_OK)
            return prefix(err, "%s", field->name);
    }
    return ERR_OK;
}

/* Zero all but the elements of arrays, which have room for many. */
static void clear_record(const struct codec_record *record, void *out)
{
    size_t done = 0;
    for (size_t i = 0; i < record->field_count; i++) {
        const struct codec_field *field = &record->fields[i];
        if ((field->type != CODEC_ARRAY && field->type != CODEC_OBJECT) || field->offset < done)
            continue;
        memset((char *)out + done, 0, field->offset - done);
        done = field->offset + field->record->size;
        if (field->type == CODEC_ARRAY)
            done = field->offset + (size_t)field->max * field->record->size;
        else
            clear_record(field->record, (char *)out + field->offset);
    }
    memset((char *)out + done, 0, record->size - done);
}

enum err_code codec_decode_value(const struct codec_record *record, struct json_object *value,
                                 void *out, struct err *err)
{
    clear_record(record, out);
    if (!json_object_is_type(value, json_type_object))
        return err_set(err, ERR_INVALID, "must be an object, is %s", codec_type_name(value));
    return decode_members(record, value, out, err);
}

enum err_code codec_decode(const struct codec_record *record, const char *text, size_t length,
                           void *out, struct err *err)
{
    struct json_object *value = NULL;
    enum err_code code = json_read(text, length, &value, err);
    if (code == ERR_OK)
        code = codec_decode_value(record, value, out, err);
    json_release(value);
    return code;
}

enum err_code codec_decode_array(const struct codec_record *record, const char *text, size_t length,
                                 void *out, size_t max, size_t *count, struct err *err)
{
    const struct codec_field array = {.record = record, .max = (int64_t)max};
    struct json_object *value = NULL;
    enum err_code code = json_read(text, length, &value, err);
    if (code != ERR_OK)
        return code;
    code = decode_array(&array, value, out, count, err);
    if (code != ERR_OK && err->text[0] == ':') /* there is no name to go before it */
        memmove(err->text, err->text + 2, strlen(err->text + 2) + 1);
    json_release(value);
    return code;
}
