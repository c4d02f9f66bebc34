/* The subscriber's thread: deliveries in, acknowledgements out. SPDX-License-Identifier: MIT */
#include "subscriber_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "delivery.h"
#include "failpoint.h"
#include "log.h"
#include "metrics.h"

enum {
    EVENTS_PER_TURN = 256, /* deliveries taken before acknowledgements get their turn */
    /* In a stream of so many a second deliveries are taken so far apart: to wake up for each costs
     * as much as to take it. */
    STREAM_RATE = 500,
    GATHER_MS = 2,
    CHECK_MS = 30000,    /* how often the topology is checked and lost bindings are repaired */
    CHECK_SOON_MS = 500, /* and while something is missing that another service makes */
    PAUSE_MS = 3000,     /* the longest wait for the broker in subscriber_pause */
};

static struct metric connected = {METRIC_GAUGE, "brigade_subscriber_connected",
                                  "1 while this process is subscribed to its inbox.",
                                  .labels = NULL};
static struct metric consumed = {METRIC_COUNTER, "messaging_client_consumed_messages_total",
                                 "Messages received from the broker, duplicates included.",
                                 .labels = "messaging_system=\"rabbitmq\""};
static struct metric redelivered = {METRIC_COUNTER, "brigade_redelivered_total",
                                    "Messages that the broker had given to somebody before, who "
                                    "did not acknowledge them.",
                                    .labels = NULL};
static struct metric reconnects = {METRIC_COUNTER, "brigade_broker_reconnects_total",
                                   "Connections to the broker that replaced a lost one.",
                                   .labels = "connection=\"subscriber\""};

static void ring(const struct subscriber *subscriber)
{
    const uint64_t one = 1;
    ssize_t written = write(subscriber->wake_fd, &one, sizeof one);
    if (written < 0 && errno != EAGAIN) /* EAGAIN: it has been rung 2^64 - 2 times already */
        abort();
}

/* The engine's thread is done with a message. */
static void message_done(struct work *work, void *context)
{
    struct subscriber *subscriber = context;
    pthread_mutex_lock(&subscriber->lock);
    if (subscriber->done_count == subscriber->done_capacity) {
        subscriber->done_capacity =
            subscriber->done_capacity > 0 ? subscriber->done_capacity * 2 : 64;
        subscriber->done =
            mem_resize(subscriber->done, subscriber->done_capacity * sizeof *subscriber->done);
    }
    subscriber->done[subscriber->done_count++] =
        (struct done){work->message.delivery_tag, work->message.connection};
    if (subscriber->done_count == 1) /* the thread takes them all at once */
        ring(subscriber);
    pthread_mutex_unlock(&subscriber->lock);
    delivery_free(work);
}

static void note_rate(struct subscriber_rate *rate)
{
    int64_t second = clock_monotonic_ms() / 1000;
    if (second != rate->second) {
        rate->before = second == rate->second + 1 ? rate->now : 0;
        rate->now = 0;
        rate->second = second;
    }
    rate->now++;
}

static void take_delivery(struct subscriber *subscriber, const struct bus_event *event)
{
    metric_add(&consumed, 1);
    metric_add(&redelivered, event->redelivered);
    note_rate(&subscriber->rate);
    subscriber->successor_count += strcmp(event->subscription, subscriber->successor) == 0;
    struct work *work = delivery_work(event, subscriber->connection);
    work->done = message_done;
    work->context = subscriber;
    /* A closed queue takes nothing ever again, so no later acknowledgement covers this one: the
     * broker gives the message to the next who comes. */
    if (work_queue_push(subscriber->options.queue, work, 0))
        unacked_add(&subscriber->unacked, event->tag);
    else
        delivery_free(work);
}

