/* What the files of the relay share. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_RELAY_INTERNAL_H
#define BRIGADE_RELAY_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "db.h"
#include "ids.h"
#include "relay.h"
#include "retry.h"

enum { RELAY_ASIDE_MAX = 1000 };

enum relay_fate { RELAY_OPEN, RELAY_CONFIRMED, RELAY_REFUSED };

/* A row of the outbox that was published and not yet deleted. */
struct relay_row {
    int64_t id;
    char event_id[UUID_SIZE];
    int64_t sent_us;
    enum relay_fate fate;
    bool returned; /* no queue took it; comes before the confirm, which then means nothing */
};

struct relay {
    struct relay_options options;
    char exchange[128];
    int wake_fd;
    pthread_t thread;
    _Atomic bool ready;
    _Atomic int64_t stop_by_ms; /* monotonic; 0: not stopping */

    /* The thread's own. */
    struct db *db;
    struct bus *bus;
    struct retry db_retry, bus_retry, publish_retry;
    struct retry *trying; /* whose fault it is when the next call fails */
    bool active;          /* holds the lock */
    bool rung;            /* this process has committed rows since the last turn */
    bool blocked;         /* by the broker */
    int64_t connections;
    int64_t declare_due_ms, warn_due_ms; /* monotonic */
    uint64_t last_tag;                   /* messages published on this connection */
    int64_t window; /* grows with each full round of a connection, up to options.window */
    /* See relay_floor.c. */
    int64_t floor, next_floor;
    int64_t floor_due_ms, look_at_all_due_ms; /* monotonic */
    struct db_result *outbox; /* the rows to publish next, in the columns of read_outbox; or NULL */
    struct relay_row *rows;   /* those of this round: options.window of them */
    size_t row_count;
    size_t open_count;  /* rows whose fate is open */
    uint64_t first_tag; /* of rows[0] */

    /* Returned rows are left alone for a while, so that the ones behind them get their turn. */
    int64_t aside[RELAY_ASIDE_MAX];
    size_t aside_count;
    int64_t aside_until_ms;
};

/* Make the metrics of the rounds visible. */
void relay_round_register(void);

/* Publish the window that was read, or a new one; await the confirms; then archive what is safe and
 * read the next window. `*more` says that it is not empty. An error is that of relay->trying. */
enum err_code relay_round(struct relay *relay, bool *more, struct err *err) MUST_CHECK;

/* Read the outbox anew before the next round: without the lock others may have published what was
 * read, for a new connection it may be too much, and rows that were set aside are not in it. */
void relay_forget_window(struct relay *relay);

/* relay_floor.c: a round left no row behind; this row is still there. */
void relay_raise_floor(struct relay *relay);
void relay_lower_floor(struct relay *relay, int64_t id);

/* Now and then look for rows that have committed below the floor, and lower it to the first. When
 * there is so much to read past that this takes too long, they have to wait. */
enum err_code relay_look_below(struct relay *relay, struct err *err) MUST_CHECK;

/* Add the ids that are set aside, as an array. */
void relay_put_aside(const struct relay *relay, struct db_args *args);

/* Take what the broker sent; waits up to `timeout_ms` for the first event. */
enum err_code relay_take_events(struct relay *relay, int64_t timeout_ms,
                                struct err *err) MUST_CHECK;

#endif
