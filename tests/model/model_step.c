/* The step API over the model's values. SPDX-License-Identifier: MIT */
#include "model_step.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contents.h"
#include "intern.h"

enum { PUTS_MAX = 4, RUNS_MAX = 8, REFUSAL_SIZE = 400 };

struct step {
    const struct model_input *on;
    struct owned owned;
    const uint16_t *before;
    int32_t disguise;
    void *copies[2]; /* of what is owned; NULL: not loaded yet */
    bool wanted[2];
    bool id_drawn, id_wanted;
    void *blank; /* a notification that does not exist yet */
    struct {
        enum role role;
        void *value;
        int32_t version;
    } puts[PUTS_MAX];
    int put_count;
    struct reaction *result; /* events, refusal */
    struct input input;
    char refusal[REFUSAL_SIZE];
};

static int place_of(const struct step *step, enum role role, int32_t id)
{
    int place = role == step->owned.role[1] ? 1 : 0;
    if (role != step->owned.role[place])
        model_bug("%s asks for a %s, which is not its own", step->on->name, roles[role].title);
    if (id != id_in_role(role, step->on->order))
        model_bug("%s asks for %s %d, which is not in this world", step->on->name,
                  roles[role].title, id);
    return place;
}

static void load(struct step *step, int place)
{
    enum role role = step->owned.role[place];
    struct aggregate head;
    step->copies[place] = mem_alloc(1, roles[role].kind->size);
    value_get(role, step->before[place], id_in_role(role, step->on->order), step->copies[place]);
    memcpy(&head, step->copies[place], sizeof head);
    if (head.version > 0 && !roles[role].counts)
        head.version += step->disguise;
    memcpy(step->copies[place], &head, sizeof head);
}

static const void *staged(const struct step *step, enum role role)
{
    for (int i = 0; i < step->put_count; i++)
        if (step->puts[i].role == role)
            return step->puts[i].value;
    return NULL;
}

const void *step_get(struct step *step, const struct kind *kind, int32_t id)
{
    enum role role = role_of(kind);
    const void *put = staged(step, role);
    if (put != NULL)
        return put;
    if (role == ROLE_NOTIFICATION)
        return step->blank;
    int place = place_of(step, role, id);
    step->wanted[place] = true;
    return step->copies[place];
}

int32_t step_new_id(struct step *step, const struct kind *kind)
{
    if (kind->sequence == NULL)
        model_bug("%s draws an id of %s, which has no sequence", step->on->name, kind->name);
    step->id_wanted = true;
    if (!step->id_drawn)
        return 0;
    enum role role = role_of(kind);
    int32_t id = id_in_role(role, step->on->order);
    if (role != ROLE_NOTIFICATION) { /* a new id: its aggregate need not be asked for */
        int place = place_of(step, role, id);
        if (step->copies[place] == NULL)
            load(step, place);
    }
    return id;
}

static int32_t version_before(const struct step *step, enum role role, int32_t id)
{
    struct aggregate head;
    if (role == ROLE_NOTIFICATION)
        return 0;
    const void *copy = step->copies[place_of(step, role, id)];
    if (copy == NULL)
        model_bug("%s saves a %s that it did not ask for", step->on->name, roles[role].title);
    memcpy(&head, copy, sizeof head);
    return head.version;
}

int32_t step_put(struct step *step, const struct kind *kind, const void *after)
{
    enum role role = role_of(kind);
    struct aggregate head;
    memcpy(&head, after, sizeof head);
    if (step->put_count == PUTS_MAX || staged(step, role) != NULL)
        model_bug("%s saves too much at once", step->on->name);
    head.version = version_before(step, role, head.id) + 1;
    char *value = mem_alloc(1, kind->size);
    kind_copy(kind, value, after); /* what counts, and zeros: states are compared byte by byte */
    memcpy(value, &head, sizeof head);
    step->puts[step->put_count].role = role;
    step->puts[step->put_count].value = value;
    step->puts[step->put_count].version = head.version;
    step->put_count++;
    return head.version;
}

