/* UTF-8 (RFC 3629) and the escapes of JSON (RFC 8259, section 7). SPDX-License-Identifier: MIT */
#include "json_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* The length of the sequence that `first` begins, 0 when none does (0xC0, 0xC1: always overlong).
 */
static size_t sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2)
        return 0;
    if (first < 0xE0)
        return 2;
    if (first < 0xF0)
        return 3;
    return first < 0xF5 ? 4 : 0;
}

/* The length of the valid sequence at `at`, or 0. Overlong forms, surrogates and what is above
 * U+10FFFF show in the second byte. */
static size_t utf8_sequence(const char *at, size_t left)
{
    unsigned char first = (unsigned char)at[0];
    size_t length = sequence_length(first);
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if (!is_continuation(at[i]))
            return 0;
    unsigned char second = length > 1 ? (unsigned char)at[1] : 0;
    bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    bool surrogate = first == 0xED && second > 0x9F;
    bool beyond = first == 0xF4 && second > 0x8F;
    return overlong || surrogate || beyond ? 0 : length;
}

static void append_point(struct buf *out, uint32_t point)
{
    if (point < 0x80) {
        buf_append_char(out, (char)point);
    } else if (point < 0x800) {
        buf_append_char(out, (char)(0xC0 | point >> 6));
        buf_append_char(out, (char)(0x80 | (point & 0x3F)));
    } else if (point < 0x10000) {
        buf_append_char(out, (char)(0xE0 | point >> 12));
        buf_append_char(out, (char)(0x80 | (point >> 6 & 0x3F)));
        buf_append_char(out, (char)(0x80 | (point & 0x3F)));
    } else {
        buf_append_char(out, (char)(0xF0 | point >> 18));
        buf_append_char(out, (char)(0x80 | (point >> 12 & 0x3F)));
        buf_append_char(out, (char)(0x80 | (point >> 6 & 0x3F)));
        buf_append_char(out, (char)(0x80 | (point & 0x3F)));
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20); /* lower case */
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Read "\uXXXX" at `at`. False when it is anything else. */
static bool read_unit(const char *at, const char *end, uint32_t *unit)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return false;
    *unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return false;
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return true;
}

static const char *read_unicode_escape(const char **at, const char *end, struct buf *out)
{
    uint32_t unit, low;
    if (!read_unit(*at, end, &unit))
        return "expected four hex digits after \\u";
    if (unit == 0)
        return "U+0000 is not taken";
    if (unit < 0xD800 || unit > 0xDFFF) {
        append_point(out, unit);
        *at += 6;
        return NULL;
    }
    if (unit > 0xDBFF || !read_unit(*at + 6, end, &low) || low < 0xDC00 || low > 0xDFFF)
        return "half of a surrogate pair";
    append_point(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
    *at += 12;
    return NULL;
}

static const char *read_escape(const char **at, const char *end, struct buf *out)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (end - *at < 2)
        return "it ends in the middle of a text";
    char c = (*at)[1];
    if (c == 'u')
        return read_unicode_escape(at, end, out);
    const char *name = c != '\0' ? strchr(names, c) : NULL;
    if (name == NULL)
        return "no such escape";
    buf_append_char(out, meanings[name - names]);
    *at += 2;
    return NULL;
}

static size_t plain_run(const char *at, const char *end)
{
    const char *start = at;
    while (at < end && *at >= 0x20 && *at <= 0x7E && *at != '"' && *at != '\\')
        at++;
    return (size_t)(at - start);
}

const char *json_text_next(const char **at, const char *end, struct buf *out)
{
    if (*at >= end)
        return "it ends in the middle of a text";
    if (**at == '\\')
        return read_escape(at, end, out);
    if ((unsigned char)**at < 0x20)
        return "a control character in a text";
    size_t length = plain_run(*at, end);
    if (length == 0)
        length = utf8_sequence(*at, (size_t)(end - *at));
    if (length == 0)
        return "not UTF-8";
    buf_append(out, *at, length);
    *at += length;
    return NULL;
}

size_t json_text_points(const char *text, size_t length)
{
    size_t points = 0;
    for (size_t i = 0; i < length; i++)
        points += !is_continuation(text[i]);
    return points;
}

size_t json_text_cut(const char *text, size_t most)
{
    size_t length = strnlen(text, most + 1);
    if (length <= most)
        return length;
    length = most;
    while (length > 0 && is_continuation(text[length]))
        length--;
    return length;
}