enum err_code subscriber_take(struct subscriber *subscriber, bool *more, struct err *err)
{
    *more = true;
    for (int i = 0; i < EVENTS_PER_TURN; i++) {
        struct bus_event event;
        if (bus_next(subscriber->bus, 0, &event, err) != ERR_OK)
            return err->code;
        if (event.type == BUS_DELIVERY) {
            take_delivery(subscriber, &event);
        } else if (event.type == BUS_CANCELLED) {
            bus_close(subscriber->bus);
            return err_set(err, ERR_UNAVAILABLE, "broker: it ended the subscription to %s",
                           subscriber->inbox);
        } else if (event.type == BUS_NOTHING) {
            *more = false;
            break;
        }
    }
    return ERR_OK;
}

/* Take what the engine is done with into `tags`, but for deliveries of an older connection: the
 * broker has given those to somebody again, and the inbox table drops them. */
static size_t take_done(struct subscriber *subscriber)
{
    size_t count = 0;
    pthread_mutex_lock(&subscriber->lock);
    subscriber->tags =
        mem_resize(subscriber->tags, subscriber->done_count * sizeof *subscriber->tags);
    for (size_t i = 0; i < subscriber->done_count; i++) {
        if (subscriber->done[i].connection == subscriber->connection)
            subscriber->tags[count++] = subscriber->done[i].tag;
    }
    subscriber->done_count = 0;
    pthread_mutex_unlock(&subscriber->lock);
    return count;
}

enum err_code subscriber_send_acks(struct subscriber *subscriber, struct err *err)
{
    size_t count = take_done(subscriber);
    if (!bus_is_open(subscriber->bus))
        return ERR_OK;
    const uint64_t *tags = subscriber->tags;
    if (count > 0)
        failpoint_pass(FAILPOINT_ACK_BEFORE, NULL);
    size_t front = unacked_settle(&subscriber->unacked, subscriber->tags, count);
    if (front > 0 && bus_ack(subscriber->bus, tags[front - 1], front > 1, err) != ERR_OK)
        return err->code;
    for (size_t i = front; i < count; i++) {
        if (bus_ack(subscriber->bus, tags[i], false, err) != ERR_OK)
            return err->code;
    }
    if (count > 0)
        failpoint_pass(FAILPOINT_ACK_AFTER, NULL);
    return ERR_OK;
}

void subscriber_wait(const struct subscriber *subscriber, int64_t timeout_ms)
{
    struct pollfd fds[] = {
        {.fd = subscriber->wake_fd, .events = POLLIN},
        {.fd = bus_fd(subscriber->bus), .events = POLLIN}, /* poll skips a closed bus: -1 */
    };
    if (poll(fds, 2, (int)timeout_ms) <= 0 || fds[0].revents == 0)
        return;
    uint64_t rings;
    ssize_t got = read(subscriber->wake_fd, &rings, sizeof rings);
    (void)got; /* that it rang is all there is to know */
}

static enum err_code check_topology(struct subscriber *subscriber, struct err *err)
{
    bool complete = false;
    enum err_code code =
        topology_check_receiving(subscriber->options.topology, subscriber->bus, &complete, err);
    subscriber->check_due_ms = clock_monotonic_ms() + (complete ? CHECK_MS : CHECK_SOON_MS);
    return code;
}

static enum err_code connect_bus(struct subscriber *subscriber, struct err *err)
{
    if (bus_open(subscriber->bus, err) != ERR_OK || check_topology(subscriber, err) != ERR_OK)
        return err->code;
    subscriber->connection++;
    unacked_clear(&subscriber->unacked);
    const struct bus_subscription subscription = {
        .queue = subscriber->inbox,
        .name = subscriber->name,
        .prefetch = (uint16_t)subscriber->options.prefetch,
    };
    return bus_subscribe(subscriber->bus, &subscription, err);
}

static void set_ready(struct subscriber *subscriber, bool ready)
{
    atomic_store(&subscriber->ready, ready);
    metric_set(&connected, ready);
}

static void lost(struct subscriber *subscriber, const struct err *err)
{
    set_ready(subscriber, false);
    bus_close(subscriber->bus);
    retry_failed(&subscriber->retry, err);
}

