/* The replica of the restaurants, and what an order of its menu costs. SPDX-License-Identifier: MIT
 */
#include "table.h"

#include "order.h"

enum { RESTAURANT_ID = 8, SEEN = 5 };

static const struct restaurant_created created = {
    .restaurant_id = RESTAURANT_ID,
    .name = "Ajanta",
    .menu = {.menu_items = {{"old", "Before", 100}}, .menu_items_count = 1},
};

static const struct restaurant_menu_revised revised = {
    .restaurant_id = RESTAURANT_ID,
    .menu = {.menu_items = {{"new", "After", 200}, {"naan", "Naan", 0}}, .menu_items_count = 2},
};

/* The replica: unknown, or with the latest event SEEN. */
struct row {
    const char *name;
    bool known;
    enum replica_input_type in;
    int32_t sequence;
    enum verdict verdict;
    int32_t after; /* the sequence */
    const char *first_item;
};

static const struct row rows[] = {
    {"created", false, REPLICA_INPUT_RESTAURANT_CREATED, 1, VERDICT_APPLIED, 1, "old"},
    {"revised before created", false, REPLICA_INPUT_MENU_REVISED, 2, VERDICT_DEFERRED, 0, ""},
    {"created twice", true, REPLICA_INPUT_RESTAURANT_CREATED, 1, VERDICT_IGNORED, SEEN, "old"},
    {"revised", true, REPLICA_INPUT_MENU_REVISED, SEEN + 1, VERDICT_APPLIED, SEEN + 1, "new"},
};

static size_t cell_of(size_t row)
{
    return (size_t)rows[row].known * REPLICA_INPUT_COUNT + rows[row].in;
}

DEFINE_DECIDED(replica, restaurant_replica)

static struct restaurant_replica replica(bool known)
{
    struct restaurant_replica none = {.head.id = RESTAURANT_ID};
    struct replica_input in = {
        .type = REPLICA_INPUT_RESTAURANT_CREATED, .sequence = SEEN, .created = &created};
    return known ? replica_decided(&none, &in).after : none;
}

static struct replica_decision decide(const struct restaurant_replica *before,
                                      enum replica_input_type type, int32_t sequence)
{
    struct replica_input in = {
        .type = type, .sequence = sequence, .created = &created, .revised = &revised};
    return replica_decided(before, &in);
}

static void test_every_cell_has_its_row(void **state)
{
    (void)state;
    assert_covers((size_t)2 * REPLICA_INPUT_COUNT, COUNT_OF(rows), cell_of);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        struct restaurant_replica before = replica(row->known);
        struct replica_decision decision = decide(&before, row->in, row->sequence);
        assert_number(row->name, "verdict", decision.verdict, row->verdict);
        assert_number(row->name, "sequence", decision.after.sequence, row->after);
        assert_string_equal(decision.after.menu.menu_items[0].id, row->first_item);
        assert_sound(row->name, decision.verdict, false, decision.refusal);
        if (row->verdict != VERDICT_APPLIED)
            assert_memory_equal(&decision.after, &before, sizeof before);
        else
            assert_string_equal(decision.after.name, "Ajanta");
    }
}

static void test_older_menu_is_ignored(void **state)
{
    (void)state;
    struct restaurant_replica before = replica(true);
    for (int32_t sequence = 1; sequence <= SEEN; sequence++)
        assert_int_equal(decide(&before, REPLICA_INPUT_MENU_REVISED, sequence).verdict,
                         VERDICT_IGNORED);
}

static void test_unknown_input_is_illegal(void **state)
{
    (void)state;
    struct restaurant_replica before = replica(true);
    assert_int_equal(decide(&before, REPLICA_INPUT_COUNT, 9).verdict, VERDICT_ILLEGAL);
}

/* Pricing. */
static const int64_t MAX_CENTS = MONEY_CENTS_MAX;

static struct order_pricing price(int64_t price_cents, struct create_order_request *request)
{
    struct restaurant_replica restaurant = {
        .head.id = RESTAURANT_ID,
        .sequence = 1,
        .menu = {.menu_items = {{"dish", "Dish", price_cents},
                                {"cent", "Cent", 1},
                                {"left the menu", "Behind its last item", 1}},
                 .menu_items_count = 2},
    };
    return order_price(&restaurant, request->line_items, request->line_items_count);
}

static void test_total(void **state)
{
    (void)state;
    struct create_order_request request = {.line_items = {{"dish", 5}, {"cent", 3}, {"dish", 1}},
                                           .line_items_count = 3};
    struct order_pricing pricing = price(1234, &request);
    assert_int_equal(pricing.result, PRICING_OK);
    assert_int_equal(pricing.order_total_cents, 6 * 1234 + 3);
    assert_int_equal(pricing.line_items_count, 3);
    assert_string_equal(pricing.line_items[1].menu_item_id, "cent");
    assert_string_equal(pricing.line_items[1].name, "Cent");
    assert_int_equal(pricing.line_items[2].quantity, 1);
}

static void test_unknown_item_is_named(void **state)
{
    (void)state;
    struct create_order_request request = {
        .line_items = {{"dish", 1}, {"left the menu", 1}, {"none", 1}}, .line_items_count = 3};
    struct order_pricing pricing = price(1234, &request);
    assert_int_equal(pricing.result, PRICING_ITEM_UNKNOWN);
    assert_int_equal(pricing.unknown_item, 1);
}

static void test_total_up_to_the_cap(void **state)
{
    (void)state;
    struct create_order_request request = {.line_items = {{"dish", 1}, {"cent", 1}},
                                           .line_items_count = 2};
    struct order_pricing pricing = price(MAX_CENTS - 1, &request);
    assert_int_equal(pricing.result, PRICING_OK);
    assert_int_equal(pricing.order_total_cents, MAX_CENTS);
    assert_int_equal(price(MAX_CENTS, &request).result, PRICING_TOTAL_TOO_HIGH);
}

static void test_total_does_not_overflow(void **state)
{
    (void)state;
    struct create_order_request request = {.line_items_count = LINE_ITEMS_MAX};
    for (size_t i = 0; i < LINE_ITEMS_MAX; i++)
        request.line_items[i] = (struct line_item){"dish", QUANTITY_MAX};
    assert_int_equal(price(MAX_CENTS, &request).result, PRICING_TOTAL_TOO_HIGH);
    request.line_items[0].quantity = INT32_MAX;
    assert_int_equal(price(INT64_MAX, &request).result, PRICING_TOTAL_TOO_HIGH);
    request.line_items[0].quantity = QUANTITY_MAX;
    struct order_pricing pricing = price(1, &request);
    assert_int_equal(pricing.result, PRICING_OK);
    assert_int_equal(pricing.order_total_cents, LINE_ITEMS_MAX * QUANTITY_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_has_its_row),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_older_menu_is_ignored),
        cmocka_unit_test(test_unknown_input_is_illegal),
        cmocka_unit_test(test_total),
        cmocka_unit_test(test_unknown_item_is_named),
        cmocka_unit_test(test_total_up_to_the_cap),
        cmocka_unit_test(test_total_does_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
