/* One step: one input decided on the working copies of the aggregates that it touches.
 *
 * A handler sees the database only through its step. It asks for what it needs with step_get; what
 * is not there yet is loaded for all inputs of the batch in one round trip, and the handler runs
 * again from its start. So a handler has no side effect of its own, and asks for everything before
 * it decides. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_STEP_H
#define BRIGADE_STEP_H

#include <stdint.h>

#include "codec.h"
#include "decision.h"
#include "kind.h"
#include "schemas.h"

struct step;

/* What is decided on: a message, a command or a timer that fired. Borrowed for the handler's run.
 */
struct input {
    const void *data; /* the decoded struct: event data or request body; NULL when there is none */
    int32_t subject_id; /* event: its subject's id; command: the {id} of its path, or 0; timer: the
                           aggregate */
    int32_t sequence;   /* event: the version of its aggregate, which orders the events of one
                           aggregate */
    int64_t now_ms; /* the wall clock, when the step began; the same on every run of the handler */
};

/* How a handler ends. */
enum outcome {
    OUTCOME_NEEDS_LOAD, /* something asked for is not loaded yet: run the handler again */
    OUTCOME_APPLIED,
    OUTCOME_IGNORED,
    OUTCOME_DEFERRED, /* step_defer said on which aggregate */
    OUTCOME_REFUSED,  /* step_refuse said why: a message is parked, a command answered with the
                         problem */
};

/* The working copy of an aggregate: as loaded, or as an earlier input of the batch left it. NULL:
 * not loaded yet, return OUTCOME_NEEDS_LOAD. An aggregate that does not exist has version 0 and id
 * `id`. Valid until the handler returns. */
const void *step_get(struct step *step, const struct kind *kind, int32_t id) MUST_CHECK;

/* A new id of the kind, the same on each run of this handler; its aggregate need not be asked for.
 * 0: not drawn yet, return OUTCOME_NEEDS_LOAD. */
int32_t step_new_id(struct step *step, const struct kind *kind) MUST_CHECK;

/* Replace the working copy by `after` (copied; its head's id says which one) with a version one
 * higher than the copy had. It is saved when the batch commits. Returns the new version. */
int32_t step_put(struct step *step, const struct kind *kind, const void *after);

/* Put an event into the outbox: `data` is the struct that event_schemas[type] describes,
 * `subject_id` and `sequence` are the aggregate and its version after the change. */
void step_publish(struct step *step, enum event_type type, int32_t subject_id, int32_t sequence,
                  const void *data);

/* The answer to a command: `record` describes `data`, which is encoded at once. `created_id` > 0
 * makes it a creation (201 and Location under /v1, else 200). A command that ends without an answer
 * is answered 204. No effect for messages. */
void step_answer(struct step *step, const struct codec_record *record, const void *data,
                 int32_t created_id);

/* Why an input is refused. `status` is the HTTP status for a command; `reason` is a fixed short
 * text for people that names the state ("a ticket that is CREATE_PENDING cannot be accepted").
 * Returns OUTCOME_REFUSED. */
enum outcome step_refuse(struct step *step, int status, const char *format, ...) PRINTF_LIKE(3, 4);

/* The input waits until the aggregate is changed by another input. Returns OUTCOME_DEFERRED. A
 * command waits only a short while, and is then answered with what step_refuse set before, or with
 * 409. */
enum outcome step_defer(struct step *step, const struct kind *kind, int32_t id);

/* How most handlers end: carry out what decide() said. APPLIED: put `after` and publish the event
 * (unless EVENT_NONE) with `data`, about `after`. DEFERRED: wait for this aggregate. ILLEGAL:
 * refuse with 409 and the refusal. IGNORED: nothing. */
enum outcome step_settle(struct step *step, const struct kind *kind, const void *after,
                         const struct ruling *ruling, const union event_data *data);

typedef enum outcome step_handler(struct step *step, const struct input *in);

#endif
