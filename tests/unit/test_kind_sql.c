/* Tests of the SQL that is made from a kind's columns. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_sql.h"

static const char *const colours[] = {"NONE", "RED"};
static const struct column columns[] = {
    {.name = "colour", .type = COLUMN_ENUM, .names = colours, .name_count = 2},
    {.name = "seen_at", .type = COLUMN_TIME},
    {.name = "parts", .type = COLUMN_ARRAY},
};
static const struct kind kind = {.name = "thing",
                                 .table = "things",
                                 .sequence = "things_id",
                                 .columns = columns,
                                 .column_count = 3};

static void assert_sql(enum kind_sql_type type, const char *expected)
{
    assert_string_equal(kind_sql(&kind, type, NULL, NULL)->sql, expected);
}

static void loads_lock_in_the_order_of_ids(void **state)
{
    (void)state;
    assert_sql(
        KIND_SQL_LOAD,
        "SELECT id, version, coalesce((extract(epoch from due_at) * 1000)::int8, 0), colour, "
        "coalesce((extract(epoch from seen_at) * 1000)::int8, 0), parts::text FROM things "
        "WHERE id = ANY($1::int4[]) ORDER BY id FOR UPDATE");
}

static void writes_are_set_based(void **state)
{
    (void)state;
    assert_sql(KIND_SQL_INSERT,
               "INSERT INTO things (id, version, due_at, colour, seen_at, parts) SELECT u.id, "
               "u.version, to_timestamp(nullif(u.due_at, 0) / 1000.0), u.colour, "
               "to_timestamp(nullif(u.seen_at, 0) / 1000.0), u.parts::jsonb FROM "
               "unnest($1::int4[], $2::int4[], $3::int8[], $4::text[], $5::int8[], $6::text[]) "
               "AS u(id, version, due_at, colour, seen_at, parts)");
    assert_sql(KIND_SQL_UPDATE,
               "UPDATE things AS t SET version = u.version, "
               "due_at = to_timestamp(nullif(u.due_at, 0) / 1000.0), colour = u.colour, "
               "seen_at = to_timestamp(nullif(u.seen_at, 0) / 1000.0), parts = u.parts::jsonb FROM "
               "unnest($1::int4[], $2::int4[], $3::int8[], $4::text[], $5::int8[], $6::text[]) "
               "AS u(id, version, due_at, colour, seen_at, parts) WHERE t.id = u.id");
}

static void ids_come_from_the_sequence(void **state)
{
    (void)state;
    assert_sql(KIND_SQL_IDS, "SELECT nextval('things_id') FROM generate_series(1, $1::int4)");
}

static void a_statement_is_made_once(void **state)
{
    (void)state;
    assert_ptr_equal(kind_sql(&kind, KIND_SQL_FIND, NULL, NULL),
                     kind_sql(&kind, KIND_SQL_FIND, NULL, NULL));
    assert_string_equal(kind_sql(&kind, KIND_SQL_FIND, NULL, NULL)->name, "thing_find_");
    const struct db_statement *list = kind_sql(&kind, KIND_SQL_LIST, "red", "colour = 'RED'");
    assert_string_equal(list->name, "thing_list_red");
    char name[] = "red"; /* the same text, elsewhere */
    assert_ptr_equal(kind_sql(&kind, KIND_SQL_LIST, name, "colour = 'RED'"), list);
    assert_ptr_not_equal(kind_sql(&kind, KIND_SQL_LIST, "redder", "colour = 'RED'"), list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_lock_in_the_order_of_ids),
        cmocka_unit_test(writes_are_set_based),
        cmocka_unit_test(ids_come_from_the_sequence),
        cmocka_unit_test(a_statement_is_made_once),
    };
    return cmocka_run_group_tests_name("kind_sql", tests, NULL, NULL);
}
