/* The five services as their own main.c declares them: subscriptions, timers, kinds and routes.
 *
 * The model has none of these tables of its own: it calls each service's main, and stands in for
 * service_run, which notes what it is given. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_SERVICES_H
#define BRIGADE_MODEL_SERVICES_H

#include "service.h"

enum { SERVICES_COUNT = 5 };

extern struct service services[SERVICES_COUNT];

/* Run the mains. Settings take their defaults, whatever the environment says. */
void services_load(void);

/* The place of a service in `services`. A name that is none ends the process. */
int service_find(const char *name) MUST_CHECK;

/* The handler of an event; NULL when the service does not take it. */
step_handler *service_subscribed(int service, enum event_type type) MUST_CHECK;

/* The route of a command. One that is not there ends the process. */
const struct route *service_route(int service, const char *method, const char *path) MUST_CHECK;

/* End the process: the model itself, or a table of it, is wrong. */
void model_bug(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((noreturn));

#endif