/* An event is about an aggregate that its step has saved, and carries the version that it got. */
void step_publish(struct step *step, enum event_type type, int32_t subject_id, int32_t sequence,
                  const void *data)
{
    struct reaction *result = step->result;
    const struct event_schema *schema = &event_schemas[type];
    if (strcmp(schema->publisher, services[step->on->service].name) != 0)
        model_bug("%s publishes %s, which is %s's", step->on->name, schema->type,
                  schema->publisher);
    if (result->event_count == REACTION_EVENTS_MAX)
        model_bug("%s publishes too much at once", step->on->name);
    for (int i = 0; i < step->put_count; i++) {
        struct aggregate head;
        memcpy(&head, step->puts[i].value, sizeof head);
        if (head.id == subject_id && head.version == sequence) {
            bool counts = roles[step->puts[i].role].counts;
            result->events[result->event_count++] =
                content_put(type, subject_id, counts ? sequence : 0, data);
            return;
        }
    }
    model_bug("%s publishes %s about what it has not saved", step->on->name, schema->type);
}

void step_answer(struct step *step, const struct codec_record *record, const void *data,
                 int32_t created_id)
{
    struct buf answer = {0};
    (void)step;
    (void)created_id;
    codec_encode(record, data, &answer);
    buf_free(&answer);
}

enum outcome step_refuse(struct step *step, int status, const char *format, ...)
{
    va_list args;
    (void)status;
    va_start(args, format);
    (void)vsnprintf(step->refusal, sizeof step->refusal, format, args);
    va_end(args);
    return OUTCOME_REFUSED;
}

enum outcome step_defer(struct step *step, const struct kind *kind, int32_t id)
{
    step->result->waits_for = place_of(step, role_of(kind), id);
    return OUTCOME_DEFERRED;
}

static void forget(struct step *step)
{
    for (int i = 0; i < step->put_count; i++)
        free(step->puts[i].value);
    step->put_count = 0;
}

/* Load what the handler asked for. False when there is nothing that it does not have. */
static bool load_wanted(struct step *step)
{
    bool any = step->id_wanted && !step->id_drawn;
    step->id_drawn = step->id_wanted;
    for (int place = 0; place < 2; place++) {
        if (step->wanted[place] && step->copies[place] == NULL) {
            load(step, place);
            any = true;
        }
    }
    return any;
}

static enum outcome run(struct step *step)
{
    for (int i = 0; i < RUNS_MAX; i++) {
        forget(step);
        step->result->event_count = 0;
        step->refusal[0] = '\0';
        enum outcome outcome = step->on->handle(step, &step->input);
        if (outcome != OUTCOME_NEEDS_LOAD)
            return outcome;
        if (!load_wanted(step))
            model_bug("%s needs a load, but asks for nothing", step->on->name);
    }
    model_bug("%s asks for more and more", step->on->name);
}

static void save(struct step *step)
{
    struct reaction *result = step->result;
    for (int i = 0; i < step->put_count; i++) {
        enum role role = step->puts[i].role;
        uint16_t number = value_put(role, step->puts[i].value, step->input.now_ms);
        if (role == ROLE_NOTIFICATION)
            result->notification = number;
        else
            result->after[role == step->owned.role[1]] = number;
    }
}

/* A text that stays, once for all who say it. */
static const char *kept_text(const char *text)
{
    static struct intern texts;
    return intern_get(&texts, intern_put(&texts, text, strlen(text) + 1));
}

void step_decide(struct reaction *reaction, int32_t disguise, int64_t now_ms)
{
    const struct model_input *on = input_at(reaction->input);
    struct step step = {.on = on,
                        .owned = service_owns(on->service),
                        .before = reaction->before,
                        .disguise = disguise,
                        .result = reaction,
                        .input = on->input};
    step.input.now_ms = now_ms;
    if (on->type == INPUT_EVENT && on->input.sequence == 0)
        step.input.sequence = 1 + disguise;
    step.blank = mem_alloc(1, roles[ROLE_NOTIFICATION].kind->size);
    memcpy(step.blank, &(struct aggregate){.id = NOTIFICATION_ID}, sizeof(struct aggregate));
    reaction->notification = 0;
    memcpy(reaction->after, reaction->before, sizeof reaction->after);
    reaction->outcome = run(&step);
    if (reaction->outcome == OUTCOME_APPLIED)
        save(&step);
    else
        reaction->event_count = 0;
    reaction->refusal = kept_text(step.refusal);
    forget(&step);
    free(step.copies[0]);
    free(step.copies[1]);
    free(step.blank);
}
