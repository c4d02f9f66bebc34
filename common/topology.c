/* Checking and declaring what a service needs on the broker. SPDX-License-Identifier: MIT */
#include "topology.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "metrics.h"

enum {
    TOPOLOGY_NAME_SIZE = 128,
    DELIVERY_LIMIT = 20, /* RabbitMQ 4's default, so that 3.x behaves alike */
    WATCH_LENGTH = 1000,
};

#define CHECKS(what)                                                                               \
    {                                                                                              \
        .type = METRIC_COUNTER, .name = "brigade_topology_checks_total",                           \
        .help = "Checks of the broker's topology, by what they found.",                            \
        .labels = "result=\"" what "\""                                                            \
    }
static struct metric checks_ok = CHECKS("ok");
static struct metric checks_wrong = CHECKS("wrong");
static struct metric checks_unavailable = CHECKS("unavailable");
static struct metric is_right = {METRIC_GAUGE, "brigade_topology_ok",
                                 "1 while the broker's topology is what this service needs.",
                                 .labels = NULL};
static struct metric repairs = {METRIC_COUNTER, "brigade_topology_repairs_total",
                                "Queues and exchanges that were there before, were missing, and "
                                "were made again.",
                                .labels = NULL};

/* What this process knows, whichever of its connections looked. */
static struct {
    pthread_mutex_t lock;
    bool was_right; /* once: what is missing later was lost */
    char text[sizeof((struct err *)0)->text];
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .text = "not checked yet"};

static const char WATCH_QUEUE[] = "brigade.watch";

/* What nobody subscribes to yet. A type that is missing here is published again and again while
 * brigade.watch is off; a type that is here although it has a subscriber loses the guard against a
 * lost binding. */
static const enum event_type unheard[] = {
    EVENT_ACCOUNT_CARD_CHANGED,
    EVENT_ACCOUNT_DISABLED,
    EVENT_ACCOUNT_ENABLED,
    EVENT_ACCOUNT_OPENED,
    EVENT_CREDIT_CARD_AUTHORIZATION_RESTORED,
    EVENT_CREDIT_CARD_AUTHORIZATION_VOIDED,
    EVENT_RESTAURANT_CLOSED,
    EVENT_RESTAURANT_OPENED,
    EVENT_TICKET_ACCEPTED,
    EVENT_TICKET_CONFIRMED,
    EVENT_TICKET_CREATION_REJECTED,
    EVENT_TICKET_PICKED_UP,
    EVENT_TICKET_PREPARATION_STARTED,
    EVENT_TICKET_READY_FOR_PICKUP,
    EVENT_TICKET_REVISED,
    EVENT_TICKET_REVISION_UNDONE,
};

bool topology_is_heard(const char *type)
{
    for (size_t i = 0; i < sizeof unheard / sizeof unheard[0]; i++) {
        if (strcmp(event_schemas[unheard[i]].type, type) == 0)
            return false;
    }
    return true;
}

void topology_state(char *text, size_t size)
{
    pthread_mutex_lock(&state.lock);
    (void)snprintf(text, size, "%s", state.text);
    pthread_mutex_unlock(&state.lock);
}

/* On a new broker everything is missing; later, what is missing was lost, and with it messages. */
static void note_made(const char *what, const char *name)
{
    pthread_mutex_lock(&state.lock);
    bool lost = state.was_right;
    pthread_mutex_unlock(&state.lock);
    if (lost) {
        metric_add(&repairs, 1);
        log_warn("made again what the broker had lost", LOG_S(what, name));
    } else {
        log_info("made what the broker had not", LOG_S(what, name));
    }
}

static enum err_code require_exchange(struct bus *bus, const char *name, struct err *err)
{
    bool exists = false;
    if (bus_exchange_exists(bus, name, &exists, err) != ERR_OK ||
        bus_declare_exchange(bus, name, err) != ERR_OK)
        return err->code;
    if (!exists)
        note_made("exchange", name);
    return ERR_OK;
}

