/* The aggregates of the world, each a place ("role") that holds the number of an interned value.
 *
 * A value is canonical: it went through the kind's columns as it goes through the database, so what
 * store.c does not list is lost here as it is there, and padding does not tell two values apart.
 *
 * Versions are abstracted away: 1 for every aggregate that exists, but for the kinds whose version
 * orders events that a subscriber compares (a restaurant's). That is sound because the rules do not
 * look at the others: reaction.c decides each step under two different versions and fails if that
 * makes a difference. Timers are kept relative to the model's clock, which stands still.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_VALUES_H
#define BRIGADE_MODEL_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "kind.h"

/* Each service has one role that all orders share, and one for each order. */
enum role {
    ROLE_CONSUMER,
    ROLE_RESTAURANT,
    ROLE_REPLICA,
    ROLE_ACCOUNT,
    ROLE_ORDER,
    ROLE_VERIFICATION,
    ROLE_TICKET,
    ROLE_AUTHORIZATION,
    ROLE_NOTIFICATION, /* has no place: every one is new */
    ROLE_COUNT,
    ROLE_NONE = ROLE_COUNT,
};
enum { ROLE_SHARED_COUNT = ROLE_ORDER, ROLE_OF_ORDER_COUNT = ROLE_NOTIFICATION - ROLE_ORDER };
enum { ORDERS_IN_WORLD_MAX = 2 };

/* Ids of one kind are no ids of another, so that a handler that takes one for the other is noticed.
 */
enum { CONSUMER_ID = 3, RESTAURANT_ID = 7, NOTIFICATION_ID = 29, ORDER_IDS = 10 };

/* The id of the aggregate that plays a role: of an order's, by the order's number from 1. */
int32_t id_in_role(enum role role, int order) MUST_CHECK;

/* The number of an order with this id; what is no order's id is 0. */
int order_of_id(int32_t id) MUST_CHECK;

#define NOW_MS INT64_C(1893520800000) /* the model's clock: 2030-01-01T18:00:00Z, for ever */

struct role_info {
    const char *service, *kind_name;
    const char *title; /* "Order" */
    bool counts;       /* its versions are kept */
    const struct kind *kind;
    const struct column *state; /* its state, an enum; NULL when it has none */
};
extern struct role_info roles[ROLE_COUNT];

/* Find the kinds in the services' declarations. */
void values_load(void);

/* The role that a kind plays. A kind that has none ends the process: add it to the table. */
enum role role_of(const struct kind *kind) MUST_CHECK;

/* Save a value: its number, from 1. `now_ms` is the clock that its timer was set by. */
uint16_t value_put(enum role role, const void *value, int64_t now_ms) MUST_CHECK;

/* Load a value into `out` (of the kind's size). Number 0: the aggregate `id` does not exist. */
void value_get(enum role role, uint16_t number, int32_t id, void *out);

/* The same without a copy; NULL for number 0. */
const void *value_at(enum role role, uint16_t number) MUST_CHECK;

/* The name of the state that a value is in: "NONE" for number 0, "" when its kind has no state. */
const char *value_state(enum role role, uint16_t number) MUST_CHECK;

#endif
