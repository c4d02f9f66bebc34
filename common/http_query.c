/* GETs: their database connections, their parameters and their answers.
 *
 * A query runs on an HTTP thread and blocks it as long as the database takes, so there is a
 * connection for each thread at most. When the database is away, only one attempt a second waits
 * for it; the others are answered 503 at once. SPDX-License-Identifier: MIT */
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
    const char *url, *schema;
    char name[64];
    int64_t timeout_ms;
    pthread_mutex_t lock; /* of what follows */
    struct db **idle;     /* room for `size` */
    size_t size, idle_count;
    int64_t
        retry_at_ms; /* monotonic; the database was away when it was last asked for a connection */
};

struct query_pool *query_pool_new(const struct http_options *options)
{
    struct query_pool *pool = mem_alloc(1, sizeof *pool);
    pool->url = options->db_url;
    pool->schema = options->schema;
    pool->timeout_ms = options->db_timeout_ms;
    pool->size = (size_t)options->threads;
    pool->idle = mem_alloc(pool->size, sizeof *pool->idle);
    (void)snprintf(pool->name, sizeof pool->name, "brigade-%s-query", options->service);
    if (pthread_mutex_init(&pool->lock, NULL) != 0)
        abort();
    return pool;
}

void query_pool_free(struct query_pool *pool)
{
    for (size_t i = 0; i < pool->idle_count; i++)
        db_close(pool->idle[i]);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool->idle);
    free(pool);
}

/* NULL: the database is away, and it is not yet time to ask it again. */
static struct db *pool_take(struct query_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    bool away = clock_monotonic_ms() < pool->retry_at_ms;
    struct db *db = !away && pool->idle_count > 0 ? pool->idle[--pool->idle_count] : NULL;
    pthread_mutex_unlock(&pool->lock);
    if (away || db != NULL)
        return db;
    return db_new(pool->url, pool->name, pool->schema, pool->timeout_ms);
}

static void pool_put(struct query_pool *pool, struct db *db)
{
    pthread_mutex_lock(&pool->lock);
    bool kept = pool->idle_count < pool->size;
    if (kept)
        pool->idle[pool->idle_count++] = db;
    pthread_mutex_unlock(&pool->lock);
    if (!kept)
        db_close(db);
}

static void pool_retry_at(struct query_pool *pool, int64_t retry_at_ms)
{
    pthread_mutex_lock(&pool->lock);
    pool->retry_at_ms = retry_at_ms;
    pthread_mutex_unlock(&pool->lock);
}

/* Open the connection if need be. While this waits for a database that was away, others do not try.
 */
static enum err_code pool_open(struct query_pool *pool, struct db *db, struct err *err)
{
    if (db_is_open(db))
        return ERR_OK;
    pool_retry_at(pool, clock_monotonic_ms() + pool->timeout_ms);
    enum err_code code = db_ensure(db, err);
    pool_retry_at(pool, code == ERR_OK ? 0 : clock_monotonic_ms() + RETRY_AFTER_MS);
    return code;
}

void query_run(struct query_pool *pool, struct request *request)
{
    const struct route_match *match = &request->match;
    struct response *response = &request->response;
    struct db *db = pool_take(pool);
    if (db == NULL) {
        response_problem(response, 503, "the database cannot be reached");
        return;
    }
    struct query query = {
        .db = db, .id = match->id, .response = response, .connection = request->connection};
    struct err err = {0};
    if (pool_open(pool, db, &err) == ERR_OK)
        match->route->query(&query);
    else
        query_failed(&query, &err);
    pool_put(pool, db);
    if (response->status == 0)
        response_problem(response, 500, "the query gave no answer");
}

/* A parameter of the query string that is there at most once. */
struct parameter {
    const char *name;
    const char *value; /* NULL: absent */
    size_t length;
    unsigned count;
};

static enum MHD_Result take_argument(void *context, enum MHD_ValueKind kind, const char *name,
                                     size_t name_length, const char *value, size_t value_length)
{
    (void)kind;
    struct parameter *parameter = context;
    if (name_length != strlen(parameter->name) || strcmp(name, parameter->name) != 0)
        return MHD_YES;
    parameter->count++;
    parameter->value = value != NULL ? value : ""; /* "?name" without "=" */
    parameter->length = value != NULL ? value_length : 0;
    return MHD_YES;
}

/* The target's check has refused control characters, so no value has a NUL inside. */
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
    if (parameter.length >= size) {
        response_problem(query->response, 400, "the query parameter %s is longer than %zu bytes",
                         name, size - 1);
        return false;
    }
    memcpy(text, parameter.value != NULL ? parameter.value : "", parameter.length);
    text[parameter.length] = '\0';
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
