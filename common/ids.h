/* Identifiers: UUIDv7 (RFC 9562) for events, W3C trace context (Trace Context level 1) for traces.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_IDS_H
#define BRIGADE_IDS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    UUID_SIZE = 37,        /* 36 characters and a NUL */
    TRACEPARENT_SIZE = 56, /* "00-<32 hex>-<16 hex>-<2 hex>" and a NUL */
    TRACE_ID_SIZE = 33,
};

/* A new UUIDv7: its first 48 bits are `now_ms`, the rest is random (getrandom(2)). */
void uuid_new(int64_t now_ms, char text[UUID_SIZE]);

/* Is it a UUID of any version in its canonical, lower- or upper-case form? */
bool uuid_valid(const char *text);

/* A new trace, or a new span of the trace in `parent` (NULL, "" or malformed: a new trace). */
void traceparent_next(const char *parent, char text[TRACEPARENT_SIZE]);

/* Version 00, lower-case hex, no id all zeros. */
bool traceparent_valid(const char *text);

/* The 32 hex digits of the trace; "" when `traceparent` is malformed. */
void trace_id_of(const char *traceparent, char text[TRACE_ID_SIZE]);

#endif
