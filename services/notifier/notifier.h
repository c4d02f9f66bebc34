/* The notifier service's vocabulary: the Notification, what a customer is told about an order.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_NOTIFIER_H
#define BRIGADE_NOTIFIER_H

#include "aggregate.h"
#include "decision.h"
#include "schemas.h"

struct kind;
struct route;

struct notification {
    struct aggregate head;
    int kind; /* enum notification_kind; NONE: it does not exist */
    int32_t consumer_id;
    int32_t order_id;
    char text[NOTIFICATION_TEXT_SIZE];
    int64_t created_at_ms;
};
extern const struct kind notification_kind;

enum notification_input_type {
    NOTIFICATION_INPUT_ORDER_APPROVED, /* event of order */
    NOTIFICATION_INPUT_ORDER_REJECTED, /* event of order */
    NOTIFICATION_INPUT_COUNT,
};

struct notification_input {
    enum notification_input_type type;
    int64_t now_ms;
    const struct order_approved *approved; /* ORDER_APPROVED */
    const struct order_rejected *rejected; /* ORDER_REJECTED */
};

/* Publishes nothing. */
struct notification_decision {
    enum verdict verdict;
    const char *refusal; /* ILLEGAL: why, for people; else NULL */
    struct notification after;
};

/* `before` is a new notification, with an id that was just drawn: the inbox has dropped duplicates
 * of the event, and a constraint holds that an order is told of one outcome once. */
struct notification_decision notification_decide(const struct notification *before,
                                                 const struct notification_input *in);

/* http.c: the REST routes. */
extern const struct route *const notifier_routes;
extern const size_t notifier_route_count;

#endif
