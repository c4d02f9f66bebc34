/* Stands in for service_run: notes what each service declares. SPDX-License-Identifier: MIT */
#include "services.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mains.h"

struct service services[SERVICES_COUNT];
static int loaded;

void model_bug(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("model: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(3);
}

static void set_default(const struct config_var *var)
{
    if (var->fallback == NULL)
        model_bug("%s has no default", var->name);
    if (var->type == CONFIG_INTEGER)
        *(int64_t *)var->target = strtoll(var->fallback, NULL, 10);
    else if (var->type == CONFIG_BOOL)
        *(bool *)var->target = strcmp(var->fallback, "true") == 0;
    else
        model_bug("%s is a text: teach the model to set it", var->name);
}

int service_run(const struct service *service, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    if (loaded == SERVICES_COUNT)
        model_bug("more services than the model has room for");
    services[loaded++] = *service;
    for (size_t i = 0; i < service->config_count; i++)
        set_default(&service->config[i]);
    return 0;
}

void services_load(void)
{
    char name[] = "model";
    char *argv[] = {name, NULL};
    int (*const mains[SERVICES_COUNT])(int, char **) = {order_main, consumer_main, kitchen_main,
                                                        accounting_main, notifier_main};
    for (int i = 0; i < SERVICES_COUNT; i++)
        if (mains[i](1, argv) != 0)
            model_bug("a service does not start");
}

int service_find(const char *name)
{
    for (int i = 0; i < SERVICES_COUNT; i++)
        if (strcmp(services[i].name, name) == 0)
            return i;
    model_bug("there is no service %s", name);
}

step_handler *service_subscribed(int service, enum event_type type)
{
    const struct service *of = &services[service];
    for (size_t i = 0; i < of->subscription_count; i++)
        if (of->subscriptions[i].type == type)
            return of->subscriptions[i].handle;
    return NULL;
}

const struct route *service_route(int service, const char *method, const char *path)
{
    const struct service *of = &services[service];
    for (size_t i = 0; i < of->route_count; i++)
        if (strcmp(of->routes[i].method, method) == 0 && strcmp(of->routes[i].path, path) == 0)
            return &of->routes[i];
    model_bug("%s has no route %s %s", of->name, method, path);
}
