/* How a subscriber leaves a queue that messages stream into.
 *
 * What a quorum queue has reserved for a subscription and not yet sent when that is ended goes
 * back, flagged as redelivered and counted against the delivery limit. So nothing may be on its way
 * then. It is so for a subscription that has as many unacknowledged deliveries as it may, and for
 * one beside which another has the precedence, and room. So acknowledgements are held back, and
 * successors take over, each with a higher priority than the one before, which is then ended. The
 * first has much room and shows how fast messages come. The second has room for as many as come in
 * half a second; when that is used up, it is ended. If the stream has become too slow for that, a
 * third one has less room, and so on. SPDX-License-Identifier: MIT */
#include "subscriber_internal.h"

#include <stdio.h>

#include "clock.h"
#include "log.h"

enum {
    IDLE_S = 2,          /* nothing came for so long: nothing is on its way either */
    FIRST_MS = 300,      /* how long the first successor takes deliveries */
    NEXT_MS = 1000,      /* and each further one, unless its room is used up earlier */
    WINDOW_MS = 500,     /* what a further one has room for: far longer than it takes to end the one
                            before, even on a busy machine */
    ROOM_MIN = 3,        /* beside what comes in that time: one order may mean as many messages */
    LEAVE_MS = 2500,     /* the longest wait until room is used up */
    LAST_ACKS_MS = 2000, /* the longest wait for the engine and the broker in subscriber_stop */
};

/* Take deliveries, and acknowledge none, until the room is used up or the time is over. */
static enum err_code gather(struct subscriber *subscriber, size_t room, int64_t until_ms,
                            struct err *err)
{
    for (;;) {
        bool more = false;
        if (subscriber_take(subscriber, &more, err) != ERR_OK)
            return err->code;
        int64_t left_ms = until_ms - clock_monotonic_ms();
        if (subscriber->successor_count >= room || left_ms <= 0)
            return ERR_OK;
        if (!more)
            subscriber_wait(subscriber, left_ms);
    }
}

/* Let the successor number `stage` take over from the one before, or from the subscription that is
 * left. */
static enum err_code succeed(struct subscriber *subscriber, int stage, size_t room, struct err *err)
{
    char before[sizeof subscriber->successor];
    (void)snprintf(before, sizeof before, "%s", subscriber->successor);
    (void)snprintf(subscriber->successor, sizeof subscriber->successor, "successor.%d", stage);
    subscriber->successor_count = 0;
    const struct bus_subscription successor = {.queue = subscriber->inbox,
                                               .name = subscriber->successor,
                                               .prefetch = (uint16_t)room,
                                               .priority = stage};
    if (bus_subscribe(subscriber->bus, &successor, err) != ERR_OK)
        return err->code;
    return bus_unsubscribe(subscriber->bus, stage > 1 ? before : subscriber->name, err);
}

/* How much room the next successor gets when `count` came in `took_ms`. */
static size_t next_room(const struct subscriber *subscriber, size_t count, int64_t took_ms)
{
    size_t most = (size_t)subscriber->options.prefetch;
    size_t room = ROOM_MIN + count * WINDOW_MS / (size_t)took_ms;
    return room < most ? room : most;
}

/* Stop what streams in. */
static enum err_code leave_stream(struct subscriber *subscriber, struct err *err)
{
    size_t room = (size_t)subscriber->options.prefetch;
    int64_t now_ms = clock_monotonic_ms(), until_ms = now_ms + LEAVE_MS;
    for (int stage = 1;; stage++) {
        const int64_t began_ms = now_ms, end_ms = began_ms + (stage == 1 ? FIRST_MS : NEXT_MS);
        if (succeed(subscriber, stage, room, err) != ERR_OK ||
            gather(subscriber, room, end_ms < until_ms ? end_ms : until_ms, err) != ERR_OK)
            return err->code;
        now_ms = clock_monotonic_ms();
        if (subscriber->successor_count >= room || now_ms >= until_ms)
            return bus_unsubscribe(subscriber->bus, subscriber->successor, err);
        room = next_room(subscriber, subscriber->successor_count, now_ms - began_ms);
    }
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
