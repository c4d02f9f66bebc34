/* What the limit's threads do, each with a connection of its own: publish, take deliveries, write
 * rows. Each kind is opened, run by one thread to the end of the pace, and closed. A run that
 * fails tells the pace. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_TESTS_LIMIT_WORK_H
#define BRIGADE_TESTS_LIMIT_WORK_H

#include "err.h"
#include "limit_pace.h"
#include "limit_workload.h"

enum {
    LIMIT_WINDOW = 512, /* messages published before their confirms are awaited */
    LIMIT_PREFETCH = 1000,
    LIMIT_ACK_EVERY = 200, /* deliveries acknowledged at once */
};

/* Publishes the messages of one service, persistent as they are, with confirms.
 * Opening blocks as bus_open does. */
struct publisher;
struct publisher *publisher_open(const struct limit_publishes *publishes, struct err *err);
void publisher_run(struct publisher *publisher, struct pace *pace, size_t party);
void publisher_close(struct publisher *publisher);

/* Takes and acknowledges the deliveries of one queue. */
struct subscriber;
struct subscriber *subscriber_open(const struct limit_deliveries *deliveries, struct err *err);
void subscriber_run(struct subscriber *subscriber, struct pace *pace, size_t party);
void subscriber_close(struct subscriber *subscriber);

/* Writes the rows of one service, a round in a transaction. `url` is libpq's. Opening blocks up to
 * 10 s, each statement up to 20 s. */
struct writer;
struct writer *writer_open(const struct limit_writes *writes, const char *url, struct err *err);
void writer_run(struct writer *writer, struct pace *pace, size_t party);
void writer_close(struct writer *writer);

#endif
