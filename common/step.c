/* What a handler may do. SPDX-License-Identifier: MIT */
#include "step_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

static void *staged_put(const struct step *step, const struct kind *kind, int32_t id)
{
    for (size_t i = 0; i < step->put_count; i++) {
        const struct aggregate *head = step->puts[i].value;
        if (step->puts[i].kind == kind && head->id == id)
            return step->puts[i].value;
    }
    return NULL;
}

const void *step_get(struct step *step, const struct kind *kind, int32_t id)
{
    const struct copy *copy = workset_get(step->workset, kind, id);
    if (!copy->loaded)
        return NULL;
    const void *staged = staged_put(step, kind, id);
    return staged != NULL ? staged : copy->value;
}

static struct id_pool *pool_of(struct step *step, const struct kind *kind)
{
    struct id_pool *pool = *step->pools;
    while (pool != NULL && pool->kind != kind)
        pool = pool->next;
    if (pool == NULL) {
        pool = mem_alloc(1, sizeof *pool);
        pool->kind = kind;
        pool->next = *step->pools;
        *step->pools = pool;
    }
    return pool;
}

int32_t step_new_id(struct step *step, const struct kind *kind)
{
    size_t nth = step->new_ids_asked++;
    if (nth < step->new_id_count)
        return step->new_ids[nth].id;
    if (nth >= STEP_NEW_IDS_MAX)
        abort();
    struct id_pool *pool = pool_of(step, kind);
    if (pool->used == pool->count) {
        pool->wanted++;
        return 0;
    }
    step->new_ids[nth].kind = kind;
    step->new_ids[nth].id = pool->ids[pool->used++];
    step->new_id_count++;
    workset_get(step->workset, kind, step->new_ids[nth].id)->loaded = true; /* no row can have it */
    return step->new_ids[nth].id;
}

int32_t step_put(struct step *step, const struct kind *kind, const void *after)
{
    const struct aggregate *head = after;
    const struct copy *copy = workset_get(step->workset, kind, head->id);
    void *staged = staged_put(step, kind, head->id);
    if (staged == NULL) {
        if (step->put_count == STEP_PUTS_MAX || !copy->loaded)
            abort();
        staged = mem_resize(NULL, kind->size);
        step->puts[step->put_count].kind = kind;
        step->puts[step->put_count].value = staged;
        step->put_count++;
    }
    kind_copy(kind, staged, after);
    int32_t version = ((const struct aggregate *)copy->value)->version + 1;
    ((struct aggregate *)staged)->version = version;
    return version;
}

/* The order that an event is about, by its schema. */
static int32_t order_id_of(const struct event_schema *schema, const void *data)
{
    int32_t id = 0;
    if (schema->order_id_offset != SIZE_MAX)
        memcpy(&id, (const char *)data + schema->order_id_offset, sizeof id);
    return id;
}

void step_publish(struct step *step, enum event_type type, int32_t subject_id, int32_t sequence,
                  const void *data)
{
    if (step->event_count == STEP_EVENTS_MAX)
        abort();
    const struct event_schema *schema = &event_schemas[type];
    struct outgoing *event = &step->events[step->event_count++];
    event->type = type;
    event->subject_id = subject_id;
    event->sequence = sequence;
    event->order_id = order_id_of(schema, data);
    uuid_new(step->input.now_ms, event->id);
    traceparent_next(step->traceparent, event->traceparent);

    struct envelope envelope = {.type = type,
                                .subject_id = subject_id,
                                .sequence = sequence,
                                .time_ms = step->input.now_ms,
                                .data = data};
    memcpy(envelope.id, event->id, sizeof envelope.id);
    memcpy(envelope.traceparent, event->traceparent, sizeof envelope.traceparent);
    envelope_encode(&envelope, &event->body);
}

void step_answer(struct step *step, const struct codec_record *record, const void *data,
                 int32_t created_id)
{
    if (step->type != STEP_COMMAND)
        return;
    buf_clear(&step->answer);
    codec_encode(record, data, &step->answer);
    step->answered = true;
    step->created_id = created_id;
}

enum outcome step_refuse(struct step *step, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(step->refusal, sizeof step->refusal, format, args);
    va_end(args);
    step->refusal_status = status;
    return OUTCOME_REFUSED;
}

enum outcome step_defer(struct step *step, const struct kind *kind, int32_t id)
{
    step->deferred_kind = kind;
    step->deferred_id = id;
    step->deferred_moves = workset_get(step->workset, kind, id)->moves;
    return OUTCOME_DEFERRED;
}

static void forget_staged(struct step *step)
{
    for (size_t i = 0; i < step->put_count; i++)
        free(step->puts[i].value);
    for (size_t i = 0; i < step->event_count; i++)
        buf_free(&step->events[i].body);
    memset(step->events, 0, sizeof step->events);
    step->put_count = 0;
    step->event_count = 0;
    step->new_ids_asked = 0;
    step->answered = false;
    step->refusal_status = 0;
}

/* An id that was drawn and not used is the next step's. */
static void return_new_ids(struct step *step)
{
    while (step->new_id_count > 0) {
        step->new_id_count--;
        struct id_pool *pool = pool_of(step, step->new_ids[step->new_id_count].kind);
        if (pool->used > 0 && pool->ids[pool->used - 1] == step->new_ids[step->new_id_count].id)
            pool->used--;
    }
}

/* An event that no subscriber would take must not get into the outbox, where it would stay for
 * ever. */
static bool events_fit(struct step *step)
{
    for (size_t i = 0; i < step->event_count; i++) {
        if (step->events[i].body.length > ENVELOPE_BYTES_MAX) {
            (void)step_refuse(step, 422, "the event %s would be %zu bytes; at most %d can be sent",
                              event_schemas[step->events[i].type].type, step->events[i].body.length,
                              ENVELOPE_BYTES_MAX);
            return false;
        }
    }
    return true;
}

enum outcome step_run(struct step *step)
{
    forget_staged(step);
    step->outcome = step->handle(step, &step->input);
    if (step->outcome == OUTCOME_APPLIED && !events_fit(step))
        step->outcome = OUTCOME_REFUSED;
    if (step->outcome == OUTCOME_REFUSED || step->outcome == OUTCOME_DEFERRED) {
        int status = step->refusal_status;
        forget_staged(step);
        return_new_ids(step);
        step->refusal_status = status;
    }
    return step->outcome;
}

void step_apply(struct step *step)
{
    for (size_t i = 0; i < step->put_count; i++) {
        const struct aggregate *head = step->puts[i].value;
        struct copy *copy = workset_get(step->workset, step->puts[i].kind, head->id);
        void *before = copy->value;
        copy->value = step->puts[i].value;
        step->puts[i].value = before; /* freed with the step */
        copy->moves++;
    }
}

void step_free(struct step *step)
{
    forget_staged(step);
    buf_free(&step->answer);
    buf_free(&step->bytes);
    if (step->envelope != NULL)
        envelope_release(step->envelope);
    free(step->envelope);
}
