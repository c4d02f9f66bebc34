/* What must hold for every decision. SPDX-License-Identifier: MIT */
#include "deciding.h"

#include <string.h>

#include "fuzz.h"

int64_t take_now_ms(struct bytes *bytes)
{
    return bytes_integer(bytes, 0, INT64_C(253402300799999)); /* the year 9999 */
}

int64_t take_setting_ms(struct bytes *bytes)
{
    return bytes_integer(bytes, 1, 86400) * 1000;
}

int take_reason(struct bytes *bytes)
{
    return 1 + bytes_below(bytes, REASON_COUNT - 1);
}

static void spoil(void *at, size_t size)
{
    static unsigned char with;
    with = (unsigned char)(with == 0xA5 ? 0x5A : 0xA5);
    memset(at, with, size);
}

void data_spoil(union event_data *data)
{
    spoil(data, sizeof *data);
}

void spoiled_copy(const struct kind *kind, void *to, const void *from)
{
    spoil(to, kind->size);
    kind_copy(kind, to, from);
}

static void check_event(const struct decided *decided, struct buf *out)
{
    FUZZ_CHECK(decided->ruling->verdict == VERDICT_APPLIED);
    FUZZ_CHECK(decided->ruling->event < EVENT_TYPE_COUNT);
    const struct event_schema *schema = &event_schemas[decided->ruling->event];
    const struct aggregate *head = decided->after;
    const void *subject_id = (const char *)decided->data + schema->subject_id_offset;
    FUZZ_CHECK(strcmp(schema->publisher, decided->service) == 0);
    FUZZ_CHECK(*(const int32_t *)subject_id == head->id);
    portray_record(schema->record, decided->data, out);
}

bool decided_check(const struct decided *decided, struct buf *out)
{
    const struct aggregate *before = decided->before, *after = decided->after;
    const struct ruling *ruling = decided->ruling;
    bool applied = ruling->verdict == VERDICT_APPLIED;
    FUZZ_CHECK((int)ruling->verdict >= 0 && ruling->verdict <= VERDICT_DEFERRED);
    FUZZ_CHECK((ruling->verdict == VERDICT_ILLEGAL) == (ruling->refusal != NULL));
    FUZZ_CHECK(ruling->reason >= REASON_NONE && ruling->reason < REASON_COUNT);
    FUZZ_CHECK(after->id == before->id && after->version == before->version);
    if (ruling->event != EVENT_NONE)
        check_event(decided, out);
    buf_append(out, &ruling->verdict, sizeof ruling->verdict);
    buf_append(out, &ruling->event, sizeof ruling->event);
    size_t start = out->length;
    portray_kind(decided->kind, decided->after, out);
    if (!applied) { /* nothing has changed */
        size_t length = out->length - start;
        portray_kind(decided->kind, decided->before, out);
        FUZZ_CHECK(out->length - start == 2 * length);
        FUZZ_CHECK(memcmp(out->bytes + start, out->bytes + start + length, length) == 0);
    }
    return applied;
}

bool decide_twice(decide_once *once, const void *before, const void *in)
{
    struct buf first = {0}, second = {0};
    bool applied = once(before, in, &first);
    FUZZ_CHECK(once(before, in, &second) == applied && first.length == second.length);
    FUZZ_CHECK(memcmp(first.bytes, second.bytes, first.length) == 0);
    buf_free(&first);
    buf_free(&second);
    return applied;
}
