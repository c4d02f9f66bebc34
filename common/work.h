/* What waits for the engine: messages from the subscriber's thread and commands from the HTTP
 * threads, in one queue. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_WORK_H
#define BRIGADE_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "envelope.h"
#include "http.h"
#include "ids.h"
#include "step.h"

/* A message from the broker. Made by the subscriber, which decodes it on its own thread. */
struct message {
    char id[UUID_SIZE]; /* the envelope's id; when that could not be read, a new one */
    const char *type; /* for logs and for the parked table: the event's type, or "" (static text) */
    struct envelope *envelope; /* NULL when it could not be decoded: to be parked for `reason` */
    bool decoded;              /* it was tried: see delivery_decode */
    char *bytes;               /* as received, owned; for the parked and deferred tables */
    size_t length;
    size_t sent_bytes; /* of the whole message; more than `length` when that was cut */
    char reason[sizeof((struct err *)0)->text];
    uint64_t delivery_tag;
    int64_t delivery_count; /* how often it was delivered before and not acknowledged */
    uint32_t
        connection; /* on which of the subscriber's connections, counted from 1, it was delivered */
};

/* A command from an HTTP request. Made by the HTTP server. */
struct command {
    char id[UUID_SIZE];    /* given by the engine: the same for every try of its transaction */
    bool held;             /* set by the engine: deferred, to be tried again for a short while */
    int64_t held_since_ms; /* monotonic; 0: not held yet */
    const struct route *route;
    int32_t id_in_path;            /* 0: the path has none */
    void *data;                    /* the decoded body, owned; NULL when the route takes none */
    bool versioned;                /* came under /v1 */
    char key[HTTP_KEY_MAX + 1];    /* Idempotency-Key, "" for none */
    unsigned char fingerprint[32]; /* SHA-256 of method, path and body, to tell a repeated key from
                                      a reused one */
    char traceparent[TRACEPARENT_SIZE]; /* this request's span */
    int64_t deadline_ms; /* monotonic: answered 503 when the engine comes to it later than this */
    struct response response; /* filled in by the engine */
};

enum work_type { WORK_MESSAGE, WORK_COMMAND };

struct work {
    enum work_type type;
    union {
        struct message message;
        struct command command;
    };
    /* Called once by the engine's thread when the work is committed, refused or given up:
     * acknowledges the delivery or wakes the request. The work belongs to `done` from then on. */
    void (*done)(struct work *work, void *context);
    void *context;
    struct work *next; /* the queue's */
};

struct work_queue;

struct work_queue *work_queue_new(void);
void work_queue_free(struct work_queue *queue);

/* Put work at the end. False, and nothing is taken, when the queue is closed or holds `limit` of
 * this type already (limit 0: no limit). Never blocks. */
bool work_queue_push(struct work_queue *queue, struct work *work, size_t limit) MUST_CHECK;

/* Take at most `max` pieces in order, as a list. Waits up to `wait_ms` for the first one. NULL when
 * there is none. */
struct work *work_queue_take(struct work_queue *queue, size_t max, int64_t wait_ms);

/* Take the commands whose deadline is not after `now_ms`, as a list; the rest stays in order. Never
 * blocks. */
struct work *work_queue_take_overdue(struct work_queue *queue, int64_t now_ms);

/* Take nothing new from now on; work_queue_take still gives what is there. */
void work_queue_close(struct work_queue *queue);

#endif
