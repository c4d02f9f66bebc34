/* Paths, ids and request targets of the HTTP server. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "http_internal.h"

static const struct route routes[] = {
    {.method = "POST", .path = "/orders"},
    {.method = "GET", .path = "/orders"},
    {.method = "GET", .path = "/orders/{id}"},
    {.method = "POST", .path = "/orders/{id}/cancel"},
    {.method = "PUT", .path = "/restaurants/{id}/menu"},
};
enum { ROUTES = sizeof routes / sizeof routes[0] };

static void test_found(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        size_t route;
        int32_t id;
        bool versioned;
    } rows[] = {
        {"POST", "/orders", 0, 0, false},
        {"GET", "/orders", 1, 0, false},
        {"HEAD", "/orders", 1, 0, false},
        {"GET", "/v1/orders", 1, 0, true},
        {"GET", "/orders/1", 2, 1, false},
        {"GET", "/v1/orders/2147483647", 2, INT32_MAX, true},
        {"POST", "/orders/42/cancel", 3, 42, false},
        {"PUT", "/v1/restaurants/7/menu", 4, 7, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct route_match match = route_find(routes, ROUTES, rows[i].method, rows[i].path);
        if (match.route != &routes[rows[i].route])
            fail_msg("%s %s: %s", rows[i].method, rows[i].path, match.detail);
        assert_int_equal(match.id, rows[i].id);
        assert_int_equal(match.versioned, rows[i].versioned);
    }
}

static void test_not_found(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        int status;
        const char *allow;
    } rows[] = {
        {"GET", "/", 404, ""},
        {"GET", "", 404, ""},
        {"GET", "/v1", 404, ""},
        {"GET", "/v1/", 404, ""},
        {"GET", "/v2/orders", 404, ""},
        {"GET", "/orders/", 404, ""},
        {"GET", "/orders/1/", 404, ""},
        {"GET", "//orders", 404, ""},
        {"GET", "/ORDERS", 404, ""},
        {"GET", "/orders/1/2", 404, ""},
        {"POST", "/orders//cancel", 404, ""},
        {"POST", "/orders/1/cancelled", 404, ""},
        {"GET", "/orders/0", 404, ""},
        {"GET", "/orders/2147483648", 404, ""},
        {"GET", "/orders/999999999999999999999999999999", 404, ""},
        {"GET", "/orders/00", 400, ""},
        {"GET", "/orders/01", 400, ""},
        {"GET", "/orders/+1", 400, ""},
        {"GET", "/orders/-1", 400, ""},
        {"GET", "/orders/-999", 400, ""},
        {"GET", "/orders/1.0", 400, ""},
        {"GET", "/orders/0x1", 400, ""},
        {"GET", "/orders/{id}", 400, ""},
        {"GET", "/orders/x2345678901234567890123456789", 400, ""},
        {"PUT", "/orders", 405, "POST, GET, HEAD"},
        {"HEAD", "/orders/1/cancel", 405, "POST"},
        {"DELETE", "/orders/1", 405, "GET, HEAD"},
        {"get", "/orders/1", 405, "GET, HEAD"},
        {"", "/orders/1", 405, "GET, HEAD"},
        {"DELETE", "/orders/x", 405, "GET, HEAD"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct route_match match = route_find(routes, ROUTES, rows[i].method, rows[i].path);
        assert_null(match.route);
        if (match.status != rows[i].status || strcmp(match.allow, rows[i].allow) != 0)
            fail_msg("%s %s: %d %s", rows[i].method, rows[i].path, match.status, match.allow);
    }
}

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum integer_reading reading;
        int64_t value;
    } rows[] = {
        {"0", INTEGER_OK, 0},
        {"-5", INTEGER_OK, -5},
        {"10", INTEGER_OK, 10},
        {"11", INTEGER_OUT_OF_RANGE, 0},
        {"-6", INTEGER_OUT_OF_RANGE, 0},
        {"999999999999999999", INTEGER_OUT_OF_RANGE, 0},
        {"-9999999999999999999999", INTEGER_OUT_OF_RANGE, 0},
        {"", INTEGER_MALFORMED, 0},
        {"-", INTEGER_MALFORMED, 0},
        {"-0", INTEGER_MALFORMED, 0},
        {"--1", INTEGER_MALFORMED, 0},
        {"007", INTEGER_MALFORMED, 0},
        {" 1", INTEGER_MALFORMED, 0},
        {"1 ", INTEGER_MALFORMED, 0},
        {"1e3", INTEGER_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = 0;
        if (integer_read(rows[i].text, -5, 10, &value) != rows[i].reading)
            fail_msg("'%s'", rows[i].text);
        assert_int_equal(value, rows[i].value);
    }
}

static void test_targets(void **state)
{
    (void)state;
    static const char *const good[] = {"/", "/orders/1", "/orders?consumerId=1&x=%20%41",
                                       "/%2F%c3%A4"};
    static const char *const bad[] = {
        "",   "orders",   "*",    "http://a/orders", "/a b",  "/a\tb", "/a\x7f",
        "/ä", "/a%",      "/a%4", "/a%g0",           "/a%0g", "/a%00", "/a?b=%0A",
        "/%", "/a%1f%41", "/%7f",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_null(target_problem(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (target_problem(bad[i]) == NULL)
            fail_msg("'%s' passed", bad[i]);
    }
}

static void test_versions(void **state)
{
    (void)state;
    bool versioned = true;
    assert_string_equal(path_unversioned("/orders", &versioned), "/orders");
    assert_false(versioned);
    assert_string_equal(path_unversioned("/v1/orders/1", &versioned), "/orders/1");
    assert_true(versioned);
    assert_string_equal(path_unversioned("/v10/orders", &versioned), "/v10/orders");
    assert_false(versioned);
}

static void test_content_types(void **state)
{
    (void)state;
    static const char *const good[] = {
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ; a=b ; charset=utf-8",
        "application/json;",
    };
    static const char *const bad[] = {
        "",
        "json",
        "text/json",
        "application/json2",
        "application/jso",
        "application/problem+json",
        "application/json; charset=utf-16",
        "application/json;charset=",
        "application/json, text/plain",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!content_type_is_json(good[i], strlen(good[i])))
            fail_msg("'%s' refused", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (content_type_is_json(bad[i], strlen(bad[i])))
            fail_msg("'%s' passed", bad[i]);
    }
}

static void test_idempotency_keys(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key; /* NULL: refused */
    } rows[] = {
        {"a", "a"},
        {"8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"},
        {"a+/=:!", "a+/=:!"},
        {"\"a b\"", "a b"},
        {"\"a\\\"b\\\\\"", "a\"b\\"},
        {"", NULL},
        {"\"", NULL},
        {"\"\"", NULL},
        {"\"\"\"", NULL},
        {"\"a\\\"", NULL},
        {"\"a\\b\"", NULL},
        {"\"a\tb\"", NULL},
        {"a b", NULL},
        {"a\"b", NULL},
        {"a;b", NULL},
        {"a,b", NULL},
        {"a\x7f", NULL},
        {"ä", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char key[HTTP_KEY_MAX + 1];
        bool taken = idempotency_key_read(rows[i].text, strlen(rows[i].text), key);
        if (taken != (rows[i].key != NULL) || (taken && strcmp(key, rows[i].key) != 0))
            fail_msg("%s", rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_content_types),
        cmocka_unit_test(test_idempotency_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
