/* What one round of the limit's work is, read from a file that limit_workload.py writes.
 *
 * A round is all that some hundred real orders have caused: the messages of each publishing
 * service as the bytes of their AMQP frames, how many of them each inbox gets, and the rows that
 * each service has written, as parameters of set-based statements. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_TESTS_LIMIT_WORKLOAD_H
#define BRIGADE_TESTS_LIMIT_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum { LIMIT_NAME_SIZE = 64, LIMIT_URL_SIZE = 256 };

/* The messages that one service publishes in a round. */
struct limit_publishes {
    char service[LIMIT_NAME_SIZE], url[LIMIT_URL_SIZE];
    char *frames;   /* of all messages, one after the other, on channel 1 */
    size_t *starts; /* of each message, and one more: where the last one ends */
    size_t message_count;
};

struct limit_deliveries {
    char queue[LIMIT_NAME_SIZE], url[LIMIT_URL_SIZE];
    size_t message_count; /* of a round */
};

/* A place in a parameter that is another one in each round, so that keys are fresh. */
struct limit_key {
    size_t offset;
    size_t width;
    bool hex; /* `width` lower-case hex digits; else a big-endian number of `width` bytes */
    uint64_t value, step;
};

struct limit_parameter {
    char *bytes;
    size_t length;
    struct limit_key *keys;
    size_t key_count;
};

/* An INSERT (COPY, with its data as the only parameter), UPDATE or DELETE of many rows. */
struct limit_statement {
    char *sql;
    bool copy;
    int64_t lag;       /* it is about the rows of so many rounds before */
    int64_t row_count; /* that it changes */
    struct limit_parameter *parameters;
    size_t parameter_count;
};

/* What one service writes in a round: a transaction. */
struct limit_writes {
    char service[LIMIT_NAME_SIZE];
    struct limit_statement *statements;
    size_t statement_count;
};

struct limit_workload {
    int64_t orders; /* of a round */
    struct limit_publishes *publishes;
    size_t publishes_count;
    struct limit_deliveries *deliveries;
    size_t deliveries_count;
    struct limit_writes *writes;
    size_t writes_count;
};

/* Read the file into `workload`, which starts as {0} and is freed in any case. ERR_CONFIG names
 * what is wrong with it. */
enum err_code limit_workload_read(struct limit_workload *workload, const char *path,
                                  struct err *err) MUST_CHECK;
void limit_workload_free(struct limit_workload *workload);

/* Make the keys of a parameter those of its next round. */
void limit_parameter_advance(struct limit_parameter *parameter);

#endif
