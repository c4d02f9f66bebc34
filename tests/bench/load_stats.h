/* What a run measures, and its report. For one thread. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_LOAD_STATS_H
#define BRIGADE_LOAD_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "load_histogram.h"

/* Counts of the measured orders: those that were planned after the warm-up. */
#define STATS_COUNTS(X)                                                                            \
    X(COUNT_PLANNED, "planned")                                                                    \
    X(COUNT_SENT, "sent")                                                                          \
    X(COUNT_ANSWERED, "answered")                                                                  \
    X(COUNT_APPROVED, "approved")                                                                  \
    X(COUNT_REJECTED, "rejected")                                                                  \
    X(COUNT_CANCELLED, "cancelled")                                                                \
    X(COUNT_COMPLETED, "completed") /* had their last outcome */

/* Counts of what went wrong, in the warm-up too. The first four: 30 s after it was planned. */
#define STATS_ERRORS(X)                                                                            \
    X(ERROR_NOT_SENT, "not_sent")                                                                  \
    X(ERROR_NO_ANSWER, "no_answer")                                                                \
    X(ERROR_NO_OUTCOME, "no_outcome")                                                              \
    X(ERROR_NO_CANCELLATION, "no_cancellation")                                                    \
    X(ERROR_CONNECTION, "connection") /* lost before the answer was complete */                    \
    X(ERROR_ANSWER, "answer")         /* 2xx without an orderId */                                 \
    X(ERROR_OUTCOME, "unexpected_outcome")                                                         \
    X(ERROR_STRANGER, "outcome_of_no_order") /* of none that was answered */

enum stats_count {
#define X(constant, name) constant,
    STATS_COUNTS(X) COUNT_COUNT
#undef X
};
enum stats_error {
#define X(constant, name) constant,
    STATS_ERRORS(X) ERROR_COUNT
#undef X
};

enum { STATUS_MAX = 600 };

struct stats_second {
    int64_t planned, completed, p99_us;
};

struct stats {
    int64_t begin_us;                  /* of the warm-up */
    int64_t measure_from_us, first_us; /* the first measured order was planned */
    int64_t last_us;                   /* the last measured order was completed */
    int64_t placed; /* all that the service has given an id, in the warm-up too */
    int64_t counts[COUNT_COUNT], errors[ERROR_COUNT];
    int64_t statuses[STATUS_MAX];  /* answers other than 2xx */
    struct histogram answer;       /* planned to answered */
    struct histogram outcome;      /* planned to approved or rejected */
    struct histogram cancellation; /* approved to cancelled */
    struct stats_second *seconds;  /* since begin_us, warm-up and drain included */
    size_t second_count, second;   /* how many there are, and which `recent` is of */
    struct histogram recent;
};

/* Room for `seconds_max` seconds; what comes later counts in the last one. */
void stats_init(struct stats *stats, int64_t begin_us, int64_t warm_up_us, size_t seconds_max);
void stats_free(struct stats *stats);

void stats_planned(struct stats *stats, int64_t planned_us);

/* An order had its last outcome, and `outcome_us` from its planned moment to its first one. */
void stats_completed(struct stats *stats, int64_t at_us, int64_t outcome_us, bool measured);

/* Append the report, one JSON object. */
void stats_report(struct stats *stats, struct buf *out);

#endif
