/* Everything that a service can be asked to decide, as one numbered list: events for their
 * subscribers, commands from outside, timers. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_INPUTS_H
#define BRIGADE_MODEL_INPUTS_H

#include <stdint.h>

#include "services.h"
#include "values.h"

enum { INPUTS_MAX = 4096 };

enum input_type { INPUT_EVENT, INPUT_COMMAND, INPUT_TIMER };

struct model_input {
    enum input_type type;
    int service;
    int order;              /* which order it is about, from 1; 0: none */
    const char *name;       /* "OrderCreated", "POST /orders/11/cancel", "its timer" */
    const char *short_name; /* "POST cancel"; of an event the same */
    step_handler *handle;
    struct input input;
    uint16_t content; /* EVENT */
    enum role role;   /* TIMER: of which aggregate */
};

/* The number of an input, from 1; 0 when the service does not subscribe to the event. */
uint16_t input_of_event(int service, uint16_t content) MUST_CHECK;
uint16_t input_of_timer(int service, size_t timer, int order) MUST_CHECK;

/* `path` is the route's; {id} in it stands for the order's or ticket's id, or without an order for
 * that of the consumer or restaurant. `body` is JSON; NULL for none. The text that
 * it is called by in stories is `title`. */
struct command_text {
    const char *service, *method, *path, *body, *title;
};
uint16_t input_of_command(const struct command_text *command, int order) MUST_CHECK;

const struct model_input *input_at(uint16_t number) MUST_CHECK;
uint16_t input_count(void) MUST_CHECK;

#endif
