/* Events, encoded, decoded and interned. SPDX-License-Identifier: MIT */
#include "contents.h"

#include <string.h>

#include "inputs.h"
#include "intern.h"

static struct intern texts;
static struct content contents[CONTENTS_MAX];

static int order_told(const struct event_schema *schema, const void *data)
{
    int32_t id = 0;
    if (schema->order_id_offset != SIZE_MAX)
        memcpy(&id, (const char *)data + schema->order_id_offset, sizeof id);
    return order_of_id(id);
}

static void decode(struct content *content, const char *text)
{
    const struct event_schema *schema = &event_schemas[content->type];
    struct err err = {0};
    content->text = text;
    content->data = mem_alloc(1, sizeof(union event_data));
    content->refused =
        codec_decode(schema->record, text, strlen(text), content->data, &err) != ERR_OK;
    content->order = order_told(schema, content->data);
}

uint16_t content_put(enum event_type type, int32_t subject_id, int32_t sequence, const void *data)
{
    struct buf key = {0}, text = {0};
    codec_encode(event_schemas[type].record, data, &text);
    buf_printf(&key, "%d %d %d %s", (int)type, subject_id, sequence, buf_text(&text));
    uint32_t number = intern_put(&texts, key.bytes, key.length);
    if (number >= CONTENTS_MAX)
        model_bug("more than %d different events", CONTENTS_MAX);
    struct content *content = &contents[number];
    if (content->type == EVENT_NONE) {
        content->type = type;
        content->subject_id = subject_id;
        content->sequence = sequence;
        decode(content, buf_text(&text)); /* the text is kept */
        for (int i = 0; i < SERVICES_COUNT && !content->refused; i++)
            content->inputs[i] = input_of_event(i, (uint16_t)number);
    } else {
        buf_free(&text);
    }
    buf_free(&key);
    return (uint16_t)number;
}

struct content *content_at(uint16_t number)
{
    return &contents[number];
}
