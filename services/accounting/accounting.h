/* The accounting service's vocabulary: the Account of each consumer, the Authorization of each
 * order.
 *
 * An authorization collects three facts, which come in any order: what was ordered, that the
 * consumer may order it, that the kitchen has a ticket for it. With the third one the card is
 * charged (AUTHORIZED or FAILED). When the order is rejected, a pending authorization is VOIDED and
 * a charge is REVERSED, as it is when the order's ticket is cancelled; the final states are
 * tombstones that what comes too late meets.
 *
 * A revision of the order is charged when the kitchen holds it, and stays open until the order says
 * whether it counts: if not, the amount before it is restored. The revisions of an order are
 * numbered 1, 2, ... and are settled strictly in turn; what comes before its turn is deferred.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_ACCOUNTING_H
#define BRIGADE_ACCOUNTING_H

#include "aggregate.h"
#include "decision.h"
#include "schemas.h"

struct kind;
struct route;

/* Stand-ins for a payment provider's tokens: a new account's card, and one that declines. */
#define CARD_TOKEN_DEFAULT  "tok_default"
#define CARD_TOKEN_DECLINED "tok_declined"

struct account {
    struct aggregate head; /* id: the consumer's */
    int state;             /* enum account_state; NONE: it does not exist */
    char card_token[CARD_TOKEN_SIZE];
    bool has_order_limit;      /* consumer holds new orders to it, accounting their revisions */
    int64_t order_limit_cents; /* the most that one order may cost, when has_order_limit */
};
extern const struct kind account_kind;

enum account_input_type {
    ACCOUNT_INPUT_CONSUMER_CREATED, /* event of consumer */
    ACCOUNT_INPUT_CHANGE_CARD,      /* command: PUT /accounts/{consumerId}/card */
    ACCOUNT_INPUT_DISABLE,          /* command: PUT /accounts/{consumerId}/disable */
    ACCOUNT_INPUT_ENABLE,           /* command: PUT /accounts/{consumerId}/enable */
    ACCOUNT_INPUT_COUNT,
};

struct account_input {
    enum account_input_type type;
    const char *card_token;    /* CHANGE_CARD: at most CARD_TOKEN_SIZE - 1 bytes */
    bool has_order_limit;      /* CONSUMER_CREATED */
    int64_t order_limit_cents; /* CONSUMER_CREATED */
};

/* What is so already is IGNORED, so a PUT may be repeated. DEFERRED: until ConsumerCreated has
 * opened it. */
struct ruling account_decide(struct account *account, const struct account_input *in);

struct authorization {
    struct aggregate head; /* id: the order's */
    int state;             /* enum authorization_state; NONE: it does not exist */
    int reason;            /* enum reason: why it FAILED; else NONE */
    int32_t consumer_id;   /* who pays; 0: OrderCreated has not come */
    int64_t amount_cents;
    bool verified; /* ConsumerVerified has come */
    bool ticketed; /* TicketCreated has come */

    int32_t settled_revision;  /* the last one that the order has confirmed or rejected, or 0 */
    int32_t answered_revision; /* the last one that was charged or refused: settled, or the next */
    bool revised;              /* amount_cents is the answered revision's, which is not settled */
    int64_t previous_cents;    /* revised: the amount before it, to be restored if need be */
};
extern const struct kind authorization_kind;

enum authorization_input_type {
    AUTHORIZATION_INPUT_ORDER_CREATED,     /* event of order */
    AUTHORIZATION_INPUT_CONSUMER_VERIFIED, /* event of consumer */
    AUTHORIZATION_INPUT_TICKET_CREATED,    /* event of kitchen */
    AUTHORIZATION_INPUT_ORDER_REJECTED,    /* event of order */
    AUTHORIZATION_INPUT_TICKET_CANCELLED,  /* event of kitchen */
    AUTHORIZATION_INPUT_REVISION_PROPOSED, /* event of kitchen: TicketRevisionProposed */
    AUTHORIZATION_INPUT_REVISED,           /* event of order: OrderRevised */
    AUTHORIZATION_INPUT_REVISION_REJECTED, /* event of order: OrderRevisionRejected */
    AUTHORIZATION_INPUT_COUNT,
};

struct authorization_input {
    enum authorization_input_type type;
    int32_t consumer_id;           /* ORDER_CREATED */
    int64_t amount_cents;          /* ORDER_CREATED, REVISION_PROPOSED: the order's total */
    int32_t revision;              /* REVISION_PROPOSED, REVISED, REVISION_REJECTED: its number */
    const struct account *account; /* of authorization_payer; NULL when there is no payer */
};

/* EVENT_NONE: something was noted, or a tombstone left. DEFERRED: until the payer's account is
 * opened; when there is no payer, until the authorization has moved. */
struct ruling authorization_decide(struct authorization *authorization,
                                   const struct authorization_input *in);

/* The consumer whose account will be charged if `in` is decided now, or 0 when none will be: it is
 * to be loaded into `in` then. Does not look at in->account. */
int32_t authorization_payer(const struct authorization *before,
                            const struct authorization_input *in);

/* Write the data of the event that a ruling names, from the state after it, into the member of
 * `out` that is called like the event. Any other event writes nothing. */
void account_event(const struct account *after, enum event_type event, union event_data *out);
void authorization_event(const struct authorization *after, const struct ruling *ruling,
                         union event_data *out);

/* http.c: the REST routes. */
extern const struct route *const accounting_routes;
extern const size_t accounting_route_count;

#endif
