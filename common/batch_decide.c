/* The steps of a batch: made from what came in, decided in turn. SPDX-License-Identifier: MIT */
#include "batch_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "metrics.h"

enum { HOLD_MS = 2000 }; /* how long a command that is too early waits before it is refused */

#define INPUTS(what)                                                                               \
    {                                                                                              \
        .type = METRIC_COUNTER, .name = "brigade_inputs_total",                                    \
        .help = "Messages, commands and timers, by what became of them.",                          \
        .labels = "outcome=\"" what "\""                                                           \
    }
static struct metric duplicates = INPUTS("duplicate");
static struct metric inputs[] = {
    [OUTCOME_APPLIED] = INPUTS("applied"),
    [OUTCOME_IGNORED] = INPUTS("ignored"),
    [OUTCOME_DEFERRED] = INPUTS("deferred"),
    [OUTCOME_REFUSED] = INPUTS("refused"),
};

struct step *batch_add_step(struct batch *batch)
{
    if (batch->steps.count == batch->capacity) {
        batch->capacity = batch->capacity > 0 ? 2 * batch->capacity : 64;
        batch->steps.at = mem_resize(batch->steps.at, batch->capacity * sizeof(struct step *));
    }
    struct step *step = mem_alloc(1, sizeof *step);
    step->workset = &batch->workset;
    step->pools = &batch->pools;
    step->traceparent = "";
    step->name = "";
    step->input.now_ms = batch->now_ms;
    batch->steps.at[batch->steps.count++] = step;
    return step;
}

static step_handler *subscribed(const struct service *service, enum event_type type)
{
    for (size_t i = 0; i < service->subscription_count; i++) {
        if (service->subscriptions[i].type == type)
            return service->subscriptions[i].handle;
    }
    return NULL;
}

static void step_take_envelope(struct batch *batch, struct step *step,
                               const struct envelope *envelope)
{
    step->input.data = envelope->data;
    step->input.subject_id = envelope->subject_id;
    step->input.sequence = envelope->sequence;
    step->traceparent = envelope->traceparent;
    step->name = event_schemas[envelope->type].type;
    step->handle = subscribed(batch->service, envelope->type);
    if (step->handle == NULL)
        (void)step_refuse(step, 0, "%s does not take %s", batch->service->name, step->name);
}

static void add_message(struct batch *batch, struct work *work)
{
    struct step *step = batch_add_step(batch);
    const struct message *message = &work->message;
    step->type = STEP_MESSAGE;
    step->work = work;
    step->attempted = attempts_suspicious(work);
    memcpy(step->id, message->id, sizeof step->id);
    step->name = message->type;
    if (message->envelope != NULL)
        step_take_envelope(batch, step, message->envelope);
    else
        (void)step_refuse(step, 0, "%s", message->reason);
}

static void add_command(struct batch *batch, struct work *work)
{
    struct step *step = batch_add_step(batch);
    struct command *command = &work->command;
    step->type = STEP_COMMAND;
    step->work = work;
    if (command->id[0] == '\0')
        uuid_new(batch->now_ms, command->id);
    memcpy(step->id, command->id, sizeof step->id);
    step->name = command->route->path;
    step->handle = command->route->command;
    step->input.data = command->data;
    step->input.subject_id = command->id_in_path;
    step->traceparent = command->traceparent;
    command->held = false;
}

void batch_add_work(struct batch *batch, struct work *work)
{
    if (work->type == WORK_MESSAGE)
        add_message(batch, work);
    else
        add_command(batch, work);
}

void batch_add_timer(struct batch *batch, const struct timer *timer, int32_t id)
{
    struct step *step = batch_add_step(batch);
    step->type = STEP_TIMER;
    step->name = "timer";
    step->handle = timer->handle;
    step->input.subject_id = id;
}

static bool has_step(const struct batch *batch, const char *id)
{
    for (size_t i = 0; i < batch->steps.count; i++) {
        if (strcmp(batch->steps.at[i]->id, id) == 0)
            return true;
    }
    return false;
}

void batch_add_deferred(struct batch *batch, const char *id, const char *body, size_t length)
{
    if (has_step(batch, id))
        return;
    struct step *step = batch_add_step(batch);
    struct err err = {0};
    step->type = STEP_DEFERRED;
    step->outcome = OUTCOME_DEFERRED;
    (void)snprintf(step->id, sizeof step->id, "%s", id);
    buf_append(&step->bytes, body, length);
    step->envelope = mem_alloc(1, sizeof *step->envelope);
    if (envelope_decode(body, length, step->envelope, &err) == ERR_OK)
        step_take_envelope(batch, step, step->envelope);
    else
        (void)step_refuse(step, 0, "%s", err.text);
}

void batch_learn(struct batch *batch)
{
    for (size_t i = 0; i < batch->steps.count; i++) {
        struct step *step = batch->steps.at[i];
        if (step->handle != NULL)
            (void)step_run(step);
    }
}

static void log_step(const struct step *step, const char *msg)
{
    char trace_id[TRACE_ID_SIZE];
    trace_id_of(step->traceparent, trace_id);
    log_warn(msg, LOG_S("type", step->name), LOG_S("message_id", step->id),
             LOG_I("subject_id", step->input.subject_id), LOG_S("reason", step->refusal),
             LOG_S("trace_id", trace_id));
}

