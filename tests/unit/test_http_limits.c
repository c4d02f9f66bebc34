/* The HTTP server against clients that dawdle, leave or are too many, and its stop.
 * SPDX-License-Identifier: MIT */
#include "http_fixture.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"

static struct fixture fixture;

#define THING "{\"size\":3,\"name\":\"bolt\"}"
#define JSON  "Content-Type: application/json\r\n"
#define OPEN  "PUT /things/1/open HTTP/1.1\r\nHost: a\r\n\r\n"

static int start(void **state)
{
    (void)state;
    fixture = (struct fixture){0};
    fixture_start(&fixture);
    return 0;
}

/* With a deadline of a second for each request, and room for two waiting commands. */
static int start_tight(void **state)
{
    (void)state;
    fixture = (struct fixture){.request_timeout_ms = 1000, .command_limit = 2};
    fixture_start(&fixture);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fixture_stop(&fixture);
    return 0;
}

/* Send a byte every 100 ms until the server closes. Returns after how long. */
static int64_t drip(const char *head, const char *bytes)
{
    struct client client = client_open(&fixture);
    int64_t began_ms = clock_monotonic_ms();
    client_say(&client, "%s", head);
    for (size_t i = 0; i < strlen(bytes) && !client_closed(&client, 100); i++)
        client_send(&client, &bytes[i], 1);
    assert_int_equal(client.in.length, 0);
    client_close(&client);
    return clock_monotonic_ms() - began_ms;
}

static void test_slow_requests_are_cut(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "",
        "GET /livez HTTP/1.1\r\n",
        "POST /things HTTP/1.1\r\nHost: a\r\n" JSON "Content-Length: 90\r\n\r\n",
        "POST /things HTTP/1.1\r\nHost: a\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n5a\r\n",
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        int64_t duration_ms = drip(
            heads[i], "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX");
        if (duration_ms < 900 || duration_ms > 3000)
            fail_msg("'%s' was cut after %d ms", heads[i], (int)duration_ms);
    }
}

/* Between requests there is no deadline; a request that drips after an answer has one. */
static void test_idle_is_not_slow(void **state)
{
    (void)state;
    struct client client = client_open(&fixture);
    for (int i = 0; i < 2; i++) {
        assert_false(client_closed(&client, 2000));
        client_say(&client, OPEN);
        assert_int_equal(client_take(&client, false).status, 200);
    }
    clock_sleep_ms(700);
    int64_t began_ms = clock_monotonic_ms();
    for (int i = 0; i < 50 && !client_closed(&client, 100); i++)
        client_say(&client, "G");
    assert_in_range(clock_monotonic_ms() - began_ms, 900, 3000);
    client_close(&client);
}

/* Send `text` over and over until nothing more is taken. False: the connection is closed. */
static bool stuff(struct client *client, const char *text, size_t *offset)
{
    for (;;) {
        ssize_t sent =
            send(client->fd, text + *offset, strlen(text) - *offset, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
            return errno == EAGAIN;
        *offset = (*offset + (size_t)sent) % strlen(text);
    }
}

/* A client that asks for much and reads nothing: at some time the kernel's buffers are full, and
 * then it is cut. */
static void test_slow_reader_is_cut(void **state)
{
    (void)state;
    struct client client = client_open(&fixture);
    int64_t until_ms = clock_monotonic_ms() + 30000;
    size_t offset = 0;
    while (stuff(&client, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", &offset) &&
           clock_monotonic_ms() < until_ms)
        clock_sleep_ms(50);
    assert_true(clock_monotonic_ms() < until_ms);
    client_close(&client);
}

enum { MANY = 2000 };

static void test_many_idle_connections(void **state)
{
    (void)state;
    static struct client clients[MANY];
    for (size_t i = 0; i < MANY; i++)
        clients[i] = client_open(&fixture);
    struct reply reply = post(&fixture, "/things", "", THING);
    assert_int_equal(reply.status, 200);
    for (size_t i = 0; i < MANY; i++)
        client_say(&clients[i], OPEN);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(client_take(&clients[i], false).status, 200);
        client_close(&clients[i]);
    }
}

enum { CALLERS = 16, CALLS = 200 };

static void *caller_run(void *context)
{
    int *good = context;
    struct client client = client_open(&fixture);
    for (int i = 0; i < CALLS; i++) {
        client_say(&client,
                   "POST /things HTTP/1.1\r\nHost: a\r\n" JSON "Content-Length: %zu\r\n\r\n%s",
                   strlen(THING), THING);
        *good += client_take(&client, false).status == 200 ? 1 : 0;
    }
    client_close(&client);
    return NULL;
}

static void test_parallel_commands(void **state)
{
    (void)state;
    pthread_t threads[CALLERS];
    int good[CALLERS] = {0};
    for (size_t i = 0; i < CALLERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, caller_run, &good[i]), 0);
    for (size_t i = 0; i < CALLERS; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(good[i], CALLS);
    }
    assert_int_equal(atomic_load(&fixture.decided), CALLERS * CALLS);
}

