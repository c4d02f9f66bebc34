/* The envelope around an event: its attributes, and that they agree with its type.
 * SPDX-License-Identifier: MIT */
#include "envelope.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "codec.h"
#include "json.h"

/* The schemas' "$id" without the name; tests/contract holds it against the files. */
#define SCHEMA_BASE "https://brigade.example/schemas/events/"
#define SOURCE_BASE "/brigade/"

/* `sequence` is a text that sorts like the number in it (CloudEvents extension "sequence"): all of
 * one length. */
enum { SEQUENCE_DIGITS = 10 };

/* The attributes that do not depend on the type. Their texts are longer than any that is taken, so
 * that a wrong one is refused for what it is. */
struct attributes {
    char specversion[33], id[257], source[257], type[129], subject[257], sequence[33];
    int64_t time_ms;
};

#define TEXT_ATTRIBUTE(member)                                                                     \
    {                                                                                              \
        .name = #member, .type = CODEC_TEXT, .required = true, .min = 1,                           \
        .max = sizeof((struct attributes *)0)->member - 1,                                         \
        .size = sizeof((struct attributes *)0)->member,                                            \
        .offset = offsetof(struct attributes, member),                                             \
    }

static const struct codec_field id_field = TEXT_ATTRIBUTE(id);
static const struct codec_field type_field = TEXT_ATTRIBUTE(type);
static const struct codec_field other_fields[] = {
    TEXT_ATTRIBUTE(specversion),
    TEXT_ATTRIBUTE(source),
    TEXT_ATTRIBUTE(subject),
    TEXT_ATTRIBUTE(sequence),
    {.name = "time",
     .type = CODEC_TIME,
     .required = true,
     .min = 1,
     .max = INT64_C(253402300799999), /* the last millisecond of the year 9999 */
     .offset = offsetof(struct attributes, time_ms)},
};
static const struct codec_field traceparent_field = {
    .name = "traceparent",
    .type = CODEC_TEXT,
    .max = TRACEPARENT_SIZE - 1,
    .size = TRACEPARENT_SIZE,
};

static enum err_code read_fields(struct json_object *root, const struct codec_field *fields,
                                 size_t count, void *out, size_t size, struct err *err)
{
    const struct codec_record record = {
        .name = "envelope", .size = size, .fields = fields, .field_count = count};
    return codec_decode_value(&record, root, out, err);
}

static enum err_code read_id(struct json_object *root, struct envelope *out, struct err *err)
{
    struct attributes found;
    enum err_code code = read_fields(root, &id_field, 1, &found, sizeof found, err);
    if (code != ERR_OK)
        return code;
    if (!uuid_valid(found.id))
        return err_set(err, ERR_INVALID, "id: must be a UUID");
    memcpy(out->id, found.id, sizeof out->id);
    return ERR_OK;
}

static enum err_code read_type(struct json_object *root, struct envelope *out, struct err *err)
{
    struct attributes found;
    enum err_code code = read_fields(root, &type_field, 1, &found, sizeof found, err);
    if (code != ERR_OK)
        return code;
    for (int type = EVENT_NONE + 1; type < EVENT_TYPE_COUNT; type++) {
        if (strcmp(event_schemas[type].type, found.type) == 0) {
            out->type = (enum event_type)type;
            return ERR_OK;
        }
    }
    return err_set(err, ERR_INVALID, "type: is not known here");
}

/* Read exactly the digits of a positive int32_t. False when it is anything else. */
static bool read_number(const char *text, int32_t *number)
{
    int64_t sum = 0;
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length > SEQUENCE_DIGITS || text[length] != '\0')
        return false;
    for (size_t i = 0; i < length; i++)
        sum = sum * 10 + (text[i] - '0');
    *number = (int32_t)sum;
    return sum >= 1 && sum <= INT32_MAX;
}

/* Read the 42 in "orders/42". */
static bool read_subject(const char *text, const char *collection, int32_t *id)
{
    size_t length = strlen(collection);
    if (strncmp(text, collection, length) != 0 || text[length] != '/' || text[length + 1] == '0')
        return false;
    return read_number(text + length + 1, id);
}

