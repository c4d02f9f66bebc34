/* Headers that must not be trusted: what would let two readers see different requests in the same
 * bytes (request smuggling, RFC 9112 section 11.2) is refused, since the library lets much of it
 * through; and the few headers that the server uses are read. SPDX-License-Identifier: MIT */
#include "http_internal.h"

#include <microhttpd.h>
#include <string.h>
#include <strings.h>

enum header {
    HEADER_HOST,
    HEADER_LENGTH,
    HEADER_ENCODING,
    HEADER_TYPE,
    HEADER_KEY,
    HEADER_EXPECT,
    HEADER_TRACE,
    HEADER_COUNT,
};

static const char *const header_names[HEADER_COUNT] = {
    [HEADER_HOST] = "Host",
    [HEADER_LENGTH] = "Content-Length",
    [HEADER_ENCODING] = "Transfer-Encoding",
    [HEADER_TYPE] = "Content-Type",
    [HEADER_KEY] = "Idempotency-Key",
    [HEADER_EXPECT] = "Expect",
    [HEADER_TRACE] = "traceparent",
};

/* A header's value without the white space around it. */
struct slice {
    const char *text;
    size_t length;
};

struct found {
    struct slice values[HEADER_COUNT];
    unsigned counts[HEADER_COUNT];
    const char *problem;
};

bool is_token(const char *text, size_t length)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alphanumeric && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return length > 0;
}

static bool has_control(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static struct slice slice_trim(const char *text, size_t length)
{
    while (length > 0 && is_space(text[0])) {
        text++;
        length--;
    }
    while (length > 0 && is_space(text[length - 1]))
        length--;
    return (struct slice){text, length};
}

static bool slice_is(struct slice slice, const char *text)
{
    return slice.length == strlen(text) && strncasecmp(slice.text, text, slice.length) == 0;
}

/* Was the header continued on a further line? libmicrohttpd 0.9.75 appends that line to the *name*,
 * in memory of its own, so that a folded Content-Length goes unseen. Otherwise there is nothing but
 * white space between the name's end and the value. */
static bool is_folded(const char *name, size_t name_length, const char *value)
{
    uintptr_t at = (uintptr_t)name + name_length + 1;
    uintptr_t end = (uintptr_t)value;
    if (end < at || end - at > HTTP_HEADER_BYTES_MAX)
        return true;
    return slice_trim(name + name_length + 1, end - at).length > 0;
}

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_length, const char *value, size_t value_length)
{
    (void)kind;
    struct found *found = context;
    if (value == NULL) {
        value = name + name_length + 1;
        value_length = 0;
    }
    if (!is_token(name, name_length))
        found->problem = "a header's name has a character that names must not have";
    else if (is_folded(name, name_length, value))
        found->problem = "a header is continued on a further line";
    else if (has_control(value, value_length))
        found->problem = "a header's value has a control character";
    for (int i = 0; i < HEADER_COUNT; i++) {
        if (strcasecmp(name, header_names[i]) == 0) {
            found->counts[i]++;
            found->values[i] = slice_trim(value, value_length);
        }
    }
    return MHD_YES;
}

static bool length_read(struct slice value, uint64_t *length)
{
    if (value.length == 0 || value.length > 18) /* 18 digits always fit */
        return false;
    *length = 0;
    for (size_t i = 0; i < value.length; i++) {
        if (value.text[i] < '0' || value.text[i] > '9')
            return false;
        *length = *length * 10 + (uint64_t)(value.text[i] - '0');
    }
    return true;
}

static const char *framing_problem(const struct found *found, bool http_1_0, uint64_t *length)
{
    const unsigned *counts = found->counts;
    if (found->problem != NULL)
        return found->problem;
    if (counts[HEADER_HOST] > 1 || (counts[HEADER_HOST] == 0 && !http_1_0))
        return "a request must have one Host header";
    if (counts[HEADER_LENGTH] > 1)
        return "there is more than one Content-Length header";
    if (counts[HEADER_LENGTH] == 1 && !length_read(found->values[HEADER_LENGTH], length))
        return "Content-Length must be a number";
    if (counts[HEADER_ENCODING] > 0 && counts[HEADER_LENGTH] > 0)
        return "Content-Length and Transfer-Encoding exclude each other";
    if (counts[HEADER_ENCODING] > 1 ||
        (counts[HEADER_ENCODING] == 1 && !slice_is(found->values[HEADER_ENCODING], "chunked")))
        return "the only Transfer-Encoding that is understood is chunked";
    if (counts[HEADER_ENCODING] == 1 && http_1_0)
        return "HTTP/1.0 has no Transfer-Encoding";
    return NULL;
}

