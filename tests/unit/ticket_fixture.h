/* What the tests of tickets share: an order and a revision of it, a restaurant that can cook both,
 * and a ticket in every situation. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_TESTS_TICKET_FIXTURE_H
#define BRIGADE_TESTS_TICKET_FIXTURE_H

#include "table.h"

#include "kitchen.h"

enum {
    ORDER_ID = 42,
    CONSUMER_ID = 7,
    RESTAURANT_ID = 8,
    NOW_MS = 1000000,
    ACCEPTANCE_MS = 900,
    READY_BY_MS = 2000000,
};

/* Two lines; a third one lies behind the end. The revision has the second one and a new one. */
extern const struct order_created ticket_order;
struct order_revision_proposed ticket_proposal(int32_t revision);

/* A restaurant that can cook the order, or why it cannot. */
struct restaurant ticket_restaurant(enum reason trouble);

/* What a ticket can be like: its state, and what else decides. _A: its order is approved. */
enum situation {
    NONE,
    CREATE_PENDING,
    CREATE_PENDING_A,
    CREATE_REJECTED,
    AWAITING, /* its time is over */
    AWAITING_A,
    ACCEPTED,
    ACCEPTED_A,
    HELD_AWAITING, /* holds revision 1 */
    HELD_ACCEPTED,
    PREPARING,
    READY,
    PICKED_UP,
    CANCELLED,
    EXPIRED, /* before its order was approved */
    SITUATION_COUNT,
};
int situation_state(enum situation situation);
struct ticket ticket_in(enum situation situation);

/* A ruling, and the ticket after it. */
struct ticket_decision {
    enum verdict verdict;
    enum event_type event;
    int reason;
    const char *refusal;
    struct ticket after;
};
struct ticket_decision ticket_decided(const struct ticket *before, const struct ticket_input *in);

/* ticket_event. */
void ticket_told(const struct ticket_decision *decision, const struct ticket_input *in,
                 union event_data *out);

/* Revision 1, READY_BY_MS, a restaurant without trouble: what an input tells by default. */
struct ticket_decision ticket_take(const struct ticket *before, enum ticket_input_type type);
struct ticket_decision ticket_take_revision(const struct ticket *before,
                                            enum ticket_input_type type, int32_t revision);
struct ticket_decision ticket_take_at(const struct restaurant *restaurant,
                                      const struct ticket *before, enum ticket_input_type type,
                                      int32_t revision);

/* Fail unless they are the same in every member. */
void assert_same_ticket(const char *row, const struct ticket *is, const struct ticket *should_be);

#endif
