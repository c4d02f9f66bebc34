/* HTTP/1.1 from one thread: keep-alive connections to the processes of one service, without
 * waiting for any of them. They are opened as they are needed, up to a cap.
 *
 * Knows as much of HTTP as the services' answers need: a status line, Content-Length, Connection.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_LOAD_POOL_H
#define BRIGADE_LOAD_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum {
    POOL_URLS_MAX = 8,
    POOL_CONNECTIONS_MAX = 900, /* below the usual limit of 1,024 open files */
};

struct pool;

/* `urls` are like http://127.0.0.1:8082, and are taken in turn; each gets the same share of
 * `connections_max`. ERR_CONFIG names a URL that is of another form. Opens nothing yet. */
enum err_code pool_new(const char *const *urls, size_t url_count, size_t connections_max,
                       struct pool **out, struct err *err) MUST_CHECK;
void pool_free(struct pool *pool); /* closes all; NULL is fine */

/* Let pool_wait return also when this descriptor is readable. */
void pool_watch(struct pool *pool, int fd);

/* Is there a connection for one more request? */
bool pool_has_room(const struct pool *pool);

/* Send POST `path` with an Idempotency-Key of its own and this body ("": none). Only when
 * pool_has_room. Its answer will have this `tag`. */
void pool_post(struct pool *pool, const char *path, const char *body, uint64_t tag);

struct pool_answer {
    uint64_t tag;
    int status;       /* 0: the connection failed before the answer was complete */
    const char *body; /* NUL-terminated; valid until the next pool_ call */
};

/* Wait until there is something to read, up to `timeout_us`. */
void pool_wait(struct pool *pool, int64_t timeout_us);

/* The next answer among what pool_wait has found; false: no more. */
bool pool_next(struct pool *pool, struct pool_answer *answer);

size_t pool_open_connections(const struct pool *pool);

#endif
