/* The kitchen service's vocabulary: the Restaurant with its menu, and the Ticket of each order.
 *
 * A ticket is CREATE_PENDING while its order is being paid for, then AWAITING_ACCEPTANCE until the
 * restaurant has ACCEPTED it; what is PREPARING can be neither revised nor cancelled any more. A
 * ticket that cannot be made, or whose order failed elsewhere, is CREATE_REJECTED: that state is
 * kept for ever, as a tombstone that what comes too late meets.
 *
 * The order decides, the kitchen holds: a revision that it can cook is held (REVISION_PENDING)
 * until the order says whether it counts. The revisions of an order are numbered 1, 2, ... and are
 * settled strictly in turn; what comes before its turn is deferred. SPDX-License-Identifier: MIT */
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
struct ruling restaurant_decide(struct restaurant *restaurant, const struct restaurant_input *in);

/* The first item whose id an earlier item has too, or NULL. */
const struct menu_item *menu_repeated_item(const struct menu *menu);

struct ticket {
    struct aggregate head; /* id: the order's; due_at_ms: AWAITING_ACCEPTANCE, when it expires */
    int state;             /* enum ticket_state; NONE: it does not exist */
    int reason;            /* enum reason: why it is CREATE_REJECTED or CANCELLED; else NONE */
    int32_t restaurant_id;
    struct ticket_line_item line_items[LINE_ITEMS_MAX];
    size_t line_items_count; /* 0: rejected before kitchen heard what was ordered */
    bool approved;           /* the order is: only then is it cooked */
    int64_t ready_by_ms;     /* when the restaurant promised it; 0 until it is accepted */

    int32_t settled_revision;  /* the last one that the order has confirmed or rejected, or 0 */
    int32_t answered_revision; /* the last one that was held or refused: settled, or the next one */
    /* REVISION_PENDING only: the enum ticket_state to go back to, and what was proposed. */
    int resume_state;
    struct ticket_line_item held_line_items[LINE_ITEMS_MAX];
    size_t held_line_items_count;
};
extern const struct kind ticket_kind;

enum ticket_input_type {
    TICKET_INPUT_ORDER_CREATED,        /* event of order */
    TICKET_INPUT_ORDER_REJECTED,       /* event of order */
    TICKET_INPUT_AUTHORIZED,           /* event of accounting: CreditCardAuthorized */
    TICKET_INPUT_AUTHORIZATION_FAILED, /* event of accounting: CreditCardAuthorizationFailed */
    TICKET_INPUT_ORDER_APPROVED,       /* event of order */
    TICKET_INPUT_CANCEL_REQUESTED,     /* event of order: OrderCancelRequested */
    TICKET_INPUT_REVISION_PROPOSED,    /* event of order: OrderRevisionProposed */
    TICKET_INPUT_REVISED,              /* event of order: OrderRevised */
    TICKET_INPUT_REVISION_REJECTED,    /* event of order: OrderRevisionRejected */
    TICKET_INPUT_ACCEPT,               /* command: POST /tickets/{id}/accept */
    TICKET_INPUT_START_PREPARATION,    /* command: POST /tickets/{id}/preparing */
    TICKET_INPUT_FINISH_PREPARATION,   /* command: POST /tickets/{id}/ready */
    TICKET_INPUT_PICK_UP,              /* command: POST /tickets/{id}/picked-up */
    TICKET_INPUT_DEADLINE,             /* the ticket's timer */
    TICKET_INPUT_COUNT,
};

struct ticket_input {
    enum ticket_input_type type;
    int64_t now_ms;        /* AUTHORIZED, REVISED, REVISION_REJECTED, ACCEPT, DEADLINE */
    int64_t acceptance_ms; /* AUTHORIZED, REVISED, REVISION_REJECTED: after which it expires */
    const struct order_created *order;              /* ORDER_CREATED */
    const struct order_revision_proposed *proposal; /* REVISION_PROPOSED */
    const struct restaurant *restaurant; /* ORDER_CREATED, REVISION_PROPOSED: who is to cook it */
    int32_t revision;                    /* REVISED, REVISION_REJECTED: its number */
    int reason;                          /* ORDER_REJECTED, AUTHORIZATION_FAILED: enum reason */
    int32_t restaurant_id;               /* ORDER_REJECTED */
    int64_t ready_by_ms;                 /* ACCEPT: must be after now_ms */
};

/* EVENT_NONE: something was noted, or a tombstone left. What is told again, or refused to the
 * order, changes the version only. */
struct ruling ticket_decide(struct ticket *ticket, const struct ticket_input *in);

/* Write the data of the event that a ruling names, from the state after it, into the
 * member of `out` that is called like the event. Any other event writes nothing. `in` is what was
 * decided. */
void restaurant_event(const struct restaurant *after, enum event_type event, union event_data *out);
void ticket_event(const struct ticket *after, const struct ruling *ruling,
                  const struct ticket_input *in, union event_data *out);

/* http.c: the REST routes. */
extern const struct route *const kitchen_routes;
extern const size_t kitchen_route_count;

/* BRIGADE_TICKET_ACCEPTANCE_S, read at start. */
extern int64_t ticket_acceptance_s;

#endif
