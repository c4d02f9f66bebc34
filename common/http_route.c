/* Which route a path is. Works on the path as it is on the wire: nothing is decoded, so that there
 * is one way to write each path, and no proxy can see another one than we do.
 * SPDX-License-Identifier: MIT */
#include "http_internal.h"

#include <stdio.h>
#include <string.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* `at` is behind a percent sign. A NUL is no hex digit, so nothing behind the end is read. */
static const char *escape_problem(const char *at)
{
    int high = hex_value(at[0]);
    int low = high < 0 ? -1 : hex_value(at[1]);
    if (low < 0)
        return "the request target has a malformed percent-encoding";
    int byte = high * 16 + low;
    if (byte < 0x20 || byte == 0x7f)
        return "the request target has a percent-encoded control character";
    return NULL;
}

const char *target_problem(const char *target)
{
    if (target[0] != '/')
        return "the request target must be a path";
    for (const char *at = target; *at != '\0'; at++) {
        if (*at <= ' ' ||
            *at >= 0x7f) /* char may be signed: bytes from 0x80 on are caught either way */
            return "the request target has a character that must be percent-encoded";
        const char *problem = *at == '%' ? escape_problem(at + 1) : NULL;
        if (problem != NULL)
            return problem;
    }
    return NULL;
}

const char *path_unversioned(const char *path, bool *versioned)
{
    *versioned = strncmp(path, "/v1/", 4) == 0;
    return *versioned ? path + 3 : path;
}

enum integer_reading integer_read(const char *text, int64_t min, int64_t max, int64_t *value)
{
    bool negative = text[0] == '-';
    const char *digits = text + (negative ? 1 : 0);
    size_t count = strspn(digits, "0123456789");
    bool leading_zero = digits[0] == '0' && (count > 1 || negative);
    if (count == 0 || digits[count] != '\0' || leading_zero)
        return INTEGER_MALFORMED;
    if (count > 18) /* 18 digits always fit */
        return INTEGER_OUT_OF_RANGE;
    int64_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number * 10 + (digits[i] - '0');
    if (negative)
        number = -number;
    if (number < min || number > max)
        return INTEGER_OUT_OF_RANGE;
    *value = number;
    return INTEGER_OK;
}

bool method_matches(const char *route_method, const char *method)
{
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    return strcmp(route_method, method) == 0;
}

/* Does the path have the pattern's form? Then the text where the pattern has {id} is in `id`, ""
 * for a pattern without one. A text that does not fit is cut: it is no id anyway. */
static bool path_matches(const char *pattern, const char *path, char *id, size_t id_size)
{
    static const char mark[] = "{id}";
    id[0] = '\0';
    const char *hole = strstr(pattern, mark);
    if (hole == NULL)
        return strcmp(pattern, path) == 0;
    size_t before = (size_t)(hole - pattern);
    if (strncmp(pattern, path, before) != 0)
        return false;
    size_t length = strcspn(path + before, "/");
    (void)snprintf(id, id_size, "%.*s", (int)length, path + before);
    return length > 0 && strcmp(hole + strlen(mark), path + before + length) == 0;
}

/* Add a route's method to the Allow header. */
static void allow_add(struct route_match *match, const char *method)
{
    const char *more = strcmp(method, "GET") == 0 ? ", HEAD" : "";
    const char *comma = match->allow[0] != '\0' ? ", " : "";
    size_t used = strlen(match->allow);
    (void)snprintf(match->allow + used, sizeof match->allow - used, "%s%s%s", comma, method, more);
}

/* An id that no row can have is not found; what is no number at all is a mistake of the client's
 * program. */
static void take_id(struct route_match *match, const struct route *route, const char *text)
{
    int64_t id = 0;
    enum integer_reading reading =
        text[0] == '\0' ? INTEGER_OK : integer_read(text, 1, INT32_MAX, &id);
    if (reading == INTEGER_OK) {
        match->route = route;
        match->id = (int32_t)id;
    } else if (reading == INTEGER_OUT_OF_RANGE && text[0] != '-') {
        match->status = 404;
        match->detail = "nothing has this id: ids are from 1 to 2147483647";
    } else {
        match->status = 400;
        match->detail = "the id in the path must be an integer from 1 to 2147483647";
    }
}

struct route_match route_find(const struct route *routes, size_t count, const char *method,
                              const char *path)
{
    struct route_match match = {.status = 404, .detail = "there is no such path"};
    const char *plain = path_unversioned(path, &match.versioned);
    char id[24];
    for (size_t i = 0; i < count; i++) {
        if (!path_matches(routes[i].path, plain, id, sizeof id))
            continue;
        if (method_matches(routes[i].method, method)) {
            take_id(&match, &routes[i], id);
            return match;
        }
        match.status = 405;
        match.detail = "this path does not have this method";
        allow_add(&match, routes[i].method);
    }
    return match;
}
