/* Arbitrary bytes made into values of a range. When they are used up, zeros follow.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_FUZZ_BYTES_H
#define BRIGADE_FUZZ_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *at, *end;
};

uint8_t bytes_take(struct bytes *bytes);
bool bytes_bool(struct bytes *bytes);

/* From 0 to `count` - 1, each as often; `count` is small. */
int bytes_below(struct bytes *bytes, int count);

/* A number from `min` to `max`: close to them or to 0, where mistakes are, and often the same, so
 * that two numbers are equal. */
int64_t bytes_integer(struct bytes *bytes, int64_t min, int64_t max);
int32_t bytes_int32(struct bytes *bytes, int32_t min, int32_t max);

/* How many there are: few, now and then the most. */
size_t bytes_count(struct bytes *bytes, size_t min, size_t max);

#endif
