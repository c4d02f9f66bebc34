/* A log-linear histogram of durations. SPDX-License-Identifier: MIT */
#include "load_histogram.h"

/* The bucket of a value: its 8 highest bits, after how far they were shifted. */
static unsigned bucket_of(uint64_t value)
{
    unsigned shift = 0;
    while (value >> shift >= 2U << HISTOGRAM_LINEAR_BITS)
        shift++;
    unsigned bucket = (shift << HISTOGRAM_LINEAR_BITS) + (unsigned)(value >> shift);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The largest value of a bucket. */
static int64_t bucket_end(unsigned bucket)
{
    unsigned shift = bucket >> HISTOGRAM_LINEAR_BITS;
    if (shift > 0)
        shift--;
    return (((int64_t)bucket - ((int64_t)shift << HISTOGRAM_LINEAR_BITS) + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, int64_t duration_us)
{
    const int64_t known_us = duration_us > 0 ? duration_us : 0;
    histogram->count++;
    histogram->buckets[bucket_of((uint64_t)known_us)]++;
    if (known_us > histogram->max_us)
        histogram->max_us = known_us;
}

int64_t histogram_quantile_us(const struct histogram *histogram, double share)
{
    int64_t seen = 0;
    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen > 0 && (double)seen >= share * (double)histogram->count) {
            int64_t end_us = bucket_end(bucket);
            return end_us < histogram->max_us ? end_us : histogram->max_us;
        }
    }
    return histogram->max_us;
}
