/* The HTTP server's daemon and its life: start, drain, stop. SPDX-License-Identifier: MIT */
#include "http_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

enum {
    DESCRIPTORS_BESIDE = 128, /* files, database and broker, beside the connections */
    LIBRARY_LOG_MS = 1000,
    LINGER_MS = 500, /* for one more request on each connection that is kept open */
    LINGER_LOOK_MS = 10,
    LAST_ANSWERS_MS = 1000, /* for the answers to those who waited when the time to stop was over */
};

void server_enter(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->in_flight++;
    pthread_mutex_unlock(&server->lock);
}

void server_leave(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    if (--server->in_flight == 0)
        pthread_cond_broadcast(&server->left);
    pthread_mutex_unlock(&server->lock);
}

/* Wait until nothing is in flight. False: the time is over. */
static bool wait_for_none(struct http_server *server, int64_t timeout_ms)
{
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    struct timespec until = {until_ms / 1000, (until_ms % 1000) * 1000000};
    int waited = 0;
    pthread_mutex_lock(&server->lock);
    while (server->in_flight > 0 && waited == 0)
        waited = pthread_cond_timedwait(&server->left, &server->lock, &until);
    bool none = server->in_flight == 0;
    pthread_mutex_unlock(&server->lock);
    return none;
}

/* A process may have 1,024 descriptors by default, but raise that itself up to a hard limit. */
static void raise_descriptor_limit(int64_t connections)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)(connections + DESCRIPTORS_BESIDE);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
        log_warn("fewer file descriptors than connections are allowed",
                 LOG_I("descriptors", (int64_t)limit.rlim_cur), LOG_I("connections", connections));
}

static void notify_connection(void *context, struct MHD_Connection *connection,
                              void **socket_context, enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_context = peer_add(server->peers, info->connect_fd);
    } else {
        peer_remove(server->peers, *socket_context);
    }
}

/* Mostly about what clients do (closed in the middle of a request, too large a header), so at most
 * one line a second; and none once its threads may find the listening socket gone. */
PRINTF_LIKE(2, 0)
static void log_library(void *context, const char *format, va_list args)
{
    struct http_server *server = context;
    int64_t now_ms = clock_monotonic_ms();
    int64_t last_ms = atomic_load(&server->library_logged_ms);
    if (atomic_load(&server->draining) || now_ms - last_ms < LIBRARY_LOG_MS ||
        !atomic_compare_exchange_strong(&server->library_logged_ms, &last_ms, now_ms))
        return;
    char text[300];
    (void)vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    log_warn("libmicrohttpd", LOG_S("detail", text));
}

static enum err_code daemon_start(struct http_server *server, struct err *err)
{
    const struct http_options *options = &server->options;
    struct MHD_OptionItem items[] = {
        /* The logger comes first, for what the library says about the others. */
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)log_library, server},
        {MHD_OPTION_LISTEN_SOCKET, server->listen_fd, NULL},
        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)options->connection_limit, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, HTTP_IDLE_TIMEOUT_S, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTP_HEADER_BYTES_MAX, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)notify_connection, server},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)request_open, server},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)request_close, server},
        {MHD_OPTION_END, 0, NULL},
    };
    /* Not its epoll: with exactly 128 events (its array's size) libmicrohttpd 0.9.75 waits for one
     * more before it looks at any of them. */
    server->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG,
        0, NULL, NULL, request_handle, server, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    if (server->daemon != NULL)
        return ERR_OK;
    return err_set(err, ERR_CONFIG, "the HTTP server cannot start: see the log");
}

static struct http_server *server_new(const struct http_options *options)
{
    struct http_server *server = mem_alloc(1, sizeof *server);
    server->options = *options;
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&server->lock, NULL) != 0 || pthread_condattr_init(&attributes) != 0 ||
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&server->left, &attributes) != 0)
        abort();
    (void)pthread_condattr_destroy(&attributes);
    server->peers = peers_start(options->request_timeout_ms);
    server->commands = commands_new(options->queue, (size_t)options->command_limit);
    server->queries = query_pool_start(&server->options);
    return server;
}

static void server_free(struct http_server *server)
{
    peers_stop(server->peers);
    commands_release(server->commands);
    query_pool_free(server->queries);
    (void)pthread_cond_destroy(&server->left);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}

enum err_code http_start(const struct http_options *options, struct http_server **server,
                         struct err *err)
{
    int listen_fd = -1;
    enum err_code code = listen_open(options->port, &listen_fd, err);
    if (code != ERR_OK)
        return code;
    raise_descriptor_limit(options->connection_limit);
    http_metrics_register();
    struct http_server *started = server_new(options);
    started->listen_fd = listen_fd;
    code = daemon_start(started, err);
    if (code == ERR_OK) {
        *server = started;
        return ERR_OK;
    }
    /* The library may have closed the socket: it is left to the end of the process. */
    query_pool_stop(started->queries);
    server_free(started);
    return code;
}

void http_drain(struct http_server *server)
{
    atomic_store(&server->draining, true);
}

/* Clients that keep their connection are told to close it by their next answer, and must not find
 * it closed while they send that request: so give them a moment for it. */
static void linger(struct http_server *server)
{
    int64_t until_ms = clock_monotonic_ms() + LINGER_MS;
    do
        clock_sleep_ms(LINGER_LOOK_MS);
    while (peers_count(server->peers) > 0 && clock_monotonic_ms() < until_ms);
}

void http_stop(struct http_server *server, int64_t timeout_ms)
{
    if (server == NULL)
        return;
    http_drain(server);
    listen_drain(server->listen_fd);
    listen_close(server->listen_fd);
    linger(server);
    (void)wait_for_none(server, timeout_ms - LINGER_MS);
    commands_close(server->commands);
    query_pool_stop(server->queries);
    if (!wait_for_none(server, LAST_ANSWERS_MS))
        log_warn("http stopped with requests in flight", LOG_I("timeout_ms", timeout_ms));
    MHD_stop_daemon(server->daemon);
    server_free(server);
}
