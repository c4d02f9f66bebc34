/* Texts inside JSON: UTF-8 and escapes. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_JSON_TEXT_H
#define BRIGADE_JSON_TEXT_H

#include <stddef.h>

#include "buf.h"

/* Decode the next few characters, or the next escape, of a text between quotes: advances `*at`,
 * which is not at the closing quote, and appends UTF-8 to `out`. Returns NULL, or why this is no
 * text, with `*at` at the offence. */
const char *json_text_next(const char **at, const char *end, struct buf *out) MUST_CHECK;

/* The number of characters (code points) in valid UTF-8. */
size_t json_text_points(const char *text, size_t length);

/* How many bytes of `text`, at most `most`, can be shown without cutting a character in two. */
size_t json_text_cut(const char *text, size_t most);

#endif
