/* The HTTP server (libmicrohttpd): a declarative table of routes, bodies bound to structs, errors
 * as RFC 9457 problem+json, Idempotency-Key, limits and a deadline for every request.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_HTTP_H
#define BRIGADE_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "codec.h"
#include "db.h"
#include "step.h"

enum {
    HTTP_BODY_BYTES_MAX = 64 * 1024,
    HTTP_KEY_MAX = 128, /* bytes of an Idempotency-Key */
};

/* The answer to a request. Starts as {0}; the body is owned by it. */
struct response {
    int status;
    struct buf body;          /* JSON; empty for 204 */
    const char *content_type; /* NULL: application/json, or application/problem+json from 400 on */
    char location[64]; /* of what was created, without a version ("/orders/42"); "" for none */
    int retry_after_s; /* 0 for none */
};

void response_free(struct response *response);

/* Make it a problem (RFC 9457): type about:blank, the status' title, the detail. Returns nothing to
 * free. */
void response_problem(struct response *response, int status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* A GET, answered on a thread for queries with a database connection of that thread. */
struct query {
    struct db *db;
    int32_t id; /* the {id} of the path, or 0 */
    struct response *response;
    void *connection; /* libmicrohttpd's, for query_parameter */
};

/* An integer of the query string: `fallback` when absent. False, and a 400 that names it, when it
 * is malformed, out of range or there twice. */
bool query_integer(struct query *query, const char *name, int64_t min, int64_t max,
                   int64_t fallback, int64_t *value) MUST_CHECK;

/* A text of the query string, "" when absent; false, and a 400, when it is there without a value,
 * longer than size - 1 bytes, or there twice. Its bytes are as they came, perhaps no UTF-8: compare
 * it, do not store it.
 */
bool query_text(struct query *query, const char *name, char *text, size_t size) MUST_CHECK;

/* Answer 200 with `data`, or 404 "no such NAME". */
void query_answer(struct query *query, const struct codec_record *record, const void *data);
void query_not_found(struct query *query, const char *what);

/* Answer 503 for ERR_CLASS_RETRY, 500 for the rest; logs it. */
void query_failed(struct query *query, const struct err *err);

/* Load the aggregate of the path's {id} into `out` (the kind's struct). False when it is answered
 * already: 404, or an error. */
struct kind;
bool query_load(struct query *query, const struct kind *kind, void *out) MUST_CHECK;

/* What a page lists: the aggregates of one owner, in the order of their ids, and when it is
 * by_state only those that are in the state of the optional query parameter `state`. */
struct page_filter {
    const char *parameter; /* "consumerId": the query parameter that is the owner's id, and must be
                            * there; NULL: the {id} of the path */
    const char *column;    /* "consumer_id": where the kind's table has it */
    bool by_state;         /* the kind has a column "state" */
};

struct query_page {
    struct db_result *rows; /* to be freed with db_result_free */
    int count;              /* rows of this page */
    bool more;              /* there are further ones */
};

/* The page that GET …?consumerId=N&limit=20&after=0 asks for. False when it is answered already. */
bool query_load_page(struct query *query, const struct kind *kind, const struct page_filter *filter,
                     int64_t limit_max, struct query_page *page) MUST_CHECK;

struct route {
    const char *method;                 /* "GET", "POST", "PUT" */
    const char *path;                   /* "/orders/{id}"; served with and without /v1 before it */
    const struct codec_record *body;    /* what the body must be; NULL: takes none */
    step_handler *command;              /* POST, PUT: decided by the engine, in its transaction */
    void (*query)(struct query *query); /* GET */
    const char *created; /* POST that creates: where its Location points, "/orders/" */
};

struct http_server;
struct work_queue;

struct http_options {
    const char *service;
    const char *db_url, *schema;
    int64_t db_timeout_ms;
    int64_t port;
    int64_t threads;
    int64_t connection_limit;
    int64_t
        command_limit; /* commands that may wait for the engine before a new one is answered 503 */
    int64_t request_timeout_ms; /* for the whole request, from its first byte to its answer */
    const struct route *routes; /* the service's */
    size_t route_count;
    struct work_queue *queue;
    const char *openapi; /* served at /openapi.json */
    /* Writes why the service is not ready into `reasons` as JSON members ("\"database\":\"…\"");
     * true when it is ready. */
    bool (*ready)(void *context, struct buf *reasons);
    bool (*outbox_full)(void *context); /* true: commands are answered 503; NULL: never */
    void *context;                      /* of the two */
};

/* Start the server: the service's routes and /livez, /readyz, /metrics, /openapi.json. ERR_CONFIG
 * when the port is in use. */
enum err_code http_start(const struct http_options *options, struct http_server **server,
                         struct err *err) MUST_CHECK;

/* Unready from now on: /readyz says 503, and every answer closes its connection. Thread-safe. */
void http_drain(struct http_server *server);

/* Stop listening: who has connected already is served, who comes later is refused. Give clients
 * that keep their connection half a second for a last request. Wait up to `timeout_ms` for requests
 * in flight, end the threads and free. Then answers 503 to commands that the engine still has; it
 * may finish them afterwards. A query under way is waited for as long as the database's timeout. */
void http_stop(struct http_server *server, int64_t timeout_ms);

#endif
