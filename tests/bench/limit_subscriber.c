/* Takes deliveries without looking into them, and acknowledges many at once.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "limit_link.h"
#include "limit_work.h"

struct subscriber {
    const struct limit_deliveries *deliveries;
    struct link link;
    uint64_t taken, acknowledged; /* all up to these delivery tags */
};

static const char NAME[] = "limit";

struct subscriber *subscriber_open(const struct limit_deliveries *deliveries, struct err *err)
{
    struct subscriber *subscriber = mem_alloc(1, sizeof *subscriber);
    struct bus *bus = bus_new(deliveries->url, deliveries->queue);
    const struct bus_subscription subscription = {deliveries->queue, NAME, LIMIT_PREFETCH, 0};
    subscriber->deliveries = deliveries;
    if (bus_open(bus, err) == ERR_OK && bus_subscribe(bus, &subscription, err) == ERR_OK &&
        link_open(&subscriber->link, bus, err) == ERR_OK)
        return subscriber;
    (void)err_wrap(err, "%s", deliveries->queue);
    if (subscriber->link.bus == NULL)
        bus_free(bus);
    subscriber_close(subscriber);
    return NULL;
}

void subscriber_close(struct subscriber *subscriber)
{
    link_close(&subscriber->link);
    free(subscriber);
}

static enum err_code acknowledge(struct subscriber *subscriber, struct err *err)
{
    unsigned char ack[] = {FRAME_METHOD,
                           0,
                           1,
                           0,
                           0,
                           0,
                           13,
                           0,
                           60,
                           0,
                           80,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0, /* the tag */
                           1, /* and all before */
                           0xCE};
    enum { TAG_AT = 11, TAG_BYTES = 8 };
    for (size_t i = 0; i < TAG_BYTES; i++)
        ack[TAG_AT + i] = (unsigned char)(subscriber->taken >> 8 * (TAG_BYTES - 1 - i));
    subscriber->acknowledged = subscriber->taken;
    return link_send(&subscriber->link, ack, sizeof ack, err);
}

static enum err_code take_deliveries(struct subscriber *subscriber, struct err *err)
{
    struct frame frame;
    if (link_receive(&subscriber->link, err) != ERR_OK)
        return err->code;
    while (link_frame(&subscriber->link, &frame, err)) {
        if (frame_method(&frame) != METHOD_DELIVER)
            continue;
        subscriber->taken++; /* tags count from 1 */
        if (subscriber->taken - subscriber->acknowledged >= LIMIT_ACK_EVERY &&
            acknowledge(subscriber, err) != ERR_OK)
            break;
    }
    return err->code;
}

void subscriber_run(struct subscriber *subscriber, struct pace *pace, size_t party)
{
    struct err err = {0};
    uint64_t due = 0;
    while (err.code == ERR_OK && pace_begin(pace, party)) {
        due += subscriber->deliveries->message_count;
        while (err.code == ERR_OK && subscriber->taken < due)
            (void)take_deliveries(subscriber, &err);
        if (err.code == ERR_OK)
            pace_end(pace, party);
    }
    if (err.code == ERR_OK && subscriber->taken > subscriber->acknowledged)
        (void)acknowledge(subscriber, &err);
    if (err.code == ERR_OK)
        return;
    (void)err_wrap(&err, "subscribed to %s", subscriber->deliveries->queue);
    pace_fail(pace, &err);
}
