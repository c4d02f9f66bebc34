/* The rules of card authorizations: the charge for an order, and what undoes it. Pure functions, no
 * I/O, no clock. SPDX-License-Identifier: MIT */
#include "rules.h"

bool authorization_is_open(const struct authorization *authorization)
{
    return authorization->state == AUTHORIZATION_STATE_NONE ||
           authorization->state == AUTHORIZATION_STATE_PENDING;
}

/* How many of the three facts are known. */
static int fact_count(const struct authorization *authorization)
{
    return (authorization->consumer_id != 0) + authorization->verified + authorization->ticketed;
}

static bool is_complete(const struct authorization *authorization)
{
    return fact_count(authorization) == 3;
}

/* What is known once the fact that `in` tells is noted. */
static struct authorization note(const struct authorization *before,
                                 const struct authorization_input *in)
{
    struct authorization after = *before;
    after.state = AUTHORIZATION_STATE_PENDING;
    switch (in->type) {
    case AUTHORIZATION_INPUT_ORDER_CREATED:
        after.consumer_id = in->consumer_id;
        after.amount_cents = in->amount_cents;
        break;
    case AUTHORIZATION_INPUT_CONSUMER_VERIFIED:
        after.verified = true;
        break;
    case AUTHORIZATION_INPUT_TICKET_CREATED:
        after.ticketed = true;
        break;
    case AUTHORIZATION_INPUT_ORDER_REJECTED:
    case AUTHORIZATION_INPUT_TICKET_CANCELLED:
    case AUTHORIZATION_INPUT_REVISION_PROPOSED:
    case AUTHORIZATION_INPUT_REVISED:
    case AUTHORIZATION_INPUT_REVISION_REJECTED:
    case AUTHORIZATION_INPUT_COUNT:
        break;
    }
    return after;
}

static struct ruling charge(struct authorization *authorization, const struct account *account)
{
    authorization->reason = (int)account_objection(account);
    if (authorization->reason != REASON_NONE) {
        authorization->state = AUTHORIZATION_STATE_FAILED;
        return rule_applied(EVENT_CREDIT_CARD_AUTHORIZATION_FAILED);
    }
    authorization->state = AUTHORIZATION_STATE_AUTHORIZED;
    return rule_applied(EVENT_CREDIT_CARD_AUTHORIZED);
}

/* One of the three facts. The last one charges the card; if there is no account yet, that one waits
 * and the others stay noted. */
static struct ruling fact(struct authorization *authorization, const struct authorization_input *in)
{
    if (!authorization_is_open(authorization))
        return rule_ignored();
    const struct authorization noted = note(authorization, in);
    if (fact_count(&noted) == fact_count(authorization))
        return rule_ignored();
    if (is_complete(&noted) && !account_is_there(in->account))
        return rule_deferred();
    *authorization = noted;
    return is_complete(&noted) ? charge(authorization, in->account) : rule_applied(EVENT_NONE);
}

int32_t authorization_payer(const struct authorization *before,
                            const struct authorization_input *in)
{
    if (in->type == AUTHORIZATION_INPUT_REVISION_PROPOSED)
        return authorization_is_due(before, in->revision) ? before->consumer_id : 0;
    if (!authorization_is_open(before))
        return 0;
    struct authorization after = note(before, in);
    return is_complete(&after) && !is_complete(before) ? after.consumer_id : 0;
}

/* Give back all that is charged, an open revision included: no verdict on it matters any more. */
static struct ruling reverse(struct authorization *authorization)
{
    authorization->state = AUTHORIZATION_STATE_REVERSED;
    authorization->revised = false;
    authorization->previous_cents = 0;
    return rule_applied(EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED);
}

