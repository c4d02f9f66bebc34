/* Every cell of the restaurant's state machine. SPDX-License-Identifier: MIT */
#include "table.h"

#include "kitchen.h"

enum { RESTAURANT_ID = 8 };

static const struct create_restaurant_request request = {
    .name = "Ajanta",
    .address = {.street1 = "1 High St", .city = "Oakland", .state = "CA", .zip = "94612"},
    .menu = {.menu_items = {{"vindaloo", "Chicken Vindaloo", 1234}, {"naan", "Naan", 300}},
             .menu_items_count = 2},
};

static const struct menu other_menu = {
    .menu_items = {{"vindaloo", "Chicken Vindaloo", 1299}, {"naan", "Naan", 300}},
    .menu_items_count = 2,
};

DEFINE_DECIDED(restaurant, restaurant)

static struct restaurant_decision decide(const struct restaurant *before,
                                         enum restaurant_input_type type)
{
    struct restaurant_input in = {.type = type, .request = &request, .menu = &other_menu};
    return restaurant_decided(before, &in);
}

static struct restaurant restaurant_in(int state)
{
    struct restaurant none = {.head.id = RESTAURANT_ID};
    if (state == RESTAURANT_STATE_NONE)
        return none;
    struct restaurant restaurant = decide(&none, RESTAURANT_INPUT_CREATE).after;
    restaurant.head.version = 2;
    restaurant.state = state;
    return restaurant;
}

struct row {
    const char *name;
    int before, in;
    enum verdict verdict;
    int after;
    enum event_type event;
};

#define ROW(before_, in_, verdict_, after_, event_)                                                \
    {                                                                                              \
        .name = #before_ " + " #in_, .before = RESTAURANT_STATE_##before_,                         \
        .in = RESTAURANT_INPUT_##in_, .verdict = VERDICT_##verdict_,                               \
        .after = RESTAURANT_STATE_##after_, .event = EVENT_##event_                                \
    }

static const struct row rows[] = {
    ROW(NONE, CREATE, APPLIED, OPEN, RESTAURANT_CREATED),
    ROW(NONE, REVISE_MENU, ILLEGAL, NONE, NONE),
    ROW(NONE, CLOSE, ILLEGAL, NONE, NONE),
    ROW(NONE, OPEN, ILLEGAL, NONE, NONE),

    ROW(OPEN, CREATE, ILLEGAL, OPEN, NONE),
    ROW(OPEN, REVISE_MENU, APPLIED, OPEN, RESTAURANT_MENU_REVISED),
    ROW(OPEN, CLOSE, APPLIED, CLOSED, RESTAURANT_CLOSED),
    ROW(OPEN, OPEN, IGNORED, OPEN, NONE),

    ROW(CLOSED, CREATE, ILLEGAL, CLOSED, NONE),
    ROW(CLOSED, REVISE_MENU, APPLIED, CLOSED, RESTAURANT_MENU_REVISED),
    ROW(CLOSED, CLOSE, IGNORED, CLOSED, NONE),
    ROW(CLOSED, OPEN, APPLIED, OPEN, RESTAURANT_OPENED),
};

static size_t cell_of(size_t row)
{
    const struct row *at = &rows[row];
    return (size_t)(at->before * RESTAURANT_INPUT_COUNT + at->in);
}

static void test_every_cell_has_its_row(void **state)
{
    (void)state;
    assert_covers((size_t)RESTAURANT_STATE_COUNT * RESTAURANT_INPUT_COUNT, COUNT_OF(rows), cell_of);
}

static void check_row(const struct row *row)
{
    static struct restaurant before;
    before = restaurant_in(row->before);
    enum restaurant_input_type type = (enum restaurant_input_type)row->in;
    struct restaurant_decision decision = decide(&before, type);
    assert_number(row->name, "verdict", decision.verdict, row->verdict);
    assert_number(row->name, "state", decision.after.state, row->after);
    assert_number(row->name, "event", decision.event, row->event);
    assert_sound(row->name, decision.verdict, decision.event != EVENT_NONE, decision.refusal);
    if (row->verdict != VERDICT_APPLIED)
        assert_memory_equal(&decision.after, &before, sizeof before);
    else if (type != RESTAURANT_INPUT_CREATE)
        assert_number(row->name, "second verdict", decide(&decision.after, type).verdict,
                      VERDICT_IGNORED);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_row(&rows[i]);
}

