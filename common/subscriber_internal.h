/* What the files of the subscriber share: subscriber.c (its life) and subscriber_leave.c (its end).
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_SUBSCRIBER_INTERNAL_H
#define BRIGADE_SUBSCRIBER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "retry.h"
#include "subscriber.h"
#include "unacked.h"

enum { SUBSCRIBER_IDLE_MS = 1000 }; /* the longest sleep: heartbeats need a call now and then */

enum phase { RUNNING, PAUSED, STOPPED };

/* A delivery that the engine is done with. */
struct done {
    uint64_t tag;
    uint32_t connection;
};

/* How fast deliveries come: in the second of the latest one so far, and in the second before. */
struct subscriber_rate {
    int64_t second;
    size_t now, before;
};

struct subscriber {
    struct subscriber_options options;
    char inbox[128], name[128];
    int wake_fd; /* rung for a new phase or a delivery that is done */
    pthread_t thread;
    _Atomic bool ready;
    _Atomic enum phase wanted, reached;

    pthread_mutex_t lock; /* of `done` */
    struct done *done;
    size_t done_count, done_capacity;

    /* The thread's own. */
    struct bus *bus;
    struct retry retry;
    uint32_t connection;  /* counted from 1 */
    int64_t check_due_ms; /* monotonic */
    struct unacked unacked;
    uint64_t *tags; /* scratch of subscriber_send_acks */
    struct subscriber_rate rate;
    char successor[32];     /* the latest one: see subscriber_leave.c */
    size_t successor_count; /* deliveries that came by it */
};

/* Take what has arrived. `*more` says that there may be more. */
enum err_code subscriber_take(struct subscriber *subscriber, bool *more,
                              struct err *err) MUST_CHECK;

/* Acknowledge what the engine is done with. */
enum err_code subscriber_send_acks(struct subscriber *subscriber, struct err *err) MUST_CHECK;

/* Sleep until somebody rings or the broker sends something. */
void subscriber_wait(const struct subscriber *subscriber, int64_t timeout_ms);

/* End the subscription so that nothing is redelivered; then everything that the broker has sent is
 * in the engine's queue. While messages stream in it takes up to 2.5 s. */
void subscriber_quiesce(struct subscriber *subscriber);

/* Acknowledge, and keep the heartbeats going, until the subscriber is to end and nothing is
 * unacknowledged. */
void subscriber_finish(struct subscriber *subscriber);

#endif
