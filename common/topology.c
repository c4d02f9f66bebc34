/* Declaring what a service needs on the broker. SPDX-License-Identifier: MIT */
#include "topology.h"

#include <stdio.h>
#include <string.h>

enum {
    TOPOLOGY_NAME_SIZE = 128,
    DELIVERY_LIMIT = 20, /* RabbitMQ 4's default, so that 3.x behaves alike */
    WATCH_LENGTH = 1000,
};

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
        if (bus_declare_queue(bus, &queues[i], err) != ERR_OK)
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
    if (bus_declare_queue(bus, &queue, err) != ERR_OK)
        return err->code;
    return bus_bind(bus, WATCH_QUEUE, exchange, "#", err);
}

enum err_code topology_declare(const struct topology *topology, struct bus *bus, struct err *err)
{
    char exchange[TOPOLOGY_NAME_SIZE];
    char inbox[TOPOLOGY_NAME_SIZE];
    (void)snprintf(exchange, sizeof exchange, "%s.events", topology->service);
    (void)snprintf(inbox, sizeof inbox, "%s.inbox", topology->service);
    if (bus_declare_exchange(bus, exchange, err) != ERR_OK)
        return err->code;
    if (topology->type_count > 0 && (declare_inbox(topology, bus, inbox, err) != ERR_OK ||
                                     bind_inbox(topology, bus, inbox, err) != ERR_OK))
        return err->code;
    return declare_watch(topology, bus, exchange, err);
}
