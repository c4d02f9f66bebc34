/* The head of a request: its target, routes, headers and query parameters. The input is the head as
 * it is on the wire; libmicrohttpd's part, to cut it into C strings in place and to hand out the
 * pieces, is done here. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounting.h"
#include "consumer.h"
#include "fuzz.h"
#include "http_request.h"
#include "kitchen.h"
#include "notifier.h"
#include "order.h"

enum { PIECES_MAX = 64, HEAD_BYTES_MAX = 8192 };

/* A name and its value, which is NULL for an argument without "=". */
struct piece {
    char *name, *value;
    size_t name_length, value_length;
};

struct head {
    char *method, *target, *version;
    struct piece headers[PIECES_MAX], arguments[PIECES_MAX];
    char *spare, *spare_end; /* of the same memory, behind the text */
    size_t header_count, argument_count;
};

enum {
    GOAL_TARGET_REFUSED,
    GOAL_BUILTIN,
    GOAL_NOT_FOUND,
    GOAL_BAD_ID,
    GOAL_BAD_METHOD,
    GOAL_HEADERS_REFUSED,
    GOAL_FOLDED,
    GOAL_LENGTH,
    GOAL_JSON,
    GOAL_KEY,
    GOAL_KEY_REFUSED,
    GOAL_TRACE,
    GOAL_INTEGER,
    GOAL_INTEGER_REFUSED,
    GOAL_TEXT,
    GOAL_TWICE,
    GOAL_ROUTES, /* and one for each route */
};

static const struct route *route_at(size_t index)
{
    const struct route *const routes[] = {order_routes, consumer_routes, kitchen_routes,
                                          accounting_routes, notifier_routes};
    const size_t counts[] = {order_route_count, consumer_route_count, kitchen_route_count,
                             accounting_route_count, notifier_route_count};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (index < counts[i])
            return &routes[i][index];
        index -= counts[i];
    }
    return NULL;
}

const char *fuzz_goal(size_t index)
{
    static const char *const names[GOAL_ROUTES] = {
        "a target refused",
        "a path of every service",
        "404",
        "a bad id",
        "405",
        "headers refused",
        "a folded header",
        "a Content-Length",
        "a JSON Content-Type",
        "a key",
        "a key refused",
        "a trace",
        "a number in the query",
        "a bad number",
        "a text in the query",
        "a parameter twice",
    };
    static char name[100];
    if (index < GOAL_ROUTES)
        return names[index];
    const struct route *route = route_at(index - GOAL_ROUTES);
    if (route == NULL)
        return NULL;
    (void)snprintf(name, sizeof name, "%s %s", route->method, route->path);
    return name;
}

/* In place of the library's: hand out the pieces of the head. */
int MHD_get_connection_values_n(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                MHD_KeyValueIteratorN iterator, void *context)
{
    const struct head *head = (const void *)connection;
    bool headers = kind == MHD_HEADER_KIND;
    const struct piece *pieces = headers ? head->headers : head->arguments;
    size_t count = headers ? head->header_count : head->argument_count;
    for (size_t i = 0; i < count; i++) {
        const struct piece *piece = &pieces[i];
        if (iterator(context, kind, piece->name, piece->name_length, piece->value,
                     piece->value_length) != MHD_YES)
            break;
    }
    return (int)count;
}

/* The text up to `end`, which becomes a NUL; `*rest` is behind it, or at the end of all. */
static char *cut(char **rest, char end)
{
    char *text = *rest, *found = strchr(text, end);
    *rest = found != NULL ? found + 1 : text + strlen(text);
    if (found != NULL)
        *found = '\0';
    return text;
}

/* A header that is continued on a further line: the library appends that line to the *name*, in
 * memory that it takes for it. */
static void fold(struct head *head, const char *line)
{
    if (head->header_count == 0)
        return;
    struct piece *last = &head->headers[head->header_count - 1];
    size_t room = (size_t)(head->spare_end - head->spare);
    int length = snprintf(head->spare, room, "%s%s", last->name, line + strspn(line, " \t"));
    if (length < 0 || (size_t)length >= room)
        return;
    last->name = head->spare;
    last->name_length = (size_t)length;
    head->spare += length + 1;
}

static void read_headers(struct head *head, char *rest)
{
    while (*rest != '\0' && head->header_count < PIECES_MAX) {
        char *line = cut(&rest, '\n');
        size_t length = strlen(line);
        char *colon = strchr(line, ':');
        if (length > 0 && line[length - 1] == '\r')
            line[--length] = '\0';
        if (line[0] == ' ' || line[0] == '\t')
            fold(head, line);
        if (colon == NULL || line[0] == ' ' || line[0] == '\t')
            continue; /* without a colon the library refuses it */
        *colon = '\0';
        char *value = colon + 1 + strspn(colon + 1, " \t");
        head->headers[head->header_count++] =
            (struct piece){line, value, (size_t)(colon - line), (size_t)(line + length - value)};
    }
}

static void read_arguments(struct head *head, char *rest)
{
    while (*rest != '\0' && head->argument_count < PIECES_MAX) {
        char *value = cut(&rest, '&');
        bool has_value = strchr(value, '=') != NULL;
        char *name = cut(&value, '=');
        head->arguments[head->argument_count++] =
            (struct piece){name, has_value ? value : NULL, MHD_http_unescape(name),
                           has_value ? MHD_http_unescape(value) : 0};
    }
}

