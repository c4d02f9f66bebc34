/* Orders in each of their states, and inputs for them. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_TESTS_ORDER_FIXTURE_H
#define BRIGADE_TESTS_ORDER_FIXTURE_H

#include "order.h"

enum {
    NOW_MS = 1000000,
    APPROVAL_MS = 60000,
    CANCELLATION_MS = 30000,
    REVISION_MS = 20000,
    LATE_MS = NOW_MS + APPROVAL_MS, /* all of them are over */
    ORDER_ID = 42,
    REVISION = 2, /* the latest number of every order that was ever approved */
    TOTAL_CENTS = 6170,
    REVISED_TOTAL_CENTS = 7404,
};

/* An order as it is in a state. Its total is TOTAL_CENTS, REVISED_TOTAL_CENTS would be the new one.
 */
struct order order_in(int state);

/* What an input needs, whichever it is: a revision's is for REVISION, what failed or was refused is
 * CARD_DECLINED, a timer fires at LATE_MS and all else comes at NOW_MS. */
struct order_input order_input_of(enum order_input_type type);

/* A ruling, and the order after it. */
struct order_decision {
    enum verdict verdict;
    enum event_type event;
    const char *refusal;
    struct order after;
};
struct order_decision order_decided(const struct order *before, const struct order_input *in);
struct order_decision order_try(const struct order *before, enum order_input_type type);

#endif
