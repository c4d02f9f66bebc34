/* AMQP frames straight from and to the socket of a bus. SPDX-License-Identifier: MIT */
#include "limit_link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    BUFFER_BYTES = 512 * 1024, /* more than the largest frame (128 KiB) */
    PATIENCE_MS = 10000,
    HEAD_BYTES = 7, /* type, channel, length */
    END_BYTES = 1,
    METHOD_CONNECTION_CLOSE = 10 << 16 | 50,
    METHOD_CONNECTION_BLOCKED = 10 << 16 | 60,
    METHOD_CHANNEL_CLOSE = 20 << 16 | 40,
    METHOD_CANCEL = 60 << 16 | 30,
    METHOD_RETURN = 60 << 16 | 50,
    METHOD_NACK = 60 << 16 | 120,
};

enum err_code link_open(struct link *link, struct bus *bus, struct err *err)
{
    *link = (struct link){.bus = bus, .bytes = mem_alloc(BUFFER_BYTES, 1)};
    struct bus_event event;
    /* What the library has read already would never be seen here. */
    if (bus_next(bus, 0, &event, err) == ERR_OK && event.type != BUS_NOTHING)
        (void)err_set(err, ERR_CONFIG, "the broker has delivered already: empty its queues first");
    return err->code;
}

void link_close(struct link *link)
{
    bus_free(link->bus);
    free(link->bytes);
}

static enum err_code await(const struct link *link, short events, const char *what, struct err *err)
{
    struct pollfd fd = {bus_fd(link->bus), events, 0};
    int ready;
    do
        ready = poll(&fd, 1, PATIENCE_MS);
    while (ready < 0 && errno == EINTR);
    return ready > 0 ? ERR_OK
                     : err_set(err, ERR_TIMEOUT, "the broker %s nothing for %d s", what,
                               PATIENCE_MS / 1000);
}

/* While it waits it does not read: the confirms of a window fit into the socket's buffer, so that
 * the broker never waits for us. */
enum err_code link_send(struct link *link, const void *bytes, size_t length, struct err *err)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t sent = send(bus_fd(link->bus), at, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return err_set(err, ERR_UNAVAILABLE, "send to the broker: errno %d", errno);
        if (sent < 0 && await(link, POLLOUT, "takes", err) != ERR_OK)
            return err->code;
        if (sent > 0) {
            at += sent;
            length -= (size_t)sent;
        }
    }
    return ERR_OK;
}

enum err_code link_receive(struct link *link, struct err *err)
{
    memmove(link->bytes, link->bytes + link->at, link->length - link->at);
    link->length -= link->at;
    link->at = 0;
    if (await(link, POLLIN, "sends", err) != ERR_OK)
        return err->code;
    ssize_t got = recv(bus_fd(link->bus), link->bytes + link->length, BUFFER_BYTES - link->length,
                       MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        return err_set(err, ERR_UNAVAILABLE, "the broker has closed the connection");
    if (got > 0)
        link->length += (size_t)got;
    return ERR_OK;
}

uint64_t frame_number(const struct frame *frame, size_t at, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size && at + i < frame->length; i++)
        number = number << 8 | frame->payload[at + i];
    return number;
}

unsigned frame_method(const struct frame *frame)
{
    return frame->type == FRAME_METHOD ? (unsigned)frame_number(frame, 0, 4) : 0;
}

/* A code and a short text follow the method of a close or a return. */
static enum err_code refused(const struct frame *frame, const char *what, struct err *err)
{
    size_t length = (size_t)frame_number(frame, 6, 1);
    if (length + 7 > frame->length)
        length = 0;
    return err_set(err, ERR_UNAVAILABLE, "the broker %s: %u %.*s", what,
                   (unsigned)frame_number(frame, 4, 2), (int)length,
                   (const char *)frame->payload + 7);
}

static enum err_code check(const struct frame *frame, struct err *err)
{
    switch (frame_method(frame)) {
    case METHOD_CONNECTION_CLOSE:
    case METHOD_CHANNEL_CLOSE:
        return refused(frame, "closes", err);
    case METHOD_RETURN:
        return refused(frame, "returns a message: is its queue still bound?", err);
    case METHOD_NACK:
        return err_set(err, ERR_UNAVAILABLE, "the broker refuses a message (nack)");
    case METHOD_CANCEL:
        return err_set(err, ERR_UNAVAILABLE,
                       "the broker ends the subscription: was its queue "
                       "deleted?");
    case METHOD_CONNECTION_BLOCKED:
        return err_set(err, ERR_UNAVAILABLE,
                       "the broker takes no messages: it is short of memory "
                       "or disk space");
    default:
        return ERR_OK;
    }
}

bool link_frame(struct link *link, struct frame *frame, struct err *err)
{
    const size_t left = link->length - link->at;
    if (left < HEAD_BYTES)
        return false;
    const unsigned char *head = (const unsigned char *)link->bytes + link->at;
    *frame = (struct frame){head[0], head, HEAD_BYTES};
    frame->length = (size_t)frame_number(frame, 3, 4);
    frame->payload += HEAD_BYTES;
    if (frame->length > BUFFER_BYTES - HEAD_BYTES - END_BYTES) {
        (void)err_set(err, ERR_UNAVAILABLE, "the broker sends a frame of %zu bytes", frame->length);
        return false;
    }
    if (left < HEAD_BYTES + frame->length + END_BYTES)
        return false;
    link->at += HEAD_BYTES + frame->length + END_BYTES;
    return check(frame, err) == ERR_OK;
}
