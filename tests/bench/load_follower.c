/* The thread that reads outcomes from the broker. SPDX-License-Identifier: MIT */
#include "load_follower.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bus.h"
#include "clock.h"

enum {
    PREFETCH = 4096,
    ACK_EVERY = 512, /* one acknowledgement costs the broker less than many */
    IDLE_MS = 50,
};

struct follower {
    struct bus *bus; /* the thread's alone, once it runs */
    int eventfd;
    pthread_t thread;
    atomic_bool stopping;
    uint64_t unacked_tag; /* 0: all is acknowledged */
    size_t unacked_count;
    pthread_mutex_t mutex; /* guards what follows */
    struct arrival arrivals[FOLLOWER_ARRIVALS_MAX];
    size_t count;
    struct err failure;
};

static const struct {
    const char *text; /* in the envelope, which envelope_encode has made */
    enum fate fate;
} fates[] = {
    {"\"type\":\"OrderApproved\"", FATE_APPROVED},
    {"\"type\":\"OrderRejected\"", FATE_REJECTED},
    {"\"type\":\"OrderCancelled\"", FATE_CANCELLED},
    {"\"type\":\"OrderCancellationRejected\"", FATE_STAYS},
};

/* The type and the subject are among an envelope's first members: no need to parse the rest. */
static struct arrival read_event(const char *body)
{
    static const char subject[] = "\"subject\":\"orders/";
    struct arrival arrival = {.at_us = clock_monotonic_us()};
    const char *id = strstr(body, subject);
    if (id != NULL)
        arrival.order_id = (int32_t)strtol(id + sizeof subject - 1, NULL, 10);
    for (size_t i = 0; i < sizeof fates / sizeof fates[0] && arrival.fate == FATE_NONE; i++) {
        if (strstr(body, fates[i].text) != NULL)
            arrival.fate = fates[i].fate;
    }
    return arrival;
}

static void wake(const struct follower *follower)
{
    const uint64_t one = 1;
    (void)!write(follower->eventfd, &one, sizeof one); /* it cannot fail: the counter never fills */
}

/* Returns false when there is no room. */
static bool try_add(struct follower *follower, const struct arrival *arrival)
{
    (void)pthread_mutex_lock(&follower->mutex);
    size_t count = follower->count;
    if (count < FOLLOWER_ARRIVALS_MAX)
        follower->arrivals[follower->count++] = *arrival;
    (void)pthread_mutex_unlock(&follower->mutex);
    if (count == 0)
        wake(follower);
    return count < FOLLOWER_ARRIVALS_MAX;
}

static enum err_code acknowledge(struct follower *follower, struct err *err)
{
    if (follower->unacked_count == 0)
        return ERR_OK;
    follower->unacked_count = 0;
    return bus_ack(follower->bus, follower->unacked_tag, true, err);
}

static enum err_code take_delivery(struct follower *follower, const struct bus_event *event,
                                   struct err *err)
{
    const struct arrival arrival = read_event(event->body);
    while (!try_add(follower, &arrival) && !atomic_load(&follower->stopping))
        clock_sleep_ms(1);
    follower->unacked_tag = event->tag;
    return ++follower->unacked_count < ACK_EVERY ? ERR_OK : acknowledge(follower, err);
}

static enum err_code follow(struct follower *follower, struct err *err)
{
    struct bus_event event;
    while (!atomic_load(&follower->stopping)) {
        if (bus_next(follower->bus, IDLE_MS, &event, err) != ERR_OK)
            return err->code;
        if (event.type == BUS_CANCELLED)
            return err_set(err, ERR_UNAVAILABLE, "broker: the queue of outcomes was deleted");
        enum err_code code = event.type == BUS_DELIVERY ? take_delivery(follower, &event, err)
                                                        : acknowledge(follower, err);
        if (code != ERR_OK)
            return code;
    }
    return acknowledge(follower, err);
}

static void *follower_run(void *argument)
{
    struct follower *follower = argument;
    struct err err = {0};
    if (follow(follower, &err) != ERR_OK) {
        (void)pthread_mutex_lock(&follower->mutex);
        follower->failure = err;
        (void)pthread_mutex_unlock(&follower->mutex);
        wake(follower);
    }
    return NULL;
}

static void follower_free(struct follower *follower)
{
    bus_free(follower->bus);
    (void)close(follower->eventfd);
    (void)pthread_mutex_destroy(&follower->mutex);
    free(follower);
}

enum err_code follower_start(const char *amqp_url, const char *queue, struct follower **out,
                             struct err *err)
{
    struct follower *follower = mem_alloc(1, sizeof *follower);
    const struct bus_subscription subscription = {queue, "load.outcomes", PREFETCH, 0};
    follower->bus = bus_new(amqp_url, "load.outcomes");
    follower->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)pthread_mutex_init(&follower->mutex, NULL);
    if (bus_open(follower->bus, err) != ERR_OK ||
        bus_subscribe(follower->bus, &subscription, err) != ERR_OK) {
        follower_free(follower);
        return err->code;
    }
    if (pthread_create(&follower->thread, NULL, follower_run, follower) != 0)
        abort();
    *out = follower;
    return ERR_OK;
}

void follower_stop(struct follower *follower)
{
    if (follower == NULL)
        return;
    atomic_store(&follower->stopping, true);
    (void)pthread_join(follower->thread, NULL);
    follower_free(follower);
}

int follower_fd(const struct follower *follower)
{
    return follower->eventfd;
}

enum err_code follower_take(struct follower *follower,
                            struct arrival arrivals[FOLLOWER_ARRIVALS_MAX], size_t *count,
                            struct err *err)
{
    uint64_t ignored;
    (void)!read(follower->eventfd, &ignored, sizeof ignored);
    (void)pthread_mutex_lock(&follower->mutex);
    *count = follower->count;
    memcpy(arrivals, follower->arrivals, *count * sizeof *arrivals);
    follower->count = 0;
    *err = follower->failure;
    (void)pthread_mutex_unlock(&follower->mutex);
    return err->code;
}
