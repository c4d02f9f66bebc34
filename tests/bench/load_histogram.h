/* Durations, counted in buckets that are at most 1/128 of their value wide: quantiles of any number
 * of them in 11 KiB. For one thread. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_LOAD_HISTOGRAM_H
#define BRIGADE_LOAD_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_LINEAR_BITS = 7, /* 128 buckets for each doubling */
    HISTOGRAM_DOUBLINGS = 20,  /* up to 134 s; what is longer counts as that, but for its maximum */
    HISTOGRAM_BUCKETS = (HISTOGRAM_DOUBLINGS + 1) << HISTOGRAM_LINEAR_BITS,
};

/* Starts zeroed. */
struct histogram {
    int64_t count, max_us;
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, int64_t duration_us);

/* The duration that `share` (0 to 1) of all do not exceed, at most 0.8 % too long; 0 when empty. */
int64_t histogram_quantile_us(const struct histogram *histogram, double share);

#endif
