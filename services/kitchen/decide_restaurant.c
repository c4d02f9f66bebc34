/* The rules of restaurants and their menus: pure functions, no I/O, no clock.
 * SPDX-License-Identifier: MIT */
#include "rules.h"

#include <string.h>

static const struct menu_item *menu_find(const struct menu *menu, const char *id)
{
    for (size_t i = 0; i < menu->menu_items_count; i++)
        if (strcmp(menu->menu_items[i].id, id) == 0)
            return &menu->menu_items[i];
    return NULL;
}

const struct menu_item *menu_repeated_item(const struct menu *menu)
{
    for (size_t i = 0; i < menu->menu_items_count; i++)
        if (menu_find(menu, menu->menu_items[i].id) != &menu->menu_items[i])
            return &menu->menu_items[i];
    return NULL;
}

static bool menu_equal(const struct menu *a, const struct menu *b)
{
    if (a->menu_items_count != b->menu_items_count)
        return false;
    for (size_t i = 0; i < a->menu_items_count; i++) {
        const struct menu_item *x = &a->menu_items[i], *y = &b->menu_items[i];
        if (strcmp(x->id, y->id) != 0 || strcmp(x->name, y->name) != 0 ||
            x->price_cents != y->price_cents)
            return false;
    }
    return true;
}

static struct ruling create(struct restaurant *restaurant,
                            const struct create_restaurant_request *request)
{
    if (restaurant->state != RESTAURANT_STATE_NONE)
        return rule_refused("a restaurant with this id was created before");
    if (menu_repeated_item(&request->menu) != NULL)
        return rule_refused("a menu cannot list an item twice");
    restaurant->state = RESTAURANT_STATE_OPEN;
    memcpy(restaurant->name, request->name, sizeof restaurant->name);
    restaurant->address = request->address;
    restaurant->menu = request->menu;
    return rule_applied(EVENT_RESTAURANT_CREATED);
}

static struct ruling revise_menu(struct restaurant *restaurant, const struct menu *menu)
{
    if (menu_repeated_item(menu) != NULL)
        return rule_refused("a menu cannot list an item twice");
    if (menu_equal(&restaurant->menu, menu))
        return rule_ignored();
    restaurant->menu = *menu;
    return rule_applied(EVENT_RESTAURANT_MENU_REVISED);
}

static struct ruling enter(struct restaurant *restaurant, enum restaurant_state state,
                           enum event_type event)
{
    if (restaurant->state == (int)state)
        return rule_ignored();
    restaurant->state = (int)state;
    return rule_applied(event);
}

struct ruling restaurant_decide(struct restaurant *restaurant, const struct restaurant_input *in)
{
    if (in->type != RESTAURANT_INPUT_CREATE && restaurant->state == RESTAURANT_STATE_NONE)
        return rule_refused("there is no such restaurant");
    switch (in->type) {
    case RESTAURANT_INPUT_CREATE:
        return create(restaurant, in->request);
    case RESTAURANT_INPUT_REVISE_MENU:
        return revise_menu(restaurant, in->menu);
    case RESTAURANT_INPUT_CLOSE:
        return enter(restaurant, RESTAURANT_STATE_CLOSED, EVENT_RESTAURANT_CLOSED);
    case RESTAURANT_INPUT_OPEN:
        return enter(restaurant, RESTAURANT_STATE_OPEN, EVENT_RESTAURANT_OPENED);
    case RESTAURANT_INPUT_COUNT:
        break;
    }
    return rule_refused("not an input of a restaurant");
}

enum reason restaurant_objection(const struct restaurant *restaurant,
                                 const struct order_line_item *lines, size_t count)
{
    if (restaurant->state == RESTAURANT_STATE_NONE)
        return REASON_RESTAURANT_UNKNOWN;
    if (restaurant->state == RESTAURANT_STATE_CLOSED)
        return REASON_RESTAURANT_CLOSED;
    for (size_t i = 0; i < count; i++)
        if (menu_find(&restaurant->menu, lines[i].menu_item_id) == NULL)
            return REASON_MENU_ITEM_UNKNOWN;
    return REASON_NONE;
}

static void write_created(const struct restaurant *restaurant, struct restaurant_created *out)
{
    *out = (struct restaurant_created){
        .restaurant_id = restaurant->head.id,
        .address = restaurant->address,
        .menu = restaurant->menu,
    };
    memcpy(out->name, restaurant->name, sizeof out->name);
}

void restaurant_event(const struct restaurant *after, enum event_type event, union event_data *out)
{
    int32_t id = after->head.id;
    if (event == EVENT_RESTAURANT_CREATED)
        write_created(after, &out->restaurant_created);
    else if (event == EVENT_RESTAURANT_MENU_REVISED)
        out->restaurant_menu_revised =
            (struct restaurant_menu_revised){.restaurant_id = id, .menu = after->menu};
    else if (event == EVENT_RESTAURANT_CLOSED)
        out->restaurant_closed = (struct restaurant_closed){.restaurant_id = id};
    else if (event == EVENT_RESTAURANT_OPENED)
        out->restaurant_opened = (struct restaurant_opened){.restaurant_id = id};
}
