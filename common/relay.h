/* The relay: a thread with its own database and broker connections that publishes the outbox.
 *
 * One relay is active for each schema (a session advisory lock; another replica takes over when its
 * holder dies). It takes the visible rows in id order, publishes them persistent and, where
 * somebody subscribes, mandatory, and moves a row to the archive `sent` when it is confirmed and
 * was not returned. A relay that waits for the lock tells the active one (NOTIFY) when its own
 * process has committed rows. So an event is published at least once; the events of one aggregate
 * leave in order, but for one that the broker refuses or returns, or that commits late.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_RELAY_H
#define BRIGADE_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "topology.h"

struct relay;

struct relay_options {
    const char *service;
    const char *db_url, *schema;
    int64_t db_timeout_ms;
    const char *amqp_url;
    const struct topology *topology; /* lives as long as the relay */
    int64_t window;                  /* messages published before the confirms are awaited */
    int64_t poll_ms;                 /* the safety poll, when nobody wakes it */
    bool archive;                    /* keep what is sent in the table `sent` */
};

/* Start the thread. `options` is copied. Never NULL. */
struct relay *relay_start(const struct relay_options *options);

/* There may be new rows. Thread-safe, never blocks. */
void relay_wake(struct relay *relay);

/* Is it connected to broker and database (active or waiting for its turn) and not blocked by the
 * broker? Thread-safe. */
bool relay_ready(const struct relay *relay);

/* Publish what is there, for up to `timeout_ms`; then end the thread and free. */
void relay_stop(struct relay *relay, int64_t timeout_ms);

#endif
