/* Counts, quantiles and the series by seconds, as JSON. SPDX-License-Identifier: MIT */
#include "load_stats.h"

#include <inttypes.h>
#include <stdlib.h>

#include "err.h"

static const char *const count_names[] = {
#define X(constant, name) name,
    STATS_COUNTS(X)
#undef X
};
static const char *const error_names[] = {
#define X(constant, name) name,
    STATS_ERRORS(X)
#undef X
};

void stats_init(struct stats *stats, int64_t begin_us, int64_t warm_up_us, size_t seconds_max)
{
    *stats = (struct stats){.begin_us = begin_us, .measure_from_us = begin_us + warm_up_us};
    stats->second_count = seconds_max;
    stats->seconds = mem_alloc(seconds_max, sizeof *stats->seconds);
}

void stats_free(struct stats *stats)
{
    free(stats->seconds);
}

static size_t second_of(const struct stats *stats, int64_t at_us)
{
    size_t second = at_us > stats->begin_us ? (size_t)(at_us - stats->begin_us) / 1000000 : 0;
    return second < stats->second_count ? second : stats->second_count - 1;
}

void stats_planned(struct stats *stats, int64_t planned_us)
{
    stats->seconds[second_of(stats, planned_us)].planned++;
    if (planned_us < stats->measure_from_us)
        return;
    if (stats->counts[COUNT_PLANNED]++ == 0)
        stats->first_us = planned_us;
}

/* Outcomes come in the order of their time, but for those that overtook their answer: these count
 * in the second that is under way. */
static void close_second(struct stats *stats)
{
    stats->seconds[stats->second].p99_us = histogram_quantile_us(&stats->recent, 0.99);
    stats->recent = (struct histogram){0};
}

void stats_completed(struct stats *stats, int64_t at_us, int64_t outcome_us, bool measured)
{
    size_t second = second_of(stats, at_us);
    if (second > stats->second) {
        close_second(stats);
        stats->second = second;
    }
    stats->seconds[stats->second].completed++;
    histogram_add(&stats->recent, outcome_us);
    if (!measured)
        return;
    stats->counts[COUNT_COMPLETED]++;
    if (at_us > stats->last_us)
        stats->last_us = at_us;
}

static void report_histogram(const struct histogram *histogram, const char *name, struct buf *out)
{
    static const struct {
        const char *name;
        double share;
    } quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99_9", 0.999}};
    buf_printf(out, ",\"%s\":{\"count\":%" PRId64, name, histogram->count);
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++)
        buf_printf(out, ",\"%s\":%" PRId64, quantiles[i].name,
                   histogram_quantile_us(histogram, quantiles[i].share));
    buf_printf(out, ",\"max\":%" PRId64 "}", histogram->max_us);
}

static void report_errors(const struct stats *stats, struct buf *out)
{
    buf_append_text(out, ",\"errors\":{");
    for (size_t i = 0; i < ERROR_COUNT; i++)
        buf_printf(out, "%s\"%s\":%" PRId64, i > 0 ? "," : "", error_names[i], stats->errors[i]);
    for (size_t status = 0; status < STATUS_MAX; status++) {
        if (stats->statuses[status] > 0)
            buf_printf(out, ",\"status_%zu\":%" PRId64, status, stats->statuses[status]);
    }
    buf_append_char(out, '}');
}

static void report_seconds(const struct stats *stats, struct buf *out)
{
    buf_append_text(out, ",\"seconds\":[");
    for (size_t i = 0; i <= stats->second; i++) {
        const struct stats_second *second = &stats->seconds[i];
        buf_printf(out,
                   "%s{\"planned\":%" PRId64 ",\"completed\":%" PRId64 ",\"p99_us\":%" PRId64 "}",
                   i > 0 ? "," : "", second->planned, second->completed, second->p99_us);
    }
    buf_append_char(out, ']');
}

void stats_report(struct stats *stats, struct buf *out)
{
    int64_t span_us = stats->last_us - stats->first_us;
    double completed = (double)stats->counts[COUNT_COMPLETED];
    close_second(stats);
    buf_printf(out, "{\"orders_per_s\":%.1f,\"span_s\":%.3f,\"warm_up_s\":%.3f",
               span_us > 0 ? completed * 1e6 / (double)span_us : 0.0, (double)span_us / 1e6,
               (double)(stats->measure_from_us - stats->begin_us) / 1e6);
    buf_printf(out, ",\"placed\":%" PRId64 ",\"orders\":{", stats->placed);
    for (size_t i = 0; i < COUNT_COUNT; i++)
        buf_printf(out, "%s\"%s\":%" PRId64, i > 0 ? "," : "", count_names[i], stats->counts[i]);
    buf_append_char(out, '}');
    report_errors(stats, out);
    report_histogram(&stats->answer, "answer_us", out);
    report_histogram(&stats->outcome, "outcome_us", out);
    report_histogram(&stats->cancellation, "cancellation_us", out);
    report_seconds(stats, out);
    buf_append_text(out, "}\n");
}
