/* What the invariants look at, taken from the values once: lines as a number, states, amounts.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_FACTS_H
#define BRIGADE_MODEL_FACTS_H

#include <stdbool.h>
#include <stdint.h>

/* For number 0, the aggregate that does not exist, everything is 0. */
struct order_facts {
    int state;
    uint32_t lines; /* equal numbers: the same dishes in the same quantities */
    int64_t total_cents;
    int32_t revision; /* the last one */
    int32_t requests; /* how often a cancellation was asked for */
    bool timed;       /* its timer is set */
};
struct order_facts order_facts(uint16_t number);

struct ticket_facts {
    int state;
    uint32_t lines;
    int32_t revision; /* the last one that the order has given its verdict on */
    bool open;        /* a revision is held */
    bool approved;    /* it knows that the order is */
    bool promised;    /* the restaurant has said when it will be ready */
    bool timed;       /* its timer is set */
    bool cooked;      /* PREPARING or later */
};
struct ticket_facts ticket_facts(uint16_t number);

struct authorization_facts {
    int state;
    int64_t amount_cents;
    int32_t revision; /* the last one that the order has given its verdict on */
    bool open;        /* a revision is charged and not confirmed */
    bool holds;       /* the money is held now */
};
struct authorization_facts authorization_facts(uint16_t number);

/* Menus by number, equal for equal menus; of ROLE_RESTAURANT and of ROLE_REPLICA. 0: no restaurant.
 */
uint32_t menu_of_restaurant(uint16_t number);
uint32_t menu_of_replica(uint16_t number);

int verification_state(uint16_t number);

#endif
