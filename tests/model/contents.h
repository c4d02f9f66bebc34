/* Events, interned by their type, subject, sequence and data: two messages with equal contents are
 * two items of the same number in the simulated broker.
 *
 * An event goes through the codec, as on the wire, so each one that a service publishes is known to
 * decode, or to be refused. Its sequence is abstracted like the version that it is (values.h).
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_CONTENTS_H
#define BRIGADE_MODEL_CONTENTS_H

#include <stdint.h>

#include "schemas.h"
#include "services.h"

enum { CONTENTS_MAX = 1024 };

struct content {
    enum event_type type;
    int32_t subject_id;
    int32_t sequence;
    int order;        /* its number in the world, from 1; 0: it is about no order */
    const char *text; /* the data as JSON */
    void *data;       /* decoded again: a union event_data */
    bool refused;     /* its schema does not allow what it says */
    uint16_t
        inputs[SERVICES_COUNT]; /* what it is to each subscriber (input.h); 0: not subscribed */
};

/* The number of an event, from 1. */
uint16_t content_put(enum event_type type, int32_t subject_id, int32_t sequence,
                     const void *data) MUST_CHECK;

struct content *content_at(uint16_t number) MUST_CHECK;

#endif
