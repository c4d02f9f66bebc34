/* The kitchen service's vocabulary: the Restaurant with its menu, and the Ticket of each order.
 *
 * A ticket is CREATE_PENDING while its order is being paid for, then AWAITING_ACCEPTANCE. A ticket
 * that cannot be made, or whose order failed elsewhere, is CREATE_REJECTED: that state is kept for
 * ever, as a tombstone that what comes too late meets. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_KITCHEN_H
#define BRIGADE_KITCHEN_H

#include "aggregate.h"
#include "decision.h"
#include "schemas.h"

struct kind;
struct route;

struct restaurant {
    struct aggregate head;
    int state; /* enum restaurant_state; NONE: it does not exist */
    char name[NAME_SIZE];
    struct address address;
    struct menu menu;
};
extern const struct kind restaurant_kind;

enum restaurant_input_type {
    RESTAURANT_INPUT_CREATE,      /* command: POST /restaurants, with a new id */
    RESTAURANT_INPUT_REVISE_MENU, /* command: PUT /restaurants/{id}/menu */
    RESTAURANT_INPUT_CLOSE,       /* command: PUT /restaurants/{id}/close */
    RESTAURANT_INPUT_OPEN,        /* command: PUT /restaurants/{id}/open */
    RESTAURANT_INPUT_COUNT,
};

struct restaurant_input {
    enum restaurant_input_type type;
    const struct create_restaurant_request *request; /* CREATE */
    const struct menu *menu;                         /* REVISE_MENU */
};

/* What is so already is IGNORED, so a PUT may be repeated. A restaurant that does not exist makes
 * every command but CREATE ILLEGAL (for 404), and so does a menu that lists an item twice (for 422,
 * see menu_repeated_item). */
struct restaurant_decision {
    enum verdict verdict;
    enum event_type event; /* APPLIED: Restaurant{Created,MenuRevised,Closed,Opened}; else NONE */
    const char *refusal;   /* ILLEGAL: why, for people; else NULL */
    struct restaurant after;
};

struct restaurant_decision restaurant_decide(const struct restaurant *before,
                                             const struct restaurant_input *in);

/* The first item whose id an earlier item has too, or NULL. */
const struct menu_item *menu_repeated_item(const struct menu *menu);

struct ticket {
    struct aggregate head; /* id: the order's */
    int state;             /* enum ticket_state; NONE: it does not exist */
    int reason;            /* enum reason: why it is CREATE_REJECTED; else NONE */
    int32_t restaurant_id;
    struct ticket_line_item line_items[LINE_ITEMS_MAX];
    size_t line_items_count; /* 0: rejected before kitchen heard what was ordered */
};
extern const struct kind ticket_kind;

enum ticket_input_type {
    TICKET_INPUT_ORDER_CREATED,        /* event of order */
    TICKET_INPUT_ORDER_REJECTED,       /* event of order */
    TICKET_INPUT_AUTHORIZED,           /* event of accounting: CreditCardAuthorized */
    TICKET_INPUT_AUTHORIZATION_FAILED, /* event of accounting: CreditCardAuthorizationFailed */
    TICKET_INPUT_COUNT,
};

struct ticket_input {
    enum ticket_input_type type;
    const struct order_created *order;   /* ORDER_CREATED */
    const struct restaurant *restaurant; /* ORDER_CREATED: the one that is to cook it */
    int reason;                          /* ORDER_REJECTED, AUTHORIZATION_FAILED: enum reason */
    int32_t restaurant_id;               /* ORDER_REJECTED */
};

struct ticket_decision {
    enum verdict verdict;  /* DEFERRED: on the ticket itself, until OrderCreated has made it */
    enum event_type event; /* APPLIED: Ticket{Created,CreationFailed,Confirmed,CreationRejected},
                            * or EVENT_NONE for a tombstone: of that ticket nobody has heard */
    const char *refusal;   /* ILLEGAL: why, for people; else NULL */
    struct ticket after;   /* APPLIED: to be saved; else the same as before */
};

struct ticket_decision ticket_decide(const struct ticket *before, const struct ticket_input *in);

/* Write the data of the event that a decision names, from the state after it, into the member of
 * `out` that is called like the event. Any other event writes nothing. */
void restaurant_event(const struct restaurant *after, enum event_type event, union event_data *out);
void ticket_event(const struct ticket *after, enum event_type event, union event_data *out);

/* http.c: the REST routes. */
extern const struct route *const kitchen_routes;
extern const size_t kitchen_route_count;

#endif