/* There is one way to write the path of a route. */
static void check_path(const struct route_match *match, const char *path)
{
    char written[HTTP_PATH_MAX + 1];
    const char *pattern = match->route->path, *hole = strstr(pattern, "{id}");
    if (hole != NULL)
        (void)snprintf(written, sizeof written, "%.*s%d%s", (int)(hole - pattern), pattern,
                       match->id, hole + strlen("{id}"));
    else
        (void)snprintf(written, sizeof written, "%s", pattern);
    FUZZ_CHECK(strcmp(written, path + (match->versioned ? strlen("/v1") : 0)) == 0);
    FUZZ_CHECK(hole != NULL ? match->id >= 1 : match->id == 0);
}

/* Returns if a route was found. */
static bool check_match(const struct route_match *match, const char *path)
{
    if (match->route != NULL) {
        check_path(match, path);
        return true;
    }
    FUZZ_CHECK(match->status == 400 || match->status == 404 || match->status == 405);
    FUZZ_CHECK(match->detail != NULL && memchr(match->allow, '\0', sizeof match->allow) != NULL);
    FUZZ_CHECK((match->status == 405) == (match->allow[0] != '\0'));
    fuzz_reach(match->status == 400   ? GOAL_BAD_ID
               : match->status == 404 ? GOAL_NOT_FOUND
                                      : GOAL_BAD_METHOD);
    return false;
}

static void try_routes(const struct head *head, const char *path)
{
    for (size_t i = 0; route_at(i) != NULL; i++) {
        struct route_match match = route_find(route_at(i), 1, head->method, path);
        if (check_match(&match, path))
            fuzz_reach(GOAL_ROUTES + i);
    }
    struct route_match match = route_find(order_routes, order_route_count, head->method, path);
    (void)check_match(&match, path);
    if (builtin_find(path) != NULL)
        fuzz_reach(GOAL_BUILTIN);
}

static void check_headers(const struct request_headers *headers)
{
    if (headers->length > 0)
        fuzz_reach(GOAL_LENGTH);
    if (headers->json)
        fuzz_reach(GOAL_JSON);
    if (headers->key_problem != NULL)
        fuzz_reach(GOAL_KEY_REFUSED);
    else if (headers->key[0] != '\0')
        fuzz_reach(GOAL_KEY);
    for (const char *at = headers->key; headers->key_problem == NULL && *at != '\0'; at++)
        FUZZ_CHECK(*at >= ' ' && *at < 0x7f);
    if (headers->traceparent[0] != '\0') {
        fuzz_reach(GOAL_TRACE);
        FUZZ_CHECK(traceparent_valid(headers->traceparent));
    }
}

static void try_headers(struct head *head)
{
    struct request_headers headers;
    const char *problem =
        headers_read((struct MHD_Connection *)(void *)head, head->version, &headers);
    if (problem == NULL)
        check_headers(&headers);
    else
        fuzz_reach(strstr(problem, "further line") != NULL ? GOAL_FOLDED : GOAL_HEADERS_REFUSED);
}

static void try_integer(struct query *query)
{
    int64_t value = 0;
    if (!query_integer(query, "limit", 1, 1000, 20, &value)) {
        FUZZ_CHECK(query->response->status == 400);
        fuzz_reach(strstr(buf_text(&query->response->body), "more than once") != NULL
                       ? GOAL_TWICE
                       : GOAL_INTEGER_REFUSED);
        return;
    }
    FUZZ_CHECK(value >= 1 && value <= 1000);
    fuzz_reach(GOAL_INTEGER);
}

static void try_text(struct query *query)
{
    char text[24];
    if (!query_text(query, "state", text, sizeof text)) {
        FUZZ_CHECK(query->response->status == 400);
        return;
    }
    FUZZ_CHECK(memchr(text, '\0', sizeof text) != NULL);
    if (text[0] != '\0')
        fuzz_reach(GOAL_TEXT);
}

static void try_query(struct head *head)
{
    struct response response = {0};
    struct query query = {.response = &response, .connection = head};
    try_integer(&query);
    response_free(&response);
    response = (struct response){0};
    try_text(&query);
    response_free(&response);
}

static void run(struct head *head)
{
    char path[HTTP_PATH_MAX + 1] = "";
    if (target_problem(head->target) != NULL) {
        fuzz_reach(GOAL_TARGET_REFUSED);
        return;
    }
    char *arguments = head->target;
    (void)cut(&arguments, '?');
    if (strlen(head->target) <= HTTP_PATH_MAX)
        memcpy(path, head->target, strlen(head->target) + 1);
    try_routes(head, path);
    read_arguments(head, arguments);
    try_query(head);
    try_headers(head);
}

void fuzz_run(const uint8_t *data, size_t size)
{
    if (size > HEAD_BYTES_MAX)
        return;
    struct head *head = mem_alloc(1, sizeof *head);
    char *text = mem_alloc(size + 1 + HEAD_BYTES_MAX, 1), *rest = text;
    head->spare = text + size + 1;
    head->spare_end = head->spare + HEAD_BYTES_MAX;
    memcpy(text, data, size);
    char *line = cut(&rest, '\n');
    head->method = cut(&line, ' ');
    head->target = cut(&line, ' ');
    head->version = cut(&line, '\r');
    (void)is_token(head->method, strlen(head->method));
    read_headers(head, rest);
    run(head);
    free(text);
    free(head);
}
