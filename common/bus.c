/* The broker connection: opening, closing, publishing, acknowledging. SPDX-License-Identifier: MIT
 */
#include "bus_internal.h"

#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    WAIT_S = 5,       /* for the connection, for the login, and for the answer to each request */
    GOODBYE_MS = 500, /* for the answer to our close */
    HEARTBEAT_S = 10, /* a peer that is silent for twice as long is dead */
    PEER_TIMEOUT_MS =
        10000, /* so is one that does not take our bytes: without it a publish waits for ever */
    FRAME_BYTES_MAX = 131072,
};

amqp_bytes_t bus_bytes(const char *text)
{
    return amqp_cstring_bytes(text);
}

amqp_table_entry_t bus_text_entry(const char *key, const char *text)
{
    return (amqp_table_entry_t){
        .key = bus_bytes(key),
        .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = bus_bytes(text)},
    };
}

amqp_table_entry_t bus_number_entry(const char *key, int64_t number)
{
    return (amqp_table_entry_t){
        .key = bus_bytes(key),
        .value = {.kind = AMQP_FIELD_KIND_I64, .value.i64 = number},
    };
}

void bus_copy_text(char *text, size_t size, amqp_bytes_t bytes)
{
    size_t length = bytes.len < size ? bytes.len : size - 1;
    if (length > 0)
        memcpy(text, bytes.bytes, length);
    text[length] = '\0';
}

struct bus *bus_new(const char *url, const char *name)
{
    struct bus *bus = mem_alloc(1, sizeof *bus);
    bus->url = strdup(url);
    bus->name = strdup(name);
    if (bus->url == NULL || bus->name == NULL)
        abort();
    return bus;
}

void bus_free(struct bus *bus)
{
    if (bus == NULL)
        return;
    bus_close(bus);
    buf_free(&bus->incoming.body);
    free(bus->url);
    free(bus->name);
    free(bus);
}

bool bus_is_open(const struct bus *bus)
{
    return bus->connection != NULL;
}

int bus_fd(const struct bus *bus)
{
    return bus->connection != NULL ? amqp_get_sockfd(bus->connection) : -1;
}

/* Free the connection without a word to the broker. */
static void bus_drop(struct bus *bus)
{
    if (bus->connection != NULL)
        (void)amqp_destroy_connection(bus->connection);
    bus->connection = NULL;
    bus->incoming.event = (struct bus_event){0};
}

void bus_close(struct bus *bus)
{
    if (bus->connection == NULL)
        return;
    /* A broker that is short of memory does not even read our close. */
    struct timeval patience = {.tv_usec = GOODBYE_MS * 1000L};
    (void)amqp_set_rpc_timeout(bus->connection, &patience);
    (void)amqp_connection_close(bus->connection, AMQP_REPLY_SUCCESS);
    bus_drop(bus);
}

enum err_code bus_require_open(const struct bus *bus, struct err *err)
{
    return bus->connection != NULL ? ERR_OK
                                   : err_set(err, ERR_UNAVAILABLE, "broker: not connected");
}

enum err_code bus_lost(struct bus *bus, int status, struct err *err)
{
    bus_drop(bus);
    return err_set(err, ERR_UNAVAILABLE, "broker: %s", amqp_error_string2(status));
}

/* Only a person can help against these: no rights, a topology that differs, an unknown virtual
 * host. */
static enum err_code code_of_reply(uint16_t reply_code)
{
    switch (reply_code) {
    case AMQP_INVALID_PATH:
    case AMQP_ACCESS_REFUSED:
    case AMQP_PRECONDITION_FAILED:
    case AMQP_NOT_ALLOWED:
        return ERR_CONFIG;
    default:
        return ERR_UNAVAILABLE;
    }
}

enum err_code bus_refused(struct bus *bus, const amqp_method_t *close, struct err *err)
{
    char text[256];
    uint16_t reply_code;
    if (close->id == AMQP_CHANNEL_CLOSE_METHOD) {
        const amqp_channel_close_t *channel_close = close->decoded;
        reply_code = channel_close->reply_code;
        bus_copy_text(text, sizeof text, channel_close->reply_text);
        bus_close(bus); /* all of it: the channel needs no answer of its own */
    } else {
        const amqp_connection_close_t *connection_close = close->decoded;
        amqp_connection_close_ok_t ok = {0};
        reply_code = connection_close->reply_code;
        bus_copy_text(text, sizeof text, connection_close->reply_text);
        (void)amqp_send_method(bus->connection, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
        bus_drop(bus);
    }
    return err_set(err, code_of_reply(reply_code), "broker: %u %s", (unsigned)reply_code, text);
}

enum err_code bus_check_reply(struct bus *bus, amqp_rpc_reply_t reply, struct err *err)
{
    if (reply.reply_type == AMQP_RESPONSE_NORMAL)
        return ERR_OK;
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
        (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD ||
         reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD))
        return bus_refused(bus, &reply.reply, err);
    return bus_lost(bus, reply.library_error, err);
}

