/* What the load generator's figures rest on: its histogram, its schedule, and which answer and
 * which event belong to which order. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../bench/load_histogram.h"
#include "../bench/load_orders.h"
#include "../bench/load_schedule.h"

enum { SECOND_US = 1000 * 1000 };

/* The histogram */

static void test_quantiles_are_at_most_a_hundredth_too_long(void **state)
{
    (void)state;
    for (int64_t scale = 1; scale <= 1000000; scale *= 10) {
        struct histogram histogram = {0};
        for (int64_t i = 1; i <= 100; i++)
            histogram_add(&histogram, i * scale);
        for (int percent = 1; percent <= 100; percent++) {
            int64_t exact_us = percent * scale;
            int64_t found_us = histogram_quantile_us(&histogram, percent / 100.0 - 1e-9);
            assert_in_range(found_us, exact_us, exact_us + exact_us / 100);
        }
        assert_int_equal(histogram_quantile_us(&histogram, 1), 100 * scale);
    }
}

static void test_extremes(void **state)
{
    (void)state;
    struct histogram histogram = {0};
    assert_int_equal(histogram_quantile_us(&histogram, 0.5), 0);
    histogram_add(&histogram, -5);
    assert_int_equal(histogram_quantile_us(&histogram, 0.5), 0);
    histogram_add(&histogram, INT64_C(3600) * SECOND_US);
    assert_int_equal(histogram.max_us, INT64_C(3600) * SECOND_US);
    assert_int_equal(histogram.count, 2);
}

/* The schedule */

static void test_orders_are_planned_at_fixed_distances(void **state)
{
    (void)state;
    struct schedule schedule = {0};
    size_t count = 0;
    schedule_add(&schedule, 2, 400);
    for (; schedule_due_us(&schedule) >= 0; schedule_advance(&schedule))
        assert_int_equal(schedule_due_us(&schedule), 2500 * count++);
    assert_int_equal(count, 800);
    assert_in_range(schedule.total, 800, 810);
}

static void test_a_burst_is_ten_times_as_dense(void **state)
{
    (void)state;
    struct schedule schedule = {0};
    size_t counts[3] = {0};
    schedule_add(&schedule, 5, 10);
    schedule_add(&schedule, BURST_S, 10 * BURST_FACTOR);
    schedule_add(&schedule, 5, 10);
    for (; schedule_due_us(&schedule) >= 0; schedule_advance(&schedule))
        counts[schedule.part]++;
    assert_int_equal(counts[0], 50);
    assert_int_equal(counts[1], 1000);
    assert_int_equal(counts[2], 50);
}

/* The orders: each is planned in the first second, and measured */

static struct stats stats;
static struct orders *orders;

static int begin(void **state)
{
    (void)state;
    stats_init(&stats, 0, 0, 60);
    orders = orders_new(10, &stats);
    return 0;
}

static int end(void **state)
{
    (void)state;
    orders_free(orders);
    stats_free(&stats);
    return 0;
}

static struct order_request place(enum order_kind kind)
{
    struct order_request request = {0};
    assert_true(orders_plan(orders, kind, 1000));
    assert_true(orders_next_request(orders, &request));
    assert_int_equal(request.kind, kind);
    return request;
}

static void tell(int32_t order_id, enum fate fate, int64_t at_us)
{
    orders_told(orders, &(struct arrival){at_us, order_id, fate});
}

static void test_approved_after_its_answer(void **state)
{
    (void)state;
    const struct order_request request = place(KIND_APPROVED);
    orders_answered(orders, request.index, 200, "{\"orderId\":7}", 3000);
    assert_int_equal(orders_in_flight(orders), 1);
    tell(7, FATE_APPROVED, 9000);
    assert_int_equal(orders_in_flight(orders), 0);
    assert_int_equal(stats.counts[COUNT_APPROVED], 1);
    assert_int_equal(stats.counts[COUNT_COMPLETED], 1);
    assert_int_equal(stats.answer.max_us, 2000);
    assert_int_equal(stats.outcome.max_us, 8000);
}

static void test_approved_before_its_answer(void **state)
{
    (void)state;
    const struct order_request request = place(KIND_APPROVED);
    tell(7, FATE_APPROVED, 2500);
    orders_answered(orders, request.index, 201, "{\"orderId\":7}", 3000);
    orders_finish(orders);
    assert_int_equal(orders_in_flight(orders), 0);
    assert_int_equal(stats.outcome.max_us, 1500);
    assert_int_equal(stats.errors[ERROR_STRANGER], 0);
}

static void test_declined(void **state)
{
    (void)state;
    const struct order_request request = place(KIND_DECLINED);
    orders_answered(orders, request.index, 200, "{\"orderId\":7}", 3000);
    tell(7, FATE_REJECTED, 9000);
    assert_int_equal(stats.counts[COUNT_REJECTED], 1);
    assert_int_equal(stats.errors[ERROR_OUTCOME], 0);
}

