/* The consumer service's vocabulary: the Consumer, and the Verification of each order.
 *
 * A verification says once, and for good, whether the consumer may place the order.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_CONSUMER_H
#define BRIGADE_CONSUMER_H

#include "aggregate.h"
#include "decision.h"
#include "schemas.h"

struct kind;
struct route;

struct consumer {
    struct aggregate head; /* version 0: it does not exist */
    bool has_name;
    struct person_name name;
    bool has_order_limit;
    int64_t order_limit_cents; /* the most that one order may cost, when has_order_limit */
};
extern const struct kind consumer_kind;

enum consumer_input_type {
    CONSUMER_INPUT_CREATE, /* command: POST /consumers, with a new id */
    CONSUMER_INPUT_COUNT,
};

struct consumer_input {
    enum consumer_input_type type;
    const struct create_consumer_request *request; /* CREATE */
};

struct ruling consumer_decide(struct consumer *consumer, const struct consumer_input *in);

struct verification {
    struct aggregate head; /* id: the order's */
    int state;             /* enum verification_state; NONE: it does not exist */
    int reason;            /* enum reason: why it FAILED; else NONE */
    int32_t consumer_id;
};
extern const struct kind verification_kind;

enum verification_input_type {
    VERIFICATION_INPUT_ORDER_CREATED, /* event of order */
    VERIFICATION_INPUT_COUNT,
};

struct verification_input {
    enum verification_input_type type;
    const struct order_created *order;
    const struct consumer *consumer; /* the one who ordered */
};

struct ruling verification_decide(struct verification *verification,
                                  const struct verification_input *in);

/* Write the data of the event that a ruling names, from the state after it, into the member of
 * `out` that is called like the event. Any other event writes nothing. */
void consumer_event(const struct consumer *after, enum event_type event, union event_data *out);
void verification_event(const struct verification *after, enum event_type event,
                        union event_data *out);

/* http.c: the REST routes. */
extern const struct route *const consumer_routes;
extern const size_t consumer_route_count;

#endif
