/* GETs: the threads that run them, their parameters and their answers.
 *
 * A query blocks as long as the database takes, and must not hold up the other connections of an
 * HTTP thread (/livez is there to tell a slow database from a dead service). So it runs on a thread
 * of its own kind, with a database connection of its own, while its HTTP connection is suspended.
 * When the database is away, one attempt a second waits for it; the other queries are answered 503
 * at once. SPDX-License-Identifier: MIT */
#include "http_internal.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"

enum { RETRY_AFTER_MS = 1000 };

struct query_pool {
    const struct http_options *options;
    char name[64];
    pthread_t *threads;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool stopping;
    struct request *first; /* in order; no more than there are connections */
    struct request **end;
    bool away;           /* the last try to reach the database failed */
    int64_t retry_at_ms; /* monotonic: when one query may try again whether it is still away */
};

/* May a query try to open a connection? While the database is known to be away, one at a time may.
 */
static bool pool_may_open(struct query_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    bool may = !pool->stopping && (!pool->away || clock_monotonic_ms() >= pool->retry_at_ms);
    if (may && pool->away)
        pool->retry_at_ms = clock_monotonic_ms() + pool->options->db_timeout_ms;
    pthread_mutex_unlock(&pool->lock);
    return may;
}

static void pool_opened(struct query_pool *pool, bool opened)
{
    pthread_mutex_lock(&pool->lock);
    pool->away = !opened;
    pool->retry_at_ms = clock_monotonic_ms() + RETRY_AFTER_MS;
    pthread_mutex_unlock(&pool->lock);
}

static enum err_code open_database(struct query_pool *pool, struct db *db, struct err *err)
{
    if (db_is_open(db))
        return ERR_OK;
    if (!pool_may_open(pool))
        return err_set(err, ERR_UNAVAILABLE, "the database was away a moment ago");
    enum err_code code = db_ensure(db, err);
    pool_opened(pool, code == ERR_OK);
    if (code != ERR_OK)
        log_warn("query has no database", LOG_S("error", err_name(code)),
                 LOG_S("detail", err->text));
    return code;
}

static void query_run(struct query_pool *pool, struct db *db, struct request *request)
{
    struct response *response = &request->response;
    struct query query = {
        .db = db, .id = request->match.id, .response = response, .connection = request->connection};
    struct err err = {0};
    bool late = clock_monotonic_ms() >= request->began_ms + pool->options->request_timeout_ms;
    if (late || open_database(pool, db, &err) != ERR_OK)
        response_problem(response, 503,
                         "the database cannot be reached, or does not answer in time");
    else
        request->match.route->query(&query);
    if (response->status == 0)
        response_problem(response, 500, "the query gave no answer");
}

/* The next request; NULL: the pool stops. */
static struct request *pool_take(struct query_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !pool->stopping)
        (void)pthread_cond_wait(&pool->changed, &pool->lock);
    struct request *request = pool->first;
    if (request != NULL)
        pool->first = request->next;
    if (pool->first == NULL)
        pool->end = &pool->first;
    pthread_mutex_unlock(&pool->lock);
    return request;
}

static void *pool_run(void *context)
{
    struct query_pool *pool = context;
    const struct http_options *options = pool->options;
    struct db *db = db_new(options->db_url, pool->name, options->schema, options->db_timeout_ms);
    struct request *request = NULL;
    while ((request = pool_take(pool)) != NULL) {
        query_run(pool, db, request);
        MHD_resume_connection(request->connection);
    }
    db_close(db);
    return NULL;
}

struct query_pool *query_pool_start(const struct http_options *options)
{
    struct query_pool *pool = mem_alloc(1, sizeof *pool);
    pool->options = options;
    pool->end = &pool->first;
    (void)snprintf(pool->name, sizeof pool->name, "brigade-%s-query", options->service);
    if (pthread_mutex_init(&pool->lock, NULL) != 0 || pthread_cond_init(&pool->changed, NULL) != 0)
        abort();
    pool->threads = mem_alloc((size_t)options->threads, sizeof *pool->threads);
    for (int64_t i = 0; i < options->threads; i++) {
        if (pthread_create(&pool->threads[i], NULL, pool_run, pool) != 0)
            abort();
    }
    return pool;
}

