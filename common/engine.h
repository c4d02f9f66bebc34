/* The engine: the only place where messages, commands and transactions meet. One thread per process
 * runs it.
 *
 * It takes what is there, decides it in one transaction (batch.h), and then acknowledges and
 * answers. A transaction costs nearly the same for one input as for ten: so while inputs come
 * faster than that, batches begin some milliseconds apart, and share it; an input that comes alone
 * waits for none. When a transaction fails, the batch is run again one input at a time, so that a
 * poisonous input isolates itself and its neighbours pass; after a conflict with another process
 * only when the whole of it has met one three times. So is a batch with a message that may be
 * what ended the process before (attempts.h). SPDX-License-Identifier: MIT */
#ifndef BRIGADE_ENGINE_H
#define BRIGADE_ENGINE_H

#include <stdbool.h>

#include "relay.h"
#include "service.h"
#include "work.h"

struct engine;

struct engine_options {
    const struct service *service;
    const char *db_url, *schema;
    struct work_queue *queue;
    struct relay *relay;       /* woken after each commit that wrote to the outbox; may be NULL */
    int64_t batch_max;         /* inputs in one transaction */
    int64_t batch_interval_ms; /* under load, from the beginning of one to that of the next */
    int64_t db_timeout_ms;     /* for every wait for the database */
};

/* Never NULL. The options are copied. */
struct engine *engine_new(const struct engine_options *options);
void engine_free(struct engine *engine);

/* Run until engine_stop was called and the queue is empty. */
void engine_run(struct engine *engine);

/* Ask engine_run to end when the queue is empty. Thread-safe. */
void engine_stop(struct engine *engine);

/* Could it talk to the database when it last tried? Thread-safe. */
bool engine_ready(const struct engine *engine);

#endif
