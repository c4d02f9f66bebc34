/* A request that the engine decides: its body is decoded on the HTTP thread, its connection is
 * suspended, and the engine's thread wakes it with the answer.
 *
 * A call (the engine's work, and the connection that waits for it) has two holders: the request and
 * the engine. Either may let go first: the engine after it has answered, the request when the
 * server stops and answers 503 in its place. One lock for all calls decides who was first, so that
 * a connection is resumed once, and never after the server is gone. The lock lives in `struct
 * commands`, which the last call frees. SPDX-License-Identifier: MIT */
#include "http_internal.h"

#include <microhttpd.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work.h"

struct call {
    struct work work; /* the engine's until it is done */
    struct commands *commands;
    struct MHD_Connection *connection; /* suspended; NULL: resumed */
    bool answered;                     /* by the engine */
    int holders;
    struct call *next, *previous; /* while suspended */
};

struct commands {
    struct work_queue *queue;
    size_t limit;
    pthread_mutex_t lock; /* of what follows, and of the calls' members but for `work` */
    size_t references;    /* the server's, and one for each call */
    bool closed;
    struct call *suspended;
};

struct commands *commands_new(struct work_queue *queue, size_t limit)
{
    struct commands *commands = mem_alloc(1, sizeof *commands);
    *commands = (struct commands){.queue = queue, .limit = limit, .references = 1};
    if (pthread_mutex_init(&commands->lock, NULL) != 0)
        abort();
    return commands;
}

static void commands_free(struct commands *commands)
{
    (void)pthread_mutex_destroy(&commands->lock);
    free(commands);
}

void commands_release(struct commands *commands)
{
    pthread_mutex_lock(&commands->lock);
    bool last = --commands->references == 0;
    pthread_mutex_unlock(&commands->lock);
    if (last)
        commands_free(commands);
}

static void call_free(struct call *call)
{
    response_free(&call->work.command.response);
    free(call->work.command.data);
    free(call);
}

static void call_release(struct call *call)
{
    struct commands *commands = call->commands;
    pthread_mutex_lock(&commands->lock);
    bool last = --call->holders == 0;
    pthread_mutex_unlock(&commands->lock);
    if (!last)
        return;
    call_free(call);
    commands_release(commands);
}

/* The next two with the lock held. */
static void call_suspend(struct call *call)
{
    struct commands *commands = call->commands;
    MHD_suspend_connection(call->connection);
    call->next = commands->suspended;
    if (call->next != NULL)
        call->next->previous = call;
    commands->suspended = call;
}

static void call_resume(struct call *call)
{
    if (call->next != NULL)
        call->next->previous = call->previous;
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        call->commands->suspended = call->next;
    MHD_resume_connection(call->connection);
    call->connection = NULL;
}

/* Called by the engine's thread: the answer is in the work. */
static void call_done(struct work *work, void *context)
{
    (void)work;
    struct call *call = context;
    pthread_mutex_lock(&call->commands->lock);
    call->answered = true;
    if (call->connection != NULL)
        call_resume(call);
    pthread_mutex_unlock(&call->commands->lock);
    call_release(call);
}

void commands_close(struct commands *commands)
{
    pthread_mutex_lock(&commands->lock);
    commands->closed = true;
    while (commands->suspended != NULL)
        call_resume(commands->suspended);
    pthread_mutex_unlock(&commands->lock);
}

/* SHA-256 of method, path and body, with a NUL between them; the same with and without /v1. */
static void fingerprint_make(const struct request *request, unsigned char fingerprint[32])
{
    bool versioned = false;
    const char *path = path_unversioned(request->path, &versioned);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1 ||
        EVP_DigestUpdate(context, request->method, strlen(request->method) + 1) != 1 ||
        EVP_DigestUpdate(context, path, strlen(path) + 1) != 1 ||
        EVP_DigestUpdate(context, buf_text(&request->body), request->body.length) != 1 ||
        EVP_DigestFinal_ex(context, fingerprint, NULL) != 1)
        abort();
    EVP_MD_CTX_free(context);
}

