/* What the files of the HTTP server share: nobody else includes this.
 *
 * http.c: the daemon and its life.
 *
 * http_listen.c: the socket that it listens on.
 *
 * http_peer.c: connections and their deadlines.
 *
 * http_framing.c: headers, and those that must not be trusted.
 *
 * http_route.c: which route a path is.
 *
 * http_request.c: one request, from its first byte to its answer.
 *
 * http_command.c: a request that waits for the engine.
 *
 * http_query.c: a GET that waits for the database.
 *
 * http_builtin.c: livez, readyz, metrics, openapi.
 *
 * http_response.c: answers and problems.
 *
 * http_metrics.c: counts and durations.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_HTTP_INTERNAL_H
#define BRIGADE_HTTP_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http.h"
#include "ids.h"

struct MHD_Connection;
struct MHD_Daemon;

enum {
    HTTP_PATH_MAX = 255,      /* bytes of a path; a longer one is no route */
    HTTP_IDLE_TIMEOUT_S = 60, /* a connection on which nothing moves */
    HTTP_HEADER_BYTES_MAX =
        16 * 1024, /* a connection's memory: request line, headers, part of the body */
    HTTP_DISCARD_BYTES_MAX =
        1024 * 1024, /* of a body that is refused, read so that the client gets to the answer */
};

/* ---- http_listen.c ---- */

/* Listen on all interfaces. ERR_CONFIG when the port is in use. */
enum err_code listen_open(int64_t port, int *fd, struct err *err) MUST_CHECK;

/* Let no new connection begin, and wait until those that the kernel has taken were accepted by
 * whoever serves the socket: closed before that, they would be reset together with their request.
 */
void listen_drain(int fd);

/* Close the socket, so that whoever connects from now on is refused; its number stays taken, by
 * something that never becomes readable, until the library closes that. MHD_quiesce_daemon is meant
 * for this, but ends the process when one of the library's threads sees it begin and is faster. */
void listen_close(int fd);

/* ---- http_peer.c: connections, and a thread that cuts those whose request takes too long ---- */

struct peers;
struct peer; /* one connection */

enum peer_phase {
    PEER_IDLE,    /* between requests; the bytes that arrive show when one begins */
    PEER_READING, /* from a request's first byte until all of it is there */
    PEER_HELD,    /* the service is at work: no deadline here, the engine has one */
    PEER_SENDING, /* the answer is on its way */
};

/* Start the thread. READING and SENDING may each take `timeout_ms`. */
struct peers *peers_start(int64_t timeout_ms);

/* Every peer must have been removed. */
void peers_stop(struct peers *peers);

struct peer *peer_add(struct peers *peers, int fd);
void peer_remove(struct peers *peers, struct peer *peer); /* before `fd` is closed */

/* How many connections there are. */
size_t peers_count(struct peers *peers);

/* Move to a phase. Entering READING again keeps its start. Returns when the phase began
 * (monotonic). */
int64_t peer_enter(struct peer *peer, enum peer_phase phase);

/* ---- http_route.c ---- */

struct route_match {
    const struct route *route; /* NULL: the others say why */
    int32_t id;                /* the {id}, or 0 */
    bool versioned;            /* came under /v1 */
    int status;                /* 400, 404, 405 */
    const char *detail;
    char allow[32]; /* 405 */
};

/* What is wrong with the target of a request line; NULL: nothing. */
const char *target_problem(const char *target);

/* The path without /v1 before it; says if it was there. */
const char *path_unversioned(const char *path, bool *versioned);

struct route_match route_find(const struct route *routes, size_t count, const char *method,
                              const char *path);

/* Is `method` one that the route's method answers (HEAD is answered as GET)? */
bool method_matches(const char *route_method, const char *method);

/* A decimal integer in its canonical form (no sign but -, no leading zero) within the range. */
enum integer_reading { INTEGER_OK, INTEGER_MALFORMED, INTEGER_OUT_OF_RANGE };
enum integer_reading integer_read(const char *text, int64_t min, int64_t max, int64_t *value);

/* ---- http_framing.c ---- */

/* What a request's headers say, as far as the server uses it. Texts are borrowed for the request.
 */
