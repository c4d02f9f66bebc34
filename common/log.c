/* JSON-lines logs. SPDX-License-Identifier: MIT */
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* Set once before the threads start, then only read. */
static const char *service_name = "";
static enum log_level lowest_level = LOG_INFO;

void log_init(const char *service, enum log_level lowest)
{
    service_name = service;
    lowest_level = lowest;
}

/* How many bytes the UTF-8 sequence at `at` has; 0 when it is malformed. A NUL ends the text, and
 * is no continuation byte, so nothing is read beyond it. */
static size_t utf8_length(const unsigned char *at)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (length > 1 && (at[0] < 0xc2 || at[0] > 0xf4))
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool surrogate = at[0] == 0xed && at[1] >= 0xa0;
    bool too_large = at[0] == 0xf4 && at[1] >= 0x90;
    return overlong || surrogate || too_large ? 0 : length;
}

/* Append a JSON string. What is not UTF-8 becomes U+FFFD, byte by byte. */
static void put_string(struct buf *line, const char *text)
{
    buf_append_char(line, '"');
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        size_t length = utf8_length(at);
        if (length == 0)
            buf_append_text(line, "\xef\xbf\xbd");
        else if (*at == '"' || *at == '\\')
            buf_printf(line, "\\%c", *at);
        else if (*at < 0x20 || *at == 0x7f)
            buf_printf(line, "\\u%04x", (unsigned)*at);
        else
            buf_append(line, at, length);
        at += length > 0 ? length : 1;
    }
    buf_append_char(line, '"');
}

static void put_field(struct buf *line, const struct log_field *field)
{
    if (field->text != NULL && field->text[0] == '\0')
        return;
    buf_append_char(line, ',');
    put_string(line, field->key);
    buf_append_char(line, ':');
    if (field->text != NULL)
        put_string(line, field->text);
    else
        buf_printf(line, "%" PRId64, field->number);
}

/* One write for the whole line keeps the lines of several threads apart. What standard output does
 * not take is lost: there is nowhere to complain. */
static void put_line(const struct buf *line)
{
    for (size_t sent = 0; sent < line->length;) {
        ssize_t written = write(STDOUT_FILENO, line->bytes + sent, line->length - sent);
        if (written < 0 && errno != EINTR)
            return;
        sent += written > 0 ? (size_t)written : 0;
    }
}

void log_write(enum log_level level, const char *msg, const struct log_field *fields, size_t count)
{
    if (level < lowest_level)
        return;
    struct buf line = {0};
    char ts[CLOCK_TEXT_SIZE];
    clock_format(clock_now_ms(), ts);
    buf_printf(&line, "{\"ts\":\"%s\",\"level\":\"%s\",\"service\":", ts, level_names[level]);
    put_string(&line, service_name);
    buf_append_text(&line, ",\"msg\":");
    put_string(&line, msg);
    for (size_t i = 0; i < count; i++)
        put_field(&line, &fields[i]);
    buf_append_text(&line, "}\n");
    put_line(&line);
    buf_free(&line);
}
