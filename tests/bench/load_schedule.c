/* The schedule of an open loop. SPDX-License-Identifier: MIT */
#include "load_schedule.h"

void schedule_add(struct schedule *schedule, double seconds, double rate)
{
    double from_us =
        schedule->part_count > 0 ? schedule->parts[schedule->part_count - 1].until_us : 0;
    schedule->parts[schedule->part_count].distance_us = 1e6 / rate;
    schedule->parts[schedule->part_count].until_us = from_us + seconds * 1e6;
    schedule->part_count++;
    schedule->total += (size_t)(seconds * rate) + 2; /* rounding may make one more */
}

int64_t schedule_due_us(const struct schedule *schedule)
{
    return schedule->part < schedule->part_count ? (int64_t)schedule->next_us : -1;
}

void schedule_advance(struct schedule *schedule)
{
    schedule->next_us += schedule->parts[schedule->part].distance_us;
    while (schedule->part < schedule->part_count &&
           schedule->next_us >= schedule->parts[schedule->part].until_us)
        schedule->part++;
}
