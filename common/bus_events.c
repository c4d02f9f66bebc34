/* What the broker sends, frame by frame, made into events. SPDX-License-Identifier: MIT */
#include "bus_internal.h"

#include <amqp_framing.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

static enum err_code unexpected(struct bus *bus, const char *what, struct err *err)
{
    bus_close(bus);
    return err_set(err, ERR_UNAVAILABLE, "broker: unexpected %s", what);
}

/* Make the finished message the event. */
static void deliver(struct bus *bus, struct bus_event *event)
{
    *event = bus->incoming.event;
    event->body = buf_text(&bus->incoming.body);
    bus->incoming.event.type = BUS_NOTHING;
}

static void begin_message(struct bus *bus, struct bus_event event)
{
    buf_clear(&bus->incoming.body);
    bus->incoming.event = event;
    bus->incoming.header_seen = false;
}

/* A number in a table, of whichever type the broker chose for it; 0 for anything else. */
static int64_t number_of(const amqp_field_value_t *value)
{
    switch (value->kind) {
    case AMQP_FIELD_KIND_I8:
        return value->value.i8;
    case AMQP_FIELD_KIND_U8:
        return value->value.u8;
    case AMQP_FIELD_KIND_I16:
        return value->value.i16;
    case AMQP_FIELD_KIND_U16:
        return value->value.u16;
    case AMQP_FIELD_KIND_I32:
        return value->value.i32;
    case AMQP_FIELD_KIND_U32:
        return value->value.u32;
    case AMQP_FIELD_KIND_I64:
        return value->value.i64;
    case AMQP_FIELD_KIND_U64:
        return value->value.u64 < INT64_MAX ? (int64_t)value->value.u64 : INT64_MAX;
    default:
        return 0;
    }
}

static int64_t delivery_count(const amqp_table_t *headers)
{
    static const char name[] = "x-delivery-count";
    for (int i = 0; i < headers->num_entries; i++) {
        const amqp_table_entry_t *entry = &headers->entries[i];
        if (entry->key.len == sizeof name - 1 &&
            memcmp(entry->key.bytes, name, entry->key.len) == 0)
            return number_of(&entry->value);
    }
    return 0;
}

