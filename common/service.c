/* Running a service: settings, migrations, threads, and the order in which they start and stop.
 * SPDX-License-Identifier: MIT */
#include "service.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backoff.h"
#include "bus.h"
#include "clock.h"
#include "codec.h"
#include "engine.h"
#include "failpoint.h"
#include "janitor.h"
#include "log.h"
#include "migrate.h"
#include "relay.h"
#include "subscriber.h"

enum { EXIT_CONFIG = 2, DRAIN_MS = 5000, ARENAS = 2 };

struct settings {
    char *db_url, *amqp_url, *log_level, *failpoint;
    int64_t http_port, http_threads, http_connections, request_timeout_ms, db_timeout_ms;
    int64_t batch_max, batch_interval_ms, prefetch, commands_max, relay_window, relay_poll_ms;
    int64_t outbox_max, sent_hours, inbox_days, idempotency_hours, deferred_s;
    bool watch_queue;
};

static struct settings settings;

/* The settings that all services have. The port's default is the service's. */
static struct config_var common_vars[] = {
    {"BRIGADE_HTTP_PORT", CONFIG_INTEGER, NULL, 1, 65535, &settings.http_port,
     "port of the REST interface, /livez, /readyz and /metrics"},
    {"BRIGADE_DB_URL", CONFIG_TEXT, NULL, 0, 0, &settings.db_url,
     "PostgreSQL: postgresql://user:password@host:port/database"},
    {"BRIGADE_AMQP_URL", CONFIG_TEXT, NULL, 0, 0, &settings.amqp_url,
     "RabbitMQ: amqp://user:password@host:port/vhost"},
    {"BRIGADE_LOG_LEVEL", CONFIG_TEXT, "info", 0, 0, &settings.log_level,
     "debug, info, warn or error"},
    {"BRIGADE_WATCH_QUEUE", CONFIG_BOOL, "false", 0, 0, &settings.watch_queue,
     "keep the latest 1,000 events in the queue brigade.watch, for people"},
    {"BRIGADE_HTTP_THREADS", CONFIG_INTEGER, "2", 1, 64, &settings.http_threads,
     "HTTP threads, and as many for queries, each with a database connection"},
    {"BRIGADE_HTTP_CONNECTIONS", CONFIG_INTEGER, "4096", 16, 65536, &settings.http_connections,
     "most HTTP connections at once"},
    {"BRIGADE_REQUEST_TIMEOUT_MS", CONFIG_INTEGER, "10000", 100, 600000,
     &settings.request_timeout_ms, "longest time from a request's first byte to its answer"},
    {"BRIGADE_COMMANDS_MAX", CONFIG_INTEGER, "4096", 1, 1000000, &settings.commands_max,
     "most commands waiting for the engine; one more is answered 503"},
    {"BRIGADE_DB_TIMEOUT_MS", CONFIG_INTEGER, "5000", 100, 600000, &settings.db_timeout_ms,
     "longest wait for the database"},
    {"BRIGADE_BATCH_MAX", CONFIG_INTEGER, "256", 1, 10000, &settings.batch_max,
     "most inputs in one transaction"},
    {"BRIGADE_BATCH_INTERVAL_MS", CONFIG_INTEGER, "10", 0, 1000, &settings.batch_interval_ms,
     "under load, from one transaction's beginning to the next one's, so that inputs share it"},
    {"BRIGADE_PREFETCH", CONFIG_INTEGER, "512", 1, 65535, &settings.prefetch,
     "messages that the broker sends ahead"},
    {"BRIGADE_RELAY_WINDOW", CONFIG_INTEGER, "500", 1, 10000, &settings.relay_window,
     "events published before their confirms are awaited"},
    {"BRIGADE_RELAY_POLL_MS", CONFIG_INTEGER, "1000", 10, 60000, &settings.relay_poll_ms,
     "how often the relay looks at the outbox without being woken"},
    {"BRIGADE_OUTBOX_MAX", CONFIG_INTEGER, "100000", 1, 100000000, &settings.outbox_max,
     "events that wait for the broker, before commands are answered 503"},
    {"BRIGADE_SENT_HOURS", CONFIG_INTEGER, "24", 0, 8760, &settings.sent_hours,
     "how long events are kept after they were sent, to find and repeat what was lost"},
    {"BRIGADE_INBOX_DAYS", CONFIG_INTEGER, "7", 1, 3650, &settings.inbox_days,
     "how long the inbox knows a message; longer than the longest redrive"},
    {"BRIGADE_IDEMPOTENCY_HOURS", CONFIG_INTEGER, "24", 1, 8760, &settings.idempotency_hours,
     "how long an Idempotency-Key is known"},
    {"BRIGADE_DEFERRED_S", CONFIG_INTEGER, "600", 1, 604800, &settings.deferred_s,
     "how long a message may wait for its time before it is parked; longer than an order for its "
     "approval"},
    {"BRIGADE_FAILPOINT", CONFIG_TEXT, "", 0, 0, &settings.failpoint,
     "for tests: where the process is to die, see common/failpoint.h"},
};
enum { COMMON_VARS = sizeof common_vars / sizeof common_vars[0] };

