/* One request, from its first byte to its answer.
 *
 * The library calls request_open when it has the request line, request_handle once with the
 * headers, again with each part of the body, and again when all is there (and once more when a
 * suspended connection was resumed), and request_close at the end, however the request ends. An
 * answer given before the body is read costs the connection, so only what must not be read on is
 * answered then. SPDX-License-Identifier: MIT */
#include "http_request.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

static struct peer *peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

/* Keep the path without its query string. One that is too long is no route: it is kept cut, and ""
 * finds nothing. */
static void keep_path(struct request *request, const char *target)
{
    size_t length = strcspn(target, "?");
    if (length > HTTP_PATH_MAX)
        length = 0;
    memcpy(request->path, target, length);
    request->path[length] = '\0';
}

void *request_open(void *context, const char *target, struct MHD_Connection *connection)
{
    struct request *request = mem_alloc(1, sizeof *request);
    request->server = context;
    request->connection = connection;
    request->peer = peer_of(connection);
    request->began_ms = peer_enter(request->peer, PEER_READING);
    request->began_us = http_metrics_now_us();
    request->target_end = (uintptr_t)target + strlen(target);
    request->target_problem = target_problem(target);
    keep_path(request, target);
    return request;
}

/* The library keeps the request line in one piece, cut into C strings. When the version does not
 * follow the target, then a NUL inside the target has ended it early (libmicrohttpd 0.9.75 lets it
 * pass). */
static bool target_has_nul(const struct request *request, const char *version)
{
    uintptr_t at = (uintptr_t)version;
    return at > request->target_end + 1 && at - request->target_end < HTTP_HEADER_BYTES_MAX;
}

static const char *request_problem(struct request *request, const char *method, const char *version)
{
    if (!is_token(method, strlen(method)))
        return "the request method has a character that methods must not have";
    if (request->target_problem != NULL)
        return request->target_problem;
    if (target_has_nul(request, version))
        return "the request target has a NUL";
    return headers_read(request->connection, version, &request->headers);
}

static void refuse(struct request *request, int status, const char *detail)
{
    response_problem(&request->response, status, "%s", detail);
}

static void refuse_size(struct request *request)
{
    response_problem(&request->response, 413, "a body may have up to %d bytes",
                     HTTP_BODY_BYTES_MAX);
    request->close = true;
    buf_free(&request->body);
}

/* Find who answers, or refuse. */
static void request_route(struct request *request)
{
    const struct http_options *options = &request->server->options;
    request->builtin = builtin_find(request->path);
    if (request->builtin == NULL) {
        request->match =
            route_find(options->routes, options->route_count, request->method, request->path);
    } else if (!method_matches("GET", request->method)) {
        request->match = (struct route_match){
            .status = 405, .detail = "this path does not have this method", .allow = "GET, HEAD"};
        request->builtin = NULL;
    }
    if (request->builtin == NULL && request->match.route == NULL)
        refuse(request, request->match.status, request->match.detail);
}

/* What the headers alone can refuse. */
static void request_check(struct request *request)
{
    const struct request_headers *headers = &request->headers;
    const struct route *route = request->match.route;
    if (headers->length > HTTP_BODY_BYTES_MAX)
        refuse_size(request);
    else if (request->response.status != 0)
        return;
    else if (route != NULL && route->body != NULL && !headers->json)
        refuse(request, 415, "the body must be JSON, sent as Content-Type: application/json");
    else if (strcmp(request->method, "POST") == 0 && headers->key_problem != NULL)
        refuse(request, 400, headers->key_problem);
}

/* The method's name as far as it matters: a longer one is none that a route has. */
static void keep_method(struct request *request, const char *method)
{
    if (strlen(method) < sizeof request->method)
        memcpy(request->method, method, strlen(method) + 1);
}

static enum MHD_Result request_answer(struct request *request)
{
    if (atomic_load(&request->server->draining))
        request->close = true;
    (void)peer_enter(request->peer, PEER_SENDING);
    return response_send(request) ? MHD_YES : MHD_NO;
}

