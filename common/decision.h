/* What the pure core of a service may say about an input. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_DECISION_H
#define BRIGADE_DECISION_H

#include "schemas.h"

/* The verdict on one input for one aggregate. */
enum verdict {
    VERDICT_ILLEGAL,  /* it must not come in this state: a message is parked, a command answered 409
                       */
    VERDICT_APPLIED,  /* the state after is to be saved, the event to be published */
    VERDICT_IGNORED,  /* it came twice or too late and changes nothing */
    VERDICT_DEFERRED, /* its time has not come: to be tried again when the aggregate moves */
};

/* What a rule says. It changes its aggregate in place, and only when it says APPLIED: then that is
 * the state after, to be saved. Of what the struct has room for (texts, lines) it may read only
 * what is used: the rest was not copied. */
struct ruling {
    enum verdict verdict;
    enum event_type event; /* APPLIED: what is published, or EVENT_NONE; else EVENT_NONE */
    int reason;            /* enum reason: of an event that tells one which the aggregate does not
                              keep; else NONE */
    const char *refusal;   /* ILLEGAL: why, for people; else NULL */
};

static inline struct ruling rule_applied(enum event_type event)
{
    return (struct ruling){.verdict = VERDICT_APPLIED, .event = event};
}

static inline struct ruling rule_ignored(void)
{
    return (struct ruling){.verdict = VERDICT_IGNORED};
}

static inline struct ruling rule_deferred(void)
{
    return (struct ruling){.verdict = VERDICT_DEFERRED};
}

static inline struct ruling rule_refused(const char *refusal)
{
    return (struct ruling){.verdict = VERDICT_ILLEGAL, .refusal = refusal};
}

#endif
