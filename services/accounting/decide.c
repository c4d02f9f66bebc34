/* The rules of accounts and card authorizations: pure functions, no I/O, no clock.
 * SPDX-License-Identifier: MIT */
#include "accounting.h"

#include <string.h>

static struct account_decision account_applied(const struct account *after, enum event_type event)
{
    return (struct account_decision){.verdict = VERDICT_APPLIED, .event = event, .after = *after};
}

static struct account_decision account_kept(const struct account *before, enum verdict verdict)
{
    return (struct account_decision){.verdict = verdict, .after = *before};
}

static void set_card(struct account *account, const char *token)
{
    size_t length = strnlen(token, sizeof account->card_token - 1);
    memset(account->card_token, 0, sizeof account->card_token);
    memcpy(account->card_token, token, length);
}

static struct account_decision consumer_created(const struct account *before)
{
    if (before->state != ACCOUNT_STATE_NONE)
        return account_kept(before, VERDICT_IGNORED);
    struct account after = {.head = before->head, .state = ACCOUNT_STATE_OPEN};
    set_card(&after, CARD_TOKEN_DEFAULT);
    return account_applied(&after, EVENT_ACCOUNT_OPENED);
}

static struct account_decision change_card(const struct account *before, const char *token)
{
    if (before->state == ACCOUNT_STATE_NONE)
        return account_kept(before, VERDICT_DEFERRED);
    if (strcmp(before->card_token, token) == 0)
        return account_kept(before, VERDICT_IGNORED);
    struct account after = *before;
    set_card(&after, token);
    return account_applied(&after, EVENT_ACCOUNT_CARD_CHANGED);
}

static struct account_decision enter(const struct account *before, enum account_state state,
                                     enum event_type event)
{
    if (before->state == ACCOUNT_STATE_NONE)
        return account_kept(before, VERDICT_DEFERRED);
    if (before->state == (int)state)
        return account_kept(before, VERDICT_IGNORED);
    struct account after = *before;
    after.state = (int)state;
    return account_applied(&after, event);
}

struct account_decision account_decide(const struct account *before, const struct account_input *in)
{
    switch (in->type) {
    case ACCOUNT_INPUT_CONSUMER_CREATED:
        return consumer_created(before);
    case ACCOUNT_INPUT_CHANGE_CARD:
        return change_card(before, in->card_token);
    case ACCOUNT_INPUT_DISABLE:
        return enter(before, ACCOUNT_STATE_DISABLED, EVENT_ACCOUNT_DISABLED);
    case ACCOUNT_INPUT_ENABLE:
        return enter(before, ACCOUNT_STATE_OPEN, EVENT_ACCOUNT_ENABLED);
    case ACCOUNT_INPUT_COUNT:
        break;
    }
    return (struct account_decision){.refusal = "not an input of an account", .after = *before};
}

static struct authorization_decision authorization_applied(const struct authorization *after,
                                                           enum event_type event)
{
    return (struct authorization_decision){
        .verdict = VERDICT_APPLIED, .event = event, .after = *after};
}

static struct authorization_decision authorization_ignored(const struct authorization *before)
{
    return (struct authorization_decision){.verdict = VERDICT_IGNORED, .after = *before};
}

static struct authorization_decision waits_for_account(const struct authorization *before,
                                                       int32_t consumer_id)
{
    return (struct authorization_decision){
        .verdict = VERDICT_DEFERRED, .waits_for_account = consumer_id, .after = *before};
}

/* May it still become a charge? */
static bool is_open(const struct authorization *authorization)
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
    case AUTHORIZATION_INPUT_COUNT:
        break;
    }
    return after;
}

/* What speaks against the charge: REASON_NONE when nothing does. */
static enum reason objection(const struct account *account)
{
    if (account->state == ACCOUNT_STATE_DISABLED)
        return REASON_ACCOUNT_DISABLED;
    if (strcmp(account->card_token, CARD_TOKEN_DECLINED) == 0)
        return REASON_CARD_DECLINED;
    return REASON_NONE;
}

static struct authorization_decision charge(const struct authorization *complete,
                                            const struct account *account)
{
    struct authorization after = *complete;
    after.reason = (int)objection(account);
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
    if (!is_open(before))
        return authorization_ignored(before);
    struct authorization after = note(before, in);
    if (fact_count(&after) == fact_count(before))
        return authorization_ignored(before);
    if (!is_complete(&after))
        return authorization_applied(&after, EVENT_NONE);
    if (in->account == NULL || in->account->state == ACCOUNT_STATE_NONE)
        return waits_for_account(before, after.consumer_id);
    return charge(&after, in->account);
}

int32_t authorization_payer(const struct authorization *before,
                            const struct authorization_input *in)
{
    if (!is_open(before))
        return 0;
    struct authorization after = note(before, in);
    return is_complete(&after) && !is_complete(before) ? after.consumer_id : 0;
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
        after.state = AUTHORIZATION_STATE_REVERSED;
        return authorization_applied(&after, EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED);
    case AUTHORIZATION_STATE_FAILED:
    case AUTHORIZATION_STATE_VOIDED:
    case AUTHORIZATION_STATE_REVERSED:
    case AUTHORIZATION_STATE_COUNT:
        break;
    }
    return authorization_ignored(before);
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
    case AUTHORIZATION_INPUT_COUNT:
        break;
    }
    return (struct authorization_decision){.refusal = "not an input of an authorization",
                                           .after = *before};
}

void account_event(const struct account *after, enum event_type event, union event_data *out)
{
    int32_t consumer_id = after->head.id;
    if (event == EVENT_ACCOUNT_OPENED)
        out->account_opened = (struct account_opened){.consumer_id = consumer_id};
    else if (event == EVENT_ACCOUNT_CARD_CHANGED)
        out->account_card_changed = (struct account_card_changed){.consumer_id = consumer_id};
    else if (event == EVENT_ACCOUNT_DISABLED)
        out->account_disabled = (struct account_disabled){.consumer_id = consumer_id};
    else if (event == EVENT_ACCOUNT_ENABLED)
        out->account_enabled = (struct account_enabled){.consumer_id = consumer_id};
}

void authorization_event(const struct authorization *after, enum event_type event,
                         union event_data *out)
{
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
}
