/* Does a process die where it is told to, and nowhere else? Each case in a child.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "failpoint.h"
#include "log.h"

/* How often a child passes `point` with each of two details in turn; it says so by its exit status,
 * or dies. */
enum { PASSES = 6 };

static void live(const char *setting, enum failpoint point)
{
    static const char *const details[] = {"a", NULL};
    struct err err = {0};
    log_init("test", LOG_ERROR);
    if (freopen("/dev/null", "w", stdout) == NULL || failpoint_set(setting, &err) != ERR_OK)
        _exit(1);
    for (int i = 0; i < PASSES; i++)
        failpoint_pass(point, details[i % 2]);
    _exit(0);
}

static bool dies(const char *setting, enum failpoint point)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        live(setting, point);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        assert_int_equal(WTERMSIG(status), SIGKILL);
    else
        assert_int_equal(WEXITSTATUS(status), 0);
    return WIFSIGNALED(status);
}

static void test_dies_at_the_nth_passing(void **state)
{
    (void)state;
    assert_true(dies("decided:1", FAILPOINT_DECIDED));
    assert_true(dies("decided:6", FAILPOINT_DECIDED));
    assert_false(dies("decided:7", FAILPOINT_DECIDED));
    assert_true(dies("ack_after:1", FAILPOINT_ACK_AFTER));
}

static void test_other_points_do_nothing(void **state)
{
    (void)state;
    assert_false(dies("decided:1", FAILPOINT_COMMIT_SENT));
    assert_false(dies("", FAILPOINT_DECIDED));
    assert_false(dies("decided:1", FAILPOINT_NONE));
}

static void test_dies_at_a_detail(void **state)
{
    (void)state;
    assert_true(dies("deciding@a", FAILPOINT_DECIDING));
    assert_false(dies("deciding@b", FAILPOINT_DECIDING));
}

static void test_malformed_settings_are_refused(void **state)
{
    static const char *const malformed[] = {
        "decided",    "decide:1",   ":1",         "decided:",  "decided:0",         "decided:x",
        "decided:1x", "decided:-1", "decided: 1", "DECIDED:1", "decided:1000000000"};
    (void)state;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        struct err err = {0};
        assert_int_equal(failpoint_set(malformed[i], &err), ERR_CONFIG);
        assert_non_null(strstr(err.text, malformed[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dies_at_the_nth_passing),
        cmocka_unit_test(test_other_points_do_nothing),
        cmocka_unit_test(test_dies_at_a_detail),
        cmocka_unit_test(test_malformed_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
