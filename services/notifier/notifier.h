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
    int32_t revision; /* of the order, that it is about; 0: about none */
    char text[NOTIFICATION_TEXT_SIZE];
    int64_t created_at_ms;
};
extern const struct kind notification_kind;

enum notification_input_type {
    /* All are events of order. */
    NOTIFICATION_INPUT_ORDER_APPROVED,
    NOTIFICATION_INPUT_ORDER_REJECTED,
    NOTIFICATION_INPUT_ORDER_CANCELLED,
    NOTIFICATION_INPUT_ORDER_CANCELLATION_REJECTED,
    NOTIFICATION_INPUT_ORDER_REVISED,
    NOTIFICATION_INPUT_ORDER_REVISION_REJECTED,
    NOTIFICATION_INPUT_COUNT,
};

struct notification_input {
    enum notification_input_type type;
    int64_t now_ms;
    union { /* the event */
        const struct order_approved *approved;
        const struct order_rejected *rejected;
        const struct order_cancelled *cancelled;
        const struct order_cancellation_rejected *cancellation_rejected;
        const struct order_revised *revised;
        const struct order_revision_rejected *revision_rejected;
    };
};

/* `notification` is a new one, with an id that was just drawn: the inbox has dropped duplicates of
 * the event, and a constraint holds that one outcome of an order or a revision is told once.
 * Publishes nothing. */
struct ruling notification_decide(struct notification *notification,
                                  const struct notification_input *in);

/* http.c: the REST routes. */
extern const struct route *const notifier_routes;
extern const size_t notifier_route_count;

#endif
