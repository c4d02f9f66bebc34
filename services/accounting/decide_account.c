/* The rules of accounts: pure functions, no I/O, no clock.
 * SPDX-License-Identifier: MIT */
#include "rules.h"

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

static struct account_decision consumer_created(const struct account *before,
                                                const struct account_input *in)
{
    if (before->state != ACCOUNT_STATE_NONE)
        return account_kept(before, VERDICT_IGNORED);
    struct account after = {
        .head = before->head,
        .state = ACCOUNT_STATE_OPEN,
        .has_order_limit = in->has_order_limit,
        .order_limit_cents = in->order_limit_cents,
    };
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
        return consumer_created(before, in);
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

enum reason account_objection(const struct account *account)
{
    if (account->state == ACCOUNT_STATE_DISABLED)
        return REASON_ACCOUNT_DISABLED;
    if (strcmp(account->card_token, CARD_TOKEN_DECLINED) == 0)
        return REASON_CARD_DECLINED;
    return REASON_NONE;
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
