/* What we send on the broker connection: messages, subscriptions, acknowledgements.
 * SPDX-License-Identifier: MIT */
#include "bus_internal.h"

#include <amqp_framing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum err_code bus_confirm_select(struct bus *bus, struct err *err)
{
    if (bus_require_open(bus, err) != ERR_OK)
        return err->code;
    (void)amqp_confirm_select(bus->connection, BUS_CHANNEL);
    return bus_check_reply(bus, amqp_get_rpc_reply(bus->connection), err);
}

void bus_cork(struct bus *bus, bool corked)
{
    const int on = corked;
    if (bus->connection != NULL)
        (void)setsockopt(bus_fd(bus), IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

/* Set a property and its flag, unless the text is empty. */
static void set_property(amqp_basic_properties_t *properties, amqp_flags_t flag,
                         amqp_bytes_t *property, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    *property = bus_bytes(text);
    properties->_flags |= flag;
}

enum err_code bus_publish(struct bus *bus, const struct bus_message *message, struct err *err)
{
    if (bus_require_open(bus, err) != ERR_OK)
        return err->code;
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_TIMESTAMP_FLAG,
        .delivery_mode = 2, /* persistent */
        .timestamp = (uint64_t)(message->time_ms / 1000),
    };
    set_property(&properties, AMQP_BASIC_CONTENT_TYPE_FLAG, &properties.content_type,
                 "application/cloudevents+json; charset=UTF-8");
    set_property(&properties, AMQP_BASIC_MESSAGE_ID_FLAG, &properties.message_id, message->id);
    set_property(&properties, AMQP_BASIC_TYPE_FLAG, &properties.type, message->type);
    set_property(&properties, AMQP_BASIC_APP_ID_FLAG, &properties.app_id, message->app_id);
    set_property(&properties, AMQP_BASIC_CORRELATION_ID_FLAG, &properties.correlation_id,
                 message->correlation_id);
    amqp_table_entry_t header;
    if (message->traceparent != NULL && message->traceparent[0] != '\0') {
        header = bus_text_entry("traceparent", message->traceparent);
        properties._flags |= AMQP_BASIC_HEADERS_FLAG;
        properties.headers = (amqp_table_t){1, &header};
    }
    /* The library does not write to the body, but takes a pointer that could. */
    amqp_bytes_t body = {message->length, (void *)(uintptr_t)message->body};
    int status =
        amqp_basic_publish(bus->connection, BUS_CHANNEL, bus_bytes(message->exchange),
                           bus_bytes(message->key), message->mandatory, 0, &properties, body);
    return status == AMQP_STATUS_OK ? ERR_OK : bus_lost(bus, status, err);
}

enum err_code bus_subscribe(struct bus *bus, const struct bus_subscription *subscription,
                            struct err *err)
{
    if (bus_require_open(bus, err) != ERR_OK)
        return err->code;
    amqp_table_entry_t priority = bus_number_entry("x-priority", subscription->priority);
    const amqp_table_t arguments = {subscription->priority != 0, &priority};
    (void)amqp_basic_qos(bus->connection, BUS_CHANNEL, 0, subscription->prefetch, 0);
    if (bus_check_reply(bus, amqp_get_rpc_reply(bus->connection), err) != ERR_OK)
        return err_wrap(err, "prefetch of %u", (unsigned)subscription->prefetch);
    (void)amqp_basic_consume(bus->connection, BUS_CHANNEL, bus_bytes(subscription->queue),
                             bus_bytes(subscription->name), 0, 0, 0, arguments);
    if (bus_check_reply(bus, amqp_get_rpc_reply(bus->connection), err) != ERR_OK)
        return err_wrap(err, "subscribe to %s", subscription->queue);
    return ERR_OK;
}

enum err_code bus_unsubscribe(struct bus *bus, const char *name, struct err *err)
{
    if (bus_require_open(bus, err) != ERR_OK)
        return err->code;
    (void)amqp_basic_cancel(bus->connection, BUS_CHANNEL, bus_bytes(name));
    return bus_check_reply(bus, amqp_get_rpc_reply(bus->connection), err);
}

enum err_code bus_ack(struct bus *bus, uint64_t tag, bool multiple, struct err *err)
{
    if (bus_require_open(bus, err) != ERR_OK)
        return err->code;
    int status = amqp_basic_ack(bus->connection, BUS_CHANNEL, tag, multiple);
    return status == AMQP_STATUS_OK ? ERR_OK : bus_lost(bus, status, err);
}