static enum err_code require_queue(struct bus *bus, const struct bus_queue *queue, struct err *err)
{
    int64_t messages = -1;
    if (bus_queue_messages(bus, queue->name, &messages, err) != ERR_OK ||
        bus_declare_queue(bus, queue, err) != ERR_OK)
        return err->code;
    if (messages < 0)
        note_made("queue", queue->name);
    return ERR_OK;
}

static enum err_code declare_inbox(const struct topology *topology, struct bus *bus,
                                   const char *inbox, struct err *err)
{
    char dead[TOPOLOGY_NAME_SIZE];
    (void)snprintf(dead, sizeof dead, "%s.inbox.dead", topology->service);
    const struct bus_queue queues[] = {
        {.name = dead, .quorum = true},
        {.name = inbox,
         .quorum = true,
         .delivery_limit = DELIVERY_LIMIT,
         .dead_letter_exchange = "",
         .dead_letter_key = dead,
         .dead_letter_at_least_once = true},
    };
    for (size_t i = 0; i < sizeof queues / sizeof queues[0]; i++) {
        if (require_queue(bus, &queues[i], err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* The publisher declares its exchange, or the deployment does: a service has no right to. Until it
 * is there this fails, and is tried again. */
static enum err_code bind_inbox(const struct topology *topology, struct bus *bus, const char *inbox,
                                struct err *err)
{
    for (size_t i = 0; i < topology->type_count; i++) {
        const struct event_schema *schema = &event_schemas[topology->types[i]];
        char exchange[TOPOLOGY_NAME_SIZE];
        (void)snprintf(exchange, sizeof exchange, "%s.events", schema->publisher);
        if (bus_bind(bus, inbox, exchange, schema->type, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code declare_watch(const struct topology *topology, struct bus *bus,
                                   const char *exchange, struct err *err)
{
    if (!topology->watch)
        return bus_unbind(bus, WATCH_QUEUE, exchange, "#", err);
    const struct bus_queue queue = {.name = WATCH_QUEUE, .max_length = WATCH_LENGTH};
    if (require_queue(bus, &queue, err) != ERR_OK)
        return err->code;
    return bus_bind(bus, WATCH_QUEUE, exchange, "#", err);
}

static enum err_code declare_all(const struct topology *topology, struct bus *bus, struct err *err)
{
    char exchange[TOPOLOGY_NAME_SIZE];
    char inbox[TOPOLOGY_NAME_SIZE];
    (void)snprintf(exchange, sizeof exchange, "%s.events", topology->service);
    (void)snprintf(inbox, sizeof inbox, "%s.inbox", topology->service);
    if (require_exchange(bus, exchange, err) != ERR_OK)
        return err->code;
    if (topology->type_count > 0 && (declare_inbox(topology, bus, inbox, err) != ERR_OK ||
                                     bind_inbox(topology, bus, inbox, err) != ERR_OK))
        return err->code;
    return declare_watch(topology, bus, exchange, err);
}

/* A broker that went away during the check says nothing about the topology. */
static void note_result(const struct err *err)
{
    bool known = err->code == ERR_OK || err->code == ERR_CONFIG;
    metric_register(&repairs);
    metric_add(!known ? &checks_unavailable : err->code == ERR_OK ? &checks_ok : &checks_wrong, 1);
    if (!known)
        return;
    metric_set(&is_right, err->code == ERR_OK);
    pthread_mutex_lock(&state.lock);
    state.was_right = state.was_right || err->code == ERR_OK;
    (void)snprintf(state.text, sizeof state.text, "%s", err->code == ERR_OK ? "ok" : err->text);
    pthread_mutex_unlock(&state.lock);
}

enum err_code topology_check(const struct topology *topology, struct bus *bus, struct err *err)
{
    (void)declare_all(topology, bus, err);
    if (err->code == ERR_CONFIG && strstr(err->text, "PRECONDITION_FAILED") != NULL)
        (void)err_wrap(err, "what exists on the broker differs from what this service needs: empty "
                            "it, delete it, and it is made anew");
    note_result(err);
    return err->code;
}
