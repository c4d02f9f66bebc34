/* What happens, as text for people: one line for each step. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_STORY_H
#define BRIGADE_MODEL_STORY_H

#include "buf.h"
#include "world.h"

/* Append a line: who does what in this world, what changes, what is published. */
void story_tell(const struct world *world, struct action action, struct buf *out);

/* Append how things stand: the states of all aggregates, and what waits. */
void story_tell_world(const struct world *world, struct buf *out);

#endif