static void test_too_many_commands(void **state)
{
    (void)state;
    struct client clients[3];
    int good = 0;
    fixture_pause(&fixture);
    for (size_t i = 0; i < 3; i++) {
        clients[i] = client_open(&fixture);
        client_say(&clients[i], OPEN);
        fixture_wait_active(&fixture, i < 2 ? (int)i + 1 : 2);
    }
    char retry_after[256];
    struct reply refused = client_take(&clients[2], false);
    assert_int_equal(refused.status, 503);
    assert_string_equal(reply_header(&refused, "Retry-After", retry_after), "1");
    client_say(&clients[2], "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(client_take(&clients[2], false).status, 200);
    clock_sleep_ms(2000); /* those that wait have no deadline here: the engine has it */
    atomic_store(&fixture.paused, false);
    for (size_t i = 0; i < 3; i++) {
        good += i < 2 && client_take(&clients[i], false).status == 200 ? 1 : 0;
        client_close(&clients[i]);
    }
    assert_int_equal(good, 2);
}

/* The client leaves while the engine still has its command. */
static void test_client_leaves(void **state)
{
    (void)state;
    fixture_pause(&fixture);
    for (int i = 0; i < 100; i++) {
        struct client client = client_open(&fixture);
        client_say(&client, OPEN);
        client_close(&client);
    }
    fixture_wait_active(&fixture, 100);
    atomic_store(&fixture.paused, false);
    struct reply reply = ask(&fixture, OPEN);
    assert_int_equal(reply.status, 200);
    assert_int_equal(atomic_load(&fixture.decided), 101);
}

/* What the engine finishes in time is answered, although the server stops. */
static void test_stop_waits(void **state)
{
    (void)state;
    struct client client = client_open(&fixture);
    fixture_pause(&fixture);
    client_say(&client, OPEN);
    fixture_wait_active(&fixture, 1);
    http_drain(fixture.server);
    atomic_store(&fixture.paused, false);
    fixture_stop_server(&fixture, 5000);
    assert_int_equal(client_take(&client, false).status, 200);
    assert_true(client_closed(&client, 1000));
    client_close(&client);
    fixture_stop_engine(&fixture);
}

static void *stop_server(void *context)
{
    fixture_stop_server(context, 5000);
    return NULL;
}

/* Who keeps a connection, or has just made one, gets an answer to the request that it sends
 * meanwhile, and the word to close; whoever comes later is refused before it sends anything. */
static void test_stop_serves_who_is_connected(void **state)
{
    (void)state;
    struct client kept = client_open(&fixture);
    client_say(&kept, OPEN);
    assert_int_equal(client_take(&kept, false).status, 200);
    pthread_t stopper;
    struct client fresh = client_open(&fixture);
    http_drain(fixture.server);
    assert_int_equal(pthread_create(&stopper, NULL, stop_server, &fixture), 0);
    clock_sleep_ms(100);
    struct client *clients[] = {&kept, &fresh};
    for (size_t i = 0; i < 2; i++) {
        client_say(clients[i], OPEN);
        struct reply reply = client_take(clients[i], false);
        assert_int_equal(reply.status, 200);
        char connection[256];
        assert_string_equal(reply_header(&reply, "Connection", connection), "close");
        assert_true(client_closed(clients[i], 1000));
        client_close(clients[i]);
    }
    assert_int_equal(pthread_join(stopper, NULL), 0);
    fixture_stop_engine(&fixture);
}

/* What it does not is answered 503; the engine may then finish it when the server is gone. */
static void test_stop_gives_up(void **state)
{
    (void)state;
    enum { WAITING = 50 };
    struct client clients[WAITING];
    fixture_pause(&fixture);
    for (size_t i = 0; i < WAITING; i++) {
        clients[i] = client_open(&fixture);
        client_say(&clients[i], OPEN);
    }
    fixture_wait_active(&fixture, WAITING);
    int64_t began_ms = clock_monotonic_ms();
    fixture_stop_server(&fixture, 200);
    assert_in_range(clock_monotonic_ms() - began_ms, 190, 1500);
    for (size_t i = 0; i < WAITING; i++) {
        assert_int_equal(client_take(&clients[i], false).status, 503);
        client_close(&clients[i]);
    }
    assert_int_equal(atomic_load(&fixture.decided), 0);
    fixture_stop_engine(&fixture);
    assert_int_equal(atomic_load(&fixture.decided), WAITING);
}

/* Stop in the middle of traffic, with engine and queries answering at the same time. */
static void test_stop_under_load(void **state)
{
    (void)state;
    enum { ROUNDS = 10, CLIENTS = 100 };
    static struct client clients[CLIENTS];
    for (int round = 0; round < ROUNDS; round++) {
        fixture = (struct fixture){0};
        fixture_start(&fixture);
        for (size_t i = 0; i < CLIENTS; i++) {
            clients[i] = client_open(&fixture);
            client_say(&clients[i], OPEN "GET /things/1 HTTP/1.1\r\nHost: a\r\n\r\n" OPEN);
        }
        fixture_stop_server(&fixture, round % 3);
        fixture_stop_engine(&fixture);
        for (size_t i = 0; i < CLIENTS; i++)
            client_close(&clients[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_slow_requests_are_cut, start_tight, stop),
        cmocka_unit_test_setup_teardown(test_idle_is_not_slow, start_tight, stop),
        cmocka_unit_test_setup_teardown(test_slow_reader_is_cut, start_tight, stop),
        cmocka_unit_test_setup_teardown(test_many_idle_connections, start, stop),
        cmocka_unit_test_setup_teardown(test_parallel_commands, start, stop),
        cmocka_unit_test_setup_teardown(test_too_many_commands, start_tight, stop),
        cmocka_unit_test_setup_teardown(test_client_leaves, start, stop),
        cmocka_unit_test_setup(test_stop_waits, start),
        cmocka_unit_test_setup(test_stop_serves_who_is_connected, start),
        cmocka_unit_test_setup(test_stop_gives_up, start),
        cmocka_unit_test(test_stop_under_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
