/* The HTTP server's test bench. SPDX-License-Identifier: MIT */
#include "http_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

enum { REPLY_WAIT_MS = 10000 };

static const struct codec_field thing_fields[] = {
    {.name = "size",
     .type = CODEC_INT32,
     .required = true,
     .offset = offsetof(struct thing, size),
     .min = 1,
     .max = 100},
    {.name = "name",
     .type = CODEC_TEXT,
     .offset = offsetof(struct thing, name),
     .size = sizeof((struct thing *)0)->name,
     .max = 10},
};
const struct codec_record thing_record = {"Thing", sizeof(struct thing), thing_fields, 2};

/* Only their addresses matter here: the stand-in for the engine looks at the route. */
static enum outcome handle(struct step *step, const struct input *in)
{
    (void)step;
    (void)in;
    return OUTCOME_APPLIED;
}

static void query(struct query *query)
{
    query_not_found(query, "thing");
}

static const struct route routes[] = {
    {.method = "POST", .path = "/things", .body = &thing_record, .command = handle},
    {.method = "GET", .path = "/things/{id}", .query = query},
    {.method = "PUT", .path = "/things/{id}/open", .command = handle},
    {.method = "POST", .path = "/echo", .body = &thing_record, .command = handle},
    {.method = "POST", .path = "/silent", .command = handle},
    {.method = "PUT", .path = "/refused", .command = handle},
};

static void put_hex(struct buf *out, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        buf_printf(out, "%02x", bytes[i]);
}

/* What the command says, for the test to look at. */
static void put_command(struct buf *out, const struct command *command)
{
    const struct thing *thing = command->data;
    buf_printf(out,
               "{\"size\":%d,\"name\":\"%s\",\"versioned\":%s,\"key\":\"%s\",\"trace\":\"%s\","
               "\"print\":\"",
               thing->size, thing->name, command->versioned ? "true" : "false", command->key,
               command->traceparent);
    put_hex(out, command->fingerprint, sizeof command->fingerprint);
    buf_append_text(out, "\"}");
}

static void decide(struct fixture *fixture, struct work *work)
{
    struct command *command = &work->command;
    struct response *response = &command->response;
    const char *path = command->route->path;
    response->status = 200;
    if (strcmp(path, "/things") == 0) {
        (void)snprintf(response->location, sizeof response->location, "/things/7");
        buf_append_text(&response->body, "{\"thingId\":7}");
    } else if (strcmp(path, "/echo") == 0) {
        put_command(&response->body, command);
    } else if (strcmp(path, "/silent") == 0) {
        response->status = 204;
    } else if (strcmp(path, "/refused") == 0) {
        response_problem(response, 409, "it is \"%s\" already", "open");
    } else {
        buf_printf(&response->body, "{\"id\":%d}", command->id_in_path);
    }
    atomic_fetch_add(&fixture->decided, 1);
    work->done(work, work->context);
}

static void *engine_run(void *context)
{
    struct fixture *fixture = context;
    for (;;) {
        atomic_store(&fixture->asleep, atomic_load(&fixture->paused));
        if (atomic_load(&fixture->asleep)) {
            clock_sleep_ms(5);
            continue;
        }
        bool last = atomic_load(&fixture->stopped);
        struct work *work = work_queue_take(fixture->queue, 64, 20);
        if (work == NULL && last)
            return NULL;
        while (work != NULL) {
            struct work *next = work->next;
            decide(fixture, work);
            work = next;
        }
    }
}

static bool ready(void *context, struct buf *reasons)
{
    struct fixture *fixture = context;
    if (!atomic_load(&fixture->unready))
        return true;
    buf_append_text(reasons, "\"database\":\"away\"");
    return false;
}

static int free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

void fixture_start(struct fixture *fixture)
{
    fixture->port = free_port();
    fixture->queue = work_queue_new();
    assert_int_equal(pthread_create(&fixture->engine, NULL, engine_run, fixture), 0);
    const struct http_options options = {
        .service = "test",
        .db_url = "postgresql://127.0.0.1:1/none", /* nobody listens there */
        .schema = "none",
        .db_timeout_ms = 1000,
        .port = fixture->port,
        .threads = 2,
        .connection_limit = 4096,
        .command_limit = fixture->command_limit > 0 ? fixture->command_limit : 1000,
        .request_timeout_ms = fixture->request_timeout_ms > 0 ? fixture->request_timeout_ms : 10000,
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
        .queue = fixture->queue,
        .openapi = "{\"openapi\":\"3.1.0\"}",
        .ready = ready,
        .context = fixture,
    };
    struct err err = {0};
    if (http_start(&options, &fixture->server, &err) != ERR_OK)
        fail_msg("%s", err.text);
}

void fixture_pause(struct fixture *fixture)
{
    atomic_store(&fixture->paused, true);
    while (!atomic_load(&fixture->asleep))
        clock_sleep_ms(5);
}

