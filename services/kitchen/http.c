/* The kitchen service's REST routes. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "kind.h"
#include "kitchen.h"
#include "step.h"

int64_t ticket_acceptance_s;

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

/* A menu that lists an item twice is no menu: which of the two prices would count? */
static enum outcome refuse_repeated(struct step *step, const char *where, const struct menu *menu)
{
    return step_refuse(step, 422, "%s: the item \"%s\" is listed twice", where,
                       menu_repeated_item(menu)->id);
}

static enum outcome create_restaurant(struct step *step, const struct input *in)
{
    const struct create_restaurant_request *request = in->data;
    const int32_t id = step_new_id(step, &restaurant_kind);
    if (id == 0)
        return OUTCOME_NEEDS_LOAD;
    if (menu_repeated_item(&request->menu) != NULL)
        return refuse_repeated(step, "menu.menuItems", &request->menu);
    const struct restaurant_input input = {.type = RESTAURANT_INPUT_CREATE, .request = request};
    struct restaurant restaurant;
    union event_data data;
    kind_clear(&restaurant_kind, &restaurant, id);
    const struct ruling ruling = restaurant_decide(&restaurant, &input);
    restaurant_event(&restaurant, ruling.event, &data);
    const struct create_restaurant_response answer = {.id = id};
    step_answer(step, &create_restaurant_response_record, &answer, id);
    return step_settle(step, &restaurant_kind, &restaurant, &ruling, &data);
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
    struct restaurant restaurant;
    struct restaurant_response answer;
    union event_data data;
    kind_copy(&restaurant_kind, &restaurant, before);
    const struct ruling ruling = restaurant_decide(&restaurant, input);
    restaurant_event(&restaurant, ruling.event, &data);
    write_restaurant(&restaurant, &answer);
    step_answer(step, &restaurant_response_record, &answer, 0);
    return step_settle(step, &restaurant_kind, &restaurant, &ruling, &data);
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

static void write_ticket(const struct ticket *ticket, struct ticket_response *answer)
{
    *answer = (struct ticket_response){
        .ticket_id = ticket->head.id,
        .order_id = ticket->head.id,
        .restaurant_id = ticket->restaurant_id,
        .state = ticket->state,
        .line_items_count = ticket->line_items_count,
        .reason = ticket->reason,
        .ready_by_ms = ticket->ready_by_ms,
    };
    memcpy(answer->line_items, ticket->line_items,
           ticket->line_items_count * sizeof answer->line_items[0]);
}

/* A command on a ticket that exists; answered with the ticket as it then is, or with what its state
 * forbids. What is too early is tried again for a while first. */
static enum outcome change_ticket(struct step *step, int32_t id, const struct ticket_input *input)
{
    const struct ticket *before = step_get(step, &ticket_kind, id);
    if (before == NULL)
        return OUTCOME_NEEDS_LOAD;
    if (before->head.version == 0)
        return step_refuse(step, 404, "there is no ticket %d", id);
    struct ticket ticket;
    kind_copy(&ticket_kind, &ticket, before);
    const struct ruling ruling = ticket_decide(&ticket, input);
    const char *state = ticket_state_names[before->state];
    if (ruling.verdict == VERDICT_ILLEGAL)
        return step_refuse(step, 409, "ticket %d is %s: %s", id, state, ruling.refusal);
    if (ruling.verdict == VERDICT_DEFERRED)
        (void)step_refuse(step, 409, "ticket %d is %s: it is too early for this; try again", id,
                          state);
    struct ticket_response answer;
    union event_data data;
    write_ticket(&ticket, &answer);
    step_answer(step, &ticket_response_record, &answer, 0);
    ticket_event(&ticket, &ruling, input, &data);
    return step_settle(step, &ticket_kind, &ticket, &ruling, &data);
}

static enum outcome accept_ticket(struct step *step, const struct input *in)
{
    const struct accept_ticket_request *request = in->data;
    const struct ticket *before = step_get(step, &ticket_kind, in->subject_id);
    if (before != NULL && before->state == TICKET_STATE_AWAITING_ACCEPTANCE &&
        request->ready_by_ms <= in->now_ms)
        return step_refuse(step, 422, "readyBy: must be in the future");
    return change_ticket(step, in->subject_id,
                         &(struct ticket_input){.type = TICKET_INPUT_ACCEPT,
                                                .now_ms = in->now_ms,
                                                .ready_by_ms = request->ready_by_ms});
}

static enum outcome start_preparation(struct step *step, const struct input *in)
{
    return change_ticket(step, in->subject_id,
                         &(struct ticket_input){.type = TICKET_INPUT_START_PREPARATION});
}

static enum outcome finish_preparation(struct step *step, const struct input *in)
{
    return change_ticket(step, in->subject_id,
                         &(struct ticket_input){.type = TICKET_INPUT_FINISH_PREPARATION});
}

static enum outcome pick_up_ticket(struct step *step, const struct input *in)
{
    return change_ticket(step, in->subject_id,
                         &(struct ticket_input){.type = TICKET_INPUT_PICK_UP});
}

static void get_ticket(struct query *query)
{
    struct ticket ticket;
    struct ticket_response answer;
    if (!query_load(query, &ticket_kind, &ticket))
        return;
    write_ticket(&ticket, &answer);
    query_answer(query, &ticket_response_record, &answer);
}

static void answer_tickets(struct query *query, const struct query_page *page)
{
    struct ticket_list_response *answer = mem_alloc(1, sizeof *answer);
    struct ticket ticket = {0};
    struct err err = {0};
    for (int row = 0; row < page->count && err.code == ERR_OK; row++) {
        if (kind_read(&ticket_kind, page->rows, row, &ticket, &err) == ERR_OK)
            write_ticket(&ticket, &answer->tickets[answer->tickets_count++]);
    }
    if (page->more)
        answer->next = ticket.head.id;
    if (err.code == ERR_OK)
        query_answer(query, &ticket_list_response_record, answer);
    else
        query_failed(query, &err);
    free(answer);
}

static void list_tickets(struct query *query)
{
    static const struct page_filter filter = {.column = "restaurant_id", .by_state = true};
    struct restaurant restaurant;
    struct query_page page;
    if (!query_load(query, &restaurant_kind, &restaurant) ||
        !query_load_page(query, &ticket_kind, &filter, TICKETS_MAX, &page))
        return;
    answer_tickets(query, &page);
    db_result_free(page.rows);
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
    {.method = "GET", .path = "/restaurants/{id}/tickets", .query = list_tickets},
    {.method = "GET", .path = "/tickets/{id}", .query = get_ticket},
    {.method = "POST",
     .path = "/tickets/{id}/accept",
     .body = &accept_ticket_request_record,
     .command = accept_ticket},
    {.method = "POST", .path = "/tickets/{id}/preparing", .command = start_preparation},
    {.method = "POST", .path = "/tickets/{id}/ready", .command = finish_preparation},
    {.method = "POST", .path = "/tickets/{id}/picked-up", .command = pick_up_ticket},
};
const struct route *const kitchen_routes = routes;
const size_t kitchen_route_count = sizeof routes / sizeof routes[0];
