/* Connections, and a thread that cuts those whose request takes too long.
 *
 * The library's timeout is for silence: a client that sends a byte now and then lives for ever. Nor
 * does the library say when a request's first byte has come, and it overlooks the end of a
 * connection that comes in one packet with the last bytes. The kernel knows both (TCP_INFO). So the
 * thread looks at each socket now and then, sees when an idle connection begins a request, and
 * shuts a socket down whose deadline has passed or whose other side is gone; the library then finds
 * it closed and cleans up. SPDX-License-Identifier: MIT */
#include "http_internal.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "clock.h"

enum {
    SWEEP_PERIOD_MS = 500,
    STATE_CLOSE_WAIT = 8, /* TCP's CLOSE-WAIT in tcpi_state: the other side sends no more */
};

struct peer {
    int fd;
    pthread_mutex_t lock; /* of what follows */
    enum peer_phase phase;
    int64_t since_ms;
    bool baseline_known; /* IDLE: is `baseline` what the socket had received when it became idle? */
    uint64_t baseline;
    bool gone;                    /* IDLE, READING: the other side had closed at the last look */
    struct peer *next, *previous; /* under the lock of the peers */
};

struct peers {
    int64_t timeout_ms;
    pthread_t thread;
    pthread_mutex_t lock; /* of the list and its count, and of `stopping` */
    pthread_cond_t stop;
    bool stopping;
    struct peer *first;
    size_t count;
};

/* False when the kernel does not tell; then only the library's own timeout is left for idle
 * connections. */
static bool look(int fd, struct tcp_info *info)
{
    *info = (struct tcp_info){0};
    socklen_t length = sizeof *info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &length) == 0 &&
           length >=
               offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info->tcpi_bytes_received;
}

/* The first look at a connection that has become idle takes the baseline; when a later one finds
 * more, a request has begun. */
static void look_for_request(struct peer *peer, uint64_t bytes, int64_t now_ms)
{
    if (!peer->baseline_known) {
        peer->baseline = bytes;
        peer->baseline_known = true;
    } else if (bytes > peer->baseline) {
        peer->phase = PEER_READING;
        peer->since_ms = now_ms;
    }
}

/* Is this connection's time over? */
static bool peer_expired(struct peer *peer, int64_t now_ms, int64_t timeout_ms)
{
    struct tcp_info info;
    bool reading = peer->phase == PEER_IDLE || peer->phase == PEER_READING;
    if (reading && look(peer->fd, &info)) {
        /* Twice, since the first time the library may just be about to read the last bytes itself.
         */
        bool gone_before = peer->gone;
        peer->gone = info.tcpi_state == STATE_CLOSE_WAIT;
        if (peer->gone && gone_before)
            return true;
        if (peer->phase == PEER_IDLE)
            look_for_request(peer, info.tcpi_bytes_received, now_ms);
    }
    bool has_deadline = peer->phase == PEER_READING || peer->phase == PEER_SENDING;
    return has_deadline && now_ms - peer->since_ms >= timeout_ms;
}

static void peer_check(struct peer *peer, int64_t now_ms, int64_t timeout_ms)
{
    pthread_mutex_lock(&peer->lock);
    if (peer_expired(peer, now_ms, timeout_ms) && shutdown(peer->fd, SHUT_RDWR) == 0)
        http_metrics_cut();
    pthread_mutex_unlock(&peer->lock);
}

/* Wait for the next look, with the lock held. */
static void sweep_wait(struct peers *peers)
{
    int64_t until_ms = clock_monotonic_ms() + SWEEP_PERIOD_MS;
    struct timespec until = {until_ms / 1000, (until_ms % 1000) * 1000000};
    while (!peers->stopping && pthread_cond_timedwait(&peers->stop, &peers->lock, &until) == 0)
        continue;
}

static void *peers_run(void *context)
{
    struct peers *peers = context;
    pthread_mutex_lock(&peers->lock);
    while (!peers->stopping) {
        int64_t now_ms = clock_monotonic_ms();
        for (struct peer *peer = peers->first; peer != NULL; peer = peer->next)
            peer_check(peer, now_ms, peers->timeout_ms);
        sweep_wait(peers);
    }
    pthread_mutex_unlock(&peers->lock);
    return NULL;
}

struct peers *peers_start(int64_t timeout_ms)
{
    struct peers *peers = mem_alloc(1, sizeof *peers);
    peers->timeout_ms = timeout_ms;
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&peers->lock, NULL) != 0 || pthread_condattr_init(&attributes) != 0 ||
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&peers->stop, &attributes) != 0 ||
        pthread_create(&peers->thread, NULL, peers_run, peers) != 0)
        abort();
    (void)pthread_condattr_destroy(&attributes);
    return peers;
}

void peers_stop(struct peers *peers)
{
    pthread_mutex_lock(&peers->lock);
    peers->stopping = true;
    pthread_cond_signal(&peers->stop);
    pthread_mutex_unlock(&peers->lock);
    (void)pthread_join(peers->thread, NULL);
    (void)pthread_cond_destroy(&peers->stop);
    (void)pthread_mutex_destroy(&peers->lock);
    free(peers);
}

struct peer *peer_add(struct peers *peers, int fd)
{
    struct peer *peer = mem_alloc(1, sizeof *peer);
    peer->fd = fd;
    peer->baseline_known = true; /* nothing was received before the first request */
    if (pthread_mutex_init(&peer->lock, NULL) != 0)
        abort();
    pthread_mutex_lock(&peers->lock);
    peer->next = peers->first;
    if (peer->next != NULL)
        peer->next->previous = peer;
    peers->first = peer;
    peers->count++;
    pthread_mutex_unlock(&peers->lock);
    return peer;
}

void peer_remove(struct peers *peers, struct peer *peer)
{
    pthread_mutex_lock(&peers->lock);
    if (peer->next != NULL)
        peer->next->previous = peer->previous;
    if (peer->previous != NULL)
        peer->previous->next = peer->next;
    else
        peers->first = peer->next;
    peers->count--;
    pthread_mutex_unlock(&peers->lock);
    (void)pthread_mutex_destroy(&peer->lock);
    free(peer);
}

size_t peers_count(struct peers *peers)
{
    pthread_mutex_lock(&peers->lock);
    size_t count = peers->count;
    pthread_mutex_unlock(&peers->lock);
    return count;
}

int64_t peer_enter(struct peer *peer, enum peer_phase phase)
{
    pthread_mutex_lock(&peer->lock);
    if (peer->phase != phase || phase != PEER_READING)
        peer->since_ms = clock_monotonic_ms();
    peer->phase = phase;
    peer->baseline_known = false;
    peer->gone = false;
    int64_t since_ms = peer->since_ms;
    pthread_mutex_unlock(&peer->lock);
    return since_ms;
}
