/* The load generator's command line. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_LOAD_OPTIONS_H
#define BRIGADE_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "load_pool.h"

/* Texts are borrowed from argv. */
struct load_options {
    const char *urls[POOL_URLS_MAX];
    size_t url_count;
    const char *amqp_url, *queue, *requests, *mix;
    int64_t rate;      /* orders a second, planned; 0: closed loop */
    int64_t in_flight; /* closed loop: at most so many orders without their last outcome */
    int64_t connections;
    int64_t warm_up_s, seconds;
    int64_t orders; /* closed loop: end after so many; 0: after the seconds */
    bool burst;     /* open loop: the rate, ten times as much for 10 s, and the rate again */
};

/* ERR_CONFIG names the option that is wrong, missing or unknown. */
enum err_code load_options_read(struct load_options *options, int argc, char **argv,
                                struct err *err) MUST_CHECK;

extern const char load_usage[];

#endif
