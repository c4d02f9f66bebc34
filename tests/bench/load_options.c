/* Reading the load generator's command line. SPDX-License-Identifier: MIT */
#include "load_options.h"

#include <getopt.h>
#include <stdlib.h>

const char load_usage[] =
    "usage: load --url URL [--url URL]... --amqp URL --queue NAME --requests FILE [OPTION]...\n"
    "\n"
    "Places orders, follows each to its outcome, and prints what it measured as JSON.\n"
    "  --url URL          a process of the order service, like http://127.0.0.1:8082\n"
    "  --amqp URL         the broker\n"
    "  --queue NAME       a queue that gets the order service's outcomes, and is read empty\n"
    "  --requests FILE    lines \"KIND BODY\": approved, declined or cancelled, and an order\n"
    "  --mix MIX          weights of the kinds (default approved=1)\n"
    "  --rate N           open loop: N orders a second, whatever the answers\n"
    "  --burst            the rate for the seconds, ten times as much for 10 s, the rate again\n"
    "  --in-flight N      closed loop: up to N orders without outcome (default 256)\n"
    "  --orders N         closed loop: end after N orders\n"
    "  --connections N    at most so many (default 128)\n"
    "  --warm-up S        not measured (default 0)\n"
    "  --seconds S        measured (default 10)\n";

enum option_name {
    OPTION_URL = 1,
    OPTION_AMQP,
    OPTION_QUEUE,
    OPTION_REQUESTS,
    OPTION_MIX,
    OPTION_RATE,
    OPTION_BURST,
    OPTION_IN_FLIGHT,
    OPTION_ORDERS,
    OPTION_CONNECTIONS,
    OPTION_WARM_UP,
    OPTION_SECONDS,
};

static const struct option names[] = {
    {"url", required_argument, NULL, OPTION_URL},
    {"amqp", required_argument, NULL, OPTION_AMQP},
    {"queue", required_argument, NULL, OPTION_QUEUE},
    {"requests", required_argument, NULL, OPTION_REQUESTS},
    {"mix", required_argument, NULL, OPTION_MIX},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"burst", no_argument, NULL, OPTION_BURST},
    {"in-flight", required_argument, NULL, OPTION_IN_FLIGHT},
    {"orders", required_argument, NULL, OPTION_ORDERS},
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"warm-up", required_argument, NULL, OPTION_WARM_UP},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {0},
};

static const char **text_of(struct load_options *options, int name)
{
    switch (name) {
    case OPTION_AMQP:
        return &options->amqp_url;
    case OPTION_QUEUE:
        return &options->queue;
    case OPTION_REQUESTS:
        return &options->requests;
    case OPTION_MIX:
        return &options->mix;
    default:
        return NULL;
    }
}

/* Where a number goes, and its range. */
static int64_t *number_of(struct load_options *options, int name, int64_t *min, int64_t *max)
{
    *min = 1;
    *max = 100000;
    switch (name) {
    case OPTION_RATE:
        return &options->rate;
    case OPTION_IN_FLIGHT:
        return &options->in_flight;
    case OPTION_ORDERS:
        return &options->orders;
    case OPTION_CONNECTIONS:
        *max = POOL_CONNECTIONS_MAX;
        return &options->connections;
    case OPTION_WARM_UP:
        *min = 0;
        *max = 3600;
        return &options->warm_up_s;
    default:
        *max = 3600;
        return &options->seconds;
    }
}

static enum err_code take_number(struct load_options *options, int name, const char *text,
                                 struct err *err)
{
    int64_t min, max;
    char *end;
    int64_t *target = number_of(options, name, &min, &max);
    *target = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || *target < min || *target > max)
        return err_set(err, ERR_CONFIG, "--%s is \"%.40s\": it must be between %d and %d",
                       names[name - 1].name, text, (int)min, (int)max);
    return ERR_OK;
}

static enum err_code take_option(struct load_options *options, int name, struct err *err)
{
    const char **text = text_of(options, name);
    if (name == OPTION_URL) {
        if (options->url_count == POOL_URLS_MAX)
            return err_set(err, ERR_CONFIG, "more than %d --url", POOL_URLS_MAX);
        options->urls[options->url_count++] = optarg;
    } else if (name == OPTION_BURST) {
        options->burst = true;
    } else if (text != NULL) {
        *text = optarg;
    } else {
        return take_number(options, name, optarg, err);
    }
    return ERR_OK;
}

enum err_code load_options_read(struct load_options *options, int argc, char **argv,
                                struct err *err)
{
    int name;
    *options = (struct load_options){
        .mix = "approved=1", .in_flight = 256, .connections = 128, .seconds = 10};
    opterr = 0;
    while ((name = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (name == '?')
            return err_set(err, ERR_CONFIG, "%s is no option, or lacks its value",
                           argv[optind - 1]);
        if (take_option(options, name, err) != ERR_OK)
            return err->code;
    }
    if (optind < argc)
        return err_set(err, ERR_CONFIG, "%s is no option", argv[optind]);
    if (options->url_count == 0 || options->amqp_url == NULL || options->queue == NULL ||
        options->requests == NULL)
        return err_set(err, ERR_CONFIG, "--url, --amqp, --queue and --requests must be there");
    if (options->burst && options->rate == 0)
        return err_set(err, ERR_CONFIG, "--burst needs a --rate");
    return ERR_OK;
}
