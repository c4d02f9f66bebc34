/* Time: the wall clock for what people and other services read, the monotonic one for waiting.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_CLOCK_H
#define BRIGADE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLOCK_TEXT_SIZE = 25 }; /* "2026-11-21T08:40:36.123Z" and its NUL */

/* Milliseconds since 1970-01-01 UTC; may jump when the machine's clock is set. */
int64_t clock_now_ms(void);

/* Milliseconds since some fixed moment; never goes back. */
int64_t clock_monotonic_ms(void);

/* The same clock in microseconds, for durations that are measured. */
int64_t clock_monotonic_us(void);

/* Write `time_ms` as RFC 3339 in UTC with milliseconds. Years 0000 to 9999. */
void clock_format(int64_t time_ms, char text[CLOCK_TEXT_SIZE]);

/* Read an RFC 3339 date-time (any offset, any number of fraction digits; cut to ms). Returns false,
 * and leaves `time_ms` alone, when the text is anything else. */
bool clock_parse(const char *text, size_t length, int64_t *time_ms);

void clock_sleep_ms(int64_t duration_ms);

#endif