static const char *const levels[] = {"debug", "info", "warn", "error"};

static enum err_code parse_level(enum log_level *level, struct err *err)
{
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
        if (strcmp(settings.log_level, levels[i]) == 0) {
            *level = (enum log_level)i;
            return ERR_OK;
        }
    }
    return err_set(err, ERR_CONFIG,
                   "BRIGADE_LOG_LEVEL is \"%s\"; it must be debug, info, warn or error",
                   settings.log_level);
}

static enum err_code check_urls(struct err *err)
{
    if (db_check_url(settings.db_url, err) != ERR_OK)
        return err_wrap(err, "BRIGADE_DB_URL");
    if (bus_check_url(settings.amqp_url, err) != ERR_OK)
        return err_wrap(err, "BRIGADE_AMQP_URL");
    return ERR_OK;
}

static enum err_code load_settings(const struct service *service, enum log_level *level,
                                   struct err *err)
{
    if (config_load(common_vars, COMMON_VARS, err) != ERR_OK ||
        config_load(service->config, service->config_count, err) != ERR_OK ||
        check_urls(err) != ERR_OK)
        return err->code;
    if (parse_level(level, err) != ERR_OK)
        return err->code;
    return failpoint_set(settings.failpoint, err);
}

static void print_help(const struct service *service)
{
    (void)printf("%s: Brigade's %s service. It takes its settings from the environment:\n\n",
                 service->name, service->name);
    config_print(common_vars, COMMON_VARS);
    config_print(service->config, service->config_count);
    (void)printf(
        "\nA text may also come from a file that NAME_FILE names. SIGTERM stops it gracefully.\n");
}

/* The parts of a running service, in the order in which they start. */
struct parts {
    const struct service *service;
    char schema[64];
    enum event_type *types;
    struct topology topology;
    struct work_queue *queue;
    struct relay *relay;
    struct engine *engine;
    struct subscriber *subscriber;
    struct janitor *janitor;
    struct http_server *http;
    sigset_t signals;
};

static bool is_ready(void *context, struct buf *reasons)
{
    struct parts *parts = context;
    bool database = engine_ready(parts->engine);
    /* A broker that is away is told, but does not stop orders from being taken: the outbox holds
     * their events. */
    buf_printf(reasons, "\"database\":\"%s\",\"subscriber\":\"%s\",\"relay\":\"%s\"",
               database ? "ok" : "unavailable",
               subscriber_ready(parts->subscriber) ? "ok" : "not subscribed",
               relay_ready(parts->relay) ? "ok" : "not connected or blocked");
    char topology[sizeof((struct err *)0)->text];
    topology_state(topology, sizeof topology);
    buf_append_text(reasons, ",\"topology\":");
    codec_encode_text(topology, reasons);
    return database;
}

static bool outbox_full(void *context)
{
    const struct parts *parts = context;
    return janitor_outbox_full(parts->janitor);
}

/* Wait for the database: it may start later than we do. A wrong setting or migration ends it.
 * SIGTERM too. */
static enum err_code migrate_when_possible(struct parts *parts, struct err *err)
{
    struct db *db =
        db_new(settings.db_url, parts->service->name, parts->schema, settings.db_timeout_ms);
    struct backoff backoff;
    backoff_init(&backoff, 100, 2000);
    bool told = false;
    while (migrate(db, parts->service, err) != ERR_OK && err_class(err->code) == ERR_CLASS_RETRY) {
        if (!told)
            log_warn("waiting for the database", LOG_S("error", err->text));
        told = true;
        int64_t wait_ms = backoff_next_ms(&backoff);
        struct timespec wait = {wait_ms / 1000, wait_ms % 1000 * 1000000};
        if (sigtimedwait(&parts->signals, NULL, &wait) > 0)
            break;
    }
    db_close(db);
    return err->code;
}

static void prepare(struct parts *parts)
{
    const struct service *service = parts->service;
    (void)snprintf(parts->schema, sizeof parts->schema, "brigade_%s", service->name);
    parts->types = mem_alloc(service->subscription_count, sizeof *parts->types);
    for (size_t i = 0; i < service->subscription_count; i++)
        parts->types[i] = service->subscriptions[i].type;
    parts->topology = (struct topology){service->name, parts->types, service->subscription_count,
                                        settings.watch_queue};
    parts->queue = work_queue_new();
}

