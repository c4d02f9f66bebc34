/* Arbitrary bytes made into values. SPDX-License-Identifier: MIT */
#include "bytes.h"

uint8_t bytes_take(struct bytes *bytes)
{
    return bytes->at < bytes->end ? *bytes->at++ : 0;
}

bool bytes_bool(struct bytes *bytes)
{
    return bytes_take(bytes) % 2 != 0;
}

static uint64_t take_word(struct bytes *bytes)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word = word << 8 | bytes_take(bytes);
    return word;
}

int64_t bytes_integer(struct bytes *bytes, int64_t min, int64_t max)
{
    uint8_t how = bytes_take(bytes);
    int64_t near_zero = how < 0x40 ? 1 + how % 2 : how % 4 - 1;
    if (how < 0x80 && min <= near_zero && near_zero <= max)
        return near_zero;
    uint64_t span = (uint64_t)max - (uint64_t)min;
    uint64_t offset = how >= 0xc0 ? take_word(bytes) : how % 4;
    if (how >= 0xa0 && how < 0xc0)
        offset = span - offset;
    if (span != UINT64_MAX)
        offset %= span + 1;
    return (int64_t)((uint64_t)min + offset);
}

int bytes_below(struct bytes *bytes, int count)
{
    return bytes_take(bytes) % count;
}

int32_t bytes_int32(struct bytes *bytes, int32_t min, int32_t max)
{
    return (int32_t)bytes_integer(bytes, min, max);
}

size_t bytes_count(struct bytes *bytes, size_t min, size_t max)
{
    uint8_t how = bytes_take(bytes);
    size_t count = min + how % 3;
    return how >= 0xfc || count > max ? max : count;
}
