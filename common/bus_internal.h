/* What the files of the bus share. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_BUS_INTERNAL_H
#define BRIGADE_BUS_INTERNAL_H

#include <sys/time.h>

#include <amqp.h>

#include "buf.h"
#include "bus.h"

enum { BUS_CHANNEL = 1 };

/* A message arrives as a method, a header and body frames, which may be spread over several calls
 * of bus_next. */
struct bus_incoming {
    struct bus_event event; /* type BUS_NOTHING: no message has begun */
    bool header_seen;
    uint64_t missing; /* bytes of the body that are still to come */
    struct buf body;
};

struct bus {
    char *url, *name;
    amqp_connection_state_t connection; /* NULL: closed */
    struct bus_incoming incoming;
};

/* The text without its NUL, not copied. */
amqp_bytes_t bus_bytes(const char *text);

/* An entry of a table; borrows the texts. */
amqp_table_entry_t bus_text_entry(const char *key, const char *text);
amqp_table_entry_t bus_number_entry(const char *key, int64_t number);

/* Copy what the broker sent as a C string, cut to `size`. */
void bus_copy_text(char *text, size_t size, amqp_bytes_t bytes);

/* Close the bus after the library failed with `status`. Returns ERR_UNAVAILABLE. */
enum err_code bus_lost(struct bus *bus, int status, struct err *err);

/* After the broker's channel.close or connection.close: close the bus and name the broker's
 * reason. */
enum err_code bus_refused(struct bus *bus, const amqp_method_t *close, struct err *err);

/* Judge the reply of the last call; closes the bus when it is not a good one. */
enum err_code bus_check_reply(struct bus *bus, amqp_rpc_reply_t reply, struct err *err) MUST_CHECK;

/* ERR_UNAVAILABLE when the bus is closed. */
enum err_code bus_require_open(const struct bus *bus, struct err *err) MUST_CHECK;

#endif
