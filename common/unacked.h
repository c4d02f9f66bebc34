/* The deliveries that the broker still waits for, kept so that many are acknowledged with one
 * frame. No I/O. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_UNACKED_H
#define BRIGADE_UNACKED_H

#include <stddef.h>
#include <stdint.h>

/* Starts as {0}. */
struct unacked {
    uint64_t *tags; /* ascending */
    size_t count, capacity;
};

/* A delivery came. Its tag is higher than all before it. */
void unacked_add(struct unacked *unacked, uint64_t tag);

/* These deliveries are done; `done` is sorted in place. Returns how many of its first tags were the
 * oldest that were unacknowledged: one acknowledgement of the last of those, with `multiple`, is
 * for all; the others need one each. */
size_t unacked_settle(struct unacked *unacked, uint64_t *done, size_t count);

/* The connection is gone, and with it the tags. */
void unacked_clear(struct unacked *unacked);
void unacked_free(struct unacked *unacked);

#endif