static enum err_code start_http(struct parts *parts, struct err *err)
{
    const struct service *service = parts->service;
    const struct http_options options = {.service = service->name,
                                         .db_url = settings.db_url,
                                         .schema = parts->schema,
                                         .db_timeout_ms = settings.db_timeout_ms,
                                         .port = settings.http_port,
                                         .threads = settings.http_threads,
                                         .connection_limit = settings.http_connections,
                                         .command_limit = settings.commands_max,
                                         .request_timeout_ms = settings.request_timeout_ms,
                                         .routes = service->routes,
                                         .route_count = service->route_count,
                                         .queue = parts->queue,
                                         .openapi = service->openapi,
                                         .ready = is_ready,
                                         .outbox_full = outbox_full,
                                         .context = parts};
    return http_start(&options, &parts->http, err);
}

static void start_threads(struct parts *parts)
{
    const struct relay_options relay = {
        parts->service->name,   settings.db_url,        parts->schema,
        settings.db_timeout_ms, settings.amqp_url,      &parts->topology,
        settings.relay_window,  settings.relay_poll_ms, settings.sent_hours > 0};
    parts->relay = relay_start(&relay);
    const struct engine_options engine = {parts->service,
                                          settings.db_url,
                                          parts->schema,
                                          parts->queue,
                                          parts->relay,
                                          settings.batch_max,
                                          settings.batch_interval_ms,
                                          settings.db_timeout_ms};
    parts->engine = engine_new(&engine);
    const struct subscriber_options subscriber = {settings.amqp_url, &parts->topology, parts->queue,
                                                  settings.prefetch};
    parts->subscriber = subscriber_start(&subscriber);
    const struct janitor_options janitor = {
        parts->service->name,   settings.db_url,     parts->schema,
        settings.db_timeout_ms, settings.inbox_days, settings.idempotency_hours,
        settings.deferred_s,    settings.sent_hours, settings.outbox_max};
    parts->janitor = janitor_start(&janitor);
}

/* Waits for a signal and then stops taking work; the engine ends when what was taken is done. */
static void *await_signal(void *context)
{
    struct parts *parts = context;
    int signal = 0;
    (void)sigwait(&parts->signals, &signal);
    log_info("stopping", LOG_S("signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"));
    subscriber_pause(parts->subscriber);
    if (parts->http != NULL) {
        http_drain(parts->http);
        http_stop(parts->http, DRAIN_MS); /* the engine still answers what is in flight */
    }
    work_queue_close(parts->queue);
    engine_stop(parts->engine);
    return NULL;
}

static int run(struct parts *parts)
{
    struct err err = {0};
    start_threads(parts);
    bool started = start_http(parts, &err) == ERR_OK;
    if (started)
        log_info("started", LOG_I("port", settings.http_port), LOG_S("schema", parts->schema));
    else
        log_error("cannot start", LOG_S("error", err.text));
    if (!started)
        (void)kill(getpid(), SIGTERM); /* to the process, so that the thread below gets it */
    pthread_t waiter;
    if (pthread_create(&waiter, NULL, await_signal, parts) != 0)
        abort();
    engine_run(parts->engine);
    (void)pthread_join(waiter, NULL);
    return started ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void stop(struct parts *parts)
{
    subscriber_stop(parts->subscriber);
    relay_stop(parts->relay, DRAIN_MS);
    janitor_stop(parts->janitor);
    engine_free(parts->engine);
    work_queue_free(parts->queue);
    free(parts->types);
    log_info("stopped", LOG_S("schema", parts->schema));
}

int service_run(const struct service *service, int argc, char **argv)
{
    struct parts parts = {.service = service};
    struct err err = {0};
    enum log_level level = LOG_INFO;
    static char port[16]; /* common_vars keeps it */
    (void)snprintf(port, sizeof port, "%d", service->default_port);
    common_vars[0].fallback = port;
    if (argc > 1) {
        print_help(service);
        return strcmp(argv[1], "--help") == 0 ? EXIT_SUCCESS : EXIT_CONFIG;
    }
    if (load_settings(service, &level, &err) != ERR_OK) {
        (void)fprintf(stderr, "%s: %s. See %s --help.\n", service->name, err.text, service->name);
        return EXIT_CONFIG;
    }
    log_init(service->name, level);
    if (settings.failpoint[0] != '\0')
        log_warn("this process will die on purpose", LOG_S("failpoint", settings.failpoint));
    (void)sigemptyset(&parts.signals);
    (void)sigaddset(&parts.signals, SIGTERM);
    (void)sigaddset(&parts.signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &parts.signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    /* Else what a burst took stays in an arena of each thread; there is no other thread yet.
     * NOLINTNEXTLINE(concurrency-mt-unsafe) */
    (void)mallopt(M_ARENA_MAX, ARENAS);
    prepare(&parts);
    if (migrate_when_possible(&parts, &err) != ERR_OK) {
        log_error("cannot start", LOG_S("error", err.text));
        return EXIT_FAILURE;
    }
    int status = run(&parts);
    stop(&parts);
    return status;
}
