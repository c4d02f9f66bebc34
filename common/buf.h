/* A growing byte buffer, always NUL-terminated. Running out of memory ends the process.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_BUF_H
#define BRIGADE_BUF_H

#include <stddef.h>

#include "err.h"

struct buf {
    char *bytes; /* NULL until something is appended; then bytes[length] is NUL */
    size_t length;
    size_t capacity;
};

void buf_append(struct buf *buf, const void *bytes, size_t length);
void buf_append_text(struct buf *buf, const char *text);
void buf_append_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* The contents as a C string: "" when nothing was appended. Valid until the next call on `buf`. */
const char *buf_text(const struct buf *buf);

/* Forget the contents and keep the memory for the next use. */
void buf_clear(struct buf *buf);

/* Free the memory. The buffer may be used again. */
void buf_free(struct buf *buf);

#endif
