/* The step API of common/step.h over the model's values: runs one handler as the engine does, first
 * with nothing loaded, then again with what it asked for. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_STEP_H
#define BRIGADE_MODEL_STEP_H

#include "reaction.h"

/* Run the handler of `reaction->input` on the values `reaction->before` and fill in what comes of
 * it, but for `broken`. `disguise` is added to every version and sequence that the model abstracts
 * from: it must make no difference. `now_ms`: the clock. */
void step_decide(struct reaction *reaction, int32_t disguise, int64_t now_ms);

#endif
