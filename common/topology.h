/* The broker's topology: which exchanges, queues and bindings must be there, and that they are.
 *
 *   SERVICE.events      topic exchange, one for each publishing service; routing key = the event's
 *                       type
 *   SERVICE.inbox       quorum queue of a subscribing service, bound to just the types that it
 *                       handles
 *   SERVICE.inbox.dead  quorum queue behind it, where a message goes that was delivered too often
 *                       (delivery limit 20)
 *   brigade.watch       classic queue of the 1,000 latest events of all exchanges, for people; see
 *                       BRIGADE_WATCH_QUEUE
 *
 * SPDX-License-Identifier: MIT */
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

/* Look whether all is there that this service needs to send (its exchange, brigade.watch), or to
 * receive (its inbox with its bindings), and make what is missing. ERR_CONFIG names what exists and
 * differs, or what it has no right to, and what to do: only a person can mend that. A binding that
 * is missing cannot be seen over AMQP; all are made again each time. Count and remember what they
 * found. Thread-safe, each caller with a bus of its own.
 *
 * An exchange of another service is made by that one. While it is missing, the other bindings are
 * made and `*complete` is false: receive what comes, and look again soon. */
enum err_code topology_check_sending(const struct topology *topology, struct bus *bus,
                                     struct err *err) MUST_CHECK;
enum err_code topology_check_receiving(const struct topology *topology, struct bus *bus,
                                       bool *complete, struct err *err) MUST_CHECK;

/* What the last checks of this process found, for /readyz: "ok", "not checked yet", or what
 * differs. Thread-safe. */
void topology_state(char *text, size_t size);

/* Does any service subscribe to events of this type? A type that is not known counts as subscribed
 * to. That no queue takes an event without subscribers is no fault. */
bool topology_is_heard(const char *type);

#endif