static void test_cancelled_when_it_is_approved(void **state)
{
    (void)state;
    const struct order_request request = place(KIND_CANCELLED);
    struct order_request cancellation;
    orders_answered(orders, request.index, 200, "{\"orderId\":7}", 3000);
    assert_false(orders_next_request(orders, &cancellation));
    tell(7, FATE_APPROVED, 9000);
    assert_true(orders_next_request(orders, &cancellation));
    assert_int_equal(cancellation.order_id, 7);
    orders_answered(orders, cancellation.index, 200, "{\"orderId\":7,\"state\":\"…\"}", 9500);
    assert_int_equal(stats.counts[COUNT_COMPLETED], 0);
    tell(7, FATE_CANCELLED, 12000);
    assert_int_equal(stats.counts[COUNT_CANCELLED], 1);
    assert_int_equal(stats.counts[COUNT_COMPLETED], 1);
    assert_int_equal(stats.outcome.max_us, 8000);
    assert_int_equal(stats.cancellation.max_us, 3000);
    assert_int_equal(orders_in_flight(orders), 0);
}

static void test_unexpected_outcomes_are_errors(void **state)
{
    (void)state;
    const struct order_request request = place(KIND_APPROVED);
    orders_answered(orders, request.index, 200, "{\"orderId\":7}", 3000);
    tell(7, FATE_REJECTED, 9000);
    assert_int_equal(stats.errors[ERROR_OUTCOME], 1);
    assert_int_equal(orders_in_flight(orders), 0);
}

static void test_refused_and_broken_requests_are_errors(void **state)
{
    (void)state;
    orders_answered(orders, place(KIND_APPROVED).index, 503, "{}", 3000);
    orders_answered(orders, place(KIND_APPROVED).index, 0, "", 3000);
    orders_answered(orders, place(KIND_APPROVED).index, 200, "{}", 3000);
    assert_int_equal(stats.statuses[503], 1);
    assert_int_equal(stats.errors[ERROR_CONNECTION], 1);
    assert_int_equal(stats.errors[ERROR_ANSWER], 1);
    assert_int_equal(orders_in_flight(orders), 0);
}

static void test_what_does_not_end_is_given_up_after_30_s(void **state)
{
    (void)state;
    const struct order_request unanswered = place(KIND_APPROVED);
    const struct order_request answered = place(KIND_APPROVED);
    orders_answered(orders, answered.index, 200, "{\"orderId\":8}", 3000);
    assert_true(orders_plan(orders, KIND_APPROVED, 1000));
    orders_expire(orders, 30 * SECOND_US);
    assert_int_equal(orders_in_flight(orders), 3);
    orders_expire(orders, 31 * SECOND_US);
    assert_int_equal(orders_in_flight(orders), 0);
    assert_int_equal(stats.errors[ERROR_NO_ANSWER], 1);
    assert_int_equal(stats.errors[ERROR_NO_OUTCOME], 1);
    assert_int_equal(stats.errors[ERROR_NOT_SENT], 1);
    /* An answer that comes after all changes nothing, and its outcome is no stranger's. */
    orders_answered(orders, unanswered.index, 200, "{\"orderId\":7}", 32 * SECOND_US);
    tell(7, FATE_APPROVED, 33 * SECOND_US);
    orders_finish(orders);
    assert_int_equal(stats.counts[COUNT_APPROVED], 0);
    assert_int_equal(stats.errors[ERROR_STRANGER], 0);
    struct order_request request;
    assert_false(orders_next_request(orders, &request));
}

static void test_outcomes_of_no_order_are_counted(void **state)
{
    (void)state;
    tell(99, FATE_APPROVED, 9000);
    orders_finish(orders);
    assert_int_equal(stats.errors[ERROR_STRANGER], 1);
}

static void test_the_warm_up_is_not_measured(void **state)
{
    (void)state;
    stats.measure_from_us = SECOND_US;
    const struct order_request request = place(KIND_APPROVED);
    orders_answered(orders, request.index, 200, "{\"orderId\":7}", 3000);
    tell(7, FATE_APPROVED, 9000);
    assert_int_equal(stats.counts[COUNT_COMPLETED], 0);
    assert_int_equal(stats.outcome.count, 0);
    assert_int_equal(stats.placed, 1);
    assert_int_equal(stats.seconds[0].completed, 1);
}

static void test_no_more_than_there_is_room_for(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_true(orders_plan(orders, KIND_APPROVED, 1000));
    assert_false(orders_plan(orders, KIND_APPROVED, 1000));
}

#define ORDER_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_are_at_most_a_hundredth_too_long),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_orders_are_planned_at_fixed_distances),
        cmocka_unit_test(test_a_burst_is_ten_times_as_dense),
        ORDER_TEST(test_approved_after_its_answer),
        ORDER_TEST(test_approved_before_its_answer),
        ORDER_TEST(test_declined),
        ORDER_TEST(test_cancelled_when_it_is_approved),
        ORDER_TEST(test_unexpected_outcomes_are_errors),
        ORDER_TEST(test_refused_and_broken_requests_are_errors),
        ORDER_TEST(test_what_does_not_end_is_given_up_after_30_s),
        ORDER_TEST(test_outcomes_of_no_order_are_counted),
        ORDER_TEST(test_the_warm_up_is_not_measured),
        ORDER_TEST(test_no_more_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
