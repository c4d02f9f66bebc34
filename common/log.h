/* JSON-lines logs on standard output, one object a line: ts, level, service, msg, then the fields.
 * Thread-safe; blocks only as long as standard output does. Never give it a request's body, a
 * secret or a person's data. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_LOG_H
#define BRIGADE_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key;
    const char *text; /* NULL: the number counts. An empty text is left out of the line. */
    int64_t number;
};

/* The name that every line carries, and the lowest level that is written. Call once, at start. */
void log_init(const char *service, enum log_level lowest);

void log_write(enum log_level level, const char *msg, const struct log_field *fields, size_t count);

#define LOG_S(k, v) ((struct log_field){.key = (k), .text = (v)})
#define LOG_I(k, v) ((struct log_field){.key = (k), .number = (v)})

/* log_info("order approved", LOG_I("order_id", 42)): at least one field. */
#define LOG_AT(level, msg, ...)                                                                    \
    log_write(level, msg, (const struct log_field[]){__VA_ARGS__},                                 \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))
#define log_debug(msg, ...) LOG_AT(LOG_DEBUG, msg, __VA_ARGS__)
#define log_info(msg, ...)  LOG_AT(LOG_INFO, msg, __VA_ARGS__)
#define log_warn(msg, ...)  LOG_AT(LOG_WARN, msg, __VA_ARGS__)
#define log_error(msg, ...) LOG_AT(LOG_ERROR, msg, __VA_ARGS__)

#endif
