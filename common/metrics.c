/* The registry of metrics and its text form.
 * https://prometheus.io/docs/instrumenting/exposition_formats/ SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char *const type_names[] = {"counter", "gauge", "histogram"};

/* The upper bounds of the buckets: as compared, and as written. The last one has no bound. */
static const int64_t bounds_us[METRIC_BUCKETS - 1] = {
    1000,   2500,   5000,    10000,   25000,   50000,    100000,
    250000, 500000, 1000000, 2500000, 5000000, 10000000,
};
static const char *const bound_texts[METRIC_BUCKETS] = {
    "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1",
    "0.25",  "0.5",    "1",     "2.5",  "5",     "10",   "+Inf",
};

/* All registered metrics in order; entries are only added, so a reader needs the lock for the list
 * alone. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric *registry_first;
static struct metric **registry_end = &registry_first;

void metric_register(struct metric *metric)
{
    if (atomic_load_explicit(&metric->registered, memory_order_acquire) != 0)
        return;
    pthread_mutex_lock(&registry_lock);
    if (atomic_load_explicit(&metric->registered, memory_order_relaxed) == 0) {
        metric->next = NULL;
        *registry_end = metric;
        registry_end = &metric->next;
        atomic_store_explicit(&metric->registered, 1, memory_order_release);
    }
    pthread_mutex_unlock(&registry_lock);
}

void metric_add(struct metric *metric, int64_t count)
{
    metric_register(metric);
    atomic_fetch_add_explicit(&metric->value, count, memory_order_relaxed);
}

void metric_set(struct metric *gauge, int64_t value)
{
    metric_register(gauge);
    atomic_store_explicit(&gauge->value, value, memory_order_relaxed);
}

void metric_observe_us(struct metric *histogram, int64_t duration_us)
{
    metric_register(histogram);
    size_t bucket = 0;
    while (bucket < METRIC_BUCKETS - 1 && duration_us > bounds_us[bucket])
        bucket++;
    atomic_fetch_add_explicit(&histogram->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_us, duration_us > 0 ? duration_us : 0,
                              memory_order_relaxed);
}

static void put_labels(struct buf *out, const char *labels)
{
    if (labels != NULL && labels[0] != '\0')
        buf_printf(out, "{%s}", labels);
}

static void put_histogram(struct buf *out, struct metric *metric)
{
    const char *labels = metric->labels != NULL ? metric->labels : "";
    const char *comma = labels[0] != '\0' ? "," : "";
    int64_t total = 0;
    for (size_t i = 0; i < METRIC_BUCKETS; i++) {
        total += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
        buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %" PRId64 "\n", metric->name, labels, comma,
                   bound_texts[i], total);
    }
    int64_t sum_us = atomic_load_explicit(&metric->sum_us, memory_order_relaxed);
    buf_printf(out, "%s_sum", metric->name);
    put_labels(out, labels);
    buf_printf(out, " %" PRId64 ".%06" PRId64 "\n%s_count", sum_us / 1000000, sum_us % 1000000,
               metric->name);
    put_labels(out, labels);
    buf_printf(out, " %" PRId64 "\n", total);
}

static void put_sample(struct buf *out, struct metric *metric)
{
    if (metric->type == METRIC_HISTOGRAM) {
        put_histogram(out, metric);
        return;
    }
    buf_append_text(out, metric->name);
    put_labels(out, metric->labels);
    buf_printf(out, " %" PRId64 "\n", atomic_load_explicit(&metric->value, memory_order_relaxed));
}

static void put_help(struct buf *out, const struct metric *metric)
{
    buf_printf(out, "# HELP %s ", metric->name);
    for (const char *at = metric->help; *at != '\0'; at++) {
        if (*at == '\\')
            buf_append_text(out, "\\\\");
        else if (*at == '\n')
            buf_append_text(out, "\\n");
        else
            buf_append_char(out, *at);
    }
    buf_printf(out, "\n# TYPE %s %s\n", metric->name, type_names[metric->type]);
}

static bool name_seen_before(const struct metric *metric)
{
    for (const struct metric *other = registry_first; other != metric; other = other->next) {
        if (strcmp(other->name, metric->name) == 0)
            return true;
    }
    return false;
}

void metrics_write(struct buf *out)
{
    pthread_mutex_lock(&registry_lock);
    for (struct metric *first = registry_first; first != NULL; first = first->next) {
        if (name_seen_before(first))
            continue;
        put_help(out, first);
        for (struct metric *metric = first; metric != NULL; metric = metric->next) {
            if (strcmp(metric->name, first->name) == 0)
                put_sample(out, metric);
        }
    }
    pthread_mutex_unlock(&registry_lock);
}
