/* What a service does with an input, given what it owns: the handler runs once for every distinct
 * case and is looked up from then on, which is what makes millions of states a second possible.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_REACTION_H
#define BRIGADE_MODEL_REACTION_H

#include <stdint.h>

#include "inputs.h"

enum { REACTION_EVENTS_MAX = 4 };

struct reaction {
    uint16_t input;
    enum outcome outcome;
    uint16_t before[2]; /* numbers of values: of the role that all orders share, of the order's */
    uint16_t after[2];
    uint16_t notification; /* the number of a new one, or 0 */
    uint16_t events[REACTION_EVENTS_MAX];
    uint8_t event_count;
    const char *refusal; /* OUTCOME_REFUSED, OUTCOME_DEFERRED: why, for people; may be "" */
    int waits_for;       /* OUTCOME_DEFERRED: 0 or 1, on which of the two values */
    const char *broken;  /* the rule that this step breaks (invariants.h), or NULL */
};

/* Which two roles a service owns; ROLE_NONE for none. */
struct owned {
    enum role role[2];
};
struct owned service_owns(int service) MUST_CHECK;

/* Look up or find out. Valid for ever. */
const struct reaction *react(uint16_t input, uint16_t shared, uint16_t of_order);

/* Is there an event of this type among those that it publishes? */
bool reaction_publishes(const struct reaction *reaction, enum event_type type) MUST_CHECK;

/* All reactions so far, in the order in which they were found out. */
size_t reaction_count(void) MUST_CHECK;
const struct reaction *reaction_at(size_t i) MUST_CHECK;

#endif
