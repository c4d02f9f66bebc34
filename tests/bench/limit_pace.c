/* The pace of the limit's threads: a count for each, one lock and one condition.
 * SPDX-License-Identifier: MIT */
#include "limit_pace.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"

enum { STANDSTILL_S = 30 };

struct pace {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    int64_t *ended; /* rounds, by party */
    size_t parties;
    int64_t lead, until_ms;
    int64_t begun; /* rounds that somebody has begun */
    bool over;     /* `begun` is the number of rounds */
    struct err err;
};

struct pace *pace_new(size_t parties, int64_t lead, int64_t duration_ms)
{
    struct pace *pace = mem_alloc(1, sizeof *pace);
    pthread_condattr_t monotonic;
    if (pthread_mutex_init(&pace->lock, NULL) != 0 || pthread_condattr_init(&monotonic) != 0 ||
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&pace->moved, &monotonic) != 0)
        abort();
    (void)pthread_condattr_destroy(&monotonic);
    pace->ended = mem_alloc(parties, sizeof *pace->ended);
    pace->parties = parties;
    pace->lead = lead;
    pace->until_ms = clock_monotonic_ms() + duration_ms;
    return pace;
}

void pace_free(struct pace *pace)
{
    (void)pthread_cond_destroy(&pace->moved);
    (void)pthread_mutex_destroy(&pace->lock);
    free(pace->ended);
    free(pace);
}

static void fail(struct pace *pace, const struct err *err)
{
    if (pace->err.code == ERR_OK)
        pace->err = *err;
    (void)pthread_cond_broadcast(&pace->moved);
}

static int64_t slowest(const struct pace *pace)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < pace->parties; i++)
        least = pace->ended[i] < least ? pace->ended[i] : least;
    return least;
}

static bool must_wait(const struct pace *pace, int64_t round)
{
    return pace->err.code == ERR_OK && !(pace->over && round >= pace->begun) &&
           round >= slowest(pace) + pace->lead;
}

static void wait_for_slowest(struct pace *pace, int64_t round)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STANDSTILL_S;
    while (must_wait(pace, round)) {
        if (pthread_cond_timedwait(&pace->moved, &pace->lock, &until) != ETIMEDOUT)
            continue;
        struct err err = {0};
        (void)err_set(&err, ERR_TIMEOUT, "a thread has not ended round %lld within %d s",
                      (long long)slowest(pace), STANDSTILL_S);
        fail(pace, &err);
    }
}

bool pace_begin(struct pace *pace, size_t party)
{
    (void)pthread_mutex_lock(&pace->lock);
    int64_t round = pace->ended[party];
    wait_for_slowest(pace, round);
    if (!pace->over && clock_monotonic_ms() >= pace->until_ms) {
        pace->over = true;
        (void)pthread_cond_broadcast(&pace->moved);
    }
    bool begins = pace->err.code == ERR_OK && (!pace->over || round < pace->begun);
    if (begins && round >= pace->begun)
        pace->begun = round + 1;
    (void)pthread_mutex_unlock(&pace->lock);
    return begins;
}

void pace_end(struct pace *pace, size_t party)
{
    (void)pthread_mutex_lock(&pace->lock);
    pace->ended[party]++;
    (void)pthread_cond_broadcast(&pace->moved);
    (void)pthread_mutex_unlock(&pace->lock);
}

void pace_fail(struct pace *pace, const struct err *err)
{
    (void)pthread_mutex_lock(&pace->lock);
    fail(pace, err);
    (void)pthread_mutex_unlock(&pace->lock);
}

int64_t pace_rounds(const struct pace *pace)
{
    return pace->begun;
}

const struct err *pace_error(const struct pace *pace)
{
    return &pace->err;
}
