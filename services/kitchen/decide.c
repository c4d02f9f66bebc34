/* The rules of restaurants and tickets: pure functions, no I/O, no clock.
 * SPDX-License-Identifier: MIT */
#include "kitchen.h"

#include <string.h>

static struct restaurant_decision restaurant_applied(const struct restaurant *after,
                                                     enum event_type event)
{
    return (struct restaurant_decision){
        .verdict = VERDICT_APPLIED, .event = event, .after = *after};
}

static struct restaurant_decision restaurant_ignored(const struct restaurant *before)
{
    return (struct restaurant_decision){.verdict = VERDICT_IGNORED, .after = *before};
}

static struct restaurant_decision restaurant_refused(const struct restaurant *before,
                                                     const char *refusal)
{
    return (struct restaurant_decision){
        .verdict = VERDICT_ILLEGAL, .refusal = refusal, .after = *before};
}

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

static struct restaurant_decision create(const struct restaurant *before,
                                         const struct create_restaurant_request *request)
{
    if (before->state != RESTAURANT_STATE_NONE)
        return restaurant_refused(before, "a restaurant with this id was created before");
    if (menu_repeated_item(&request->menu) != NULL)
        return restaurant_refused(before, "a menu cannot list an item twice");
    struct restaurant after = {
        .head = before->head,
        .state = RESTAURANT_STATE_OPEN,
        .address = request->address,
        .menu = request->menu,
    };
    memcpy(after.name, request->name, sizeof after.name);
    return restaurant_applied(&after, EVENT_RESTAURANT_CREATED);
}

static struct restaurant_decision revise_menu(const struct restaurant *before,
                                              const struct menu *menu)
{
    if (menu_repeated_item(menu) != NULL)
        return restaurant_refused(before, "a menu cannot list an item twice");
    if (menu_equal(&before->menu, menu))
        return restaurant_ignored(before);
    struct restaurant after = *before;
    after.menu = *menu;
    return restaurant_applied(&after, EVENT_RESTAURANT_MENU_REVISED);
}

static struct restaurant_decision enter(const struct restaurant *before,
                                        enum restaurant_state state, enum event_type event)
{
    if (before->state == (int)state)
        return restaurant_ignored(before);
    struct restaurant after = *before;
    after.state = (int)state;
    return restaurant_applied(&after, event);
}

struct restaurant_decision restaurant_decide(const struct restaurant *before,
                                             const struct restaurant_input *in)
{
    if (in->type != RESTAURANT_INPUT_CREATE && before->state == RESTAURANT_STATE_NONE)
        return restaurant_refused(before, "there is no such restaurant");
    switch (in->type) {
    case RESTAURANT_INPUT_CREATE:
        return create(before, in->request);
    case RESTAURANT_INPUT_REVISE_MENU:
        return revise_menu(before, in->menu);
    case RESTAURANT_INPUT_CLOSE:
        return enter(before, RESTAURANT_STATE_CLOSED, EVENT_RESTAURANT_CLOSED);
    case RESTAURANT_INPUT_OPEN:
        return enter(before, RESTAURANT_STATE_OPEN, EVENT_RESTAURANT_OPENED);
    case RESTAURANT_INPUT_COUNT:
        break;
    }
    return restaurant_refused(before, "not an input of a restaurant");
}

static struct ticket_decision ticket_applied(const struct ticket *after, enum event_type event)
{
    return (struct ticket_decision){.verdict = VERDICT_APPLIED, .event = event, .after = *after};
}

static struct ticket_decision ticket_kept(const struct ticket *before, enum verdict verdict)
{
    return (struct ticket_decision){.verdict = verdict, .after = *before};
}

static struct ticket_decision ticket_refused(const struct ticket *before, const char *refusal)
{
    return (struct ticket_decision){
        .verdict = VERDICT_ILLEGAL, .refusal = refusal, .after = *before};
}

/* What speaks against cooking the order: REASON_NONE when nothing does. */
static enum reason objection(const struct restaurant *restaurant, const struct order_created *order)
{
    if (restaurant->state == RESTAURANT_STATE_NONE)
        return REASON_RESTAURANT_UNKNOWN;
    if (restaurant->state == RESTAURANT_STATE_CLOSED)
        return REASON_RESTAURANT_CLOSED;
    for (size_t i = 0; i < order->line_items_count; i++)
        if (menu_find(&restaurant->menu, order->line_items[i].menu_item_id) == NULL)
            return REASON_MENU_ITEM_UNKNOWN;
    return REASON_NONE;
}

static void write_lines(struct ticket *ticket, const struct order_created *order)
{
    for (size_t i = 0; i < order->line_items_count; i++) {
        struct ticket_line_item *to = &ticket->line_items[i];
        const struct order_line_item *from = &order->line_items[i];
        memcpy(to->menu_item_id, from->menu_item_id, sizeof to->menu_item_id);
        memcpy(to->name, from->name, sizeof to->name);
        to->quantity = from->quantity;
    }
    ticket->line_items_count = order->line_items_count;
}

