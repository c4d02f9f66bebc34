/* The rules of the restaurants' replica, and of what an order of their menus costs: pure functions,
 * no I/O, no clock. SPDX-License-Identifier: MIT */
#include "order.h"

#include <string.h>

static struct ruling restaurant_created(struct restaurant_replica *replica,
                                        const struct replica_input *in)
{
    if (replica->sequence != 0)
        return rule_ignored();
    replica->sequence = in->sequence;
    memcpy(replica->name, in->created->name, sizeof replica->name);
    replica->menu = in->created->menu;
    return rule_applied(EVENT_NONE);
}

static struct ruling menu_revised(struct restaurant_replica *replica,
                                  const struct replica_input *in)
{
    if (replica->sequence == 0)
        return rule_deferred();
    if (in->sequence <= replica->sequence)
        return rule_ignored(); /* a later menu is known already */
    replica->sequence = in->sequence;
    replica->menu = in->revised->menu;
    return rule_applied(EVENT_NONE);
}

struct ruling replica_decide(struct restaurant_replica *replica, const struct replica_input *in)
{
    switch (in->type) {
    case REPLICA_INPUT_RESTAURANT_CREATED:
        return restaurant_created(replica, in);
    case REPLICA_INPUT_MENU_REVISED:
        return menu_revised(replica, in);
    case REPLICA_INPUT_COUNT:
        break;
    }
    return rule_refused("not an input of a replica");
}

static const struct menu_item *menu_find(const struct menu *menu, const char *id)
{
    for (size_t i = 0; i < menu->menu_items_count; i++)
        if (strcmp(menu->menu_items[i].id, id) == 0)
            return &menu->menu_items[i];
    return NULL;
}

static struct order_line_item line_priced(const struct menu_item *item, int32_t quantity)
{
    struct order_line_item line = {.price_cents = item->price_cents, .quantity = quantity};
    memcpy(line.menu_item_id, item->id, sizeof line.menu_item_id);
    memcpy(line.name, item->name, sizeof line.name);
    return line;
}

/* Add what a line costs. False when the total would be more than an amount can be. */
static bool add_cost(int64_t *total_cents, const struct order_line_item *line)
{
    int64_t cost_cents;
    if (__builtin_mul_overflow(line->price_cents, line->quantity, &cost_cents) ||
        cost_cents > MONEY_CENTS_MAX - *total_cents)
        return false;
    *total_cents += cost_cents;
    return true;
}

struct order_pricing order_price(const struct restaurant_replica *restaurant,
                                 const struct line_item *lines, size_t count)
{
    struct order_pricing pricing = {.result = PRICING_OK};
    for (size_t i = 0; i < count; i++) {
        const struct menu_item *item = menu_find(&restaurant->menu, lines[i].menu_item_id);
        if (item == NULL)
            return (struct order_pricing){.result = PRICING_ITEM_UNKNOWN, .unknown_item = i};
        struct order_line_item *line = &pricing.line_items[pricing.line_items_count++];
        *line = line_priced(item, lines[i].quantity);
        if (!add_cost(&pricing.order_total_cents, line))
            return (struct order_pricing){.result = PRICING_TOTAL_TOO_HIGH};
    }
    return pricing;
}
