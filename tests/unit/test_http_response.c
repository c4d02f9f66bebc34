/* Problems (RFC 9457) and the answers of queries. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "http_internal.h"

static void test_problem(void **state)
{
    (void)state;
    struct response response = {0};
    response_problem(&response, 422, "menuItemId \"%s\" is unknown", "a\\b\n");
    assert_int_equal(response.status, 422);
    assert_string_equal(
        buf_text(&response.body),
        "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\",\"status\":422,"
        "\"detail\":\"menuItemId \\\"a\\\\b\\n\\\" is unknown\"}");
    assert_null(response.content_type);
    assert_int_equal(response.retry_after_s, 0);
    response_free(&response);
    assert_null(response.body.bytes);
    assert_int_equal(response.status, 0);
    response_free(&response);
}

/* A problem takes the place of what was there. */
static void test_problem_replaces(void **state)
{
    (void)state;
    struct response response = {
        .status = 201, .location = "/orders/1", .content_type = "text/plain"};
    buf_append_text(&response.body, "{\"orderId\":1}");
    response_problem(&response, 503, "away");
    assert_int_equal(response.status, 503);
    assert_int_equal(response.retry_after_s, 1);
    assert_string_equal(response.location, "");
    assert_null(response.content_type);
    assert_null(strstr(buf_text(&response.body), "orderId"));
    response_problem(&response, 404, "gone");
    assert_int_equal(response.retry_after_s, 0);
    response_free(&response);
}

static void test_long_detail_is_cut(void **state)
{
    (void)state;
    char text[5000];
    memset(text, '"', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct response response = {0};
    response_problem(&response, 400, "%s", text);
    assert_in_range(response.body.length, 500, 1500);
    assert_string_equal(response.body.bytes + response.body.length - 4, "\\\"\"}");
    response_free(&response);
}

static void test_titles(void **state)
{
    (void)state;
    assert_string_equal(status_title(404), "Not Found");
    assert_string_equal(status_title(409), "Conflict");
    assert_string_equal(status_title(418), "Request Refused");
    assert_string_equal(status_title(599), "Server Error");
}

struct dish {
    int32_t id;
};
static const struct codec_field dish_fields[] = {
    {.name = "id", .type = CODEC_INT32, .required = true, .min = 1, .max = INT32_MAX},
};
static const struct codec_record dish_record = {"Dish", sizeof(struct dish), dish_fields, 1};

static void test_query_answers(void **state)
{
    (void)state;
    struct response response = {0};
    struct query query = {.response = &response};
    const struct dish dish = {.id = 7};
    query_answer(&query, &dish_record, &dish);
    assert_int_equal(response.status, 200);
    assert_string_equal(buf_text(&response.body), "{\"id\":7}");
    query_not_found(&query, "dish");
    assert_int_equal(response.status, 404);
    assert_non_null(strstr(buf_text(&response.body), "\"detail\":\"no such dish\""));
    query_failed(&query, &(struct err){.code = ERR_TIMEOUT, .text = "the text stays in the log"});
    assert_int_equal(response.status, 503);
    assert_int_equal(response.retry_after_s, 1);
    assert_null(strstr(buf_text(&response.body), "in the log"));
    query_failed(&query, &(struct err){.code = ERR_INVALID, .text = "the text stays in the log"});
    assert_int_equal(response.status, 500);
    assert_null(strstr(buf_text(&response.body), "in the log"));
    response_free(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_problem),
        cmocka_unit_test(test_problem_replaces),
        cmocka_unit_test(test_long_detail_is_cut),
        cmocka_unit_test(test_titles),
        cmocka_unit_test(test_query_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
