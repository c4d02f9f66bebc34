/* The HTTP server from outside: routes, bodies, headers, answers. SPDX-License-Identifier: MIT */
#include "http_fixture.h"

#include <stdio.h>
#include <string.h>

static struct fixture fixture;

#define THING "{\"size\":3,\"name\":\"bolt\"}"

static int start(void **state)
{
    (void)state;
    fixture = (struct fixture){0};
    fixture_start(&fixture);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fixture_stop(&fixture);
    return 0;
}

static void assert_header(const struct reply *reply, const char *name, const char *expected)
{
    char value[256];
    assert_string_equal(reply_header(reply, name, value), expected);
}

static void assert_problem(const struct reply *reply, int status, const char *detail_part)
{
    assert_int_equal(reply->status, status);
    assert_header(reply, "Content-Type", "application/problem+json");
    assert_non_null(strstr(reply->body, "\"type\":\"about:blank\""));
    if (strstr(reply->body, detail_part) == NULL)
        fail_msg("no '%s' in %s", detail_part, reply->body);
}

static void test_creation(void **state)
{
    (void)state;
    struct reply reply = post(&fixture, "/things", "", THING);
    assert_int_equal(reply.status, 200);
    assert_header(&reply, "Location", "");
    assert_header(&reply, "Content-Type", "application/json");
    assert_header(&reply, "Cache-Control", "no-store");
    assert_string_equal(reply.body, "{\"thingId\":7}");
    reply = post(&fixture, "/v1/things", "", THING);
    assert_int_equal(reply.status, 201);
    assert_header(&reply, "Location", "/v1/things/7");
    assert_string_equal(reply.body, "{\"thingId\":7}");
}

