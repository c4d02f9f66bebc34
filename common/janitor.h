/* The janitor: a thread that deletes what is too old, a little at a time: ids from the inbox,
 * answers by key; and parks deferred messages whose time never came. SPDX-License-Identifier: MIT
 */
#ifndef BRIGADE_JANITOR_H
#define BRIGADE_JANITOR_H

#include <stdint.h>

struct janitor;

struct janitor_options {
    const char *service, *db_url, *schema;
    int64_t db_timeout_ms;
    int64_t inbox_days; /* longer than the longest redrive of a parked message */
    int64_t idempotency_hours;
    int64_t deferred_s;
};

/* Start the thread. `options` is copied. Never NULL. */
struct janitor *janitor_start(const struct janitor_options *options);

/* End the thread (blocks for the statement under way) and free. */
void janitor_stop(struct janitor *janitor);

#endif
