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
#define NOT_CHECKED "not checked yet"
#define RIGHT       "ok"
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

/* What this process knows: the relay's part and the subscriber's. */
enum part { SENDING, RECEIVING, PART_COUNT };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static struct {
    bool was_right; /* once: what is missing later was lost */
    char text[sizeof((struct err *)0)->text];
} parts[PART_COUNT] = {{.text = NOT_CHECKED}, {.text = NOT_CHECKED}};

static const char WATCH_QUEUE[] = "brigade.watch";

/* What nobody subscribes to yet. A type that is missing here is published again and again while
 * there is no brigade.watch; a type that is here although it has a subscriber loses the guard
 * against a lost binding. */
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
    pthread_mutex_lock(&lock);
    bool sending_right = strcmp(parts[SENDING].text, RIGHT) == 0;
    (void)snprintf(text, size, "%s", parts[sending_right ? RECEIVING : SENDING].text);
    pthread_mutex_unlock(&lock);
}

/* On a new broker everything is missing; later, what is missing was lost, and with it messages. */
static void note_made(enum part part, const char *what, const char *name)
{
    pthread_mutex_lock(&lock);
    bool lost = parts[part].was_right;
    pthread_mutex_unlock(&lock);
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
        note_made(SENDING, "exchange", name);
    return ERR_OK;
}

static enum err_code require_queue(struct bus *bus, enum part part, const struct bus_queue *queue,
                                   struct err *err)
{
    int64_t messages = -1;
    if (bus_queue_messages(bus, queue->name, &messages, err) != ERR_OK ||
        bus_declare_queue(bus, queue, err) != ERR_OK)
        return err->code;
    if (messages < 0)
        note_made(part, "queue", queue->name);
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
        if (require_queue(bus, RECEIVING, &queues[i], err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* The publisher declares its exchange, or the deployment does: a service has no right to. One that
 * is not there yet must not keep the others' messages from us. */
static enum err_code bind_type(struct bus *bus, const char *inbox,
                               const struct event_schema *schema, char *missing, size_t size,
                               struct err *err)
{
    char exchange[TOPOLOGY_NAME_SIZE];
    bool exists = false;
    (void)snprintf(exchange, sizeof exchange, "%s.events", schema->publisher);
    if (strcmp(exchange, missing) == 0)
        return ERR_OK;
    if (bus_exchange_exists(bus, exchange, &exists, err) != ERR_OK)
        return err->code;
    if (exists)
        return bus_bind(bus, inbox, exchange, schema->type, err);
    (void)snprintf(missing, size, "%s", exchange);
    return ERR_OK;
}

static enum err_code bind_inbox(const struct topology *topology, struct bus *bus, const char *inbox,
                                char *missing, size_t size, struct err *err)
{
    for (size_t i = 0; i < topology->type_count; i++) {
        const struct event_schema *schema = &event_schemas[topology->types[i]];
        if (bind_type(bus, inbox, schema, missing, size, err) != ERR_OK)
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
    if (require_queue(bus, SENDING, &queue, err) != ERR_OK)
        return err->code;
    return bus_bind(bus, WATCH_QUEUE, exchange, "#", err);
}

static bool all_right(void)
{
    bool right = true;
    for (int part = 0; part < PART_COUNT; part++)
        right = right && strcmp(parts[part].text, RIGHT) == 0;
    return right;
}

/* A broker that went away during the check says nothing about the topology. */
static void note_result(enum part part, const struct err *err)
{
    bool right = err->code == ERR_OK, known = right || err->code == ERR_CONFIG;
    metric_register(&repairs);
    metric_add(!known ? &checks_unavailable : right ? &checks_ok : &checks_wrong, 1);
    if (!known)
        return;
    pthread_mutex_lock(&lock);
    parts[part].was_right = parts[part].was_right || right;
    (void)snprintf(parts[part].text, sizeof parts[part].text, "%s", right ? RIGHT : err->text);
    metric_set(&is_right, all_right());
    pthread_mutex_unlock(&lock);
}

static enum err_code explain(struct err *err)
{
    if (err->code == ERR_CONFIG && strstr(err->text, "PRECONDITION_FAILED") != NULL)
        (void)err_wrap(err, "what exists on the broker differs from what this service needs: empty "
                            "it, delete it, and it is made anew");
    return err->code;
}

enum err_code topology_check_sending(const struct topology *topology, struct bus *bus,
                                     struct err *err)
{
    char exchange[TOPOLOGY_NAME_SIZE];
    (void)snprintf(exchange, sizeof exchange, "%s.events", topology->service);
    if (require_exchange(bus, exchange, err) == ERR_OK)
        (void)declare_watch(topology, bus, exchange, err);
    (void)explain(err);
    note_result(SENDING, err);
    return err->code;
}

enum err_code topology_check_receiving(const struct topology *topology, struct bus *bus,
                                       bool *complete, struct err *err)
{
    char inbox[TOPOLOGY_NAME_SIZE], missing[TOPOLOGY_NAME_SIZE] = "";
    (void)snprintf(inbox, sizeof inbox, "%s.inbox", topology->service);
    *complete = false;
    if (declare_inbox(topology, bus, inbox, err) == ERR_OK)
        (void)bind_inbox(topology, bus, inbox, missing, sizeof missing, err);
    struct err result = *err;
    if (explain(err) == ERR_OK && missing[0] != '\0')
        (void)err_set(&result, ERR_CONFIG,
                      "the exchange %s is missing: start its service, or declare it", missing);
    else
        result = *err;
    note_result(RECEIVING, &result);
    *complete = result.code == ERR_OK;
    return err->code;
}
