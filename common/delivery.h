/* A delivery from the broker, made into work for the engine. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_DELIVERY_H
#define BRIGADE_DELIVERY_H

#include "bus.h"
#include "work.h"

/* Copy and decode a BUS_DELIVERY. What does not decode becomes work too: its envelope is NULL, its
 * reason says why. One that was delivered so often that it is suspicious (attempts.h) is left to be
 * decoded by the engine, which counts that first. The caller sets `done` and `context`, and frees
 * it with delivery_free. Never NULL. */
struct work *delivery_work(const struct bus_event *event, uint32_t connection);

/* Decode the message now, unless that was done. */
void delivery_decode(struct message *message);

void delivery_free(struct work *work);

#endif
