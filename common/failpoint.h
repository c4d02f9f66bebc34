/* Named points of the engine, relay and subscriber at which a test makes the process die by
 * SIGKILL, as a power cut would: before and after each of the writes that must hold together.
 * Without the setting a point costs one comparison. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_FAILPOINT_H
#define BRIGADE_FAILPOINT_H

#include "err.h"

enum failpoint {
    FAILPOINT_NONE,
    FAILPOINT_INBOX_BEFORE,    /* a batch is about to begin its transaction */
    FAILPOINT_INBOX_AFTER,     /* ids are in the inbox, aggregates loaded; nothing decided */
    FAILPOINT_DECIDING,        /* a handler is about to decide; detail: the message's id */
    FAILPOINT_DECIDED,         /* everything decided, nothing saved */
    FAILPOINT_COMMIT_SENT,     /* COMMIT is sent, its answer not read: the outcome is unknown */
    FAILPOINT_COMMIT_ANSWERED, /* committed; nobody acknowledged or answered */
    FAILPOINT_PUBLISHED,       /* an event is written to the broker's socket */
    FAILPOINT_CONFIRMED,       /* the broker has confirmed a window; its rows are in the outbox */
    FAILPOINT_OUTBOX_DELETED,  /* and are gone from it */
    FAILPOINT_ACK_BEFORE,      /* messages are committed, their acknowledgement not sent */
    FAILPOINT_ACK_AFTER,
    FAILPOINT_COUNT,
};

/* Take the setting BRIGADE_FAILPOINT: "" for none, "decided:3" to die when the point is passed for
 * the third time, "deciding@TEXT" when it is passed with this detail. ERR_CONFIG when malformed.
 * Call once, before there are threads. */
enum err_code failpoint_set(const char *setting, struct err *err) MUST_CHECK;

/* Pass a point. `detail` may be NULL. Thread-safe. Logs "failpoint reached" before it kills. */
void failpoint_pass(enum failpoint point, const char *detail);

#endif
