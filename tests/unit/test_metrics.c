/* The Prometheus text form. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <string.h>

#include <cmocka.h>

#include "metrics.h"

static struct metric applied = {METRIC_COUNTER, "test_steps_total", "Steps, \\ and\nlines.",
                                .labels = "verdict=\"applied\""};
static struct metric depth = {METRIC_GAUGE, "test_depth", "Depth.", .labels = NULL};
static struct metric ignored = {METRIC_COUNTER, "test_steps_total", "Steps.",
                                .labels = "verdict=\"ignored\""};
static struct metric duration = {METRIC_HISTOGRAM, "test_duration_seconds", "Duration.",
                                 .labels = "route=\"/orders\""};
static struct metric contended = {METRIC_COUNTER, "test_contended_total", "Contended.",
                                  .labels = NULL};

static void test_text(void **state)
{
    (void)state;
    struct buf out = {0};
    metric_add(&applied, 3);
    metric_register(&depth);
    metric_set(&depth, -7);
    metric_register(&ignored);
    metric_register(&ignored);
    metrics_write(&out);
    assert_string_equal(buf_text(&out), "# HELP test_steps_total Steps, \\\\ and\\nlines.\n"
                                        "# TYPE test_steps_total counter\n"
                                        "test_steps_total{verdict=\"applied\"} 3\n"
                                        "test_steps_total{verdict=\"ignored\"} 0\n"
                                        "# HELP test_depth Depth.\n"
                                        "# TYPE test_depth gauge\n"
                                        "test_depth -7\n");
    buf_free(&out);
}

static void test_histogram(void **state)
{
    (void)state;
    struct buf out = {0};
    metric_observe_us(&duration, 1000);
    metric_observe_us(&duration, 1001);
    metric_observe_us(&duration, 11000000);
    metric_observe_us(&duration, -5);
    metrics_write(&out);
    const char *text = strstr(buf_text(&out), "# HELP test_duration_seconds");
    assert_non_null(text);
    assert_non_null(strstr(text,
                           "# TYPE test_duration_seconds histogram\n"
                           "test_duration_seconds_bucket{route=\"/orders\",le=\"0.001\"} 2\n"
                           "test_duration_seconds_bucket{route=\"/orders\",le=\"0.0025\"} 3\n"));
    assert_non_null(strstr(text, "test_duration_seconds_bucket{route=\"/orders\",le=\"10\"} 3\n"
                                 "test_duration_seconds_bucket{route=\"/orders\",le=\"+Inf\"} 4\n"
                                 "test_duration_seconds_sum{route=\"/orders\"} 11.002001\n"
                                 "test_duration_seconds_count{route=\"/orders\"} 4\n"));
    buf_free(&out);
}

enum { THREADS = 4, ROUNDS = 10000 };

static void *count_up(void *unused)
{
    for (int i = 0; i < ROUNDS; i++)
        metric_add(&contended, 1);
    return unused;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct buf out = {0};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
    metrics_write(&out);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    buf_clear(&out);
    metrics_write(&out);
    assert_non_null(strstr(buf_text(&out), "\ntest_contended_total 40000\n"));
    assert_null(
        strstr(strstr(buf_text(&out), "test_contended_total 40000") + 1, "test_contended_total"));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
