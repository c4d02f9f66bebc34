/* The rules of accounts: pure functions, no I/O, no clock.
 * SPDX-License-Identifier: MIT */
#include "rules.h"

#include <string.h>

static void set_card(struct account *account, const char *token)
{
    size_t length = strnlen(token, sizeof account->card_token - 1);
    memset(account->card_token, 0, sizeof account->card_token);
    memcpy(account->card_token, token, length);
}

static struct ruling consumer_created(struct account *account, const struct account_input *in)
{
    if (account->state != ACCOUNT_STATE_NONE)
        return rule_ignored();
    account->state = ACCOUNT_STATE_OPEN;
    account->has_order_limit = in->has_order_limit;
    account->order_limit_cents = in->order_limit_cents;
    set_card(account, CARD_TOKEN_DEFAULT);
    return rule_applied(EVENT_ACCOUNT_OPENED);
}

static struct ruling change_card(struct account *account, const char *token)
{
    if (account->state == ACCOUNT_STATE_NONE)
        return rule_deferred();
    if (strcmp(account->card_token, token) == 0)
        return rule_ignored();
    set_card(account, token);
    return rule_applied(EVENT_ACCOUNT_CARD_CHANGED);
}

static struct ruling enter(struct account *account, enum account_state state, enum event_type event)
{
    if (account->state == ACCOUNT_STATE_NONE)
        return rule_deferred();
    if (account->state == (int)state)
        return rule_ignored();
    account->state = (int)state;
    return rule_applied(event);
}

struct ruling account_decide(struct account *account, const struct account_input *in)
{
    switch (in->type) {
    case ACCOUNT_INPUT_CONSUMER_CREATED:
        return consumer_created(account, in);
    case ACCOUNT_INPUT_CHANGE_CARD:
        return change_card(account, in->card_token);
    case ACCOUNT_INPUT_DISABLE:
        return enter(account, ACCOUNT_STATE_DISABLED, EVENT_ACCOUNT_DISABLED);
    case ACCOUNT_INPUT_ENABLE:
        return enter(account, ACCOUNT_STATE_OPEN, EVENT_ACCOUNT_ENABLED);
    case ACCOUNT_INPUT_COUNT:
        break;
    }
    return rule_refused("not an input of an account");
}

bool account_is_there(const struct account *account)
{
    return account != NULL && account->state != ACCOUNT_STATE_NONE;
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
