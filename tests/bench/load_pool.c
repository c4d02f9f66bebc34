/* Non-blocking keep-alive connections with epoll, edge-triggered. SPDX-License-Identifier: MIT */
#include "load_pool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "ids.h"

enum {
    REQUEST_BYTES_MAX = 4096,
    ANSWER_BYTES_MAX = 8192,
    EVENTS_MAX = 256,
};

struct connection {
    int fd; /* -1: not open */
    size_t url;
    bool busy; /* a request is on its way, or its answer */
    uint64_t tag;
    size_t out_length, out_at, in_length;
    char out[REQUEST_BYTES_MAX], in[ANSWER_BYTES_MAX];
};

/* One process of the service, and its connections without a request: the one used last is taken
 * first, so that only as many are opened as are needed at once. */
struct peer {
    struct sockaddr_in address;
    char host[32]; /* for the Host header */
    struct connection *idle[POOL_CONNECTIONS_MAX];
    size_t idle_count;
};

struct pool {
    int epoll;
    struct peer peers[POOL_URLS_MAX];
    size_t peer_count, turn;
    struct connection *connections;
    size_t connection_count;
    struct epoll_event events[EVENTS_MAX]; /* of the last pool_wait */
    int event_count, event_at;
    size_t open_connections;
};

static enum err_code parse_url(const char *url, struct peer *peer, struct err *err)
{
    char host[16];
    uint16_t port;
    int end = 0;
    peer->address.sin_family = AF_INET;
    if (sscanf(url, "http://%15[0-9.]:%hu%n", host, &port, &end) != 2 || url[end] != '\0' ||
        inet_pton(AF_INET, host, &peer->address.sin_addr) != 1)
        return err_set(err, ERR_CONFIG, "\"%.80s\" must be like http://127.0.0.1:8082", url);
    peer->address.sin_port = htons(port);
    (void)snprintf(peer->host, sizeof peer->host, "%s:%hu", host, port);
    return ERR_OK;
}

static void share_connections(struct pool *pool)
{
    for (size_t i = 0; i < pool->connection_count; i++) {
        struct connection *connection = &pool->connections[i];
        struct peer *peer = &pool->peers[i % pool->peer_count];
        *connection = (struct connection){.fd = -1, .url = i % pool->peer_count};
        peer->idle[peer->idle_count++] = connection;
    }
}

enum err_code pool_new(const char *const *urls, size_t url_count, size_t connections_max,
                       struct pool **out, struct err *err)
{
    struct pool *pool = mem_alloc(1, sizeof *pool);
    pool->epoll = -1;
    if (connections_max > POOL_CONNECTIONS_MAX)
        connections_max = POOL_CONNECTIONS_MAX;
    for (; pool->peer_count < url_count && pool->peer_count < POOL_URLS_MAX; pool->peer_count++) {
        if (parse_url(urls[pool->peer_count], &pool->peers[pool->peer_count], err) != ERR_OK) {
            pool_free(pool);
            return err->code;
        }
    }
    pool->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (pool->epoll < 0)
        abort();
    pool->connection_count = connections_max > url_count ? connections_max : url_count;
    pool->connections = mem_alloc(pool->connection_count, sizeof *pool->connections);
    share_connections(pool);
    *out = pool;
    return ERR_OK;
}

static void close_connection(struct pool *pool, struct connection *connection)
{
    if (connection->fd < 0)
        return;
    (void)close(connection->fd);
    connection->fd = -1;
    pool->open_connections--;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->connection_count; i++)
        close_connection(pool, &pool->connections[i]);
    if (pool->epoll >= 0)
        (void)close(pool->epoll);
    free(pool->connections);
    free(pool);
}

static void watch(struct pool *pool, int fd, uint32_t events, void *pointer)
{
    struct epoll_event event = {.events = events, .data.ptr = pointer};
    if (epoll_ctl(pool->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        abort();
}

void pool_watch(struct pool *pool, int fd)
{
    watch(pool, fd, EPOLLIN, NULL);
}

/* A connect that fails is seen like a connection that is lost: by the first event. */
static void open_connection(struct pool *pool, struct connection *connection)
{
    const struct peer *peer = &pool->peers[connection->url];
    const int on = 1;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) {
        perror("load: no more sockets (allow more open files: ulimit -n)");
        exit(1);
    }
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)connect(connection->fd, (const struct sockaddr *)&peer->address, sizeof peer->address);
    connection->in_length = 0;
    pool->open_connections++;
    watch(pool, connection->fd, EPOLLIN | EPOLLOUT | EPOLLET, connection);
}

/* The next process in turn that has a connection to spare; `peer_count`: none has. */
static size_t next_peer(const struct pool *pool)
{
    for (size_t i = 0; i < pool->peer_count; i++) {
        size_t index = (pool->turn + i) % pool->peer_count;
        if (pool->peers[index].idle_count > 0)
            return index;
    }
    return pool->peer_count;
}

