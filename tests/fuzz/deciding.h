/* The rules under arbitrary states and inputs: total, and of the form that the engine relies on.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_FUZZ_DECIDING_H
#define BRIGADE_FUZZ_DECIDING_H

#include "decision.h"
#include "fill.h"
#include "schemas.h"

/* What was decided, whatever it is about. */
struct decided {
    const struct kind *kind;
    const char *service;
    const struct ruling *ruling;
    const void *before, *after;
    const union event_data
        *data; /* as the service wrote it for the event; NULL: publishes nothing */
};

/* Check it, and append all that it says to `out`. Returns if the input was applied. */
bool decided_check(const struct decided *decided, struct buf *out);

/* Fill an event's data with what no field may keep. */
void data_spoil(union event_data *data);

/* As the services copy: what counts, among what no rule may look at. */
void spoiled_copy(const struct kind *kind, void *to, const void *from);

/* Decide once; appends all that the decision says. */
typedef bool decide_once(const void *before, const void *in, struct buf *out);

/* Decide twice and compare. Returns if the input was applied. */
bool decide_twice(decide_once *once, const void *before, const void *in);

/* One aggregate: make a state and an input of this type from the bytes, and decide. */
struct subject {
    const char *name;
    int input_count;
    bool (*run)(struct bytes *bytes, int input_type);
};

extern const struct subject order_subject, replica_subject;         /* order */
extern const struct subject restaurant_subject, ticket_subject;     /* kitchen */
extern const struct subject account_subject, authorization_subject; /* accounting */
extern const struct subject consumer_subject, verification_subject, notification_subject;

/* What the clock can say, and a setting in seconds. */
int64_t take_now_ms(struct bytes *bytes);
int64_t take_setting_ms(struct bytes *bytes);
int take_reason(struct bytes *bytes);

#endif