static void test_unknown_input_is_illegal(void **state)
{
    (void)state;
    struct restaurant before = restaurant_in(RESTAURANT_STATE_OPEN);
    struct restaurant_decision decision = decide(&before, RESTAURANT_INPUT_COUNT);
    assert_int_equal(decision.verdict, VERDICT_ILLEGAL);
    assert_non_null(decision.refusal);
}

/* Only the same menu again changes nothing: each member counts, and what lies behind the last item
 * does not. */
static void test_menu_that_differs_in_any_way_is_news(void **state)
{
    (void)state;
    struct restaurant before = restaurant_in(RESTAURANT_STATE_OPEN);
    struct menu menus[] = {before.menu, before.menu, before.menu, before.menu, before.menu};
    strcpy(menus[0].menu_items[1].id, "roti");
    strcpy(menus[1].menu_items[1].name, "Roti");
    menus[2].menu_items[1].price_cents++;
    menus[3].menu_items_count--;
    strcpy(menus[4].menu_items[2].id, "behind");
    for (size_t i = 0; i < COUNT_OF(menus); i++) {
        struct restaurant_input in = {.type = RESTAURANT_INPUT_REVISE_MENU, .menu = &menus[i]};
        assert_int_equal(restaurant_decided(&before, &in).verdict,
                         i == 4 ? VERDICT_IGNORED : VERDICT_APPLIED);
    }
}

static void test_menu_that_repeats_an_item_is_illegal(void **state)
{
    (void)state;
    static struct create_restaurant_request repeats;
    repeats = request;
    assert_null(menu_repeated_item(&repeats.menu));
    repeats.menu.menu_items[repeats.menu.menu_items_count++] = repeats.menu.menu_items[0];
    assert_ptr_equal(menu_repeated_item(&repeats.menu), &repeats.menu.menu_items[2]);
    struct restaurant none = restaurant_in(RESTAURANT_STATE_NONE);
    struct restaurant open = restaurant_in(RESTAURANT_STATE_OPEN);
    struct restaurant_input create = {.type = RESTAURANT_INPUT_CREATE, .request = &repeats};
    struct restaurant_input revise = {.type = RESTAURANT_INPUT_REVISE_MENU, .menu = &repeats.menu};
    assert_int_equal(restaurant_decided(&none, &create).verdict, VERDICT_ILLEGAL);
    assert_int_equal(restaurant_decided(&open, &revise).verdict, VERDICT_ILLEGAL);
}

static void test_restaurant_events(void **state)
{
    (void)state;
    static union event_data data;
    struct restaurant restaurant = restaurant_in(RESTAURANT_STATE_OPEN);
    restaurant_event(&restaurant, EVENT_RESTAURANT_CREATED, &data);
    assert_int_equal(data.restaurant_created.restaurant_id, RESTAURANT_ID);
    assert_string_equal(data.restaurant_created.name, "Ajanta");
    assert_string_equal(data.restaurant_created.address.street1, "1 High St");
    assert_int_equal(data.restaurant_created.menu.menu_items_count, 2);
    restaurant_event(&restaurant, EVENT_RESTAURANT_MENU_REVISED, &data);
    assert_int_equal(data.restaurant_menu_revised.restaurant_id, RESTAURANT_ID);
    assert_string_equal(data.restaurant_menu_revised.menu.menu_items[1].id, "naan");
    memset(&data, 0, sizeof data);
    restaurant_event(&restaurant, EVENT_RESTAURANT_CLOSED, &data);
    assert_int_equal(data.restaurant_closed.restaurant_id, RESTAURANT_ID);
    memset(&data, 0, sizeof data);
    restaurant_event(&restaurant, EVENT_RESTAURANT_OPENED, &data);
    assert_int_equal(data.restaurant_opened.restaurant_id, RESTAURANT_ID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_has_its_row),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_unknown_input_is_illegal),
        cmocka_unit_test(test_menu_that_differs_in_any_way_is_news),
        cmocka_unit_test(test_menu_that_repeats_an_item_is_illegal),
        cmocka_unit_test(test_restaurant_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
