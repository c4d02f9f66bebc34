/* The rules of card authorizations: the charge for an order, and what undoes it. Pure functions, no
 * I/O, no clock. SPDX-License-Identifier: MIT */
#include "rules.h"

struct authorization_decision authorization_applied(const struct authorization *after,
                                                    enum event_type event)
{
    return (struct authorization_decision){
        .verdict = VERDICT_APPLIED, .event = event, .after = *after};
}

struct authorization_decision authorization_kept(const struct authorization *before,
                                                 enum verdict verdict)
{
    return (struct authorization_decision){.verdict = verdict, .after = *before};
}

struct authorization_decision authorization_refused(const struct authorization *before,
                                                    const char *refusal)
{
    return (struct authorization_decision){
        .verdict = VERDICT_ILLEGAL, .refusal = refusal, .after = *before};
}

struct authorization_decision authorization_awaits_account(const struct authorization *before,
                                                           int32_t consumer_id)
{
    return (struct authorization_decision){
        .verdict = VERDICT_DEFERRED, .waits_for_account = consumer_id, .after = *before};
}

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

static struct authorization_decision charge(const struct authorization *complete,
                                            const struct account *account)
{
    struct authorization after = *complete;
    after.reason = (int)account_objection(account);
    if (after.reason != REASON_NONE) {
        after.state = AUTHORIZATION_STATE_FAILED;
        return authorization_applied(&after, EVENT_CREDIT_CARD_AUTHORIZATION_FAILED);
    }
    after.state = AUTHORIZATION_STATE_AUTHORIZED;
    return authorization_applied(&after, EVENT_CREDIT_CARD_AUTHORIZED);
}

/* One of the three facts. The last one charges the card; if there is no account yet, that one waits
 * and the others stay noted. */
static struct authorization_decision fact(const struct authorization *before,
                                          const struct authorization_input *in)
{
    if (!authorization_is_open(before))
        return authorization_kept(before, VERDICT_IGNORED);
    struct authorization after = note(before, in);
    if (fact_count(&after) == fact_count(before))
        return authorization_kept(before, VERDICT_IGNORED);
    if (!is_complete(&after))
        return authorization_applied(&after, EVENT_NONE);
    if (in->account == NULL || in->account->state == ACCOUNT_STATE_NONE)
        return authorization_awaits_account(before, after.consumer_id);
    return charge(&after, in->account);
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
static struct authorization_decision reverse(const struct authorization *before)
{
    struct authorization after = *before;
    after.state = AUTHORIZATION_STATE_REVERSED;
    after.revised = false;
    after.previous_cents = 0;
    return authorization_applied(&after, EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED);
}

/* The order failed: what was held for it is given back. */
static struct authorization_decision order_rejected(const struct authorization *before)
{
    struct authorization after = *before;
    switch ((enum authorization_state)before->state) {
    case AUTHORIZATION_STATE_NONE: /* it overtook all else: nobody has heard of this one */
        after.state = AUTHORIZATION_STATE_VOIDED;
        return authorization_applied(&after, EVENT_NONE);
    case AUTHORIZATION_STATE_PENDING:
        after.state = AUTHORIZATION_STATE_VOIDED;
        return authorization_applied(&after, EVENT_CREDIT_CARD_AUTHORIZATION_VOIDED);
    case AUTHORIZATION_STATE_AUTHORIZED:
        return reverse(before);
    case AUTHORIZATION_STATE_FAILED:
    case AUTHORIZATION_STATE_VOIDED:
    case AUTHORIZATION_STATE_REVERSED:
    case AUTHORIZATION_STATE_COUNT:
        break;
    }
    return authorization_kept(before, VERDICT_IGNORED);
}

/* The order is cancelled, or its ticket has expired. The kitchen says so again when it is asked
 * again; so does this, for the order that still waits. */
static struct authorization_decision ticket_cancelled(const struct authorization *before)
{
    switch ((enum authorization_state)before->state) {
    case AUTHORIZATION_STATE_NONE:
    case AUTHORIZATION_STATE_PENDING:
        return authorization_kept(before, VERDICT_DEFERRED);
    case AUTHORIZATION_STATE_AUTHORIZED:
    case AUTHORIZATION_STATE_REVERSED:
        return reverse(before);
    case AUTHORIZATION_STATE_FAILED:
    case AUTHORIZATION_STATE_VOIDED:
    case AUTHORIZATION_STATE_COUNT:
        break;
    }
    return authorization_refused(before, "a ticket that was not paid for cannot be cancelled");
}

struct authorization_decision authorization_decide(const struct authorization *before,
                                                   const struct authorization_input *in)
{
    switch (in->type) {
    case AUTHORIZATION_INPUT_ORDER_CREATED:
    case AUTHORIZATION_INPUT_CONSUMER_VERIFIED:
    case AUTHORIZATION_INPUT_TICKET_CREATED:
        return fact(before, in);
    case AUTHORIZATION_INPUT_ORDER_REJECTED:
        return order_rejected(before);
    case AUTHORIZATION_INPUT_TICKET_CANCELLED:
        return ticket_cancelled(before);
    case AUTHORIZATION_INPUT_REVISION_PROPOSED:
        return authorization_revision_proposed(before, in);
    case AUTHORIZATION_INPUT_REVISED:
        return authorization_revised(before, in);
    case AUTHORIZATION_INPUT_REVISION_REJECTED:
        return authorization_revision_rejected(before, in);
    case AUTHORIZATION_INPUT_COUNT:
        break;
    }
    return authorization_refused(before, "not an input of an authorization");
}

void authorization_event(const struct authorization_decision *decision, union event_data *out)
{
    const struct authorization *after = &decision->after;
    enum event_type event = decision->event;
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
    authorization_revision_event(decision, out);
}