static enum err_code take_header(struct bus *bus, const amqp_frame_t *frame,
                                 struct bus_event *event, struct err *err)
{
    struct bus_incoming *in = &bus->incoming;
    if (in->event.type == BUS_NOTHING || in->header_seen ||
        frame->payload.properties.class_id != AMQP_BASIC_CLASS)
        return unexpected(bus, "content header", err);
    const amqp_basic_properties_t *properties = frame->payload.properties.decoded;
    if ((properties->_flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0)
        bus_copy_text(in->event.id, sizeof in->event.id, properties->message_id);
    if ((properties->_flags & AMQP_BASIC_HEADERS_FLAG) != 0)
        in->event.delivery_count = delivery_count(&properties->headers);
    in->header_seen = true;
    in->missing = frame->payload.properties.body_size;
    in->event.length = in->missing;
    if (in->missing == 0)
        deliver(bus, event);
    return ERR_OK;
}

/* Keep what fits: a body of any size is read to its end, but never held in memory. */
static enum err_code take_body(struct bus *bus, const amqp_frame_t *frame, struct bus_event *event,
                               struct err *err)
{
    struct bus_incoming *in = &bus->incoming;
    const amqp_bytes_t fragment = frame->payload.body_fragment;
    if (in->event.type == BUS_NOTHING || !in->header_seen || fragment.len > in->missing)
        return unexpected(bus, "content body", err);
    size_t room = BUS_BODY_BYTES_MAX - in->body.length;
    buf_append(&in->body, fragment.bytes, fragment.len < room ? fragment.len : room);
    in->missing -= fragment.len;
    if (in->missing == 0)
        deliver(bus, event);
    return ERR_OK;
}

static void begin_return(struct bus *bus, const amqp_basic_return_t *returned)
{
    struct bus_event event = {.type = BUS_RETURNED};
    char text[40];
    bus_copy_text(text, sizeof text, returned->reply_text);
    (void)snprintf(event.reason, sizeof event.reason, "%u %s", (unsigned)returned->reply_code,
                   text);
    begin_message(bus, event);
}

static void begin_delivery(struct bus *bus, const amqp_basic_deliver_t *deliver)
{
    struct bus_event event = {.type = BUS_DELIVERY,
                              .tag = deliver->delivery_tag,
                              .redelivered = deliver->redelivered != 0};
    bus_copy_text(event.subscription, sizeof event.subscription, deliver->consumer_tag);
    begin_message(bus, event);
}

/* A method on our channel, which may come only between messages. */
static enum err_code take_channel_method(struct bus *bus, const amqp_method_t *method,
                                         struct bus_event *event, struct err *err)
{
    if (method->id == AMQP_CHANNEL_CLOSE_METHOD)
        return bus_refused(bus, method, err);
    if (bus->incoming.event.type != BUS_NOTHING)
        return unexpected(bus, "method inside a message", err);
    if (method->id == AMQP_BASIC_DELIVER_METHOD) {
        begin_delivery(bus, method->decoded);
    } else if (method->id == AMQP_BASIC_RETURN_METHOD) {
        begin_return(bus, method->decoded);
    } else if (method->id == AMQP_BASIC_ACK_METHOD) {
        const amqp_basic_ack_t *ack = method->decoded;
        event->type = BUS_ACK;
        event->tag = ack->delivery_tag;
        event->multiple = ack->multiple != 0;
    } else if (method->id == AMQP_BASIC_NACK_METHOD) {
        const amqp_basic_nack_t *nack = method->decoded;
        event->type = BUS_NACK;
        event->tag = nack->delivery_tag;
        event->multiple = nack->multiple != 0;
    } else if (method->id == AMQP_BASIC_CANCEL_METHOD) {
        event->type = BUS_CANCELLED;
    } else {
        return unexpected(bus, amqp_method_name(method->id), err);
    }
    return ERR_OK;
}

/* A method about the connection; it may come between the frames of a message. */
static enum err_code take_connection_method(struct bus *bus, const amqp_method_t *method,
                                            struct bus_event *event, struct err *err)
{
    if (method->id == AMQP_CONNECTION_CLOSE_METHOD)
        return bus_refused(bus, method, err);
    if (method->id == AMQP_CONNECTION_BLOCKED_METHOD) {
        const amqp_connection_blocked_t *blocked = method->decoded;
        event->type = BUS_BLOCKED;
        bus_copy_text(event->reason, sizeof event->reason, blocked->reason);
        return ERR_OK;
    }
    if (method->id == AMQP_CONNECTION_UNBLOCKED_METHOD) {
        event->type = BUS_UNBLOCKED;
        return ERR_OK;
    }
    return unexpected(bus, amqp_method_name(method->id), err);
}

static enum err_code take_frame(struct bus *bus, const amqp_frame_t *frame, struct bus_event *event,
                                struct err *err)
{
    if (frame->frame_type == AMQP_FRAME_HEARTBEAT)
        return ERR_OK;
    if (frame->frame_type == AMQP_FRAME_METHOD && frame->channel == 0)
        return take_connection_method(bus, &frame->payload.method, event, err);
    if (frame->channel != BUS_CHANNEL)
        return unexpected(bus, "frame on another channel", err);
    if (frame->frame_type == AMQP_FRAME_METHOD)
        return take_channel_method(bus, &frame->payload.method, event, err);
    if (frame->frame_type == AMQP_FRAME_HEADER)
        return take_header(bus, frame, event, err);
    if (frame->frame_type == AMQP_FRAME_BODY)
        return take_body(bus, frame, event, err);
    return unexpected(bus, "type of frame", err);
}

enum err_code bus_next(struct bus *bus, int64_t timeout_ms, struct bus_event *event,
                       struct err *err)
{
    if (bus_require_open(bus, err) != ERR_OK)
        return err->code;
    *event = (struct bus_event){.type = BUS_NOTHING};
    const int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    while (event->type == BUS_NOTHING) {
        int64_t left_ms = timeout_ms > 0 ? until_ms - clock_monotonic_ms() : 0;
        if (left_ms < 0)
            left_ms = 0;
        /* What the frames before pointed to has been copied. */
        amqp_maybe_release_buffers(bus->connection);
        struct timeval left = {left_ms / 1000, left_ms % 1000 * 1000};
        amqp_frame_t frame;
        int status = amqp_simple_wait_frame_noblock(bus->connection, &frame, &left);
        if (status == AMQP_STATUS_TIMEOUT)
            return ERR_OK;
        if (status != AMQP_STATUS_OK)
            return bus_lost(bus, status, err);
        if (take_frame(bus, &frame, event, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}
