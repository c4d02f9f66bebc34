/* The kitchen service's REST routes. SPDX-License-Identifier: MIT */
#include <string.h>

#include "http.h"
#include "kind.h"
#include "kitchen.h"
#include "step.h"

static void write_restaurant(const struct restaurant *restaurant,
                             struct restaurant_response *answer)
{
    *answer = (struct restaurant_response){
        .id = restaurant->head.id,
        .address = restaurant->address,
        .menu = restaurant->menu,
        .state = restaurant->state,
    };
    memcpy(answer->name, restaurant->name, sizeof answer->name);
}

static enum outcome settle(struct step *step, const struct restaurant_decision *decision)
{
    union event_data data;
    restaurant_event(&decision->after, decision->event, &data);
    return step_settle(step, &restaurant_kind, decision->verdict, decision->refusal,
                       &decision->after, decision->event, &data);
}

/* A menu that lists an item twice is no menu: which of the two prices would count? */
static enum outcome refuse_repeated(struct step *step, const char *where, const struct menu *menu)
{
    return step_refuse(step, 422, "%s: the item \"%s\" is listed twice", where,
                       menu_repeated_item(menu)->id);
}

static enum outcome create_restaurant(struct step *step, const struct input *in)
{
    const struct create_restaurant_request *request = in->data;
    const struct restaurant before = {.head.id = step_new_id(step, &restaurant_kind)};
    if (before.head.id == 0)
        return OUTCOME_NEEDS_LOAD;
    if (menu_repeated_item(&request->menu) != NULL)
        return refuse_repeated(step, "menu.menuItems", &request->menu);
    const struct restaurant_input input = {.type = RESTAURANT_INPUT_CREATE, .request = request};
    const struct restaurant_decision decision = restaurant_decide(&before, &input);
    const struct create_restaurant_response answer = {.id = before.head.id};
    step_answer(step, &create_restaurant_response_record, &answer, before.head.id);
    return settle(step, &decision);
}

/* A command on a restaurant that exists; answered with the restaurant as it then is. */
static enum outcome change_restaurant(struct step *step, int32_t id,
                                      const struct restaurant_input *input)
{
    const struct restaurant *before = step_get(step, &restaurant_kind, id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    if (before->head.version == 0)
        return step_refuse(step, 404, "there is no restaurant %d", id);
    const struct restaurant_decision decision = restaurant_decide(before, input);
    struct restaurant_response answer;
    write_restaurant(&decision.after, &answer);
    step_answer(step, &restaurant_response_record, &answer, 0);
    return settle(step, &decision);
}

static enum outcome revise_menu(struct step *step, const struct input *in)
{
    const struct menu *menu = in->data;
    if (menu_repeated_item(menu) != NULL)
        return refuse_repeated(step, "menuItems", menu);
    return change_restaurant(
        step, in->subject_id,
        &(struct restaurant_input){.type = RESTAURANT_INPUT_REVISE_MENU, .menu = menu});
}

static enum outcome close_restaurant(struct step *step, const struct input *in)
{
    return change_restaurant(step, in->subject_id,
                             &(struct restaurant_input){.type = RESTAURANT_INPUT_CLOSE});
}

static enum outcome open_restaurant(struct step *step, const struct input *in)
{
    return change_restaurant(step, in->subject_id,
                             &(struct restaurant_input){.type = RESTAURANT_INPUT_OPEN});
}

static void get_restaurant(struct query *query)
{
    struct restaurant restaurant;
    struct restaurant_response answer;
    if (!query_load(query, &restaurant_kind, &restaurant))
        return;
    write_restaurant(&restaurant, &answer);
    query_answer(query, &restaurant_response_record, &answer);
}

static void get_ticket(struct query *query)
{
    struct ticket ticket;
    if (!query_load(query, &ticket_kind, &ticket))
        return;
    struct ticket_response answer = {
        .ticket_id = ticket.head.id,
        .order_id = ticket.head.id,
        .restaurant_id = ticket.restaurant_id,
        .state = ticket.state,
        .line_items_count = ticket.line_items_count,
        .reason = ticket.reason,
    };
    memcpy(answer.line_items, ticket.line_items, sizeof answer.line_items);
    query_answer(query, &ticket_response_record, &answer);
}

static const struct route routes[] = {
    {.method = "POST",
     .path = "/restaurants",
     .body = &create_restaurant_request_record,
     .command = create_restaurant,
     .created = "/restaurants/"},
    {.method = "GET", .path = "/restaurants/{id}", .query = get_restaurant},
    {.method = "PUT",
     .path = "/restaurants/{id}/menu",
     .body = &menu_record,
     .command = revise_menu},
    {.method = "PUT", .path = "/restaurants/{id}/close", .command = close_restaurant},
    {.method = "PUT", .path = "/restaurants/{id}/open", .command = open_restaurant},
    {.method = "GET", .path = "/tickets/{id}", .query = get_ticket},
};
const struct route *const kitchen_routes = routes;
const size_t kitchen_route_count = sizeof routes / sizeof routes[0];