static struct call *call_new(const struct request *request, void *data)
{
    const struct http_server *server = request->server;
    struct call *call = mem_alloc(1, sizeof *call);
    call->commands = server->commands;
    call->connection = request->connection;
    call->work = (struct work){.type = WORK_COMMAND, .done = call_done, .context = call};
    struct command *command = &call->work.command;
    command->route = request->match.route;
    command->id_in_path = request->match.id;
    command->data = data;
    command->versioned = request->match.versioned;
    command->deadline_ms = request->began_ms + server->options.request_timeout_ms;
    memcpy(command->traceparent, request->traceparent, sizeof command->traceparent);
    if (strcmp(request->method, "POST") == 0)
        memcpy(command->key, request->headers.key, sizeof command->key);
    fingerprint_make(request, command->fingerprint);
    return call;
}

/* Queue the work and suspend the connection. The engine may be done at once; `done` then waits for
 * the lock. */
static bool call_start(struct call *call)
{
    struct commands *commands = call->commands;
    pthread_mutex_lock(&commands->lock);
    call->holders = 2;
    bool started =
        !commands->closed && work_queue_push(commands->queue, &call->work, commands->limit);
    if (started) {
        commands->references++;
        call_suspend(call);
    }
    pthread_mutex_unlock(&commands->lock);
    return started;
}

/* The body as the route's struct in `data`, or NULL when it takes none. */
static bool decode_body(struct request *request, void **data)
{
    const struct codec_record *record = request->match.route->body;
    *data = NULL;
    if (record == NULL)
        return true;
    struct err err = {0};
    *data = mem_alloc(1, record->size);
    if (codec_decode(record, buf_text(&request->body), request->body.length, *data, &err) == ERR_OK)
        return true;
    free(*data);
    response_problem(&request->response, 400, "%s", err.text);
    return false;
}

static bool outbox_is_full(struct request *request)
{
    enum { RETRY_AFTER_S = 5 };
    const struct http_options *options = &request->server->options;
    if (options->outbox_full == NULL || !options->outbox_full(options->context))
        return false;
    response_problem(&request->response, 503,
                     "too many events wait for the broker; nothing was changed, try again later");
    request->response.retry_after_s = RETRY_AFTER_S;
    return true;
}

bool command_start(struct request *request)
{
    void *data = NULL;
    if (!decode_body(request, &data))
        return false;
    if (outbox_is_full(request)) {
        free(data);
        return false;
    }
    struct call *call = call_new(request, data);
    if (call_start(call)) {
        request->call = call;
        return true;
    }
    call_free(call);
    response_problem(&request->response, 503,
                     "too many requests wait already, or the service is stopping");
    return false;
}

/* The engine names what was created without a version: under /v1 that is 201 and a Location below
 * /v1, else 200, as FTGO's clients expect. */
static void take_answer(struct response *to, struct response *from, bool versioned)
{
    *to = *from;
    *from = (struct response){0};
    bool created = to->location[0] != '\0';
    char location[sizeof to->location] = "";
    if (created && versioned) {
        to->status = 201;
        (void)snprintf(location, sizeof location, "/v1%.60s", to->location);
    }
    memcpy(to->location, location, sizeof location);
}

void command_collect(struct request *request)
{
    struct call *call = request->call;
    struct command *command = &call->work.command;
    pthread_mutex_lock(&call->commands->lock);
    bool answered = call->answered;
    pthread_mutex_unlock(&call->commands->lock);
    if (answered)
        take_answer(&request->response, &command->response, command->versioned);
    else
        response_problem(&request->response, 503,
                         "the service is stopping; whether this was carried out is not known");
    command_forget(request);
}

void command_forget(struct request *request)
{
    if (request->call != NULL)
        call_release(request->call);
    request->call = NULL;
}