void query_pool_stop(struct query_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    for (int64_t i = 0; i < pool->options->threads; i++)
        (void)pthread_join(pool->threads[i], NULL);
}

void query_pool_free(struct query_pool *pool)
{
    (void)pthread_cond_destroy(&pool->changed);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}

/* A thread that takes the request at once waits for the lock, and so for the connection to be
 * suspended. */
bool query_start(struct query_pool *pool, struct request *request)
{
    pthread_mutex_lock(&pool->lock);
    bool started = !pool->stopping;
    if (started) {
        request->next = NULL;
        *pool->end = request;
        pool->end = &request->next;
        MHD_suspend_connection(request->connection);
        pthread_cond_signal(&pool->changed);
    }
    pthread_mutex_unlock(&pool->lock);
    if (!started)
        response_problem(&request->response, 503, "the service is stopping");
    return started;
}

/* A parameter of the query string that is there at most once. */
struct parameter {
    const char *name;
    const char *value; /* NULL: absent */
    unsigned count;
};

static enum MHD_Result take_argument(void *context, enum MHD_ValueKind kind, const char *name,
                                     size_t name_length, const char *value, size_t value_length)
{
    (void)kind;
    (void)value_length; /* the target's check has refused control characters, so no value has a NUL
                           inside */
    struct parameter *parameter = context;
    if (name_length != strlen(parameter->name) || strcmp(name, parameter->name) != 0)
        return MHD_YES;
    parameter->count++;
    parameter->value = value != NULL ? value : ""; /* "?name" without "=" */
    return MHD_YES;
}

static bool parameter_find(struct query *query, struct parameter *parameter)
{
    (void)MHD_get_connection_values_n(query->connection, MHD_GET_ARGUMENT_KIND, take_argument,
                                      parameter);
    if (parameter->count <= 1)
        return true;
    response_problem(query->response, 400, "the query parameter %s is there more than once",
                     parameter->name);
    return false;
}

bool query_integer(struct query *query, const char *name, int64_t min, int64_t max,
                   int64_t fallback, int64_t *value)
{
    struct parameter parameter = {.name = name};
    if (!parameter_find(query, &parameter))
        return false;
    if (parameter.value == NULL) {
        *value = fallback;
        return true;
    }
    if (integer_read(parameter.value, min, max, value) == INTEGER_OK)
        return true;
    response_problem(query->response, 400,
                     "the query parameter %s must be an integer from %" PRId64 " to %" PRId64, name,
                     min, max);
    return false;
}

bool query_text(struct query *query, const char *name, char *text, size_t size)
{
    struct parameter parameter = {.name = name};
    if (!parameter_find(query, &parameter))
        return false;
    if (parameter.value == NULL) {
        text[0] = '\0';
        return true;
    }
    if (parameter.value[0] == '\0') {
        response_problem(query->response, 400, "the query parameter %s has no value", name);
        return false;
    }
    if (strlen(parameter.value) >= size) {
        response_problem(query->response, 400, "the query parameter %s is longer than %zu bytes",
                         name, size - 1);
        return false;
    }
    memcpy(text, parameter.value, strlen(parameter.value) + 1);
    return true;
}

void query_answer(struct query *query, const struct codec_record *record, const void *data)
{
    query->response->status = 200;
    codec_encode(record, data, &query->response->body);
}

void query_not_found(struct query *query, const char *what)
{
    response_problem(query->response, 404, "no such %s", what);
}

void query_failed(struct query *query, const struct err *err)
{
    bool retry = err_class(err->code) == ERR_CLASS_RETRY;
    log_warn("query failed", LOG_S("error", err_name(err->code)), LOG_S("detail", err->text));
    if (retry)
        response_problem(query->response, 503,
                         "the database cannot be reached, or does not answer in time");
    else
        response_problem(query->response, 500, "the service could not answer this query");
}
