/* Which deliveries are acknowledged together. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unacked.h"

static struct unacked unacked;

static int deliver_ten(void **state)
{
    (void)state;
    unacked_free(&unacked);
    for (uint64_t tag = 1; tag <= 10; tag++)
        unacked_add(&unacked, tag);
    return 0;
}

static void test_all_in_order(void **state)
{
    (void)state;
    uint64_t done[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    assert_int_equal(unacked_settle(&unacked, done, 10), 10);
    assert_int_equal(unacked.count, 0);
}

static void test_front_in_any_order(void **state)
{
    (void)state;
    uint64_t done[] = {3, 1, 2};
    assert_int_equal(unacked_settle(&unacked, done, 3), 3);
    assert_int_equal(done[2], 3);
    assert_int_equal(unacked.count, 7);
    assert_int_equal(unacked.tags[0], 4);
}

static void test_gap_keeps_the_rest_single(void **state)
{
    (void)state;
    uint64_t done[] = {1, 2, 4, 6};
    assert_int_equal(unacked_settle(&unacked, done, 4), 2);
    uint64_t later[] = {3, 5, 7};
    assert_int_equal(unacked_settle(&unacked, later, 3), 3);
    assert_int_equal(unacked.count, 3);
    assert_int_equal(unacked.tags[0], 8);
}

static void test_front_missing(void **state)
{
    (void)state;
    uint64_t done[] = {10, 2};
    assert_int_equal(unacked_settle(&unacked, done, 2), 0);
    assert_int_equal(unacked.count, 8);
    assert_int_equal(unacked.tags[0], 1);
    assert_int_equal(unacked.tags[7], 9);
}

static void test_nothing_done(void **state)
{
    (void)state;
    assert_int_equal(unacked_settle(&unacked, NULL, 0), 0);
    assert_int_equal(unacked.count, 10);
}

static void test_grows_and_clears(void **state)
{
    (void)state;
    for (uint64_t tag = 11; tag <= 5000; tag++)
        unacked_add(&unacked, tag);
    uint64_t done[] = {5000};
    assert_int_equal(unacked_settle(&unacked, done, 1), 0);
    assert_int_equal(unacked.count, 4999);
    unacked_clear(&unacked);
    unacked_add(&unacked, 1); /* the tags of a new connection begin again */
    done[0] = 1;
    assert_int_equal(unacked_settle(&unacked, done, 1), 1);
}

static int free_all(void **state)
{
    (void)state;
    unacked_free(&unacked);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_in_order, deliver_ten),
        cmocka_unit_test_setup(test_front_in_any_order, deliver_ten),
        cmocka_unit_test_setup(test_gap_keeps_the_rest_single, deliver_ten),
        cmocka_unit_test_setup(test_front_missing, deliver_ten),
        cmocka_unit_test_setup(test_nothing_done, deliver_ten),
        cmocka_unit_test_setup(test_grows_and_clears, deliver_ten),
    };
    return cmocka_run_group_tests_name("unacked", tests, NULL, free_all);
}
