/* Clocks, and RFC 3339 date-times in both directions. SPDX-License-Identifier: MIT */
#include "clock.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static const int64_t FIRST_MS = INT64_C(-62167219200000); /* 0000-01-01T00:00:00.000Z */
static const int64_t LAST_MS = INT64_C(253402300799999);  /* 9999-12-31T23:59:59.999Z */

static int64_t clock_read_us(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        abort();
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_ms(void)
{
    return clock_read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_monotonic_ms(void)
{
    return clock_read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_monotonic_us(void)
{
    return clock_read_us(CLOCK_MONOTONIC);
}

void clock_sleep_ms(int64_t duration_ms)
{
    if (duration_ms <= 0)
        return;
    struct timespec left = {duration_ms / 1000, (duration_ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

/* Write `value` with exactly `width` digits. Returns where the text goes on. */
static char *put_digits(char *at, int value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + width;
}

void clock_format(int64_t time_ms, char text[CLOCK_TEXT_SIZE])
{
    if (time_ms < FIRST_MS)
        time_ms = FIRST_MS;
    if (time_ms > LAST_MS)
        time_ms = LAST_MS;
    int ms = (int)(((time_ms % 1000) + 1000) % 1000);
    time_t seconds = (time_t)((time_ms - ms) / 1000);
    struct tm tm;
    if (gmtime_r(&seconds, &tm) == NULL)
        abort();
    char *at = put_digits(text, tm.tm_year + 1900, 4);
    *at++ = '-';
    at = put_digits(at, tm.tm_mon + 1, 2);
    *at++ = '-';
    at = put_digits(at, tm.tm_mday, 2);
    *at++ = 'T';
    at = put_digits(at, tm.tm_hour, 2);
    *at++ = ':';
    at = put_digits(at, tm.tm_min, 2);
    *at++ = ':';
    at = put_digits(at, tm.tm_sec, 2);
    *at++ = '.';
    at = put_digits(at, ms, 3);
    *at++ = 'Z';
    *at = '\0';
}

/* What is left to read. Every take_ function moves it on, or returns false. */
struct reader {
    const char *at, *end;
};

static bool take_digits(struct reader *in, int width, int min, int max, int *value)
{
    int number = 0;
    for (int i = 0; i < width; i++) {
        if (in->at == in->end || *in->at < '0' || *in->at > '9')
            return false;
        number = number * 10 + (*in->at++ - '0');
    }
    *value = number;
    return number >= min && number <= max;
}

/* RFC 3339 allows the letters in either case; for the signs both cases are the same. */
static bool take_char(struct reader *in, char upper, char lower)
{
    if (in->at == in->end || (*in->at != upper && *in->at != lower))
        return false;
    in->at++;
    return true;
}

static bool take_date(struct reader *in, struct tm *tm)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 0;
    int month = 0;
    if (!take_digits(in, 4, 0, 9999, &year) || !take_char(in, '-', '-') ||
        !take_digits(in, 2, 1, 12, &month) || !take_char(in, '-', '-') ||
        !take_digits(in, 2, 1, 31, &tm->tm_mday))
        return false;
    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return tm->tm_mday <= month_days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool take_fraction(struct reader *in, int *ms)
{
    *ms = 0;
    if (!take_char(in, '.', '.'))
        return true;
    const char *first = in->at;
    for (int weight = 100; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++) {
        *ms += (*in->at - '0') * weight;
        weight /= 10;
    }
    return in->at > first;
}

static bool take_time(struct reader *in, struct tm *tm, int *ms)
{
    return take_digits(in, 2, 0, 23, &tm->tm_hour) && take_char(in, ':', ':') &&
           take_digits(in, 2, 0, 59, &tm->tm_min) && take_char(in, ':', ':') &&
           take_digits(in, 2, 0, 60, &tm->tm_sec) && take_fraction(in, ms);
}

static bool take_offset(struct reader *in, int *offset_s)
{
    *offset_s = 0;
    if (take_char(in, 'Z', 'z'))
        return true;
    int sign = take_char(in, '-', '-') ? -1 : 1;
    if (sign == 1 && !take_char(in, '+', '+'))
        return false;
    int hours = 0;
    int minutes = 0;
    if (!take_digits(in, 2, 0, 23, &hours) || !take_char(in, ':', ':') ||
        !take_digits(in, 2, 0, 59, &minutes))
        return false;
    *offset_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool clock_parse(const char *text, size_t length, int64_t *time_ms)
{
    struct reader in = {text, text + length};
    struct tm tm = {0};
    int ms = 0;
    int offset_s = 0;
    if (!take_date(&in, &tm) || !take_char(&in, 'T', 't') || !take_time(&in, &tm, &ms) ||
        !take_offset(&in, &offset_s) || in.at != in.end)
        return false;
    bool leap_second = tm.tm_sec == 60;
    int64_t seconds = (int64_t)timegm(&tm) - offset_s;
    /* A leap second is the last one of a day in UTC; it becomes the first of the next. */
    if (leap_second && seconds % 86400 != 0)
        return false;
    int64_t parsed_ms = seconds * 1000 + ms;
    if (parsed_ms < FIRST_MS || parsed_ms > LAST_MS)
        return false;
    *time_ms = parsed_ms;
    return true;
}
