/* Counters, gauges and histograms, written as Prometheus text (exposition format 0.0.4).
 * Static objects, lock-free updates (C11 atomics), no ids as labels. SPDX-License-Identifier: MIT
 */
#ifndef BRIGADE_METRICS_H
#define BRIGADE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "buf.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

enum { METRIC_BUCKETS = 14 }; /* seconds: .001 .0025 .005 .01 .025 .05 .1 .25 .5 1 2.5 5 10 +Inf */

/* Zero-initialised but for the first four members, and registered on its first use. Metrics that
 * share a name differ in `labels` ("verdict=\"applied\"", or NULL). */
struct metric {
    enum metric_type type;
    const char *name;
    const char *help;
    const char *labels;
    _Atomic int64_t value; /* counter, gauge */
    _Atomic int64_t buckets[METRIC_BUCKETS];
    _Atomic int64_t sum_us; /* histogram */
    _Atomic int registered;
    struct metric *next;
};

/* Make a metric visible before it has counted anything. */
void metric_register(struct metric *metric);

void metric_add(struct metric *metric, int64_t count);
void metric_set(struct metric *gauge, int64_t value);
void metric_observe_us(struct metric *histogram, int64_t duration_us);

/* Append all that is registered, grouped by name. */
void metrics_write(struct buf *out);

#endif
