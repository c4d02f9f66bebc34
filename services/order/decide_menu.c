/* The rules of the restaurants' replica, and of what an order of their menus costs: pure functions,
 * no I/O, no clock. SPDX-License-Identifier: MIT */
#include "order.h"

#include <string.h>

static struct replica_decision replica_applied(const struct restaurant_replica *after)
{
    return (struct replica_decision){.verdict = VERDICT_APPLIED, .after = *after};
}

static struct replica_decision replica_kept(const struct restaurant_replica *before,
                                            enum verdict verdict)
{
    return (struct replica_decision){.verdict = verdict, .after = *before};
}

static struct replica_decision restaurant_created(const struct restaurant_replica *before,
                                                  const struct replica_input *in)
{
    if (before->sequence != 0)
        return replica_kept(before, VERDICT_IGNORED);
    struct restaurant_replica after = {.head = before->head, .sequence = in->sequence};
    memcpy(after.name, in->created->name, sizeof after.name);
    after.menu = in->created->menu;
    return replica_applied(&after);
}

static struct replica_decision menu_revised(const struct restaurant_replica *before,
                                            const struct replica_input *in)
{
    if (before->sequence == 0)
        return replica_kept(before, VERDICT_DEFERRED);
    if (in->sequence <= before->sequence)
        return replica_kept(before, VERDICT_IGNORED); /* a later menu is known already */
    struct restaurant_replica after = *before;
    after.sequence = in->sequence;
    after.menu = in->revised->menu;
    return replica_applied(&after);
}

struct replica_decision replica_decide(const struct restaurant_replica *before,
                                       const struct replica_input *in)
{
    switch (in->type) {
    case REPLICA_INPUT_RESTAURANT_CREATED:
        return restaurant_created(before, in);
    case REPLICA_INPUT_MENU_REVISED:
        return menu_revised(before, in);
    case REPLICA_INPUT_COUNT:
        break;
    }
    return (struct replica_decision){.refusal = "not an input of a replica", .after = *before};
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
