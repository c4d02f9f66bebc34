/* The janitor: a thread that deletes what is too old, a little at a time: ids from the inbox, what
 * was sent, answers by key; parks deferred messages whose time never came; and measures the outbox.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_JANITOR_H
#define BRIGADE_JANITOR_H

#include <stdbool.h>
#include <stdint.h>

struct janitor;

struct janitor_options {
    const char *service, *db_url, *schema;
    int64_t db_timeout_ms;
    int64_t inbox_days; /* longer than the longest redrive of a parked message */
    int64_t idempotency_hours;
    int64_t deferred_s;
    int64_t sent_hours;
    int64_t outbox_max; /* events */
};

/* Start the thread. `options` is copied. Never NULL. */
struct janitor *janitor_start(const struct janitor_options *options);

/* Did the outbox hold outbox_max events or more, when last looked at (every second)? Thread-safe.
 */
bool janitor_outbox_full(const struct janitor *janitor);

/* End the thread (blocks for the statement under way) and free. */
void janitor_stop(struct janitor *janitor);

#endif
