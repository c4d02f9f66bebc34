/* When to try something again that failed, and what to log about it: one line when the trouble
 * begins or changes, one when it is over, none for each attempt. Used by one thread.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_RETRY_H
#define BRIGADE_RETRY_H

#include "backoff.h"
#include "err.h"

struct retry {
    const char *what; /* "relay's broker connection": for the logs */
    struct backoff backoff;
    int64_t attempts;        /* that failed since it last worked */
    int64_t due_ms;          /* monotonic */
    enum err_class reported; /* the kind of trouble that was logged */
};

/* `what` is borrowed for ever. Waits are 100 ms to 5 s long at most. */
void retry_init(struct retry *retry, const char *what);

/* How long until the next try; 0: now. */
int64_t retry_wait_ms(const struct retry *retry);

void retry_failed(struct retry *retry, const struct err *err);
void retry_worked(struct retry *retry);

#endif
