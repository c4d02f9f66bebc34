/* Facts of values. SPDX-License-Identifier: MIT */
#include "facts.h"

#include "accounting.h"
#include "buf.h"
#include "consumer.h"
#include "intern.h"
#include "kitchen.h"
#include "order.h"
#include "values.h"

static struct intern lines_seen, menus_seen;

static void add_line(struct buf *text, const char *menu_item_id, int32_t quantity)
{
    buf_printf(text, "%s %d\n", menu_item_id, quantity);
}

static uint32_t lines_number(struct buf *text)
{
    uint32_t number = intern_put(&lines_seen, buf_text(text), text->length);
    buf_free(text);
    return number;
}

struct order_facts order_facts(uint16_t number)
{
    const struct order *order = value_at(ROLE_ORDER, number);
    struct buf lines = {0};
    if (order == NULL)
        return (struct order_facts){0};
    for (size_t i = 0; i < order->line_items_count; i++)
        add_line(&lines, order->line_items[i].menu_item_id, order->line_items[i].quantity);
    return (struct order_facts){
        .state = order->state,
        .lines = lines_number(&lines),
        .total_cents = order->order_total_cents,
        .revision = order->revision,
        .requests = order->cancel_requests,
        .timed = order->head.due_at_ms != 0,
    };
}

static bool is_cooked(int state)
{
    return state == TICKET_STATE_PREPARING || state == TICKET_STATE_READY_FOR_PICKUP ||
           state == TICKET_STATE_PICKED_UP;
}

struct ticket_facts ticket_facts(uint16_t number)
{
    const struct ticket *ticket = value_at(ROLE_TICKET, number);
    struct buf lines = {0};
    if (ticket == NULL)
        return (struct ticket_facts){0};
    for (size_t i = 0; i < ticket->line_items_count; i++)
        add_line(&lines, ticket->line_items[i].menu_item_id, ticket->line_items[i].quantity);
    return (struct ticket_facts){
        .state = ticket->state,
        .lines = lines_number(&lines),
        .revision = ticket->settled_revision,
        .open = ticket->held_line_items_count > 0,
        .approved = ticket->approved,
        .promised = ticket->ready_by_ms != 0,
        .timed = ticket->head.due_at_ms != 0,
        .cooked = is_cooked(ticket->state),
    };
}

struct authorization_facts authorization_facts(uint16_t number)
{
    const struct authorization *authorization = value_at(ROLE_AUTHORIZATION, number);
    if (authorization == NULL)
        return (struct authorization_facts){0};
    return (struct authorization_facts){
        .state = authorization->state,
        .amount_cents = authorization->amount_cents,
        .revision = authorization->settled_revision,
        .open = authorization->revised,
        .holds = authorization->state == AUTHORIZATION_STATE_AUTHORIZED,
    };
}

static uint32_t menu_number(const struct menu *menu)
{
    struct buf json = {0};
    codec_encode(&menu_record, menu, &json);
    uint32_t number = intern_put(&menus_seen, json.bytes, json.length);
    buf_free(&json);
    return number;
}

uint32_t menu_of_restaurant(uint16_t number)
{
    const struct restaurant *restaurant = value_at(ROLE_RESTAURANT, number);
    return restaurant == NULL ? 0 : menu_number(&restaurant->menu);
}

uint32_t menu_of_replica(uint16_t number)
{
    const struct restaurant_replica *replica = value_at(ROLE_REPLICA, number);
    return replica == NULL ? 0 : menu_number(&replica->menu);
}

int verification_state(uint16_t number)
{
    const struct verification *verification = value_at(ROLE_VERIFICATION, number);
    return verification == NULL ? VERIFICATION_STATE_NONE : verification->state;
}
