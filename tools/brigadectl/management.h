/* RabbitMQ's management API: what AMQP does not tell. Every request is bounded by 15 s.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADECTL_MANAGEMENT_H
#define BRIGADECTL_MANAGEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl.h"

enum { MANAGEMENT_NAME_SIZE = 257 };

struct exchange {
    char name[MANAGEMENT_NAME_SIZE], type[64];
    bool durable, auto_delete;
};

struct binding {
    char source[MANAGEMENT_NAME_SIZE], destination[MANAGEMENT_NAME_SIZE],
        routing_key[MANAGEMENT_NAME_SIZE];
};

/* Every argument of a queue that RabbitMQ knows: text, or a number. */
#define QUEUE_TEXTS(X)                                                                             \
    X(queue_type, "x-queue-type")                                                                  \
    X(overflow, "x-overflow")                                                                      \
    X(dead_letter_exchange, "x-dead-letter-exchange")                                              \
    X(dead_letter_routing_key, "x-dead-letter-routing-key")                                        \
    X(dead_letter_strategy, "x-dead-letter-strategy")                                              \
    X(queue_mode, "x-queue-mode")
#define QUEUE_NUMBERS(X)                                                                           \
    X(delivery_limit, "x-delivery-limit")                                                          \
    X(max_length, "x-max-length")                                                                  \
    X(max_length_bytes, "x-max-length-bytes")                                                      \
    X(message_ttl, "x-message-ttl")                                                                \
    X(expires, "x-expires")                                                                        \
    X(max_priority, "x-max-priority")

struct queue_arguments {
#define X(member, name) char member[MANAGEMENT_NAME_SIZE];
    QUEUE_TEXTS(X)
#undef X
#define X(member, name) int64_t member;
    QUEUE_NUMBERS(X)
#undef X
};

struct queue {
    char name[MANAGEMENT_NAME_SIZE];
    bool durable;
    int64_t messages, unacknowledged, subscribers; /* up to 5 s old */
    struct queue_arguments arguments;              /* "" and 0: not set */
};

/* Lists of the virtual host "/": the caller frees them. */
enum err_code management_queues(struct ctl *ctl, struct queue **queues, size_t *count,
                                struct err *err) MUST_CHECK;
enum err_code management_exchanges(struct ctl *ctl, struct exchange **exchanges, size_t *count,
                                   struct err *err) MUST_CHECK;
enum err_code management_bindings(struct ctl *ctl, struct binding **bindings, size_t *count,
                                  struct err *err) MUST_CHECK;

/* How many messages wait in each service's inbox, without those that it has in hand; -1: there is
 * no such queue. */
enum err_code management_waiting(struct ctl *ctl, int64_t waiting[PARTY_COUNT],
                                 struct err *err) MUST_CHECK;

/* The queue of this name; NULL when it is not among them. */
const struct queue *queue_find(const struct queue *queues, size_t count, const char *name);

#endif
