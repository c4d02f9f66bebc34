/* What must be refused, in every step: a charge that the account does not allow, a ticket that the
 * restaurant cannot cook. SPDX-License-Identifier: MIT */
#include <string.h>

#include "accounting.h"
#include "invariants.h"
#include "kitchen.h"

static const char *check_charge(const struct reaction *reaction)
{
    const struct account *account = value_at(ROLE_ACCOUNT, reaction->before[0]);
    const struct authorization *after = value_at(ROLE_AUTHORIZATION, reaction->after[1]);
    bool revised = reaction_publishes(reaction, EVENT_CREDIT_CARD_AUTHORIZATION_REVISED);
    if (!revised && !reaction_publishes(reaction, EVENT_CREDIT_CARD_AUTHORIZED))
        return NULL;
    if (account == NULL || account->state != ACCOUNT_STATE_OPEN)
        return "a charge to an account that is not open";
    if (strcmp(account->card_token, CARD_TOKEN_DECLINED) == 0)
        return "a charge to a card that declines";
    if (revised && account->has_order_limit && after->amount_cents > account->order_limit_cents)
        return "a charge above what the consumer may spend";
    return NULL;
}

static bool is_on_menu(const struct restaurant *restaurant, const char *menu_item_id)
{
    for (size_t i = 0; i < restaurant->menu.menu_items_count; i++)
        if (strcmp(restaurant->menu.menu_items[i].id, menu_item_id) == 0)
            return true;
    return false;
}

static const char *check_ticket(const struct reaction *reaction)
{
    const struct restaurant *restaurant = value_at(ROLE_RESTAURANT, reaction->before[0]);
    const struct ticket *after = value_at(ROLE_TICKET, reaction->after[1]);
    bool holds = reaction_publishes(reaction, EVENT_TICKET_REVISION_PROPOSED);
    if (!holds && !reaction_publishes(reaction, EVENT_TICKET_CREATED))
        return NULL;
    if (restaurant == NULL || restaurant->state != RESTAURANT_STATE_OPEN)
        return "a restaurant takes an order that is not open";
    const struct ticket_line_item *lines = holds ? after->held_line_items : after->line_items;
    size_t count = holds ? after->held_line_items_count : after->line_items_count;
    for (size_t i = 0; i < count; i++)
        if (!is_on_menu(restaurant, lines[i].menu_item_id))
            return "a restaurant takes an order for what is not on its menu";
    return NULL;
}

const char *invariants_of_refusal(const struct reaction *reaction)
{
    enum role role = service_owns(input_at(reaction->input)->service).role[1];
    if (reaction->outcome != OUTCOME_APPLIED)
        return NULL;
    if (role == ROLE_AUTHORIZATION)
        return check_charge(reaction);
    return role == ROLE_TICKET ? check_ticket(reaction) : NULL;
}
