/* The engine's queue. SPDX-License-Identifier: MIT */
#include "work.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"

enum { WORK_TYPES = WORK_COMMAND + 1 };

struct work_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct work *first;
    struct work **end;
    size_t counts[WORK_TYPES];
    bool closed;
};

struct work_queue *work_queue_new(void)
{
    struct work_queue *queue = mem_alloc(1, sizeof *queue);
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&queue->lock, NULL) != 0 || pthread_condattr_init(&attributes) != 0 ||
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&queue->changed, &attributes) != 0)
        abort();
    (void)pthread_condattr_destroy(&attributes);
    queue->end = &queue->first;
    return queue;
}

void work_queue_free(struct work_queue *queue)
{
    if (queue == NULL)
        return;
    (void)pthread_cond_destroy(&queue->changed);
    (void)pthread_mutex_destroy(&queue->lock);
    free(queue);
}

bool work_queue_push(struct work_queue *queue, struct work *work, size_t limit)
{
    pthread_mutex_lock(&queue->lock);
    bool taken = !queue->closed && (limit == 0 || queue->counts[work->type] < limit);
    if (taken) {
        work->next = NULL;
        *queue->end = work;
        queue->end = &work->next;
        queue->counts[work->type]++;
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

/* Wait for the first piece, with the lock held. */
static void wait_for_work(struct work_queue *queue, int64_t wait_ms)
{
    int64_t until_ms = clock_monotonic_ms() + wait_ms;
    struct timespec until = {until_ms / 1000, (until_ms % 1000) * 1000000};
    while (queue->first == NULL && !queue->closed) {
        if (pthread_cond_timedwait(&queue->changed, &queue->lock, &until) != 0)
            return;
    }
}

struct work *work_queue_take(struct work_queue *queue, size_t max, int64_t wait_ms)
{
    pthread_mutex_lock(&queue->lock);
    if (wait_ms > 0)
        wait_for_work(queue, wait_ms);
    struct work *taken = NULL;
    struct work **end = &taken;
    for (size_t i = 0; i < max && queue->first != NULL; i++) {
        struct work *work = queue->first;
        queue->first = work->next;
        queue->counts[work->type]--;
        work->next = NULL;
        *end = work;
        end = &work->next;
    }
    if (queue->first == NULL)
        queue->end = &queue->first;
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

struct work *work_queue_take_overdue(struct work_queue *queue, int64_t now_ms)
{
    struct work *taken = NULL;
    struct work **taken_end = &taken;
    pthread_mutex_lock(&queue->lock);
    struct work **link = &queue->first;
    while (*link != NULL) {
        struct work *work = *link;
        if (work->type == WORK_COMMAND && work->command.deadline_ms <= now_ms) {
            *link = work->next;
            queue->counts[work->type]--;
            work->next = NULL;
            *taken_end = work;
            taken_end = &work->next;
        } else {
            link = &work->next;
        }
    }
    queue->end = link;
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

void work_queue_close(struct work_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}
