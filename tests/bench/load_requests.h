/* The orders that may be placed: bodies of POST /orders, made beforehand for consumers and
 * restaurants that exist. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_LOAD_REQUESTS_H
#define BRIGADE_LOAD_REQUESTS_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* What is to become of an order. */
enum order_kind {
    KIND_APPROVED,
    KIND_DECLINED,  /* by the card */
    KIND_CANCELLED, /* by us, as soon as it is approved */
    KIND_COUNT,
};
extern const char *const kind_names[KIND_COUNT];

struct requests {
    char *text; /* the file; the bodies point into it */
    struct {
        const char **bodies;
        size_t count;
    } kinds[KIND_COUNT];
    unsigned weights[KIND_COUNT], weight_sum;
    uint64_t kind_random, body_random; /* one each: when a body is drawn depends on the load */
};

/* Read a file of lines "KIND BODY", and a mix like "approved=90,declined=5,cancelled=5", whose
 * numbers are weights. ERR_CONFIG names what is wrong: the file's line, the mix, or a kind of the
 * mix of which the file has none. The caller frees with requests_free, also after an error. */
enum err_code requests_load(struct requests *requests, const char *path, const char *mix,
                            struct err *err) MUST_CHECK;
void requests_free(struct requests *requests);

/* The kind and the body of the next order, by chance; the same ones in each run. */
enum order_kind requests_next_kind(struct requests *requests);
const char *requests_next_body(struct requests *requests, enum order_kind kind);

#endif
