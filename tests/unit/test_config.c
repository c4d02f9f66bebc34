/* Settings: what is read, and how what is refused is named. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"

static char *name;
static char *url;
static int64_t port;
static bool watch;

static const struct config_var vars[] = {
    {"TEST_NAME", CONFIG_TEXT, "kitchen", 0, 0, &name, "The name."},
    {"TEST_DB_URL", CONFIG_TEXT, NULL, 0, 0, &url, "Where the database is."},
    {"TEST_PORT", CONFIG_INTEGER, "8083", 1, 65535, &port, "The port."},
    {"TEST_WATCH", CONFIG_BOOL, "true", 0, 0, &watch, "Have the queue."},
};

static struct err err;

static enum err_code load(void)
{
    free(name);
    free(url);
    name = NULL;
    url = NULL;
    err = (struct err){0};
    return config_load(vars, sizeof vars / sizeof vars[0], &err);
}

static int clear_environment(void **state)
{
    (void)state;
    static const char *const names[] = {"TEST_NAME",        "TEST_NAME_FILE", "TEST_DB_URL",
                                        "TEST_DB_URL_FILE", "TEST_PORT",      "TEST_PORT_FILE",
                                        "TEST_WATCH"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
    return setenv("TEST_DB_URL", "postgresql://x:geheim@db/brigade", 1);
}

static void test_defaults(void **state)
{
    (void)state;
    assert_int_equal(load(), ERR_OK);
    assert_string_equal(name, "kitchen");
    assert_string_equal(url, "postgresql://x:geheim@db/brigade");
    assert_int_equal(port, 8083);
    assert_true(watch);
}

static void test_values(void **state)
{
    (void)state;
    setenv("TEST_NAME", "order", 1);
    setenv("TEST_PORT", "65535", 1);
    setenv("TEST_WATCH", "false", 1);
    assert_int_equal(load(), ERR_OK);
    assert_string_equal(name, "order");
    assert_int_equal(port, 65535);
    assert_false(watch);
}

static void test_empty_is_not_set(void **state)
{
    (void)state;
    setenv("TEST_PORT", "", 1);
    assert_int_equal(load(), ERR_OK);
    assert_int_equal(port, 8083);
    setenv("TEST_DB_URL", "", 1);
    assert_int_equal(load(), ERR_CONFIG);
    assert_string_equal(err.text, "TEST_DB_URL must be set: Where the database is.");
}

static void test_bad_integers(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "0", "65536", "-1", "+1", "1 ", " 1", "8083x", "0x10", "1e3", "-", "99999999999999999999"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char expected[120];
        setenv("TEST_PORT", rows[i], 1);
        assert_int_equal(load(), ERR_CONFIG);
        (void)snprintf(expected, sizeof expected,
                       "TEST_PORT is \"%s\", but must be an integer from 1 to 65535", rows[i]);
        assert_string_equal(err.text, expected);
    }
}

static void test_bad_bools(void **state)
{
    (void)state;
    static const char *const rows[] = {"1", "yes", "True", "on", "truee"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        setenv("TEST_WATCH", rows[i], 1);
        assert_int_equal(load(), ERR_CONFIG);
        assert_non_null(strstr(err.text, "must be true or false"));
        assert_non_null(strstr(err.text, rows[i]));
    }
}

static void test_secret_is_not_shown(void **state)
{
    (void)state;
    int64_t number = 0;
    const struct config_var secret = {"TEST_PASSWORD", CONFIG_INTEGER, NULL, 0, 9, &number, ""};
    setenv("TEST_PASSWORD", "geheim", 1);
    err = (struct err){0};
    assert_int_equal(config_load(&secret, 1, &err), ERR_CONFIG);
    assert_null(strstr(err.text, "geheim"));
    assert_non_null(strstr(err.text, "TEST_PASSWORD must be an integer from 0 to 9"));
}

/* Let TEST_DB_URL_FILE name a file with this content. */
static void set_file(const char *content, size_t length)
{
    char path[] = "/tmp/test_config.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, length), (ssize_t)length);
    close(fd);
    unsetenv("TEST_DB_URL");
    setenv("TEST_DB_URL_FILE", path, 1);
}

static void test_file(void **state)
{
    (void)state;
    set_file("postgresql://db\r\n", 17);
    assert_int_equal(load(), ERR_OK);
    assert_string_equal(url, "postgresql://db");
    setenv("TEST_DB_URL", "postgresql://other", 1);
    assert_int_equal(load(), ERR_CONFIG);
    assert_string_equal(err.text, "TEST_DB_URL and TEST_DB_URL_FILE are both set");
    unlink(getenv("TEST_DB_URL_FILE"));
}

static void test_bad_files(void **state)
{
    (void)state;
    char *large = calloc(1, 5000);
    assert_non_null(large);
    set_file(large, 3); /* NULs */
    assert_int_equal(load(), ERR_CONFIG);
    unlink(getenv("TEST_DB_URL_FILE"));
    memset(large, 'x', 5000);
    set_file(large, 5000);
    assert_int_equal(load(), ERR_CONFIG);
    assert_non_null(strstr(err.text, "less than 4096 bytes"));
    unlink(getenv("TEST_DB_URL_FILE"));
    free(large);
    set_file("\n", 1);
    assert_int_equal(load(), ERR_CONFIG);
    assert_non_null(strstr(err.text, "is empty"));
    unlink(getenv("TEST_DB_URL_FILE"));
    assert_int_equal(load(), ERR_CONFIG);
    assert_non_null(strstr(err.text, "TEST_DB_URL_FILE: cannot open"));
    assert_non_null(strstr(err.text, "No such file"));
    setenv("TEST_DB_URL_FILE", "/tmp", 1);
    assert_int_equal(load(), ERR_CONFIG);
}

static void test_file_only_for_texts(void **state)
{
    (void)state;
    setenv("TEST_PORT_FILE", "/nowhere", 1);
    assert_int_equal(load(), ERR_OK);
    assert_int_equal(port, 8083);
}

static int free_values(void **state)
{
    (void)state;
    free(name);
    free(url);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_defaults, clear_environment),
        cmocka_unit_test_setup(test_values, clear_environment),
        cmocka_unit_test_setup(test_empty_is_not_set, clear_environment),
        cmocka_unit_test_setup(test_bad_integers, clear_environment),
        cmocka_unit_test_setup(test_bad_bools, clear_environment),
        cmocka_unit_test_setup(test_secret_is_not_shown, clear_environment),
        cmocka_unit_test_setup(test_file, clear_environment),
        cmocka_unit_test_setup(test_bad_files, clear_environment),
        cmocka_unit_test_setup(test_file_only_for_texts, clear_environment),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, free_values);
}
