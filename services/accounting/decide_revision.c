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

static struct authorization_decision answer(const struct authorization *before,
                                            const struct authorization_input *in)
{
    struct authorization_decision decision =
        authorization_applied(before, EVENT_CREDIT_CARD_AUTHORIZATION_REVISED);
    decision.after.answered_revision = in->revision;
    decision.reason = (int)objection(in->account, in->amount_cents);
    if (decision.reason != REASON_NONE) {
        decision.event = EVENT_CREDIT_CARD_AUTHORIZATION_REVISION_FAILED;
        return decision;
    }
    decision.after.revised = true;
    decision.after.previous_cents = before->amount_cents;
    decision.after.amount_cents = in->amount_cents;
    return decision;
}

struct authorization_decision authorization_revision_proposed(const struct authorization *before,
                                                              const struct authorization_input *in)
{
    if (authorization_is_open(before))
        return authorization_kept(before, VERDICT_DEFERRED);
    if (before->state != AUTHORIZATION_STATE_AUTHORIZED ||
        in->revision <= before->answered_revision)
        return authorization_kept(before, VERDICT_IGNORED);
    if (!authorization_is_due(before, in->revision))
        return authorization_kept(before, VERDICT_DEFERRED); /* the verdict on an earlier one is */
    if (in->account == NULL || in->account->state == ACCOUNT_STATE_NONE)
        return authorization_awaits_account(before, before->consumer_id);
    return answer(before, in);
}

static struct authorization settle(const struct authorization *before, int32_t revision)
{
    struct authorization after = *before;
    after.settled_revision = revision;
    after.answered_revision = revision;
    after.revised = false;
    after.previous_cents = 0;
    return after;
}

/* The order has confirmed it, which it only does with what was charged for. */
struct authorization_decision authorization_revised(const struct authorization *before,
                                                    const struct authorization_input *in)
{
    if (authorization_is_open(before))
        return authorization_kept(before, VERDICT_DEFERRED);
    if (before->state != AUTHORIZATION_STATE_AUTHORIZED || in->revision <= before->settled_revision)
        return authorization_kept(before, VERDICT_IGNORED);
    if (in->revision > before->answered_revision)
        return authorization_kept(before, VERDICT_DEFERRED);
    if (!before->revised)
        return authorization_refused(before, "a revision that was refused cannot be confirmed");
    struct authorization after = settle(before, in->revision);
    return authorization_applied(&after, EVENT_NONE);
}

/* Refused somewhere, or timed out: perhaps before the proposal was seen here. */
struct authorization_decision authorization_revision_rejected(const struct authorization *before,
                                                              const struct authorization_input *in)
{
    if (authorization_is_open(before))
        return authorization_kept(before, VERDICT_DEFERRED);
    if (before->state != AUTHORIZATION_STATE_AUTHORIZED || in->revision <= before->settled_revision)
        return authorization_kept(before, VERDICT_IGNORED);
    if (in->revision - 1 > before->settled_revision)
        return authorization_kept(before, VERDICT_DEFERRED);
    struct authorization after = settle(before, in->revision);
    if (!before->revised)
        return authorization_applied(&after, EVENT_NONE);
    after.amount_cents = before->previous_cents;
    return authorization_applied(&after, EVENT_CREDIT_CARD_AUTHORIZATION_RESTORED);
}

void authorization_revision_event(const struct authorization_decision *decision,
                                  union event_data *out)
{
    const struct authorization *after = &decision->after;
    int32_t order_id = after->head.id, consumer_id = after->consumer_id;
    if (decision->event == EVENT_CREDIT_CARD_AUTHORIZATION_REVISED)
        out->credit_card_authorization_revised =
            (struct credit_card_authorization_revised){.order_id = order_id,
                                                       .consumer_id = consumer_id,
                                                       .revision = after->answered_revision,
                                                       .amount_cents = after->amount_cents};
    else if (decision->event == EVENT_CREDIT_CARD_AUTHORIZATION_REVISION_FAILED)
        out->credit_card_authorization_revision_failed =
            (struct credit_card_authorization_revision_failed){.order_id = order_id,
                                                               .consumer_id = consumer_id,
                                                               .revision = after->answered_revision,
                                                               .reason = decision->reason};
    else if (decision->event == EVENT_CREDIT_CARD_AUTHORIZATION_RESTORED)
        out->credit_card_authorization_restored =
            (struct credit_card_authorization_restored){.order_id = order_id,
                                                        .consumer_id = consumer_id,
                                                        .revision = after->settled_revision,
                                                        .amount_cents = after->amount_cents};
}