bool pool_has_room(const struct pool *pool)
{
    return next_peer(pool) < pool->peer_count;
}

/* What does not go out now goes out when the socket can be written. */
static void send_more(struct connection *connection)
{
    size_t left = connection->out_length - connection->out_at;
    if (left == 0)
        return;
    ssize_t sent = send(connection->fd, connection->out + connection->out_at, left, MSG_NOSIGNAL);
    if (sent > 0)
        connection->out_at += (size_t)sent;
}

static void write_request(struct connection *connection, const char *host, const char *path,
                          const char *body)
{
    char key[UUID_SIZE];
    uuid_new(clock_now_ms(), key);
    int length = snprintf(connection->out, sizeof connection->out,
                          "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                          "Idempotency-Key: %s\r\nContent-Length: %zu\r\n\r\n%s",
                          path, host, key, strlen(body), body);
    if (length < 0 || (size_t)length >= sizeof connection->out)
        abort(); /* load_requests.c refuses bodies of this size */
    connection->out_length = (size_t)length;
    connection->out_at = 0;
}

void pool_post(struct pool *pool, const char *path, const char *body, uint64_t tag)
{
    size_t index = next_peer(pool);
    if (index == pool->peer_count)
        abort();
    struct peer *peer = &pool->peers[index];
    pool->turn = index + 1;
    struct connection *connection = peer->idle[--peer->idle_count];
    connection->busy = true;
    connection->tag = tag;
    write_request(connection, peer->host, path, body);
    if (connection->fd < 0)
        open_connection(pool, connection);
    send_more(connection);
}

void pool_wait(struct pool *pool, int64_t timeout_us)
{
    const struct timespec timeout = {timeout_us / 1000000, timeout_us % 1000000 * 1000};
    int count = epoll_pwait2(pool->epoll, pool->events, EVENTS_MAX, &timeout, NULL);
    if (count < 0 && errno != EINTR)
        abort();
    pool->event_count = count > 0 ? count : 0;
    pool->event_at = 0;
}

/* The value of a header, or NULL; in the head that ends at `end`. */
static const char *header_of(const char *head, const char *end, const char *name)
{
    const char *found = strcasestr(head, name);
    return found != NULL && found < end ? found + strlen(name) : NULL;
}

static void make_idle(struct pool *pool, struct connection *connection)
{
    struct peer *peer = &pool->peers[connection->url];
    connection->busy = false;
    connection->in_length = 0;
    peer->idle[peer->idle_count++] = connection;
}

/* Take the answer out of what has been read, if all of it is there. */
static bool take_answer(struct pool *pool, struct connection *connection,
                        struct pool_answer *answer)
{
    connection->in[connection->in_length] = '\0';
    char *end = strstr(connection->in, "\r\n\r\n");
    if (end == NULL || !connection->busy)
        return false;
    const char *length = header_of(connection->in, end, "\r\nContent-Length:");
    const char *body = end + strlen("\r\n\r\n");
    size_t body_length = length != NULL ? strtoul(length, NULL, 10) : 0;
    if (connection->in_length < (size_t)(body - connection->in) + body_length)
        return false;
    *answer = (struct pool_answer){.tag = connection->tag, .body = body};
    if (connection->in_length > strlen("HTTP/1.1 "))
        answer->status = (int)strtol(connection->in + strlen("HTTP/1.1 "), NULL, 10);
    if (header_of(connection->in, end, "\r\nConnection: close") != NULL)
        close_connection(pool, connection);
    make_idle(pool, connection);
    return true;
}

/* The other side closed the connection, or the answer is larger than any of the services' own. */
static bool lose(struct pool *pool, struct connection *connection, struct pool_answer *answer)
{
    close_connection(pool, connection);
    if (!connection->busy)
        return false;
    *answer = (struct pool_answer){.tag = connection->tag, .body = ""};
    make_idle(pool, connection);
    return true;
}

static bool read_answer(struct pool *pool, struct connection *connection,
                        struct pool_answer *answer)
{
    while (connection->fd >= 0) {
        size_t room = sizeof connection->in - 1 - connection->in_length;
        ssize_t got = recv(connection->fd, connection->in + connection->in_length, room, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        if (got <= 0)
            return lose(pool, connection, answer);
        connection->in_length += (size_t)got;
        if (take_answer(pool, connection, answer))
            return true;
    }
    return false;
}

bool pool_next(struct pool *pool, struct pool_answer *answer)
{
    while (pool->event_at < pool->event_count) {
        struct connection *connection = pool->events[pool->event_at++].data.ptr;
        if (connection == NULL || connection->fd < 0)
            continue;
        send_more(connection);
        if (read_answer(pool, connection, answer))
            return true;
    }
    return false;
}

size_t pool_open_connections(const struct pool *pool)
{
    return pool->open_connections;
}
