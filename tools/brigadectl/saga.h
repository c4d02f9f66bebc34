/* Everything that is known of one order, from all services. SPDX-License-Identifier: MIT */
#ifndef BRIGADECTL_SAGA_H
#define BRIGADECTL_SAGA_H

#include <stdint.h>

#include "ctl.h"
#include "ids.h"

enum { TYPE_SIZE = 64 };

struct saga_event {
    char id[UUID_SIZE], type_name[TYPE_SIZE];
    enum event_type type; /* EVENT_NONE: one that this program does not know */
    size_t publisher;
    int32_t sequence;
    int64_t created_ms, sent_ms;      /* sent 0: still in the outbox */
    int64_t received_ms[PARTY_COUNT]; /* 0: not taken */
};

/* A message that a service has put aside. */
struct saga_wait {
    size_t party;
    bool parked; /* else deferred */
    int64_t row, since_ms;
    char message_id[UUID_SIZE], type_name[TYPE_SIZE];
    char detail[400]; /* parked: the reason; deferred: for what it waits */
};

/* An aggregate as it is now. */
struct saga_state {
    size_t party;
    const char *aggregate; /* "order" */
    char state[40], reason[40];
    int32_t version;
    int64_t due_ms;          /* 0: has no deadline */
    int32_t cancel_requests; /* of an order: how often its cancellation was asked for */
};

struct saga {
    int32_t order_id;
    int64_t now_ms;
    struct saga_event *events; /* by their time */
    struct saga_wait *waits;
    struct saga_state *states;
    size_t event_count, wait_count, state_count;
};

/* Read all of it. `saga` starts as {0}; saga_free in any case. An order that is not there has no
 * state of the party "order". */
enum err_code saga_load(struct ctl *ctl, int32_t order_id, struct saga *saga,
                        struct err *err) MUST_CHECK;

/* Read only once more who has taken its events. */
enum err_code saga_load_taken(struct ctl *ctl, struct saga *saga, struct err *err) MUST_CHECK;
void saga_free(struct saga *saga);

/* The state of an aggregate; NULL when there is none. */
const struct saga_state *saga_state_of(const struct saga *saga, const char *aggregate);

/* The latest event of the type that was created at or after `from_ms`; NULL when there is none. */
const struct saga_event *saga_event_of(const struct saga *saga, enum event_type type,
                                       int64_t from_ms);

/* Does this service have to take the event, and has not? */
bool saga_lacks(const struct saga_event *event, size_t party);

#endif
