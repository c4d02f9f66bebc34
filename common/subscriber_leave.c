/* How a subscriber leaves a queue that messages stream into.
 *
 * What a quorum queue has reserved for a subscription and not yet sent when that is ended goes
 * back, flagged as redelivered and counted against the delivery limit. So nothing may be on its way
 * then: a subscription that has as many unacknowledged deliveries as it may is given nothing more.
 * Ours may have hundreds, which can take long to come. So acknowledgements are held back, and a
 * second subscription with room for a few takes the precedence; the first one gets nothing any more
 * and is ended; when the room of the second one is used up, so is that. SPDX-License-Identifier:
 * MIT */
#include "subscriber_internal.h"

#include "clock.h"
#include "log.h"

enum {
    IDLE_S = 2,          /* nothing came for so long: nothing is on its way either */
    ROOM_MIN = 4,        /* of the last subscription, beside what comes in 0.8 s: far longer than it
                            takes to end the first one, even on a busy machine */
    LAST_MS = 2000,      /* the longest wait until the room is used up */
    LAST_ACKS_MS = 2000, /* the longest wait for the engine and the broker in subscriber_stop */
};

/* How many come by the last subscription before it gets no more. */
static size_t room_of(const struct subscriber *subscriber)
{
    const struct subscriber_rate *rate = &subscriber->rate;
    size_t most = (size_t)subscriber->options.prefetch;
    size_t each_s = rate->now > rate->before ? rate->now : rate->before;
    size_t room = ROOM_MIN + each_s * 4 / 5;
    return room < most ? room : most;
}

/* Take deliveries, and acknowledge none, until there are `room` more or the time is over. */
static enum err_code gather(struct subscriber *subscriber, size_t room, struct err *err)
{
    const int64_t until_ms = clock_monotonic_ms() + LAST_MS;
    for (;;) {
        bool more = false;
        if (subscriber_take(subscriber, &more, err) != ERR_OK)
            return err->code;
        int64_t left_ms = until_ms - clock_monotonic_ms();
        if (subscriber->last_count >= room || left_ms <= 0)
            return ERR_OK;
        if (!more)
            subscriber_wait(subscriber, left_ms);
    }
}

/* Stop what streams in. */
static enum err_code leave_stream(struct subscriber *subscriber, struct err *err)
{
    const size_t room = room_of(subscriber);
    const struct bus_subscription last = {.queue = subscriber->inbox,
                                          .name = SUBSCRIBER_LAST,
                                          .prefetch = (uint16_t)room,
                                          .priority = 10};
    if (bus_subscribe(subscriber->bus, &last, err) != ERR_OK ||
        bus_unsubscribe(subscriber->bus, subscriber->name, err) != ERR_OK ||
        gather(subscriber, room, err) != ERR_OK)
        return err->code;
    return bus_unsubscribe(subscriber->bus, SUBSCRIBER_LAST, err);
}

static enum err_code leave(struct subscriber *subscriber, struct err *err)
{
    bool idle = clock_monotonic_ms() / 1000 - subscriber->rate.second >= IDLE_S;
    enum err_code code = idle ? bus_unsubscribe(subscriber->bus, subscriber->name, err)
                              : leave_stream(subscriber, err);
    for (bool more = true; more && code == ERR_OK;)
        code = subscriber_take(subscriber, &more, err);
    return code;
}

/* A failure while we are leaving: the broker redelivers what is not acknowledged. */
static void leave_early(struct subscriber *subscriber, const struct err *err)
{
    bus_close(subscriber->bus);
    log_warn("lost the broker while stopping", LOG_S("error", err->text));
}

void subscriber_quiesce(struct subscriber *subscriber)
{
    struct err err = {0};
    if (bus_is_open(subscriber->bus) && leave(subscriber, &err) != ERR_OK)
        leave_early(subscriber, &err);
}

void subscriber_finish(struct subscriber *subscriber)
{
    int64_t until_ms = INT64_MAX;
    while (bus_is_open(subscriber->bus) && clock_monotonic_ms() < until_ms) {
        struct err err = {0};
        bool more = false;
        bool stopping = atomic_load(&subscriber->wanted) == STOPPED;
        if (subscriber_take(subscriber, &more, &err) != ERR_OK ||
            subscriber_send_acks(subscriber, &err) != ERR_OK)
            leave_early(subscriber, &err);
        else if (stopping && subscriber->unacked.count == 0)
            return;
        else
            subscriber_wait(subscriber, stopping ? 100 : SUBSCRIBER_IDLE_MS);
        if (stopping && until_ms == INT64_MAX)
            until_ms = clock_monotonic_ms() + LAST_ACKS_MS;
    }
}
