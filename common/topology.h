/* The broker's topology: which exchanges, queues and bindings must be there, and that they are.
 *
 * SERVICE.events       topic exchange, one for each publishing service; routing key = the event's
 * type SERVICE.inbox        quorum queue of a subscribing service, bound to just the types that it
 * handles SERVICE.inbox.dead   quorum queue behind it, where a message goes that was delivered too
 * often (delivery limit 20) brigade.watch        classic queue of the 1,000 latest events of all
 * exchanges, for people; see BRIGADE_WATCH_QUEUE SPDX-License-Identifier: MIT */
#ifndef BRIGADE_TOPOLOGY_H
#define BRIGADE_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>

#include "bus.h"
#include "schemas.h"

struct topology {
    const char *service;
    const enum event_type *types; /* what it subscribes to */
    size_t type_count;
    bool watch; /* have brigade.watch; false removes its bindings */
};

/* Declare all that this service needs (its exchange, its inbox and its bindings); idempotent, so it
 * repairs what was lost. ERR_CONFIG names what differs, or what it has no right to; it is
 * ERR_UNAVAILABLE while an exchange that it binds to is not there yet. */
enum err_code topology_declare(const struct topology *topology, struct bus *bus,
                               struct err *err) MUST_CHECK;

/* Does any service subscribe to events of this type? A type that is not known counts as subscribed
 * to. The broker returns an event without subscribers when there is no brigade.watch, and that is
 * then no fault. */
bool topology_is_heard(const char *type);

#endif
