/* Decoding of single values: numbers, texts, amounts, times and names, each with its rules.
 * SPDX-License-Identifier: MIT */
#include "codec_internal.h"

#include <inttypes.h>
#include <json-c/json_object.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "json_text.h"

typedef enum err_code decoder(const struct codec_field *field, struct json_object *value, void *out,
                              struct err *err);

const char *codec_type_name(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_boolean:
        return "a boolean";
    case json_type_double:
        return "a number with a fraction or an exponent";
    case json_type_int:
        return "an integer";
    case json_type_object:
        return "an object";
    case json_type_array:
        return "an array";
    case json_type_string:
        return "a text";
    case json_type_null:
        break;
    }
    return "null";
}

enum err_code codec_wrong_type(struct json_object *value, const char *expected, struct err *err)
{
    return err_set(err, ERR_INVALID, ": must be %s, is %s", expected, codec_type_name(value));
}

static enum err_code decode_integer(const struct codec_field *field, struct json_object *value,
                                    int64_t *number, struct err *err)
{
    if (!json_object_is_type(value, json_type_int))
        return codec_wrong_type(value, "an integer", err);
    *number = json_object_get_int64(value);
    if (*number >= field->min && *number <= field->max)
        return ERR_OK;
    /* An integer that json_read had to change to the nearest int64_t is not repeated. */
    if (*number == INT64_MIN || *number == INT64_MAX)
        return err_set(err, ERR_INVALID, ": must be between %" PRId64 " and %" PRId64, field->min,
                       field->max);
    return err_set(err, ERR_INVALID, ": must be between %" PRId64 " and %" PRId64 ", is %" PRId64,
                   field->min, field->max, *number);
}

static enum err_code decode_int32(const struct codec_field *field, struct json_object *value,
                                  void *out, struct err *err)
{
    int64_t number = 0;
    enum err_code code = decode_integer(field, value, &number, err);
    if (code == ERR_OK)
        *(int32_t *)out = (int32_t)number;
    return code;
}

static enum err_code decode_int64(const struct codec_field *field, struct json_object *value,
                                  void *out, struct err *err)
{
    return decode_integer(field, value, out, err);
}

static enum err_code decode_bool(const struct codec_field *field, struct json_object *value,
                                 void *out, struct err *err)
{
    (void)field;
    if (!json_object_is_type(value, json_type_boolean))
        return codec_wrong_type(value, "a boolean", err);
    *(bool *)out = json_object_get_boolean(value);
    return ERR_OK;
}

static enum err_code decode_text(const struct codec_field *field, struct json_object *value,
                                 void *out, struct err *err)
{
    if (!json_object_is_type(value, json_type_string))
        return codec_wrong_type(value, "a text", err);
    const char *text = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);
    int64_t points = (int64_t)json_text_points(text, length);
    if (points < field->min || points > field->max || length >= field->size)
        return err_set(err, ERR_INVALID,
                       ": must have %" PRId64 " to %" PRId64 " characters, has %" PRId64,
                       field->min, field->max, points);
    if (field->allowed != NULL && strspn(text, field->allowed) != length)
        return err_set(err, ERR_INVALID, ": may only have the characters %s", field->allowed);
    memcpy(out, text, length + 1);
    return ERR_OK;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Read "61.70" as 6170: digits without a leading zero, a point, two digits. False when it is
 * anything else, or has more digits than any range allows. */
static bool money_parse(const char *text, size_t length, int64_t *minor_units)
{
    if (length < 4 || length > 18 || text[length - 3] != '.')
        return false;
    if (text[0] == '0' && length > 4)
        return false;
    int64_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        if (i == length - 3)
            continue;
        if (!is_digit(text[i]))
            return false;
        sum = sum * 10 + (text[i] - '0');
    }
    *minor_units = sum;
    return true;
}

static enum err_code decode_money(const struct codec_field *field, struct json_object *value,
                                  void *out, struct err *err)
{
    int64_t sum = 0;
    if (!json_object_is_type(value, json_type_string))
        return codec_wrong_type(value, "an amount like \"61.70\"", err);
    if (!money_parse(json_object_get_string(value), (size_t)json_object_get_string_len(value),
                     &sum))
        return err_set(err, ERR_INVALID, ": must be an amount like \"61.70\"");
    if (sum < field->min || sum > field->max)
        return err_set(err, ERR_INVALID, ": must be between %" PRId64 ".%02d and %" PRId64 ".%02d",
                       field->min / 100, (int)(field->min % 100), field->max / 100,
                       (int)(field->max % 100));
    *(int64_t *)out = sum;
    return ERR_OK;
}

static enum err_code decode_time(const struct codec_field *field, struct json_object *value,
                                 void *out, struct err *err)
{
    int64_t time_ms = 0;
    if (!json_object_is_type(value, json_type_string))
        return codec_wrong_type(value, "a date-time like \"2026-11-21T19:30:00Z\"", err);
    if (!clock_parse(json_object_get_string(value), (size_t)json_object_get_string_len(value),
                     &time_ms))
        return err_set(err, ERR_INVALID, ": must be a date-time like \"2026-11-21T19:30:00Z\"");
    if (time_ms < field->min || time_ms > field->max) {
        char first[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE];
        clock_format(field->min, first);
        clock_format(field->max, last);
        return err_set(err, ERR_INVALID, ": must be between %s and %s", first, last);
    }
    *(int64_t *)out = time_ms;
    return ERR_OK;
}

int codec_enum_find(const char *const *names, int name_count, const char *name)
{
    for (int i = 1; i < name_count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return 0;
}

static enum err_code unknown_name(const struct codec_field *field, struct err *err)
{
    size_t used = 0;
    err_set(err, ERR_INVALID, ": must be one of ");
    for (int i = 1; i < field->name_count; i++) {
        used = strlen(err->text);
        (void)snprintf(err->text + used, sizeof err->text - used, "%s%s", i > 1 ? ", " : "",
                       field->names[i]);
    }
    return ERR_INVALID;
}

static enum err_code decode_enum(const struct codec_field *field, struct json_object *value,
                                 void *out, struct err *err)
{
    if (!json_object_is_type(value, json_type_string))
        return codec_wrong_type(value, "a text", err);
    int index = codec_enum_find(field->names, field->name_count, json_object_get_string(value));
    if (index == 0)
        return unknown_name(field, err);
    *(int *)out = index;
    return ERR_OK;
}

static decoder *const decoders[] = {
    [CODEC_INT32] = decode_int32, [CODEC_INT64] = decode_int64, [CODEC_BOOL] = decode_bool,
    [CODEC_TEXT] = decode_text,   [CODEC_MONEY] = decode_money, [CODEC_TIME] = decode_time,
    [CODEC_ENUM] = decode_enum,
};

enum err_code codec_decode_scalar(const struct codec_field *field, struct json_object *value,
                                  void *out, struct err *err)
{
    return decoders[field->type](field, value, out, err);
}