/* May the body be read to its end, so that the client gets to the answer, and the connection lives
 * on? */
static bool worth_reading(const struct request *request)
{
    return !request->headers.expects_continue && request->headers.length <= HTTP_DISCARD_BYTES_MAX;
}

static enum MHD_Result request_begin(struct request *request, const char *method,
                                     const char *version)
{
    request->headers_seen = true;
    server_enter(request->server);
    http_metrics_begin();
    keep_method(request, method);
    const char *problem = request_problem(request, method, version);
    traceparent_next(request->headers.traceparent, request->traceparent);
    if (problem != NULL) {
        refuse(request, 400, problem);
        request->close = true;
        return request_answer(request);
    }
    request_route(request);
    request_check(request);
    if (request->response.status != 0 && !worth_reading(request))
        return request_answer(request);
    return MHD_YES;
}

/* Part of the body. One that is refused is read and forgotten, up to a limit: then the connection
 * is closed. */
static enum MHD_Result request_read(struct request *request, const char *bytes, size_t length)
{
    request->body_bytes += length;
    if (request->body_bytes > HTTP_DISCARD_BYTES_MAX)
        return MHD_NO;
    if (request->body_bytes > HTTP_BODY_BYTES_MAX && request->response.status != 413)
        refuse_size(request);
    if (request->response.status == 0)
        buf_append(&request->body, bytes, length);
    return MHD_YES;
}

/* The whole request is there and nothing speaks against it yet. True: the connection is suspended
 * until there is an answer. */
static bool request_dispatch(struct request *request)
{
    const struct route *route = request->match.route;
    bool takes_body = route != NULL && route->body != NULL;
    if (takes_body && request->body.length == 0)
        refuse(request, 400, "the body is empty");
    else if (!takes_body && request->body.length > 0)
        refuse(request, 400, "this request takes no body");
    else if (route == NULL)
        request->builtin->answer(request->server, &request->response);
    else if (route->query != NULL)
        return query_start(request->server->queries, request);
    else
        return command_start(request);
    return false;
}

static enum MHD_Result request_finish(struct request *request)
{
    if (request->call != NULL) {
        command_collect(request);
    } else if (request->response.status == 0) {
        (void)peer_enter(request->peer, PEER_HELD);
        if (request_dispatch(request))
            return MHD_YES;
    }
    return request_answer(request);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are the library's */
enum MHD_Result request_handle(void *context, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *body,
                               size_t *body_bytes, void **request_context)
{
    (void)context;
    (void)connection;
    (void)url;
    struct request *request = *request_context;
    if (!request->headers_seen)
        return request_begin(request, method, version);
    if (*body_bytes == 0)
        return request_finish(request);
    enum MHD_Result result = request_read(request, body, *body_bytes);
    *body_bytes = 0;
    return result;
}

static void request_log(const struct request *request, int64_t duration_us)
{
    char trace_id[TRACE_ID_SIZE];
    trace_id_of(request->traceparent, trace_id);
    log_debug("http request", LOG_S("method", request->method), LOG_S("path", request->path),
              LOG_I("status", request->status), LOG_I("duration_us", duration_us),
              LOG_S("trace_id", trace_id));
}

void request_close(void *context, struct MHD_Connection *connection, void **request_context,
                   enum MHD_RequestTerminationCode reason)
{
    (void)context;
    (void)connection;
    (void)reason;
    struct request *request = *request_context;
    *request_context = NULL;
    if (request == NULL)
        return;
    (void)peer_enter(request->peer, PEER_IDLE);
    command_forget(request);
    if (request->headers_seen) {
        int64_t duration_us = http_metrics_now_us() - request->began_us;
        http_metrics_end(request->method, request->status, duration_us);
        request_log(request, duration_us);
        server_leave(request->server);
    }
    response_free(&request->response);
    buf_free(&request->body);
    free(request);
}
