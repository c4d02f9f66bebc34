/* RabbitMQ through rabbitmq-c: one connection with one channel, used by one thread.
 *
 * Announces connection.blocked, consumer_cancel_notify, basic.nack and publisher_confirms, with a
 * name for the console. Every wait is bounded. A bus that failed is closed; bus_open opens it anew.
 * Only bus_internal.h includes amqp.h. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_BUS_H
#define BRIGADE_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct bus;

enum {
    BUS_BODY_BYTES_MAX = 64 * 1024 + 1
}; /* what is kept of a message that is larger than any of ours */

/* Is this an AMQP URL that bus_open can use? ERR_CONFIG says what it must be. Does not connect. */
enum err_code bus_check_url(const char *url, struct err *err) MUST_CHECK;

/* A bus that is not open yet. `url` is amqp:// (a broker with TLS needs a proxy beside the service:
 * this library can not use the system's certificates); `name` is shown in the console, and names
 * our subscription there. */
struct bus *bus_new(const char *url, const char *name);
void bus_free(struct bus *bus); /* NULL is fine */

/* Connect and log in, if not open; blocks up to 5 s for each of the two. ERR_UNAVAILABLE, or
 * ERR_CONFIG when the URL is wrong or the broker refuses the login. */
enum err_code bus_open(struct bus *bus, struct err *err) MUST_CHECK;
void bus_close(struct bus *bus);
bool bus_is_open(const struct bus *bus);

/* The socket, to poll for reading together with other descriptors; -1 when closed. Poll it only
 * after bus_next with no timeout said BUS_NOTHING: what the library has read already makes no
 * socket readable. */
int bus_fd(const struct bus *bus);

/* Topology: each is idempotent; ERR_CONFIG when what exists differs (406) or is refused (403); the
 * bus is closed then. */
enum err_code bus_declare_exchange(struct bus *bus, const char *name,
                                   struct err *err) MUST_CHECK; /* topic, durable */

struct bus_queue {
    const char *name;
    bool quorum;            /* else classic; both durable */
    int64_t delivery_limit; /* quorum: x-delivery-limit; 0 leaves it out */
    int64_t max_length;     /* drop the oldest beyond; 0: no bound */
    const char *dead_letter_exchange,
        *dead_letter_key;           /* NULL: none ("" is the default exchange) */
    bool dead_letter_at_least_once; /* quorum: with overflow reject-publish */
};
enum err_code bus_declare_queue(struct bus *bus, const struct bus_queue *queue,
                                struct err *err) MUST_CHECK;

/* How many messages wait in the queue of this name, without those that are delivered; -1: there is
 * no such queue. However it was declared. Costs three round trips, and so does the next one. */
enum err_code bus_queue_messages(struct bus *bus, const char *name, int64_t *messages,
                                 struct err *err) MUST_CHECK;
enum err_code bus_exchange_exists(struct bus *bus, const char *name, bool *exists,
                                  struct err *err) MUST_CHECK;
enum err_code bus_bind(struct bus *bus, const char *queue, const char *exchange, const char *key,
                       struct err *err) MUST_CHECK;
enum err_code bus_unbind(struct bus *bus, const char *queue, const char *exchange, const char *key,
                         struct err *err) MUST_CHECK;

/* Publishing. */
struct bus_message {
    const char *exchange, *key;
    const char *id, *type, *app_id, *correlation_id, *traceparent; /* "" leaves one out */
    int64_t time_ms;
    const char *body;
    size_t length;
    bool mandatory; /* BUS_RETURNED when no queue takes it; else it is then dropped */
};
enum err_code bus_confirm_select(struct bus *bus, struct err *err) MUST_CHECK;

/* While it is corked, what is sent may wait (200 ms at most) for more, so that many small messages
 * leave in few packets. */
void bus_cork(struct bus *bus, bool corked);

/* Copy one persistent message to the socket. Says nothing about its fate: only a confirm
 * does. */
enum err_code bus_publish(struct bus *bus, const struct bus_message *message,
                          struct err *err) MUST_CHECK;

/* What the broker sent. */
enum bus_event_type {
    BUS_NOTHING,  /* the time is over */
    BUS_DELIVERY, /* body, tag, subscription, redelivered, delivery_count are set */
    BUS_ACK,      /* tag, multiple: messages published are safe */
    BUS_NACK,     /* tag, multiple: they are not */
    BUS_RETURNED, /* id: no queue took this message; its ack follows */
    BUS_BLOCKED,  /* the broker takes no publishes for now; reason */
    BUS_UNBLOCKED,
    BUS_CANCELLED, /* the broker ended our subscription (the queue was deleted, say) */
};
struct bus_event {
    enum bus_event_type type;
    uint64_t tag;
    bool multiple;
    bool redelivered;
    int64_t delivery_count; /* deliveries before this one that were not acknowledged, as a quorum
                               queue counts them; 0 when it does not say */
    char subscription[64];  /* the name of ours that it came by */
    char id[64];            /* message_id property, cut */
    char reason[128];       /* BLOCKED, RETURNED */
    const char *body;       /* borrowed until the next bus_ call */
    size_t length; /* of the body as sent; when larger than BUS_BODY_BYTES_MAX, `body` holds only
                      that much */
};

/* Wait for one event. Blocks up to `timeout_ms` (0: only what is there). Sends and checks
 * heartbeats (10 s), so call it every few seconds. An error means that the bus is closed:
 * ERR_UNAVAILABLE, or ERR_CONFIG (402, 403, 406, 530). */
enum err_code bus_next(struct bus *bus, int64_t timeout_ms, struct bus_event *event,
                       struct err *err) MUST_CHECK;

/* Subscribing. A name is unique on its bus. A higher priority is served first, as long as that
 * subscription may have more unacknowledged deliveries; 0 is usual. */
struct bus_subscription {
    const char *queue, *name;
    uint16_t prefetch;
    int32_t priority;
};
enum err_code bus_subscribe(struct bus *bus, const struct bus_subscription *subscription,
                            struct err *err) MUST_CHECK;
enum err_code bus_ack(struct bus *bus, uint64_t tag, bool multiple, struct err *err) MUST_CHECK;

/* End a subscription (basic.cancel). Deliveries that the broker has sent may still come from
 * bus_next; those that its queue has only reserved for us go to others, flagged as redelivered. */
enum err_code bus_unsubscribe(struct bus *bus, const char *name, struct err *err) MUST_CHECK;

#endif
