/* The listening socket: opened, and given up without cutting anybody off.
 * SPDX-License-Identifier: MIT */
#include "http_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

enum {
    LISTEN_BACKLOG = 1024,
    TCP_FLAGS_OFFSET = 13, /* in a segment's header */
    HANDSHAKE_MS = 50,     /* for connections whose handshake is under way: a round trip */
    DRAIN_MAX_MS = 200,
};

/* Bind and listen on all interfaces: IPv6 with IPv4 in it, or IPv4 alone where there is no IPv6. */
static int bind_any(uint16_t port)
{
    struct sockaddr_in6 any6 = {
        .sin6_family = AF_INET6, .sin6_addr = in6addr_any, .sin6_port = htons(port)};
    struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    int off = 0;
    int on = 1;
    bool ipv6 = true;
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 && errno == EAFNOSUPPORT) {
        ipv6 = false;
        fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    }
    if (fd < 0)
        return -1;
    const struct sockaddr *address =
        ipv6 ? (const struct sockaddr *)&any6 : (const struct sockaddr *)&any4;
    socklen_t length = ipv6 ? sizeof any6 : sizeof any4;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        (!ipv6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) &&
        bind(fd, address, length) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
        return fd;
    int failure = errno;
    (void)close(fd);
    errno = failure;
    return -1;
}

enum err_code listen_open(int64_t port, int *fd, struct err *err)
{
    *fd = bind_any((uint16_t)port);
    if (*fd >= 0)
        return ERR_OK;
    if (errno == EADDRINUSE)
        return err_set(err, ERR_CONFIG,
                       "port %d is in use by another program: stop it, or set BRIGADE_HTTP_PORT",
                       (int)port);
    return err_set(err, ERR_CONFIG, "cannot listen on port %d: %s", (int)port,
                   strerrordesc_np(errno));
}

/* No new handshake begins. The client's kernel asks again after a second, and is refused then. */
static void drop_new(int fd)
{
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS_OFFSET),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TH_SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    const struct sock_fprog program = {sizeof instructions / sizeof instructions[0], instructions};
    /* Where the kernel has no filters, a client that connects just now may be cut off. */
    (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

void listen_drain(int fd)
{
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    int64_t until_ms = clock_monotonic_ms() + DRAIN_MAX_MS;
    drop_new(fd);
    do
        clock_sleep_ms(HANDSHAKE_MS);
    while (poll(&waiting, 1, 0) > 0 && clock_monotonic_ms() < until_ms);
}

void listen_close(int fd)
{
    int never = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int old = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (never < 0 || old < 0 || dup3(never, fd, O_CLOEXEC) < 0)
        (void)shutdown(fd, SHUT_RDWR); /* no descriptor is left: refuse at least, if not quietly */
    else
        (void)shutdown(old, SHUT_RDWR); /* it would live on in the poll of whoever waits for it */
    if (old >= 0)
        (void)close(old);
    if (never >= 0)
        (void)close(never);
}
