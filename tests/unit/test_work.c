/* The engine's queue: order, limits, waiting, closing. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>

#include <cmocka.h>

#include "clock.h"
#include "work.h"

static struct work works[5000];
static struct work_queue *queue;

static int setup(void **state)
{
    (void)state;
    queue = work_queue_new();
    for (size_t i = 0; i < 5000; i++)
        works[i] = (struct work){.type = WORK_MESSAGE};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    work_queue_free(queue);
    return 0;
}

static void test_order_and_max(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_true(work_queue_push(queue, &works[i], 0));
    struct work *taken = work_queue_take(queue, 2, 0);
    assert_ptr_equal(taken, &works[0]);
    assert_ptr_equal(taken->next, &works[1]);
    assert_null(taken->next->next);
    assert_true(work_queue_push(queue, &works[3], 0));
    taken = work_queue_take(queue, 10, 1000);
    assert_ptr_equal(taken, &works[2]);
    assert_ptr_equal(taken->next, &works[3]);
    assert_null(taken->next->next);
    assert_null(work_queue_take(queue, 10, 0));
}

/* Messages and commands by turns, every second command overdue: at the front, within and at the
 * end. */
static void test_overdue_commands(void **state)
{
    (void)state;
    enum { COUNT = 7 };
    for (size_t i = 0; i < COUNT; i++) {
        if (i % 2 == 0) {
            works[i].type = WORK_COMMAND;
            works[i].command.deadline_ms = i % 4 == 0 ? 1000 : 1001;
        }
        assert_true(work_queue_push(queue, &works[i], 0));
    }
    struct work *taken = work_queue_take_overdue(queue, 1000);
    assert_ptr_equal(taken, &works[0]);
    assert_ptr_equal(taken->next, &works[4]);
    assert_null(taken->next->next);
    taken = work_queue_take_overdue(queue, 1001);
    assert_ptr_equal(taken, &works[2]);
    assert_ptr_equal(taken->next, &works[6]);
    assert_null(work_queue_take_overdue(queue, INT64_MAX));
    works[6].type = WORK_COMMAND;
    assert_true(
        work_queue_push(queue, &works[6], 1)); /* they count no more, and the end is right */
    const size_t left[] = {1, 3, 5, 6};
    taken = work_queue_take(queue, COUNT, 0);
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++, taken = taken->next)
        assert_ptr_equal(taken, &works[left[i]]);
    assert_null(taken);
}

static void test_limit_is_per_type(void **state)
{
    (void)state;
    works[1].type = WORK_COMMAND;
    works[2].type = WORK_COMMAND;
    assert_true(work_queue_push(queue, &works[0], 0));
    assert_true(work_queue_push(queue, &works[1], 1));
    assert_false(work_queue_push(queue, &works[2], 1));
    assert_true(work_queue_push(queue, &works[3], 2));
    assert_non_null(work_queue_take(queue, 2, 0));
    assert_true(work_queue_push(queue, &works[2], 1));
}

static void test_wait_is_bounded(void **state)
{
    (void)state;
    int64_t before_ms = clock_monotonic_ms();
    assert_null(work_queue_take(queue, 1, 30));
    assert_in_range(clock_monotonic_ms() - before_ms, 29, 5000);
}

static void test_closed(void **state)
{
    (void)state;
    assert_true(work_queue_push(queue, &works[0], 0));
    work_queue_close(queue);
    assert_false(work_queue_push(queue, &works[1], 0));
    assert_ptr_equal(work_queue_take(queue, 5, 1000), &works[0]);
    int64_t before_ms = clock_monotonic_ms();
    assert_null(work_queue_take(queue, 5, 5000));
    assert_true(clock_monotonic_ms() - before_ms < 1000);
}

static void *push_all(void *unused)
{
    for (size_t i = 0; i < 5000; i++) {
        while (!work_queue_push(queue, &works[i], 100))
            clock_sleep_ms(1);
    }
    return unused;
}

static void test_two_threads(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, push_all, NULL), 0);
    size_t seen = 0;
    while (seen < 5000) {
        struct work *work = work_queue_take(queue, 64, 5000);
        assert_non_null(work);
        for (; work != NULL; work = work->next)
            assert_ptr_equal(work, &works[seen++]);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_and_max, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overdue_commands, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit_is_per_type, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_threads, setup, teardown),
    };
    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