static struct ticket_decision order_created(const struct ticket *before,
                                            const struct ticket_input *in)
{
    if (before->state != TICKET_STATE_NONE)
        return ticket_kept(before, VERDICT_IGNORED); /* made already, or a tombstone */
    enum reason reason = objection(in->restaurant, in->order);
    struct ticket after = {
        .head = before->head,
        .reason = (int)reason,
        .restaurant_id = in->order->restaurant_id,
    };
    write_lines(&after, in->order);
    if (reason != REASON_NONE) {
        after.state = TICKET_STATE_CREATE_REJECTED;
        return ticket_applied(&after, EVENT_TICKET_CREATION_FAILED);
    }
    after.state = TICKET_STATE_CREATE_PENDING;
    return ticket_applied(&after, EVENT_TICKET_CREATED);
}

static struct ticket_decision reject(const struct ticket *before, const struct ticket_input *in)
{
    struct ticket after = *before;
    after.state = TICKET_STATE_CREATE_REJECTED;
    after.reason = in->reason;
    return ticket_applied(&after, EVENT_TICKET_CREATION_REJECTED);
}

/* The rejection overtook OrderCreated, which is to find the ticket rejected when it comes. */
static struct ticket_decision leave_tombstone(const struct ticket *before,
                                              const struct ticket_input *in)
{
    struct ticket after = {
        .head = before->head,
        .state = TICKET_STATE_CREATE_REJECTED,
        .reason = in->reason,
        .restaurant_id = in->restaurant_id,
    };
    return ticket_applied(&after, EVENT_NONE);
}

/* The order failed elsewhere. It may have timed out while its payment was on the way here. */
static struct ticket_decision order_rejected(const struct ticket *before,
                                             const struct ticket_input *in)
{
    switch ((enum ticket_state)before->state) {
    case TICKET_STATE_NONE:
        return leave_tombstone(before, in);
    case TICKET_STATE_CREATE_PENDING:
    case TICKET_STATE_AWAITING_ACCEPTANCE:
        return reject(before, in);
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_CANCELLED:
        return ticket_kept(before, VERDICT_IGNORED);
    case TICKET_STATE_ACCEPTED:
    case TICKET_STATE_PREPARING:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
    case TICKET_STATE_REVISION_PENDING:
    case TICKET_STATE_COUNT:
        break;
    }
    return ticket_refused(before, "a ticket that was accepted cannot be rejected");
}

/* The order is paid for. A duplicate finds the ticket moved on. */
static struct ticket_decision authorized(const struct ticket *before)
{
    if (before->state == TICKET_STATE_NONE)
        return ticket_kept(before, VERDICT_DEFERRED);
    if (before->state != TICKET_STATE_CREATE_PENDING)
        return ticket_kept(before, VERDICT_IGNORED);
    struct ticket after = *before;
    after.state = TICKET_STATE_AWAITING_ACCEPTANCE;
    return ticket_applied(&after, EVENT_TICKET_CONFIRMED);
}

/* The order cannot be paid for. Only an order that was not paid for before can meet that. */
static struct ticket_decision authorization_failed(const struct ticket *before,
                                                   const struct ticket_input *in)
{
    switch ((enum ticket_state)before->state) {
    case TICKET_STATE_NONE:
        return ticket_kept(before, VERDICT_DEFERRED);
    case TICKET_STATE_CREATE_PENDING:
        return reject(before, in);
    case TICKET_STATE_CREATE_REJECTED:
    case TICKET_STATE_CANCELLED:
        return ticket_kept(before, VERDICT_IGNORED);
    case TICKET_STATE_AWAITING_ACCEPTANCE:
    case TICKET_STATE_ACCEPTED:
    case TICKET_STATE_PREPARING:
    case TICKET_STATE_READY_FOR_PICKUP:
    case TICKET_STATE_PICKED_UP:
    case TICKET_STATE_REVISION_PENDING:
    case TICKET_STATE_COUNT:
        break;
    }
    return ticket_refused(before, "a ticket that was paid for cannot fail to be paid for");
}

struct ticket_decision ticket_decide(const struct ticket *before, const struct ticket_input *in)
{
    switch (in->type) {
    case TICKET_INPUT_ORDER_CREATED:
        return order_created(before, in);
    case TICKET_INPUT_ORDER_REJECTED:
        return order_rejected(before, in);
    case TICKET_INPUT_AUTHORIZED:
        return authorized(before);
    case TICKET_INPUT_AUTHORIZATION_FAILED:
        return authorization_failed(before, in);
    case TICKET_INPUT_COUNT:
        break;
    }
    return ticket_refused(before, "not an input of a ticket");
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

void ticket_event(const struct ticket *after, enum event_type event, union event_data *out)
{
    int32_t order_id = after->head.id, restaurant_id = after->restaurant_id;
    if (event == EVENT_TICKET_CREATED)
        out->ticket_created =
            (struct ticket_created){.order_id = order_id, .restaurant_id = restaurant_id};
    else if (event == EVENT_TICKET_CREATION_FAILED)
        out->ticket_creation_failed = (struct ticket_creation_failed){
            .order_id = order_id, .restaurant_id = restaurant_id, .reason = after->reason};
    else if (event == EVENT_TICKET_CONFIRMED)
        out->ticket_confirmed =
            (struct ticket_confirmed){.order_id = order_id, .restaurant_id = restaurant_id};
    else if (event == EVENT_TICKET_CREATION_REJECTED)
        out->ticket_creation_rejected =
            (struct ticket_creation_rejected){.order_id = order_id, .restaurant_id = restaurant_id};
}
