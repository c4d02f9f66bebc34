/* Declaring exchanges, queues and bindings. SPDX-License-Identifier: MIT */
#include "bus_internal.h"

#include <amqp_framing.h>

enum {
    ARGUMENTS_MAX = 8,
    PROBE_CHANNEL = 2, /* a "no" closes the channel that asked */
};

struct arguments {
    amqp_table_entry_t entries[ARGUMENTS_MAX];
    int count;
};

static void add_text(struct arguments *arguments, const char *key, const char *text)
{
    arguments->entries[arguments->count++] = bus_text_entry(key, text);
}

static void add_number(struct arguments *arguments, const char *key, int64_t number)
{
    arguments->entries[arguments->count++] = bus_number_entry(key, number);
}

static bool is_missing(const amqp_rpc_reply_t *reply)
{
    if (reply->reply_type != AMQP_RESPONSE_SERVER_EXCEPTION ||
        reply->reply.id != AMQP_CHANNEL_CLOSE_METHOD)
        return false;
    const amqp_channel_close_t *close = reply->reply.decoded;
    return close->reply_code == AMQP_NOT_FOUND;
}

/* Read the answer to a passive declare on the probe's channel, and close that. */
static enum err_code end_probe(struct bus *bus, bool *exists, struct err *err)
{
    amqp_rpc_reply_t reply = amqp_get_rpc_reply(bus->connection);
    *exists = !is_missing(&reply);
    if (*exists) {
        if (bus_check_reply(bus, reply, err) != ERR_OK)
            return err->code;
        return bus_check_reply(
            bus, amqp_channel_close(bus->connection, PROBE_CHANNEL, AMQP_REPLY_SUCCESS), err);
    }
    amqp_channel_close_ok_t ok = {0};
    int status =
        amqp_send_method(bus->connection, PROBE_CHANNEL, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
    return status == AMQP_STATUS_OK ? ERR_OK : bus_lost(bus, status, err);
}

static enum err_code begin_probe(struct bus *bus, struct err *err)
{
    if (bus_require_open(bus, err) != ERR_OK)
        return err->code;
    (void)amqp_channel_open(bus->connection, PROBE_CHANNEL);
    return bus_check_reply(bus, amqp_get_rpc_reply(bus->connection), err);
}

enum err_code bus_queue_messages(struct bus *bus, const char *name, int64_t *messages,
                                 struct err *err)
{
    bool exists;
    if (begin_probe(bus, err) != ERR_OK)
        return err->code;
    const amqp_queue_declare_ok_t *answer = amqp_queue_declare(
        bus->connection, PROBE_CHANNEL, bus_bytes(name), 1, 1, 0, 0, amqp_empty_table);
    *messages = answer != NULL ? (int64_t)answer->message_count : -1;
    return end_probe(bus, &exists, err);
}

enum err_code bus_exchange_exists(struct bus *bus, const char *name, bool *exists, struct err *err)
{
    if (begin_probe(bus, err) != ERR_OK)
        return err->code;
    (void)amqp_exchange_declare(bus->connection, PROBE_CHANNEL, bus_bytes(name), bus_bytes("topic"),
                                1, 1, 0, 0, amqp_empty_table);
    return end_probe(bus, exists, err);
}

enum err_code bus_declare_exchange(struct bus *bus, const char *name, struct err *err)
{
    if (bus_require_open(bus, err) != ERR_OK)
        return err->code;
    (void)amqp_exchange_declare(bus->connection, BUS_CHANNEL, bus_bytes(name), bus_bytes("topic"),
                                0, 1, 0, 0, amqp_empty_table);
    if (bus_check_reply(bus, amqp_get_rpc_reply(bus->connection), err) != ERR_OK)
        return err_wrap(err, "declare exchange %s", name);
    return ERR_OK;
}

static void queue_arguments(const struct bus_queue *queue, struct arguments *arguments)
{
    add_text(arguments, "x-queue-type", queue->quorum ? "quorum" : "classic");
    if (queue->delivery_limit > 0)
        add_number(arguments, "x-delivery-limit", queue->delivery_limit);
    if (queue->max_length > 0)
        add_number(arguments, "x-max-length", queue->max_length);
    if (queue->dead_letter_exchange != NULL) {
        add_text(arguments, "x-dead-letter-exchange", queue->dead_letter_exchange);
        add_text(arguments, "x-dead-letter-routing-key", queue->dead_letter_key);
    }
    if (queue->dead_letter_at_least_once)
        add_text(arguments, "x-dead-letter-strategy", "at-least-once");
    if (queue->dead_letter_at_least_once || queue->max_length > 0)
        add_text(arguments, "x-overflow",
                 queue->dead_letter_at_least_once ? "reject-publish" : "drop-head");
}

enum err_code bus_declare_queue(struct bus *bus, const struct bus_queue *queue, struct err *err)
{
    if (bus_require_open(bus, err) != ERR_OK)
        return err->code;
    struct arguments arguments = {.count = 0};
    queue_arguments(queue, &arguments);
    (void)amqp_queue_declare(bus->connection, BUS_CHANNEL, bus_bytes(queue->name), 0, 1, 0, 0,
                             (amqp_table_t){arguments.count, arguments.entries});
    if (bus_check_reply(bus, amqp_get_rpc_reply(bus->connection), err) != ERR_OK)
        return err_wrap(err, "declare queue %s", queue->name);
    return ERR_OK;
}

enum err_code bus_bind(struct bus *bus, const char *queue, const char *exchange, const char *key,
                       struct err *err)
{
    if (bus_require_open(bus, err) != ERR_OK)
        return err->code;
    (void)amqp_queue_bind(bus->connection, BUS_CHANNEL, bus_bytes(queue), bus_bytes(exchange),
                          bus_bytes(key), amqp_empty_table);
    if (bus_check_reply(bus, amqp_get_rpc_reply(bus->connection), err) != ERR_OK)
        return err_wrap(err, "bind %s to %s with key %s", queue, exchange, key);
    return ERR_OK;
}

enum err_code bus_unbind(struct bus *bus, const char *queue, const char *exchange, const char *key,
                         struct err *err)
{
    if (bus_require_open(bus, err) != ERR_OK)
        return err->code;
    (void)amqp_queue_unbind(bus->connection, BUS_CHANNEL, bus_bytes(queue), bus_bytes(exchange),
                            bus_bytes(key), amqp_empty_table);
    if (bus_check_reply(bus, amqp_get_rpc_reply(bus->connection), err) != ERR_OK)
        return err_wrap(err, "unbind %s from %s", queue, exchange);
    return ERR_OK;
}