/* Run one step on what is loaded. */
static enum outcome run_step(struct step *step)
{
    if (step->handle == NULL) {
        step->outcome = OUTCOME_REFUSED;
        return OUTCOME_REFUSED;
    }
    failpoint_pass(FAILPOINT_DECIDING, step->id);
    if (step_run(step) == OUTCOME_APPLIED)
        step_apply(step);
    return step->outcome;
}

static void answer_success(struct command *command, const struct step *step)
{
    struct response *response = &command->response;
    response->status = step->answered ? 200 : 204;
    if (step->answered)
        buf_append(&response->body, step->answer.bytes, step->answer.length);
    if (step->created_id > 0)
        (void)snprintf(response->location, sizeof response->location, "%s%d",
                       command->route->created, step->created_id);
}

/* A command that came too early is held for a while: what it waits for is probably on its way. */
static void hold_or_refuse(struct command *command, const struct step *step)
{
    int64_t now_ms = clock_monotonic_ms();
    if (command->held_since_ms == 0)
        command->held_since_ms = now_ms;
    command->held = now_ms - command->held_since_ms < HOLD_MS;
    if (command->held)
        command->id[0] = '\0'; /* its next try is a new input: this one's id is in the inbox */
    else if (step->refusal_status != 0)
        response_problem(&command->response, step->refusal_status, "%s", step->refusal);
    else
        response_problem(&command->response, 409, "what this needs has not arrived yet; try again");
}

static void answer_command(struct step *step)
{
    struct command *command = &step->work->command;
    response_free(&command->response);
    if (step->outcome == OUTCOME_REFUSED)
        response_problem(&command->response, step->refusal_status, "%s", step->refusal);
    else if (step->outcome == OUTCOME_DEFERRED)
        hold_or_refuse(command, step);
    else
        answer_success(command, step);
}

/* The same key earlier in this batch? Then this one gets the same answer, unless that failed. */
static const struct step *same_key(const struct batch *batch, const struct step *step)
{
    for (size_t i = 0; batch->steps.at[i] != step; i++) {
        const struct step *earlier = batch->steps.at[i];
        if (earlier->done && step_has_key(earlier) &&
            strcmp(earlier->work->command.key, step->work->command.key) == 0 &&
            earlier->work->command.response.status != 0 &&
            earlier->work->command.response.status < 400)
            return earlier;
    }
    return NULL;
}

static void copy_answer(struct step *step, const struct step *from)
{
    struct command *to = &step->work->command;
    const struct command *first = &from->work->command;
    step->duplicate = true;
    response_free(&to->response);
    if (memcmp(to->fingerprint, first->fingerprint, sizeof to->fingerprint) != 0) {
        response_problem(&to->response, 422, "this Idempotency-Key was used with another request");
        return;
    }
    to->response.status = first->response.status;
    buf_append_text(&to->response.body, buf_text(&first->response.body));
    memcpy(to->response.location, first->response.location, sizeof to->response.location);
}

static void decide_step(struct batch *batch, struct step *step)
{
    const struct step *first =
        step_has_key(step) && !step->duplicate ? same_key(batch, step) : NULL;
    if (first != NULL)
        copy_answer(step, first);
    if (step->duplicate) {
        step->outcome = OUTCOME_IGNORED;
        step->done = true;
        return;
    }
    if (run_step(step) == OUTCOME_NEEDS_LOAD)
        return;
    step->done = true;
    if (step->type == STEP_COMMAND)
        answer_command(step);
}

void batch_tell(const struct batch *batch)
{
    for (size_t i = 0; i < batch->steps.count; i++) {
        const struct step *step = batch->steps.at[i];
        metric_add(step->duplicate ? &duplicates : &inputs[step->outcome], 1);
        if (step->outcome == OUTCOME_REFUSED && step->type != STEP_COMMAND)
            log_step(step, "parked a message");
    }
}

/* Is there something to be done about this step: for the first time, or because the aggregate that
 * it waits for has moved? */
static bool is_open(const struct batch *batch, const struct step *step)
{
    if (!step->done)
        return true;
    if (!step_is_deferred(step))
        return false;
    const struct copy *copy =
        workset_find(&batch->workset, step->deferred_kind->name, step->deferred_id);
    return copy->moves > step->deferred_moves;
}

static void decide_open(struct batch *batch)
{
    for (size_t i = 0; i < batch->steps.count; i++) {
        if (is_open(batch, batch->steps.at[i]))
            decide_step(batch, batch->steps.at[i]);
    }
}

static bool any_open(const struct batch *batch)
{
    for (size_t i = 0; i < batch->steps.count; i++) {
        if (is_open(batch, batch->steps.at[i]))
            return true;
    }
    return false;
}

/* What a step turns out to need beyond what it asked for at first is loaded for all such steps at
 * once, so they are decided after the others: the rules hold in any order. */
enum err_code batch_decide(struct batch *batch, struct err *err)
{
    while (any_open(batch)) {
        decide_open(batch);
        if (!batch_wants_loads(batch))
            continue;
        batch_send_loads(batch);
        if (batch_exchange(batch, FAILPOINT_NONE, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}