static enum err_code read_others(struct json_object *root, struct envelope *out, struct err *err)
{
    const struct event_schema *schema = &event_schemas[out->type];
    struct attributes found;
    enum err_code code = read_fields(root, other_fields, sizeof other_fields / sizeof *other_fields,
                                     &found, sizeof found, err);
    if (code != ERR_OK)
        return code;
    if (strcmp(found.specversion, "1.0") != 0)
        return err_set(err, ERR_INVALID, "specversion: must be \"1.0\"");
    if (strncmp(found.source, SOURCE_BASE, strlen(SOURCE_BASE)) != 0 ||
        strcmp(found.source + strlen(SOURCE_BASE), schema->publisher) != 0)
        return err_set(err, ERR_INVALID, "source: %s comes from " SOURCE_BASE "%s only",
                       schema->type, schema->publisher);
    if (!read_subject(found.subject, schema->subject, &out->subject_id))
        return err_set(err, ERR_INVALID, "subject: must be like %s/42", schema->subject);
    if (strlen(found.sequence) != SEQUENCE_DIGITS || !read_number(found.sequence, &out->sequence))
        return err_set(err, ERR_INVALID, "sequence: must be a positive number of %d digits",
                       SEQUENCE_DIGITS);
    out->time_ms = found.time_ms;
    return ERR_OK;
}

/* A trace that cannot be read begins anew; the event counts. */
static void read_traceparent(struct json_object *root, struct envelope *out)
{
    struct err ignored = {0};
    char found[TRACEPARENT_SIZE];
    if (read_fields(root, &traceparent_field, 1, found, sizeof found, &ignored) == ERR_OK &&
        traceparent_valid(found))
        memcpy(out->traceparent, found, sizeof found);
}

static int32_t data_subject_id(const struct event_schema *schema, const void *data)
{
    const void *at = (const char *)data + schema->subject_id_offset;
    return *(const int32_t *)at;
}

static enum err_code read_data(struct json_object *root, struct envelope *out, struct err *err)
{
    const struct event_schema *schema = &event_schemas[out->type];
    const struct codec_field data = {
        .name = "data", .type = CODEC_OBJECT, .required = true, .record = schema->record};
    void *value = mem_resize(NULL, schema->record->size); /* decoding clears it */
    enum err_code code = read_fields(root, &data, 1, value, schema->record->size, err);
    out->data = value;
    if (code != ERR_OK)
        return code;
    if (data_subject_id(schema, value) != out->subject_id)
        return err_set(err, ERR_INVALID, "subject: is about another one than the data");
    return ERR_OK;
}

static enum err_code decode_root(struct json_object *root, struct envelope *out, struct err *err)
{
    struct err second = {0};
    enum err_code code = read_id(root, out, err);
    enum err_code type_code = read_type(root, out, code == ERR_OK ? err : &second);
    if (code == ERR_OK)
        code = type_code;
    if (code == ERR_OK)
        code = read_others(root, out, err);
    if (code == ERR_OK)
        code = read_data(root, out, err);
    if (code == ERR_OK)
        read_traceparent(root, out);
    return code;
}

enum err_code envelope_decode(const char *text, size_t length, struct envelope *out,
                              struct err *err)
{
    struct json_object *root = NULL;
    out->id[0] = '\0';
    out->type = EVENT_NONE;
    out->traceparent[0] = '\0';
    out->data = NULL;
    if (length > ENVELOPE_BYTES_MAX)
        return err_set(err, ERR_INVALID, "larger than %d bytes", ENVELOPE_BYTES_MAX);
    enum err_code code = json_read(text, length, &root, err);
    if (code == ERR_OK)
        code = decode_root(root, out, err);
    json_release(root);
    if (code != ERR_OK)
        envelope_release(out);
    return code;
}

void envelope_release(struct envelope *envelope)
{
    free((void *)(uintptr_t)envelope->data); /* ours: what came from a caller is not released */
    envelope->data = NULL;
}

void envelope_encode(const struct envelope *envelope, struct buf *out)
{
    const struct event_schema *schema = &event_schemas[envelope->type];
    char time[CLOCK_TEXT_SIZE];
    if (schema->type == NULL)
        abort();
    clock_format(envelope->time_ms, time);
    buf_printf(out,
               "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"" SOURCE_BASE
               "%s\",\"type\":\"%s\",\"subject\":\"%s/%" PRId32 "\",\"time\":\"%s\","
               "\"datacontenttype\":\"application/json\",\"dataschema\":\"" SCHEMA_BASE
               "%s.json\",\"sequence\":\"%0*" PRId32 "\",",
               envelope->id, schema->publisher, schema->type, schema->subject, envelope->subject_id,
               time, schema->type, SEQUENCE_DIGITS, envelope->sequence);
    if (envelope->traceparent[0] != '\0')
        buf_printf(out, "\"traceparent\":\"%s\",", envelope->traceparent);
    buf_append_text(out, "\"data\":");
    codec_encode(schema->record, envelope->data, out);
    buf_append_char(out, '}');
}
