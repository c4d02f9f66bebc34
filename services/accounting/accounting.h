/* The accounting service's vocabulary: the Account of each consumer, the Authorization of each
 * order.
 *
 * An authorization collects three facts, which come in any order: what was ordered, that the
 * consumer may order it, that the kitchen has a ticket for it. With the third one the card is
 * charged (AUTHORIZED or FAILED). When the order is rejected, a pending authorization is VOIDED and
 * a charge is REVERSED; the final states are tombstones that what comes too late meets.
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
    const char *card_token; /* CHANGE_CARD: at most CARD_TOKEN_SIZE - 1 bytes */
};

/* What is so already is IGNORED, so a PUT may be repeated. */
struct account_decision {
    enum verdict verdict; /* DEFERRED: on the account itself, until ConsumerCreated has opened it */
    enum event_type event; /* APPLIED: Account{Opened,CardChanged,Disabled,Enabled}; else NONE */
    const char *refusal;   /* ILLEGAL: why, for people; else NULL */
    struct account after;
};

struct account_decision account_decide(const struct account *before,
                                       const struct account_input *in);

struct authorization {
    struct aggregate head; /* id: the order's */
    int state;             /* enum authorization_state; NONE: it does not exist */
    int reason;            /* enum reason: why it FAILED; else NONE */
    int32_t consumer_id;   /* who pays; 0: OrderCreated has not come */
    int64_t amount_cents;
    bool verified; /* ConsumerVerified has come */
    bool ticketed; /* TicketCreated has come */
};
extern const struct kind authorization_kind;

enum authorization_input_type {
    AUTHORIZATION_INPUT_ORDER_CREATED,     /* event of order */
    AUTHORIZATION_INPUT_CONSUMER_VERIFIED, /* event of consumer */
    AUTHORIZATION_INPUT_TICKET_CREATED,    /* event of kitchen */
    AUTHORIZATION_INPUT_ORDER_REJECTED,    /* event of order */
    AUTHORIZATION_INPUT_COUNT,
};

struct authorization_input {
    enum authorization_input_type type;
    int32_t consumer_id;           /* ORDER_CREATED */
    int64_t amount_cents;          /* ORDER_CREATED: the order's total */
    const struct account *account; /* of authorization_payer; NULL when there is no payer */
};

struct authorization_decision {
    enum verdict verdict;
    enum event_type event;     /* APPLIED: CreditCardAuthorization{Failed,Voided,Reversed},
                                * CreditCardAuthorized, or EVENT_NONE when a fact was noted or a
                                * tombstone left */
    int32_t waits_for_account; /* DEFERRED: until this consumer's account is opened; else 0 */
    const char *refusal;       /* ILLEGAL: why, for people; else NULL */
    struct authorization after;
};

struct authorization_decision authorization_decide(const struct authorization *before,
                                                   const struct authorization_input *in);

/* The consumer whose account will be charged if `in` is decided now, or 0 when none will be: it is
 * to be loaded into `in` then. Does not look at in->account. */
int32_t authorization_payer(const struct authorization *before,
                            const struct authorization_input *in);

/* Write the data of the event that a decision names, from the state after it, into the member of
 * `out` that is called like the event. Any other event writes nothing. */
void account_event(const struct account *after, enum event_type event, union event_data *out);
void authorization_event(const struct authorization *after, enum event_type event,
                         union event_data *out);

/* http.c: the REST routes. */
extern const struct route *const accounting_routes;
extern const size_t accounting_route_count;

#endif
