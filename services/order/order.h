/* The order service's vocabulary: the Order, and the replica of the restaurants that prices it.
 *
 * An order is APPROVAL_PENDING until accounting has charged for it (APPROVED), or until a step of
 * its saga has failed or its time is over (REJECTED). An approved order can be cancelled: it is
 * CANCEL_PENDING until its charge is reversed (CANCELLED), or kitchen says that it cooks already.
 * And it can be revised: it is REVISION_PENDING until accounting has charged for the new items, or
 * somebody refused, or its time is over. The order gives the verdict on each of its revisions, by
 * their numbers; kitchen and accounting hold what was proposed until they hear it.
 *
 * What is decided here is pure: main.c and http.c load what an input needs, call decide, save the
 * state after and publish the event. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_ORDER_H
#define BRIGADE_ORDER_H

#include "aggregate.h"
#include "decision.h"
#include "schemas.h"

struct kind;
struct route;

/* A restaurant as the events of kitchen tell it. */
struct restaurant_replica {
    struct aggregate head; /* id: the restaurant's */
    int32_t sequence;      /* of the latest event taken into it; 0: it does not exist */
    char name[NAME_SIZE];
    struct menu menu;
};
extern const struct kind restaurant_replica_kind;

enum replica_input_type {
    REPLICA_INPUT_RESTAURANT_CREATED,
    REPLICA_INPUT_MENU_REVISED,
    REPLICA_INPUT_COUNT,
};

struct replica_input {
    enum replica_input_type type;
    int32_t sequence; /* the event's: the version of the restaurant in kitchen */
    const struct restaurant_created *created;      /* RESTAURANT_CREATED */
    const struct restaurant_menu_revised *revised; /* MENU_REVISED */
};

/* Publishes nothing: a replica is what others have published. DEFERRED: until RestaurantCreated has
 * made it. */
struct ruling replica_decide(struct restaurant_replica *replica, const struct replica_input *in);

/* What an order costs: its lines with the names and prices of the menu, and their total. */
enum pricing_result {
    PRICING_OK,
    PRICING_ITEM_UNKNOWN,   /* lines[unknown_item] is not on the menu */
    PRICING_TOTAL_TOO_HIGH, /* more than MONEY_CENTS_MAX */
};

struct order_pricing {
    enum pricing_result result;
    size_t unknown_item; /* ITEM_UNKNOWN: index into the lines that were to be priced */
    struct order_line_item line_items[LINE_ITEMS_MAX];
    size_t line_items_count;
    int64_t order_total_cents;
};

/* `lines` are `count` of them, at most LINE_ITEMS_MAX. */
struct order_pricing order_price(const struct restaurant_replica *restaurant,
                                 const struct line_item *lines, size_t count);

struct order {
    struct aggregate head; /* due_at_ms: when what it waits for is overdue, 0 unless ..._PENDING */
    int state;             /* enum order_state; NONE: it does not exist */
    int reason; /* enum reason: why it was REJECTED or CANCELLED; APPROVED: why its latest revision
                   or cancellation was refused; else NONE */
    int32_t consumer_id;
    int32_t restaurant_id;
    struct order_line_item line_items[LINE_ITEMS_MAX];
    size_t line_items_count;
    int64_t order_total_cents;
    struct address delivery_address;
    int64_t delivery_time_ms;
    int32_t cancel_requests; /* CANCEL_PENDING: how often kitchen was asked; else 0 */
    int32_t revision;        /* the number of its latest revision, 0: it never had one */
    struct order_line_item revised_line_items[REVISED_LINE_ITEMS_MAX]; /* REVISION_PENDING */
    size_t revised_line_items_count;
    int64_t revised_order_total_cents;
};
extern const struct kind order_kind;

enum order_input_type {
    ORDER_INPUT_PLACE,                        /* command: POST /orders, with a new id */
    ORDER_INPUT_CONSUMER_VERIFICATION_FAILED, /* event of consumer */
    ORDER_INPUT_TICKET_CREATION_FAILED,       /* event of kitchen */
    ORDER_INPUT_AUTHORIZED,                   /* event of accounting: CreditCardAuthorized */
    ORDER_INPUT_AUTHORIZATION_FAILED, /* event of accounting: CreditCardAuthorizationFailed */
    ORDER_INPUT_DEADLINE,             /* the order's timer */

    ORDER_INPUT_CANCEL,                       /* command: POST /orders/{id}/cancel */
    ORDER_INPUT_TICKET_CANCELLATION_REJECTED, /* event of kitchen */
    ORDER_INPUT_AUTHORIZATION_REVERSED, /* event of accounting: CreditCardAuthorizationReversed */

    ORDER_INPUT_REVISE,                   /* command: POST /orders/{id}/revise */
    ORDER_INPUT_TICKET_REVISION_REJECTED, /* event of kitchen */
    ORDER_INPUT_AUTHORIZATION_REVISED,    /* event of accounting: CreditCardAuthorizationRevised */
    ORDER_INPUT_AUTHORIZATION_REVISION_FAILED, /* event of accounting: ...RevisionFailed */
    ORDER_INPUT_COUNT,
};

struct order_input {
    enum order_input_type type;
    int64_t now_ms;
    int reason;       /* ..._FAILED, TICKET_REVISION_REJECTED: enum reason, as in the event */
    int32_t revision; /* ..._REVISED, ..._REVISION_FAILED, ..._REVISION_REJECTED: as in the event */
    const struct create_order_request *request; /* PLACE */
    const struct order_pricing *pricing;        /* PLACE, REVISE: of the request; must be OK */
    int64_t approval_ms;                        /* PLACE: how long its approval may take */
    int64_t cancellation_ms; /* CANCEL, DEADLINE: after which kitchen is asked again */
    int64_t revision_ms;     /* REVISE: how long a revision may take */
};

/* What is about an order follows its OrderCreated, so hardly anything is DEFERRED. */
struct ruling order_decide(struct order *order, const struct order_input *in);

/* Write the data of the event that a ruling names, from the state after it, into the member of
 * `out` that is called like the event. Any other event writes nothing. */
void order_event(const struct order *after, enum event_type event, union event_data *out);

/* http.c: the REST routes. */
extern const struct route *const order_routes;
extern const size_t order_route_count;

/* BRIGADE_ORDER_{APPROVAL,CANCELLATION,REVISION}_S, read at start. */
extern int64_t order_approval_s, order_cancellation_s, order_revision_s;

#endif
