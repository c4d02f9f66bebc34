/* Waits between tries. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log.h"
#include "retry.h"

static void test_ceiling_doubles_up_to_the_cap(void **state)
{
    (void)state;
    struct backoff backoff;
    backoff_init(&backoff, 100, 1000);
    const int64_t ceilings_ms[] = {100, 200, 400, 800, 1000, 1000, 1000};
    for (size_t i = 0; i < sizeof ceilings_ms / sizeof ceilings_ms[0]; i++)
        assert_in_range(backoff_next_ms(&backoff), 1, ceilings_ms[i]);
    backoff_reset(&backoff);
    assert_in_range(backoff_next_ms(&backoff), 1, 100);
}

static void test_jitter_uses_the_whole_range(void **state)
{
    (void)state;
    bool low = false;
    bool high = false;
    for (int i = 0; i < 1000; i++) {
        struct backoff backoff;
        backoff_init(&backoff, 100, 100);
        int64_t wait_ms = backoff_next_ms(&backoff);
        low = low || wait_ms <= 20;
        high = high || wait_ms > 80;
    }
    assert_true(low && high);
}

static void test_retry(void **state)
{
    (void)state;
    struct retry retry;
    struct err err = {0};
    retry_init(&retry, "test");
    assert_int_equal(retry_wait_ms(&retry), 0);
    for (int i = 1; i <= 10; i++) {
        (void)err_set(&err, ERR_UNAVAILABLE, "away");
        retry_failed(&retry, &err);
        assert_in_range(retry_wait_ms(&retry), 0, 5000);
        assert_int_equal(retry.attempts, i);
        assert_int_equal(retry.reported, ERR_CLASS_RETRY);
    }
    (void)err_set(&err, ERR_CONFIG, "wrong");
    retry_failed(&retry, &err);
    assert_int_equal(retry.reported, ERR_CLASS_FATAL);
    retry_worked(&retry);
    assert_int_equal(retry_wait_ms(&retry), 0);
    assert_int_equal(retry.reported, ERR_CLASS_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ceiling_doubles_up_to_the_cap),
        cmocka_unit_test(test_jitter_uses_the_whole_range),
        cmocka_unit_test(test_retry),
    };
    log_init("test", LOG_INFO);
    return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
