/* Facts of values. SPDX-License-Identifier: MIT */
#include "facts.h"

#include "accounting.h"
#include "buf.h"
#include "consumer.h"
#include "intern.h"
#include "kitchen.h"
#include "order.h"
#include "values.h"

static struct intern lines_seen;

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

int verification_state(uint16_t number)
{
    const struct verification *verification = value_at(ROLE_VERIFICATION, number);
    return verification == NULL ? VERIFICATION_STATE_NONE : verification->state;
}
