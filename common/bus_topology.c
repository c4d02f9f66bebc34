/* Declaring exchanges, queues and bindings. SPDX-License-Identifier: MIT */
#include "bus_internal.h"

#include <amqp_framing.h>

enum { ARGUMENTS_MAX = 8 };

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
    arguments->entries[arguments->count++] = (amqp_table_entry_t){
        .key = bus_bytes(key),
        .value = {.kind = AMQP_FIELD_KIND_I64, .value.i64 = number},
    };
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
