/* Between codec.c, which knows objects and arrays, and codec_scalar.c, which knows single values.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_CODEC_INTERNAL_H
#define BRIGADE_CODEC_INTERNAL_H

#include "codec.h"

/* "null", "an array", …: what a value is, for people. */
const char *codec_type_name(struct json_object *value);

/* Set ": must be EXPECTED, is …". Returns ERR_INVALID. */
enum err_code codec_wrong_type(struct json_object *value, const char *expected, struct err *err);

/* Decode a value that is neither object nor array to `out`, where the field's member is. What is
 * wrong is said as
 * ": must be …", to go behind the field's name. */
enum err_code codec_decode_scalar(const struct codec_field *field, struct json_object *value,
                                  void *out, struct err *err) MUST_CHECK;

#endif