static void try_connect(struct subscriber *subscriber)
{
    struct err err = {0};
    if (connect_bus(subscriber, &err) != ERR_OK) {
        lost(subscriber, &err);
        return;
    }
    if (subscriber->connection > 1)
        metric_add(&reconnects, 1);
    retry_worked(&subscriber->retry);
    set_ready(subscriber, true);
    log_info("subscribed", LOG_S("queue", subscriber->inbox),
             LOG_I("connection", subscriber->connection));
}

/* One turn on an open connection. */
static enum err_code serve(struct subscriber *subscriber, struct err *err)
{
    bool more = false;
    if (subscriber_take(subscriber, &more, err) != ERR_OK ||
        subscriber_send_acks(subscriber, err) != ERR_OK)
        return err->code;
    if (clock_monotonic_ms() >= subscriber->check_due_ms)
        return check_topology(subscriber, err);
    if (!more && subscriber->rate.before >= STREAM_RATE)
        clock_sleep_ms(GATHER_MS);
    if (!more)
        subscriber_wait(subscriber, SUBSCRIBER_IDLE_MS);
    return ERR_OK;
}

static void run(struct subscriber *subscriber)
{
    while (atomic_load(&subscriber->wanted) == RUNNING) {
        struct err err = {0};
        int64_t wait_ms = retry_wait_ms(&subscriber->retry);
        if (bus_is_open(subscriber->bus)) {
            if (serve(subscriber, &err) != ERR_OK)
                lost(subscriber, &err);
        } else if (wait_ms > 0) {
            subscriber_wait(subscriber, wait_ms);
        } else {
            try_connect(subscriber);
        }
    }
}

static void *subscriber_run(void *context)
{
    struct subscriber *subscriber = context;
    run(subscriber);
    set_ready(subscriber, false);
    subscriber_quiesce(subscriber);
    atomic_store(&subscriber->reached, PAUSED);
    subscriber_finish(subscriber);
    bus_close(subscriber->bus);
    return NULL;
}

struct subscriber *subscriber_start(const struct subscriber_options *options)
{
    struct subscriber *subscriber = mem_alloc(1, sizeof *subscriber);
    (void)snprintf(subscriber->name, sizeof subscriber->name, "%s.subscriber",
                   options->topology->service);
    (void)snprintf(subscriber->inbox, sizeof subscriber->inbox, "%s.inbox",
                   options->topology->service);
    subscriber->options = *options;
    subscriber->bus = bus_new(options->url, subscriber->name);
    subscriber->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    retry_init(&subscriber->retry, "subscriber's broker connection");
    metric_set(&connected, 0);
    metric_register(&consumed);
    metric_register(&redelivered);
    metric_register(&reconnects);
    if (subscriber->wake_fd < 0 || pthread_mutex_init(&subscriber->lock, NULL) != 0 ||
        pthread_create(&subscriber->thread, NULL, subscriber_run, subscriber) != 0)
        abort();
    return subscriber;
}

bool subscriber_ready(const struct subscriber *subscriber)
{
    return atomic_load(&subscriber->ready);
}

void subscriber_pause(struct subscriber *subscriber)
{
    int64_t until_ms = clock_monotonic_ms() + PAUSE_MS;
    atomic_store(&subscriber->wanted, PAUSED);
    ring(subscriber);
    while (atomic_load(&subscriber->reached) != PAUSED && clock_monotonic_ms() < until_ms)
        clock_sleep_ms(2);
}

void subscriber_stop(struct subscriber *subscriber)
{
    atomic_store(&subscriber->wanted, STOPPED);
    ring(subscriber);
    (void)pthread_join(subscriber->thread, NULL);
    (void)pthread_mutex_destroy(&subscriber->lock);
    (void)close(subscriber->wake_fd);
    bus_free(subscriber->bus);
    unacked_free(&subscriber->unacked);
    free(subscriber->done);
    free(subscriber->tags);
    free(subscriber);
}
