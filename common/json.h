/* JSON as RFC 8259 has it and no other: the checked layer over json-c, which lets much through.
 *
 * json-c's strict mode still takes single quotes, NaN, "1.", raw control characters, lone
 * surrogates and duplicate keys, and clamps large integers. Only json.c and codec.c know json-c.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_JSON_H
#define BRIGADE_JSON_H

#include <stddef.h>

#include "err.h"

enum {
    JSON_DEPTH_MAX = 16,
    JSON_MEMBERS_MAX = 256,     /* members of one object */
    JSON_NUMBER_BYTES_MAX = 64, /* of one number's text */
};

struct json_object; /* json-c's */

/* Parse exactly one JSON value of `length` bytes. Refuses (ERR_INVALID, with the byte's position):
 * anything that is not RFC 8259, invalid UTF-8, U+0000, lone surrogates, duplicate keys, more than
 * JSON_DEPTH_MAX levels or JSON_MEMBERS_MAX members, a number longer than JSON_NUMBER_BYTES_MAX. An
 * integer that int64_t cannot hold becomes its nearest value. On success (`null` is NULL) `*out` is
 * the caller's, to be freed with json_release. */
enum err_code json_read(const char *text, size_t length, struct json_object **out,
                        struct err *err) MUST_CHECK;

void json_release(struct json_object *value);

#endif