static void test_command_without_body(void **state)
{
    (void)state;
    struct reply reply = ask(&fixture, "PUT /things/42/open HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "{\"id\":42}");
    reply = ask(&fixture, "PUT /things/42/open HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(reply.status, 200);
    reply = ask(&fixture, "PUT /things/42/open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
    assert_problem(&reply, 400, "takes no body");
    reply = ask(&fixture, "POST /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(reply.status, 204);
    assert_header(&reply, "Content-Type", "");
    reply = ask(&fixture, "PUT /refused HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_problem(&reply, 409, "it is \\\"open\\\" already");
}

static void test_unknown(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int status;
        const char *allow;
    } rows[] = {
        {"GET /nothing", 404, ""},
        {"GET /things/", 404, ""},
        {"GET /things/1/", 404, ""},
        {"GET /v1", 404, ""},
        {"GET /v1/v1/things/1", 404, ""},
        {"GET /v1/livez", 404, ""},
        {"GET /things/0", 404, ""},
        {"GET /things/2147483648", 404, ""},
        {"GET /things/99999999999999999999", 404, ""},
        {"GET /things/abc", 400, ""},
        {"GET /things/-1", 400, ""},
        {"GET /things/01", 400, ""},
        {"GET /things/1x", 400, ""},
        {"GET /things/%31", 400, ""},
        {"GET /things", 405, "POST"},
        {"DELETE /things/1", 405, "GET, HEAD"},
        {"OPTIONS /v1/things", 405, "POST"},
        {"POST /livez", 405, "GET, HEAD"},
        {"A-METHOD-NOBODY-KNOWS /livez", 405, "GET, HEAD"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reply reply = ask(&fixture, "%s HTTP/1.1\r\nHost: a\r\n\r\n", rows[i].line);
        if (reply.status != rows[i].status)
            fail_msg("%s: %d", rows[i].line, reply.status);
        assert_problem(&reply, rows[i].status, "\"detail\":");
        assert_header(&reply, "Allow", rows[i].allow);
    }
}

static void test_database_away(void **state)
{
    (void)state;
    struct reply reply = ask(&fixture, "GET /things/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_problem(&reply, 503, "database");
    assert_header(&reply, "Retry-After", "1");
}

static void test_content_type(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int status;
    } rows[] = {
        {"", 415},
        {"Content-Type: text/plain\r\n", 415},
        {"Content-Type: application/jsonx\r\n", 415},
        {"Content-Type: application/json; charset=latin1\r\n", 415},
        {"Content-Type: application/json\r\nContent-Type: text/plain\r\n", 415},
        {"Content-Type: Application/JSON\r\n", 200},
        {"Content-Type: application/json;charset=UTF-8\r\n", 200},
        {"Content-Type: application/json ; Charset=\"utf-8\" ; x=y\r\n", 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reply reply =
            ask(&fixture, "POST /things HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n%s",
                rows[i].header, strlen(THING), THING);
        if (reply.status != rows[i].status)
            fail_msg("%s: %d", rows[i].header, reply.status);
    }
}

static void test_bad_body(void **state)
{
    (void)state;
    struct reply reply = post(&fixture, "/things", "", "");
    assert_problem(&reply, 400, "empty");
    reply = post(&fixture, "/things", "", "{\"size\":3");
    assert_problem(&reply, 400, "");
    reply = post(&fixture, "/things", "", "{\"size\":101}");
    assert_problem(&reply, 400, "size");
    reply = post(&fixture, "/things", "", "{}");
    assert_problem(&reply, 400, "size");
    assert_int_equal(atomic_load(&fixture.decided), 0);
}

static void test_chunked_body(void **state)
{
    (void)state;
    struct reply reply = ask(&fixture, "POST /things HTTP/1.1\r\nHost: a\r\n"
                                       "Content-Type: application/json\r\n"
                                       "Transfer-Encoding: Chunked\r\n\r\n"
                                       "8\r\n{\"size\":\r\n2\r\n3}\r\n0\r\n\r\n");
    assert_int_equal(reply.status, 200);
}

static void test_keep_alive_and_pipeline(void **state)
{
    (void)state;
    struct client client = client_open(&fixture);
    for (int i = 0; i < 50; i++)
        client_say(&client, "PUT /things/%d/open HTTP/1.1\r\nHost: a\r\n\r\n", i + 1);
    client_say(&client, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 50; i++) {
        char expected[32];
        (void)snprintf(expected, sizeof expected, "{\"id\":%d}", i + 1);
        struct reply reply = client_take(&client, false);
        assert_int_equal(reply.status, 200);
        assert_string_equal(reply.body, expected);
    }
    assert_int_equal(client_take(&client, false).status, 404);
    client_close(&client);
}

static void test_head(void **state)
{
    (void)state;
    struct client client = client_open(&fixture);
    client_say(&client,
               "HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    struct reply reply = client_take(&client, true);
    assert_int_equal(reply.status, 200);
    assert_header(&reply, "Content-Length", "17");
    reply = client_take(&client, false);
    assert_string_equal(reply.body, "{\"status\":\"pass\"}");
    client_close(&client);
}

/* What the command that /echo got says about itself, up to the next quote. */
static void assert_echo(const struct reply *reply, const char *part)
{
    assert_int_equal(reply->status, 200);
    if (strstr(reply->body, part) == NULL)
        fail_msg("no '%s' in %s", part, reply->body);
}

static void test_idempotency_key(void **state)
{
    (void)state;
    struct reply reply = post(&fixture, "/echo", "", THING);
    assert_echo(&reply, "\"key\":\"\"");
    reply = post(&fixture, "/v1/echo", "Idempotency-Key: abc-1\r\n", THING);
    assert_echo(&reply, "\"versioned\":true,\"key\":\"abc-1\"");
    reply = post(&fixture, "/echo", "idempotency-key:  \"a b; c\" \r\n", THING);
    assert_echo(&reply, "\"key\":\"a b; c\"");
    static const char *const bad[] = {
        "Idempotency-Key: \r\n",         "Idempotency-Key: \"\"\r\n",
        "Idempotency-Key: a b\r\n",      "Idempotency-Key: \"a\r\n",
        "Idempotency-Key: a,b\r\n",      "Idempotency-Key: \"a\"; q=1\r\n",
        "Idempotency-Key: \xc3\xa4\r\n", "Idempotency-Key: a\r\nIdempotency-Key: a\r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        reply = post(&fixture, "/echo", bad[i], THING);
        assert_problem(&reply, 400, "Idempotency-Key");
    }
    reply = ask(&fixture, "PUT /things/4/open HTTP/1.1\r\nHost: a\r\nIdempotency-Key: a b\r\n\r\n");
    assert_int_equal(reply.status, 200);
}

static void test_idempotency_key_length(void **state)
{
    (void)state;
    char header[200] = "Idempotency-Key: ";
    size_t used = strlen(header);
    memset(header + used, 'k', HTTP_KEY_MAX);
    memcpy(header + used + HTTP_KEY_MAX, "\r\n", 3);
    struct reply reply = post(&fixture, "/echo", header, THING);
    assert_int_equal(reply.status, 200);
    memcpy(header + used + HTTP_KEY_MAX, "k\r\n", 4);
    reply = post(&fixture, "/echo", header, THING);
    assert_problem(&reply, 400, "Idempotency-Key");
}

static void take_print(const struct reply *reply, char print[65])
{
    const char *at = strstr(reply->body, "\"print\":\"");
    assert_non_null(at);
    (void)snprintf(print, 65, "%s", at + strlen("\"print\":\""));
}

static void test_fingerprint(void **state)
{
    (void)state;
    char first[65], versioned[65], other[65];
    struct reply reply = post(&fixture, "/echo", "", "{\"size\":3}");
    take_print(&reply, first);
    /* printf 'POST\0/echo\0{"size":3}' | sha256sum */
    assert_string_equal(first, "8fc831791e42cc461684ce0fa55af2ebd7c0e29e6430fd976fbc64efd623de7d");
    reply = post(&fixture, "/v1/echo", "", "{\"size\":3}");
    take_print(&reply, versioned);
    assert_string_equal(first, versioned);
    reply = post(&fixture, "/echo", "", "{\"size\":4}");
    take_print(&reply, other);
    assert_string_not_equal(first, other);
}

#define TRACE "0af7651916cd43dd8448eb211c80319c"

static void test_traceparent(void **state)
{
    (void)state;
    char value[256];
    struct reply reply =
        post(&fixture, "/echo", "traceparent: 00-" TRACE "-b7ad6b7169203331-01\r\n", THING);
    assert_echo(&reply, "\"trace\":\"00-" TRACE "-");
    assert_null(strstr(reply.body, "b7ad6b7169203331"));
    assert_echo(&reply, reply_header(&reply, "traceparent", value));
    reply = post(&fixture, "/echo", "traceparent: 00-" TRACE "-b7ad6b7169203331-zz\r\n", THING);
    assert_int_equal(reply.status, 200);
    assert_null(strstr(reply.body, TRACE));
    assert_int_equal(strlen(reply_header(&reply, "traceparent", value)), TRACEPARENT_SIZE - 1);
}

static void test_builtin(void **state)
{
    (void)state;
    struct reply reply = ask(&fixture, "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(reply.body, "{\"openapi\":\"3.1.0\"}");
    assert_header(&reply, "Content-Type", "application/json");
    reply = ask(&fixture, "GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_header(&reply, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    assert_non_null(strstr(reply.body, "\nhttp_server_active_requests 1\n"));
    reply = ask(&fixture, "GET /readyz HTTP/1.0\r\n\r\n");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "{\"status\":\"pass\"}");
    atomic_store(&fixture.unready, true);
    reply = ask(&fixture, "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(reply.status, 503);
    assert_header(&reply, "Content-Type", "application/json");
    assert_string_equal(reply.body, "{\"status\":\"fail\",\"database\":\"away\"}");
}

static void test_drain(void **state)
{
    (void)state;
    struct client client = client_open(&fixture);
    client_say(&client, "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(client_take(&client, false).status, 200);
    http_drain(fixture.server);
    client_say(&client, "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
    struct reply reply = client_take(&client, false);
    assert_int_equal(reply.status, 503);
    assert_string_equal(reply.body, "{\"status\":\"fail\",\"service\":\"draining\"}");
    assert_header(&reply, "Connection", "close");
    assert_true(client_closed(&client, 2000));
    client_close(&client);
    reply = post(&fixture, "/things", "", THING);
    assert_int_equal(reply.status, 200);
}

static void test_port_in_use(void **state)
{
    (void)state;
    char expected[40];
    struct err err = {0};
    struct http_server *second = NULL;
    const struct http_options options = {.service = "test", .port = fixture.port, .threads = 1};
    assert_int_equal(http_start(&options, &second, &err), ERR_CONFIG);
    (void)snprintf(expected, sizeof expected, "port %d is in use", fixture.port);
    assert_non_null(strstr(err.text, expected));
    assert_null(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_creation, start, stop),
        cmocka_unit_test_setup_teardown(test_command_without_body, start, stop),
        cmocka_unit_test_setup_teardown(test_unknown, start, stop),
        cmocka_unit_test_setup_teardown(test_database_away, start, stop),
        cmocka_unit_test_setup_teardown(test_content_type, start, stop),
        cmocka_unit_test_setup_teardown(test_bad_body, start, stop),
        cmocka_unit_test_setup_teardown(test_chunked_body, start, stop),
        cmocka_unit_test_setup_teardown(test_keep_alive_and_pipeline, start, stop),
        cmocka_unit_test_setup_teardown(test_head, start, stop),
        cmocka_unit_test_setup_teardown(test_idempotency_key, start, stop),
        cmocka_unit_test_setup_teardown(test_idempotency_key_length, start, stop),
        cmocka_unit_test_setup_teardown(test_fingerprint, start, stop),
        cmocka_unit_test_setup_teardown(test_traceparent, start, stop),
        cmocka_unit_test_setup_teardown(test_builtin, start, stop),
        cmocka_unit_test_setup_teardown(test_drain, start, stop),
        cmocka_unit_test_setup_teardown(test_port_in_use, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
