/* When orders are planned in an open loop: at fixed distances, whatever becomes of them.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_LOAD_SCHEDULE_H
#define BRIGADE_LOAD_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

enum {
    BURST_FACTOR = 10,
    BURST_S = 10,
};

struct schedule {
    struct {
        double distance_us; /* between two orders */
        double until_us;    /* since the beginning */
    } parts[4];
    size_t part_count, part;
    double next_us; /* since the beginning */
    size_t total;   /* how many orders it has, about */
};

/* Add a part of so many seconds at a rate (> 0, orders a second) to a schedule that began zeroed.
 */
void schedule_add(struct schedule *schedule, double seconds, double rate);

/* When the next order is due, in microseconds since the beginning; -1: there are no more. */
int64_t schedule_due_us(const struct schedule *schedule);

/* Go on to the one after it. */
void schedule_advance(struct schedule *schedule);

#endif
