/* The CloudEvents 1.0 envelope in JSON (structured mode) around every event on the wire.
 * https://github.com/cloudevents/spec (v1.0.2), with the extensions `sequence` and `traceparent`.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_ENVELOPE_H
#define BRIGADE_ENVELOPE_H

#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "ids.h"
#include "schemas.h"

enum { ENVELOPE_BYTES_MAX = 64 * 1024 }; /* an event larger than this is neither sent nor taken */

struct envelope {
    char id[UUID_SIZE];
    enum event_type type;
    int32_t subject_id; /* 42 in the subject "orders/42" */
    int32_t sequence;   /* the aggregate's version after the change */
    int64_t time_ms;
    char traceparent[TRACEPARENT_SIZE]; /* "" when absent */
    const void *data;                   /* the struct of event_schemas[type].record */
};

/* Append the envelope as JSON. The publisher, subject and schema's name come from
 * event_schemas[type]. */
void envelope_encode(const struct envelope *envelope, struct buf *out);

/* Decode one message; envelope_release frees its data. ERR_INVALID names what is wrong: not JSON, a
 * missing attribute, an unknown type, a source or subject that is not the type's, data that does
 * not fit its schema. Unknown attributes are ignored. A malformed traceparent is dropped, not
 * refused (W3C Trace Context). `out` is undefined on an error, but for `id` and `type`, which are
 * set as far as they could be read, and `data`, which is NULL. */
enum err_code envelope_decode(const char *text, size_t length, struct envelope *out,
                              struct err *err) MUST_CHECK;
void envelope_release(struct envelope *envelope);

#endif
