/* AMQP frames straight from and to the socket of a bus.
 *
 * The bus (common/bus.h) connects, logs in and subscribes; from then on only this reads and writes.
 * rabbitmq-c makes three system calls for each message that it publishes and decodes every field
 * of each that it gets: the limit is to show what the broker can do, not that library.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_TESTS_LIMIT_LINK_H
#define BRIGADE_TESTS_LIMIT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus.h"
#include "err.h"

struct link {
    struct bus *bus;
    char *bytes; /* read and not yet taken: from `at` to `length` */
    size_t at, length;
};

/* A frame's type and payload; borrowed until the next link_receive. */
struct frame {
    unsigned type;
    const unsigned char *payload;
    size_t length;
};

enum {
    FRAME_METHOD = 1,
    METHOD_DELIVER = 60 << 16 | 60, /* class and number */
    METHOD_ACK = 60 << 16 | 80,
};

/* Take over an open bus on which nothing has been delivered, and own it. ERR_UNAVAILABLE. */
enum err_code link_open(struct link *link, struct bus *bus, struct err *err) MUST_CHECK;
void link_close(struct link *link); /* {0} is fine */

/* Send all of it. Blocks while the broker takes nothing, up to 10 s: ERR_TIMEOUT. */
enum err_code link_send(struct link *link, const void *bytes, size_t length,
                        struct err *err) MUST_CHECK;

/* Wait for more from the broker, and read it. Blocks up to 10 s: ERR_TIMEOUT. Take all frames
 * before. */
enum err_code link_receive(struct link *link, struct err *err) MUST_CHECK;

/* The next whole frame of what was received. False: there is none, or an error (`err`): the broker
 * has closed or blocked the connection, or refused or returned a message. */
bool link_frame(struct link *link, struct frame *frame, struct err *err) MUST_CHECK;

/* Class and number of a method frame, as the METHOD_ constants have them; 0 of any other. */
unsigned frame_method(const struct frame *frame);

/* A big-endian number of `size` bytes at `at`. */
uint64_t frame_number(const struct frame *frame, size_t at, size_t size);

#endif
