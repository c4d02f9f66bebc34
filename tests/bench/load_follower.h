/* What becomes of the orders, as the broker tells it: a thread that reads the order service's
 * events from a queue of ours and notes when each arrived. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_LOAD_FOLLOWER_H
#define BRIGADE_LOAD_FOLLOWER_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* What an event says of an order. */
enum fate {
    FATE_NONE,
    FATE_APPROVED,
    FATE_REJECTED,
    FATE_CANCELLED,
    FATE_STAYS, /* its cancellation was refused */
};

struct arrival {
    int64_t at_us; /* of the monotonic clock */
    int32_t order_id;
    enum fate fate;
};

enum {
    FOLLOWER_ARRIVALS_MAX = 8192 /* that wait to be taken; beyond it they wait at the broker */
};

struct follower;

/* Subscribe to `queue`, which is there and bound to the events, and start reading. Blocks up to 20
 * s. ERR_UNAVAILABLE, ERR_CONFIG. */
enum err_code follower_start(const char *amqp_url, const char *queue, struct follower **out,
                             struct err *err) MUST_CHECK;

/* Stop reading; blocks up to a second. NULL is fine. */
void follower_stop(struct follower *follower);

/* Readable when there is something to take, or the follower has failed. Valid until it is stopped.
 */
int follower_fd(const struct follower *follower);

/* Move all that have arrived, in their order, into `arrivals`, and set their number. Does not
 * block. An error means that the broker was lost, and that no more will come. */
enum err_code follower_take(struct follower *follower,
                            struct arrival arrivals[FOLLOWER_ARRIVALS_MAX], size_t *count,
                            struct err *err) MUST_CHECK;

#endif
