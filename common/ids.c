/* UUIDv7 and W3C trace context. SPDX-License-Identifier: MIT */
#include "ids.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { TRACE_ID_AT = 3, SPAN_ID_AT = 36, FLAGS_AT = 53 }; /* offsets in a traceparent */
enum { POOL_SIZE = 4096 };

static void fill(unsigned char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t got = getrandom(bytes, length, 0);
        if (got < 0 && errno != EINTR)
            abort(); /* it never fails otherwise */
        if (got > 0) {
            bytes += got;
            length -= (size_t)got;
        }
    }
}

/* At most POOL_SIZE bytes. They come from a pool, for a system call costs more than they do. */
static void random_bytes(unsigned char *bytes, size_t length)
{
    static _Thread_local unsigned char pool[POOL_SIZE];
    static _Thread_local size_t left;
    if (left < length) {
        fill(pool, sizeof pool);
        left = sizeof pool;
    }
    left -= length;
    memcpy(bytes, pool + left, length);
}

/* Write two digits for each byte, without a NUL. Returns where the text goes on. */
static char *put_hex(char *at, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        *at++ = "0123456789abcdef"[bytes[i] >> 4];
        *at++ = "0123456789abcdef"[bytes[i] & 15];
    }
    return at;
}

void uuid_new(int64_t now_ms, char text[UUID_SIZE])
{
    unsigned char bytes[16];
    random_bytes(bytes + 6, sizeof bytes - 6);
    for (int i = 0; i < 6; i++)
        bytes[i] = (unsigned char)((uint64_t)now_ms >> (40 - 8 * i));
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x70); /* version 7 */
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); /* variant 10 */
    char *at = put_hex(text, bytes, 4);
    for (size_t i = 4; i < 10; i += 2) {
        *at++ = '-';
        at = put_hex(at, bytes + i, 2);
    }
    *at++ = '-';
    at = put_hex(at, bytes + 10, 6);
    *at = '\0';
}

bool uuid_valid(const char *text)
{
    if (strlen(text) != UUID_SIZE - 1)
        return false;
    for (int i = 0; i < UUID_SIZE - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

/* Are these `length` characters lower-case hex, and not all zeros unless `zero_fine`? */
static bool hex_valid(const char *text, size_t length, bool zero_fine)
{
    if (strspn(text, "0123456789abcdef") < length)
        return false;
    return zero_fine || strspn(text, "0") < length;
}

bool traceparent_valid(const char *text)
{
    return strlen(text) == TRACEPARENT_SIZE - 1 && memcmp(text, "00-", 3) == 0 &&
           hex_valid(text + TRACE_ID_AT, 32, false) && text[SPAN_ID_AT - 1] == '-' &&
           hex_valid(text + SPAN_ID_AT, 16, false) && text[FLAGS_AT - 1] == '-' &&
           hex_valid(text + FLAGS_AT, 2, true);
}

void traceparent_next(const char *parent, char text[TRACEPARENT_SIZE])
{
    unsigned char random[24];
    do {
        random_bytes(random, sizeof random);
    } while ((random[0] | random[1]) == 0 ||
             (random[16] | random[17]) == 0); /* no id is all zeros */
    if (parent != NULL && traceparent_valid(parent)) {
        memmove(text, parent, TRACEPARENT_SIZE);
    } else {
        memcpy(text, "00-", 3);
        (void)put_hex(text + TRACE_ID_AT, random, 16);
        memcpy(text + SPAN_ID_AT - 1, "-0000000000000000-01", 21);
    }
    (void)put_hex(text + SPAN_ID_AT, random + 16, 8);
}

void trace_id_of(const char *traceparent, char text[TRACE_ID_SIZE])
{
    text[0] = '\0';
    if (!traceparent_valid(traceparent))
        return;
    memcpy(text, traceparent + TRACE_ID_AT, TRACE_ID_SIZE - 1);
    text[TRACE_ID_SIZE - 1] = '\0';
}