static enum err_code parse_url(char *url, struct amqp_connection_info *info, struct err *err)
{
    static char default_vhost[] = "/";
    if (amqp_parse_url(url, info) != AMQP_STATUS_OK)
        return err_set(err, ERR_CONFIG, "must be amqp://USER:PASSWORD@HOST:PORT/VHOST");
    if (info->ssl != 0)
        return err_set(err, ERR_CONFIG, "must be amqp://…: amqps:// is not supported");
    if (info->vhost[0] ==
        '\0') /* "amqp://host/": strictly the vhost named "", but nobody means that */
        info->vhost = default_vhost;
    return ERR_OK;
}

enum err_code bus_check_url(const char *url, struct err *err)
{
    struct amqp_connection_info info;
    char *copy = strdup(url); /* the library cuts it up */
    if (copy == NULL)
        abort();
    enum err_code code = parse_url(copy, &info, err);
    free(copy);
    return code;
}

static enum err_code open_socket(struct bus *bus, const struct amqp_connection_info *info,
                                 struct err *err)
{
    bus->connection = amqp_new_connection();
    amqp_socket_t *socket = bus->connection != NULL ? amqp_tcp_socket_new(bus->connection) : NULL;
    if (socket == NULL)
        abort(); /* no memory */
    const struct timeval patience = {.tv_sec = WAIT_S};
    (void)amqp_set_handshake_timeout(bus->connection, &patience);
    (void)amqp_set_rpc_timeout(bus->connection, &patience);
    int status = amqp_socket_open_noblock(socket, info->host, info->port, &patience);
    if (status != AMQP_STATUS_OK) {
        (void)bus_lost(bus, status, err);
        return err_wrap(err, "%s:%d", info->host, info->port);
    }
    const unsigned peer_timeout_ms = PEER_TIMEOUT_MS;
    (void)setsockopt(amqp_get_sockfd(bus->connection), IPPROTO_TCP, TCP_USER_TIMEOUT,
                     &peer_timeout_ms, sizeof peer_timeout_ms);
    return ERR_OK;
}

/* Without these capabilities the broker tells us neither that it is short of memory nor that our
 * queue is gone. */
static enum err_code log_in(struct bus *bus, const struct amqp_connection_info *info,
                            struct err *err)
{
    static const char *const wanted[] = {"publisher_confirms", "basic.nack",
                                         "consumer_cancel_notify", "connection.blocked",
                                         "authentication_failure_close"};
    enum { WANTED = sizeof wanted / sizeof wanted[0] };
    amqp_table_entry_t capabilities[WANTED];
    for (size_t i = 0; i < WANTED; i++) {
        capabilities[i].key = bus_bytes(wanted[i]);
        capabilities[i].value =
            (amqp_field_value_t){.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1};
    }
    amqp_table_entry_t entries[] = {
        bus_text_entry("product", "Brigade"),
        bus_text_entry("connection_name", bus->name),
        {.key = bus_bytes("capabilities"),
         .value = {.kind = AMQP_FIELD_KIND_TABLE, .value.table = {WANTED, capabilities}}},
    };
    const amqp_table_t properties = {sizeof entries / sizeof entries[0], entries};
    return bus_check_reply(
        bus,
        amqp_login_with_properties(bus->connection, info->vhost, AMQP_DEFAULT_MAX_CHANNELS,
                                   FRAME_BYTES_MAX, HEARTBEAT_S, &properties,
                                   AMQP_SASL_METHOD_PLAIN, info->user, info->password),
        err);
}

enum err_code bus_open(struct bus *bus, struct err *err)
{
    if (bus->connection != NULL)
        return ERR_OK;
    char *url = strdup(bus->url); /* the parser writes into it */
    if (url == NULL)
        abort();
    struct amqp_connection_info info;
    enum err_code code = parse_url(url, &info, err);
    if (code != ERR_OK)
        (void)err_wrap(err, "broker: the URL");
    if (code == ERR_OK)
        code = open_socket(bus, &info, err);
    if (code == ERR_OK)
        code = log_in(bus, &info, err);
    if (code == ERR_OK) {
        (void)amqp_channel_open(bus->connection, BUS_CHANNEL);
        code = bus_check_reply(bus, amqp_get_rpc_reply(bus->connection), err);
    }
    free(url);
    return code;
}
