/* Every order of a run, from its planned moment to its last outcome: what is to be sent next, and
 * which answer and which event belong to which order. An event may come before the answer.
 *
 * All memory is taken at the start. For one thread. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_LOAD_ORDERS_H
#define BRIGADE_LOAD_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load_follower.h"
#include "load_requests.h"
#include "load_stats.h"

struct orders;

/* Room for `capacity` orders. What happens to them is counted in `stats`, which outlives this. */
struct orders *orders_new(size_t capacity, struct stats *stats);
void orders_free(struct orders *orders);

/* Plan one; false when all the room is used. */
bool orders_plan(struct orders *orders, enum order_kind kind, int64_t planned_us);

size_t orders_planned(const struct orders *orders);
size_t orders_in_flight(const struct orders *orders); /* planned and not ended */

/* The next request: the cancellation of an order (`order_id` > 0), else a new order of a kind. */
struct order_request {
    size_t index; /* of the order, for orders_answered */
    enum order_kind kind;
    int32_t order_id;
};
bool orders_next_request(struct orders *orders, struct order_request *request);

/* The request that this order was sent with last was answered. Status 0: the connection failed. */
void orders_answered(struct orders *orders, size_t index, int status, const char *body,
                     int64_t now_us);

void orders_told(struct orders *orders, const struct arrival *arrival);

/* Give up those that were planned 30 s ago. */
void orders_expire(struct orders *orders, int64_t now_us);

/* Count the events that belong to no order. Once, at the end. */
void orders_finish(struct orders *orders);

#endif