struct request_headers {
    bool expects_continue;
    uint64_t length;                    /* Content-Length; 0 when it is absent */
    bool json;                          /* by its Content-Type */
    char key[HTTP_KEY_MAX + 1];         /* Idempotency-Key, "" for none */
    char traceparent[TRACEPARENT_SIZE]; /* "" when absent or malformed */
    const char *key_problem;            /* why the Idempotency-Key is refused; NULL: it is not */
};

/* Read the headers. Returns what is wrong with them, when two readers could see different requests
 * in the same bytes (request smuggling): answer 400 and close. NULL: nothing. */
const char *headers_read(struct MHD_Connection *connection, const char *version,
                         struct request_headers *headers);

/* Is it a token (RFC 9110 section 5.6.2), as methods and names of headers are? */
bool is_token(const char *text, size_t length);

/* Is it application/json, in UTF-8 if it names a charset? */
bool content_type_is_json(const char *text, size_t length);

/* Read an Idempotency-Key, a quoted string (RFC 9651) or the bare characters, into `key`. */
bool idempotency_key_read(const char *text, size_t length, char key[HTTP_KEY_MAX + 1]);

/* ---- http_request.c ---- */

struct request {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct peer *peer;
    int64_t began_ms, began_us; /* monotonic; ms: the first byte, us: the request line */
    uintptr_t target_end;       /* where the request line's target ends in the library's buffer */
    const char *target_problem;
    char path[HTTP_PATH_MAX + 1];
    bool headers_seen;
    char method[8];
    struct request_headers headers;
    struct route_match match;
    const struct builtin *builtin;
    char traceparent[TRACEPARENT_SIZE];
    struct buf body;
    size_t body_bytes; /* received; `body` has fewer when it is refused */
    struct call *call; /* the command under way, or NULL */
    bool close;        /* the connection, after the answer */
    struct response response;
    struct request *next; /* in the queue for the database */
    int status;           /* as sent; 0: not yet */
};

/* ---- http_response.c ---- */

const char *status_title(int status);

/* Hand the request's response to the library, which takes its body. False: the connection is to be
 * closed. */
bool response_send(struct request *request) MUST_CHECK;

/* ---- http_command.c: requests that the engine decides ---- */

struct commands; /* those under way; outlives the server while the engine still has some */

struct commands *commands_new(struct work_queue *queue, size_t limit);

/* Answer 503 to all that wait, and to new ones. Thread-safe. */
void commands_close(struct commands *commands);
void commands_release(struct commands *commands);

/* Decode the body, suspend the connection and hand the command to the engine. False: it is refused
 * in request->response. */
bool command_start(struct request *request) MUST_CHECK;

/* The connection was resumed: take the answer into request->response. */
void command_collect(struct request *request);

/* The request ends. Does nothing when there is no call. */
void command_forget(struct request *request);

/* ---- http_query.c ---- */

struct query_pool; /* threads, each with a database connection */

/* The options are borrowed. */
struct query_pool *query_pool_start(const struct http_options *options);

/* Answer 503 to those that wait and to new ones, and end the threads: blocks until the queries
 * under way are done, which the database's timeout bounds. No connection is suspended for a query
 * afterwards. */
void query_pool_stop(struct query_pool *pool);
void query_pool_free(struct query_pool *pool); /* stopped, and no request comes any more */

/* Suspend the connection and have the route's query run into request->response. False: it is
 * refused there already. */
bool query_start(struct query_pool *pool, struct request *request) MUST_CHECK;

/* ---- http_builtin.c ---- */

struct builtin {
    const char *path;
    void (*answer)(struct http_server *server, struct response *response);
};

/* NULL: the path is none of them. */
const struct builtin *builtin_find(const char *path);

/* ---- http_metrics.c ---- */

void http_metrics_register(void);
void http_metrics_begin(void);
void http_metrics_end(const char *method, int status, int64_t duration_us);
void http_metrics_cut(void);
int64_t http_metrics_now_us(void);

/* ---- http.c ---- */

struct http_server {
    struct http_options options;
    struct MHD_Daemon *daemon;
    int listen_fd;
    atomic_bool draining;
    _Atomic int64_t library_logged_ms; /* monotonic */
    struct peers *peers;
    struct commands *commands;
    struct query_pool *queries;
    pthread_mutex_t
        lock; /* of what follows: requests whose headers are there and whose answer is not */
    pthread_cond_t left;
    size_t in_flight;
};

void server_enter(struct http_server *server);
void server_leave(struct http_server *server);

#endif
