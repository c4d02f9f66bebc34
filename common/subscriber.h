/* The subscriber: a thread with its own broker connection that takes messages from SERVICE.inbox,
 * decodes them and puts them into the engine's queue; and acknowledges what the engine has
 * committed.
 *
 * Reconnects by itself with capped exponential backoff and full jitter. A message that cannot be
 * decoded goes to the engine too, to be parked. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_SUBSCRIBER_H
#define BRIGADE_SUBSCRIBER_H

#include "topology.h"
#include "work.h"

struct subscriber;

struct subscriber_options {
    const char *url;                 /* amqp:// */
    const struct topology *topology; /* lives as long as the subscriber */
    struct work_queue *queue;
    int64_t prefetch;
};

/* Start the thread. `options` is copied. Never NULL. */
struct subscriber *subscriber_start(const struct subscriber_options *options);

/* Is it subscribed just now? Thread-safe. */
bool subscriber_ready(const struct subscriber *subscriber);

/* Stop in two parts, so that nothing is redelivered: first no new deliveries (cancel; blocks up to
 * 3 s); then, when the engine has finished what is in the queue, send the last acknowledgements,
 * end the thread and free. */
void subscriber_pause(struct subscriber *subscriber);
void subscriber_stop(struct subscriber *subscriber);

#endif
