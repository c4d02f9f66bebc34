/* What must be true: of every step, of every state of the world, and of a world at rest, where no
 * message can move anything any more. Each function returns the rule that is broken, as a sentence
 * for people, or NULL. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_INVARIANTS_H
#define BRIGADE_MODEL_INVARIANTS_H

#include "world.h"

const char *invariants_of_step(const struct reaction *reaction) MUST_CHECK;

/* A part of it: what must be refused. */
const char *invariants_of_refusal(const struct reaction *reaction) MUST_CHECK;

/* Looked up after the first time for equal aggregates. */
const char *invariants_of_world(const struct world *world, bool at_rest) MUST_CHECK;

#endif