/* The order failed: what was held for it is given back. */
static struct ruling order_rejected(struct authorization *authorization)
{
    switch ((enum authorization_state)authorization->state) {
    case AUTHORIZATION_STATE_NONE: /* it overtook all else: nobody has heard of this one */
        authorization->state = AUTHORIZATION_STATE_VOIDED;
        return rule_applied(EVENT_NONE);
    case AUTHORIZATION_STATE_PENDING:
        authorization->state = AUTHORIZATION_STATE_VOIDED;
        return rule_applied(EVENT_CREDIT_CARD_AUTHORIZATION_VOIDED);
    case AUTHORIZATION_STATE_AUTHORIZED:
        return reverse(authorization);
    case AUTHORIZATION_STATE_FAILED:
    case AUTHORIZATION_STATE_VOIDED:
    case AUTHORIZATION_STATE_REVERSED:
    case AUTHORIZATION_STATE_COUNT:
        break;
    }
    return rule_ignored();
}

/* The order is cancelled, or its ticket has expired. The kitchen says so again when it is asked
 * again; so does this, for the order that still waits. */
static struct ruling ticket_cancelled(struct authorization *authorization)
{
    switch ((enum authorization_state)authorization->state) {
    case AUTHORIZATION_STATE_NONE:
    case AUTHORIZATION_STATE_PENDING:
        return rule_deferred();
    case AUTHORIZATION_STATE_AUTHORIZED:
    case AUTHORIZATION_STATE_REVERSED:
        return reverse(authorization);
    case AUTHORIZATION_STATE_FAILED:
    case AUTHORIZATION_STATE_VOIDED:
    case AUTHORIZATION_STATE_COUNT:
        break;
    }
    return rule_refused("a ticket that was not paid for cannot be cancelled");
}

struct ruling authorization_decide(struct authorization *authorization,
                                   const struct authorization_input *in)
{
    switch (in->type) {
    case AUTHORIZATION_INPUT_ORDER_CREATED:
    case AUTHORIZATION_INPUT_CONSUMER_VERIFIED:
    case AUTHORIZATION_INPUT_TICKET_CREATED:
        return fact(authorization, in);
    case AUTHORIZATION_INPUT_ORDER_REJECTED:
        return order_rejected(authorization);
    case AUTHORIZATION_INPUT_TICKET_CANCELLED:
        return ticket_cancelled(authorization);
    case AUTHORIZATION_INPUT_REVISION_PROPOSED:
        return authorization_revision_proposed(authorization, in);
    case AUTHORIZATION_INPUT_REVISED:
        return authorization_revised(authorization, in);
    case AUTHORIZATION_INPUT_REVISION_REJECTED:
        return authorization_revision_rejected(authorization, in);
    case AUTHORIZATION_INPUT_COUNT:
        break;
    }
    return rule_refused("not an input of an authorization");
}

void authorization_event(const struct authorization *after, const struct ruling *ruling,
                         union event_data *out)
{
    enum event_type event = ruling->event;
    int32_t order_id = after->head.id, consumer_id = after->consumer_id;
    int64_t amount_cents = after->amount_cents;
    if (event == EVENT_CREDIT_CARD_AUTHORIZED)
        out->credit_card_authorized = (struct credit_card_authorized){
            .order_id = order_id, .consumer_id = consumer_id, .amount_cents = amount_cents};
    else if (event == EVENT_CREDIT_CARD_AUTHORIZATION_FAILED)
        out->credit_card_authorization_failed =
            (struct credit_card_authorization_failed){.order_id = order_id,
                                                      .consumer_id = consumer_id,
                                                      .amount_cents = amount_cents,
                                                      .reason = after->reason};
    else if (event == EVENT_CREDIT_CARD_AUTHORIZATION_VOIDED)
        out->credit_card_authorization_voided =
            (struct credit_card_authorization_voided){.order_id = order_id};
    else if (event == EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED)
        out->credit_card_authorization_reversed = (struct credit_card_authorization_reversed){
            .order_id = order_id, .consumer_id = consumer_id, .amount_cents = amount_cents};
    authorization_revision_event(after, ruling, out);
}