void fixture_wait_active(const struct fixture *fixture, int count)
{
    char line[64]; /* the asking one is active too */
    (void)snprintf(line, sizeof line, "\nhttp_server_active_requests %d\n", count + 1);
    for (int i = 0; i < 500; i++) {
        struct reply reply = ask(fixture, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        if (strstr(reply.body, line) != NULL)
            return;
        clock_sleep_ms(10);
    }
    fail_msg("not %d active requests", count);
}

void fixture_stop_server(struct fixture *fixture, int64_t timeout_ms)
{
    http_stop(fixture->server, timeout_ms);
    fixture->server = NULL;
}

void fixture_stop_engine(struct fixture *fixture)
{
    atomic_store(&fixture->paused, false);
    atomic_store(&fixture->stopped, true);
    assert_int_equal(pthread_join(fixture->engine, NULL), 0);
    work_queue_free(fixture->queue);
}

void fixture_stop(struct fixture *fixture)
{
    fixture_stop_server(fixture, 5000);
    fixture_stop_engine(fixture);
}

struct client client_open(const struct fixture *fixture)
{
    struct client client = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)fixture->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_true(client.fd >= 0);
    assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

void client_close(struct client *client)
{
    (void)close(client->fd);
    buf_free(&client->in);
}

/* The server may close while we still send: that is for the reader to find. */
void client_send(struct client *client, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(client->fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        length -= (size_t)sent;
    }
}

void client_say(struct client *client, const char *format, ...)
{
    char text[8192];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_in_range(length, 0, sizeof text - 1);
    client_send(client, text, (size_t)length);
}

/* Read what is there. False: closed, or the time is over (`timeout_ms` then is negative). */
static bool client_read(struct client *client, int64_t *timeout_ms)
{
    char bytes[4096];
    int64_t began_ms = clock_monotonic_ms();
    struct pollfd poller = {.fd = client->fd, .events = POLLIN};
    int found = poll(&poller, 1, *timeout_ms > 0 ? (int)*timeout_ms : 0);
    *timeout_ms -= clock_monotonic_ms() - began_ms;
    if (found <= 0) {
        *timeout_ms = -1;
        return false;
    }
    ssize_t got = recv(client->fd, bytes, sizeof bytes, 0);
    if (got <= 0)
        return false;
    buf_append(&client->in, bytes, (size_t)got);
    return true;
}

static size_t content_length(const struct reply *reply)
{
    char value[256];
    return strtoul(reply_header(reply, "Content-Length", value), NULL, 10);
}

/* Take a whole reply out of what was received; false: there is none yet. */
static bool reply_take(struct buf *in, bool head_only, struct reply *reply)
{
    const char *end = strstr(buf_text(in), "\r\n\r\n");
    if (end == NULL)
        return false;
    size_t head = (size_t)(end - in->bytes) + 2;
    (void)snprintf(reply->head, sizeof reply->head, "%.*s", (int)head, in->bytes);
    size_t body = head_only ? 0 : content_length(reply);
    size_t all = head + 2 + body;
    if (in->length < all)
        return false;
    (void)snprintf(reply->body, sizeof reply->body, "%.*s", (int)body, in->bytes + head + 2);
    reply->status = atoi(reply->head + strlen("HTTP/1.1 "));
    memmove(in->bytes, in->bytes + all, in->length - all + 1);
    in->length -= all;
    return true;
}

struct reply client_take(struct client *client, bool head_only)
{
    struct reply reply = {0};
    int64_t left_ms = REPLY_WAIT_MS;
    while (!reply_take(&client->in, head_only, &reply)) {
        if (!client_read(client, &left_ms))
            return (struct reply){0};
    }
    return reply;
}

const char *reply_header(const struct reply *reply, const char *name, char value[256])
{
    size_t length = strlen(name);
    value[0] = '\0';
    for (const char *line = reply->head; line != NULL; line = strstr(line, "\r\n")) {
        line += line == reply->head ? 0 : 2;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':')
            (void)sscanf(line + length + 1, " %255[^\r]", value);
    }
    return value;
}

bool client_closed(struct client *client, int64_t timeout_ms)
{
    while (client_read(client, &timeout_ms))
        continue;
    return timeout_ms >= 0;
}

struct reply ask(const struct fixture *fixture, const char *format, ...)
{
    char text[8192];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_in_range(length, 0, sizeof text - 1);
    struct client client = client_open(fixture);
    client_send(&client, text, (size_t)length);
    struct reply reply = client_take(&client, strncmp(text, "HEAD", 4) == 0);
    client_close(&client);
    return reply;
}

struct reply post(const struct fixture *fixture, const char *path, const char *headers,
                  const char *body)
{
    return ask(fixture,
               "POST %s HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
               "Content-Length: %zu\r\n%s\r\n%s",
               path, strlen(body), headers, body);
}
