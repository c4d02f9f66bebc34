/* The real HTTP server on a free loopback port, with a stand-in for the engine, and a client that
 * writes raw bytes. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_TEST_HTTP_FIXTURE_H
#define BRIGADE_TEST_HTTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "buf.h"
#include "http.h"
#include "work.h"

/* The body of POST /things. */
struct thing {
    int32_t size;
    char name[41];
};
extern const struct codec_record thing_record;

/* Routes: POST /things (a creation), GET /things/{id}, PUT /things/{id}/open (no body), POST /echo
 * (answers what the command says), POST /silent (ends without an answer), PUT /refused (409). */
struct fixture {
    int64_t request_timeout_ms; /* set these before fixture_start, or leave them 0 */
    int64_t command_limit;
    int port;
    struct work_queue *queue;
    struct http_server *server;
    pthread_t engine;
    atomic_bool paused;  /* the engine is to leave work in the queue */
    atomic_bool asleep;  /* and does */
    atomic_bool stopped; /* the engine ends when the queue is empty */
    atomic_int decided;
    atomic_bool unready;
};

void fixture_start(struct fixture *fixture);

/* Let the engine leave work in the queue, until `paused` is false again. */
void fixture_pause(struct fixture *fixture);

/* Wait until the server is at work on `count` requests. */
void fixture_wait_active(const struct fixture *fixture, int count);

/* Stop the server, with `timeout_ms` for what is in flight; then the engine, which decides the
 * rest. */
void fixture_stop_server(struct fixture *fixture, int64_t timeout_ms);
void fixture_stop_engine(struct fixture *fixture);
void fixture_stop(struct fixture *fixture);

struct client {
    int fd;
    struct buf in; /* received and not yet taken */
};

struct client client_open(const struct fixture *fixture);
void client_close(struct client *client);
void client_send(struct client *client, const char *bytes, size_t length);
void client_say(struct client *client, const char *format, ...) PRINTF_LIKE(2, 3);

struct reply {
    int status; /* 0: the connection was closed before a whole reply came */
    char head[4096];
    char body[8192];
};

/* Take one reply; waits up to 10 s. `head_only`: it has no body, whatever its Content-Length says.
 */
struct reply client_take(struct client *client, bool head_only);

/* The value of a header in `value`; "" when it is absent. */
const char *reply_header(const struct reply *reply, const char *name, char value[256]);

/* Does the server close the connection within the time? What it sent meanwhile stays in `in`. */
bool client_closed(struct client *client, int64_t timeout_ms);

/* One request on a connection of its own. */
struct reply ask(const struct fixture *fixture, const char *format, ...) PRINTF_LIKE(2, 3);

/* POST a JSON body; `headers` are whole lines, or "". */
struct reply post(const struct fixture *fixture, const char *path, const char *headers,
                  const char *body);

#endif
