/* A step's insides: shared by step.c, which gives them to handlers, and batch.c, which runs the
 * steps. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_STEP_INTERNAL_H
#define BRIGADE_STEP_INTERNAL_H

#include "ids.h"
#include "work.h"
#include "workset.h"

enum { STEP_PUTS_MAX = 4, STEP_EVENTS_MAX = 4, STEP_NEW_IDS_MAX = 2 };

enum step_type { STEP_MESSAGE, STEP_COMMAND, STEP_TIMER, STEP_DEFERRED };

/* An event on its way into the outbox, encoded. */
struct outgoing {
    char id[UUID_SIZE];
    enum event_type type;
    int32_t subject_id, sequence, order_id; /* order_id 0: the event is about no order */
    char traceparent[TRACEPARENT_SIZE];
    struct buf body;
};

/* New ids of one kind: drawn ahead, used up in order. */
struct id_pool {
    const struct kind *kind;
    int32_t *ids;
    size_t count, used, capacity;
    size_t wanted; /* how many the next load must draw */
    struct id_pool *next;
};

struct step {
    enum step_type type;
    char id[UUID_SIZE];   /* in the inbox; "" for a timer */
    const char *name;     /* the event's type, or the command's path: for the inbox and for logs */
    step_handler *handle; /* NULL: refused already, see `refusal` */
    struct input input;
    const char *traceparent;   /* of what caused it; "" begins a new trace */
    struct work *work;         /* MESSAGE, COMMAND */
    struct envelope *envelope; /* DEFERRED: owned */
    struct buf bytes;          /* DEFERRED: the message as it was received */

    struct workset *workset;
    struct id_pool **pools;

    /* What the handler said, staged until it ends with OUTCOME_APPLIED. */
    enum outcome outcome;
    bool done;      /* its outcome is final for this batch */
    bool duplicate; /* its id was in the inbox before */
    bool attempted; /* its attempts were counted, see attempts.h */
    struct {
        const struct kind *kind;
        void *value;
    } puts[STEP_PUTS_MAX];
    size_t put_count;
    struct outgoing events[STEP_EVENTS_MAX];
    size_t event_count;
    struct {
        const struct kind *kind;
        int32_t id;
    } new_ids[STEP_NEW_IDS_MAX];
    size_t new_id_count, new_ids_asked;
    bool answered;
    struct buf answer;
    int32_t created_id;
    int refusal_status;
    char refusal[sizeof((struct err *)0)->text];
    const struct kind *deferred_kind;
    int32_t deferred_id;
    int32_t deferred_moves; /* of the copy, when this step was last deferred on it */
};

/* Run the handler on what is loaded. OUTCOME_NEEDS_LOAD: load what the workset and the pools want,
 * then call it again. Nothing but the step itself is changed before step_apply. */
enum outcome step_run(struct step *step);

/* Put what an APPLIED step staged into the workset. Its events stay in the step, for the outbox. */
void step_apply(struct step *step);

void step_free(struct step *step);

#endif
