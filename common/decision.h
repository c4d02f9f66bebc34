/* What the pure core of a service may say about an input. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_DECISION_H
#define BRIGADE_DECISION_H

/* The verdict on one input for one aggregate. */
enum verdict {
    VERDICT_ILLEGAL,  /* it must not come in this state: a message is parked, a command answered 409
                       */
    VERDICT_APPLIED,  /* the state after is to be saved, the event to be published */
    VERDICT_IGNORED,  /* it came twice or too late and changes nothing */
    VERDICT_DEFERRED, /* its time has not come: to be tried again when the aggregate moves */
};

#endif
