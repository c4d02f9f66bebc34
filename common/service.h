/* A service: what main.c of each one declares, and the function that runs it.
 *
 * service_run reads the settings, applies the migrations, and then runs until SIGTERM or SIGINT:
 * the engine (this thread), the subscriber, the relay, the janitor and the HTTP server.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_SERVICE_H
#define BRIGADE_SERVICE_H

#include "config.h"
#include "http.h"
#include "kind.h"
#include "step.h"

/* An event that the service takes, and what it does with it. */
struct subscription {
    enum event_type type;
    step_handler *handle;
};

/* What happens when an aggregate's timer is due (struct aggregate.due_at_ms). */
struct timer {
    const struct kind *kind;
    step_handler *handle;
};

struct migration {
    const char *name; /* "0001_init.sql" */
    const char *sql;
};

struct service {
    const char *name; /* "kitchen": also its schema (brigade_kitchen), exchange (kitchen.events),
                         queue (kitchen.inbox) */
    int default_port;
    const struct kind *const *kinds;
    size_t kind_count;
    const struct subscription *subscriptions;
    size_t subscription_count;
    const struct timer *timers;
    size_t timer_count;
    const struct route *routes;
    size_t route_count;
    const struct config_var *config; /* its own settings, beside the common ones */
    size_t config_count;
    const struct migration *migrations; /* generated from migrations/ */
    size_t migration_count;
    const char *openapi; /* generated from schemas/openapi/NAME.yaml, as JSON */
};

/* Run the service. Returns the exit status: 0 after a graceful stop, 1 for an error, 2 for wrong
 * arguments or settings. */
int service_run(const struct service *service, int argc, char **argv);

#endif
