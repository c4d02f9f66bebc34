/* What the tests of authorizations share: an account and an authorization in every situation.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_TESTS_AUTHORIZATION_FIXTURE_H
#define BRIGADE_TESTS_AUTHORIZATION_FIXTURE_H

#include "table.h"

#include "accounting.h"

enum { ORDER_ID = 42, CONSUMER_ID = 7, AMOUNT_CENTS = 6170, REVISED_CENTS = 7404 };

/* How the payer's account is. LIMITED: to just what the revised order costs. */
enum funds { GOOD, DECLINED, DISABLED, LIMITED, EXCEEDED, MISSING };
struct account account_with(enum funds funds);

/* The authorization: an open one is told apart by the facts that it has, o(rder), v(erified),
 * t(icketed); an authorized one by what has become of revision 1. */
enum situation {
    NONE,
    PENDING,
    PENDING_O,
    PENDING_V,
    PENDING_T,
    PENDING_OV,
    PENDING_OT,
    PENDING_VT,
    PENDING_OVT,
    AUTHORIZED,
    AUTHORIZED_REVISED,   /* charged, not settled */
    AUTHORIZED_REFUSED,   /* not charged, not settled */
    AUTHORIZED_CONFIRMED, /* charged, settled */
    AUTHORIZED_RESTORED,  /* not charged, settled */
    FAILED,
    VOIDED,
    REVERSED,
    SITUATION_COUNT,
};
struct authorization authorization_in(enum situation situation);

/* Revision 1 for REVISED_CENTS, an order for AMOUNT_CENTS: what an input tells by default. */
struct authorization_input authorization_input_of(enum authorization_input_type type,
                                                  const struct account *account);

DEFINE_DECIDED(authorization, authorization)

struct authorization_decision authorization_take(const struct authorization *before,
                                                 enum authorization_input_type type,
                                                 enum funds funds);

/* Fail unless they are the same in every member. */
void assert_same_authorization(const char *row, const struct authorization *is,
                               const struct authorization *should_be);

#endif