/* The part of a value up to `end`, which is taken out of it together with the character. */
static struct slice slice_take(struct slice *rest, char end)
{
    const char *found = rest->length > 0 ? memchr(rest->text, end, rest->length) : NULL;
    size_t length = found != NULL ? (size_t)(found - rest->text) : rest->length;
    struct slice part = slice_trim(rest->text, length);
    size_t used = found != NULL ? length + 1 : length;
    *rest = (struct slice){rest->text + used, rest->length - used};
    return part;
}

bool content_type_is_json(const char *text, size_t length)
{
    struct slice rest = {text, length};
    if (!slice_is(slice_take(&rest, ';'), "application/json"))
        return false;
    while (rest.length > 0) {
        struct slice value = slice_take(&rest, ';');
        struct slice name = slice_take(&value, '=');
        value = slice_trim(value.text, value.length);
        if (slice_is(name, "charset") && !slice_is(value, "utf-8") && !slice_is(value, "\"utf-8\""))
            return false;
    }
    return true;
}

/* Inside quotes: printable ASCII, with \ before " and \. */
static bool quoted_read(const char *text, size_t length, char *key)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\') {
            i++;
            if (i == length || (text[i] != '"' && text[i] != '\\'))
                return false;
        } else if (text[i] == '"') {
            return false;
        }
        if (text[i] < ' ' || text[i] >= 0x7f || used == HTTP_KEY_MAX)
            return false;
        key[used++] = text[i];
    }
    key[used] = '\0';
    return used > 0;
}

/* Without quotes: no space, and none of the characters that structured fields put between values.
 */
static bool bare_read(const char *text, size_t length, char *key)
{
    if (length == 0 || length > HTTP_KEY_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] >= 0x7f || strchr("\",;\\", text[i]) != NULL)
            return false;
        key[i] = text[i];
    }
    key[length] = '\0';
    return true;
}

bool idempotency_key_read(const char *text, size_t length, char key[HTTP_KEY_MAX + 1])
{
    bool quoted = length >= 2 && text[0] == '"' && text[length - 1] == '"';
    return quoted ? quoted_read(text + 1, length - 2, key) : bare_read(text, length, key);
}

static void read_key(const struct found *found, struct request_headers *headers)
{
    struct slice value = found->values[HEADER_KEY];
    if (found->counts[HEADER_KEY] > 1)
        headers->key_problem = "there is more than one Idempotency-Key header";
    else if (found->counts[HEADER_KEY] == 1 &&
             !idempotency_key_read(value.text, value.length, headers->key))
        headers->key_problem =
            "Idempotency-Key must be 1 to 128 printable ASCII characters, quoted "
            "when they include spaces, commas, semicolons or backslashes";
}

/* A malformed or repeated traceparent is dropped, not refused (W3C Trace Context). */
static void read_trace(const struct found *found, struct request_headers *headers)
{
    struct slice value = found->values[HEADER_TRACE];
    if (found->counts[HEADER_TRACE] != 1 || value.length != TRACEPARENT_SIZE - 1)
        return;
    memcpy(headers->traceparent, value.text, value.length);
    headers->traceparent[value.length] = '\0';
    if (!traceparent_valid(headers->traceparent))
        headers->traceparent[0] = '\0';
}

const char *headers_read(struct MHD_Connection *connection, const char *version,
                         struct request_headers *headers)
{
    struct found found = {0};
    *headers = (struct request_headers){0};
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, &found);
    const char *problem =
        framing_problem(&found, strcmp(version, "HTTP/1.0") == 0, &headers->length);
    if (problem != NULL)
        return problem;
    struct slice type = found.values[HEADER_TYPE];
    headers->json = found.counts[HEADER_TYPE] == 1 && content_type_is_json(type.text, type.length);
    headers->expects_continue = found.counts[HEADER_EXPECT] > 0;
    read_key(&found, headers);
    read_trace(&found, headers);
    return NULL;
}
