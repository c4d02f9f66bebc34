/* The rules of an authorization whose order is to be revised: pure functions, no I/O, no clock.
 *
 * A proposal is answered once: charged, or refused. The order's verdict settles it; if it does not
 * count, the amount before it is restored. A proposal and the verdict on it travel in any order: a
 * verdict of refusal that comes first leaves its number settled, which the proposal then meets.
 * SPDX-License-Identifier: MIT */
#include "rules.h"

bool authorization_is_due(const struct authorization *before, int32_t revision)
{
    return before->state == AUTHORIZATION_STATE_AUTHORIZED &&
           revision > before->answered_revision && revision - 1 == before->settled_revision;
}

static enum reason objection(const struct account *account, int64_t amount_cents)
{
    if (account->has_order_limit && amount_cents > account->order_limit_cents)
        return REASON_ORDER_LIMIT_EXCEEDED;
    return account_objection(account);
}

static struct ruling answer(struct authorization *authorization,
                            const struct authorization_input *in)
{
    authorization->answered_revision = in->revision;
    enum reason reason = objection(in->account, in->amount_cents);
    if (reason != REASON_NONE) {
        struct ruling refused = rule_applied(EVENT_CREDIT_CARD_AUTHORIZATION_REVISION_FAILED);
        refused.reason = (int)reason;
        return refused;
    }
    authorization->revised = true;
    authorization->previous_cents = authorization->amount_cents;
    authorization->amount_cents = in->amount_cents;
    return rule_applied(EVENT_CREDIT_CARD_AUTHORIZATION_REVISED);
}

struct ruling authorization_revision_proposed(struct authorization *authorization,
                                              const struct authorization_input *in)
{
    if (authorization_is_open(authorization))
        return rule_deferred();
    if (authorization->state != AUTHORIZATION_STATE_AUTHORIZED ||
        in->revision <= authorization->answered_revision)
        return rule_ignored();
    if (!authorization_is_due(authorization, in->revision))
        return rule_deferred(); /* the verdict on an earlier one is on its way */
    if (!account_is_there(in->account))
        return rule_deferred();
    return answer(authorization, in);
}

static void settle(struct authorization *authorization, int32_t revision)
{
    authorization->settled_revision = revision;
    authorization->answered_revision = revision;
    authorization->revised = false;
    authorization->previous_cents = 0;
}

/* The order has confirmed it, which it only does with what was charged for. */
struct ruling authorization_revised(struct authorization *authorization,
                                    const struct authorization_input *in)
{
    if (authorization_is_open(authorization))
        return rule_deferred();
    if (authorization->state != AUTHORIZATION_STATE_AUTHORIZED ||
        in->revision <= authorization->settled_revision)
        return rule_ignored();
    if (in->revision > authorization->answered_revision)
        return rule_deferred();
    if (!authorization->revised)
        return rule_refused("a revision that was refused cannot be confirmed");
    settle(authorization, in->revision);
    return rule_applied(EVENT_NONE);
}

/* Refused somewhere, or timed out: perhaps before the proposal was seen here. */
struct ruling authorization_revision_rejected(struct authorization *authorization,
                                              const struct authorization_input *in)
{
    if (authorization_is_open(authorization))
        return rule_deferred();
    if (authorization->state != AUTHORIZATION_STATE_AUTHORIZED ||
        in->revision <= authorization->settled_revision)
        return rule_ignored();
    if (in->revision - 1 > authorization->settled_revision)
        return rule_deferred();
    const bool charged = authorization->revised;
    if (charged)
        authorization->amount_cents = authorization->previous_cents;
    settle(authorization, in->revision);
    return rule_applied(charged ? EVENT_CREDIT_CARD_AUTHORIZATION_RESTORED : EVENT_NONE);
}

void authorization_revision_event(const struct authorization *after, const struct ruling *ruling,
                                  union event_data *out)
{
    int32_t order_id = after->head.id, consumer_id = after->consumer_id;
    if (ruling->event == EVENT_CREDIT_CARD_AUTHORIZATION_REVISED)
        out->credit_card_authorization_revised =
            (struct credit_card_authorization_revised){.order_id = order_id,
                                                       .consumer_id = consumer_id,
                                                       .revision = after->answered_revision,
                                                       .amount_cents = after->amount_cents};
    else if (ruling->event == EVENT_CREDIT_CARD_AUTHORIZATION_REVISION_FAILED)
        out->credit_card_authorization_revision_failed =
            (struct credit_card_authorization_revision_failed){.order_id = order_id,
                                                               .consumer_id = consumer_id,
                                                               .revision = after->answered_revision,
                                                               .reason = ruling->reason};
    else if (ruling->event == EVENT_CREDIT_CARD_AUTHORIZATION_RESTORED)
        out->credit_card_authorization_restored =
            (struct credit_card_authorization_restored){.order_id = order_id,
                                                        .consumer_id = consumer_id,
                                                        .revision = after->settled_revision,
                                                        .amount_cents = after->amount_cents};
}
