/* Carrying out a ruling: made of the other parts of step.h, so the model checker has it too.
 * SPDX-License-Identifier: MIT */
#include "step.h"

enum outcome step_settle(struct step *step, const struct kind *kind, const void *after,
                         const struct ruling *ruling, const union event_data *data)
{
    int32_t id = ((const struct aggregate *)after)->id;
    switch (ruling->verdict) {
    case VERDICT_APPLIED:
        break;
    case VERDICT_IGNORED:
        return OUTCOME_IGNORED;
    case VERDICT_DEFERRED:
        return step_defer(step, kind, id);
    case VERDICT_ILLEGAL:
        return step_refuse(step, 409, "%s", ruling->refusal);
    }
    int32_t version = step_put(step, kind, after);
    if (ruling->event != EVENT_NONE)
        step_publish(step, ruling->event, id, version, data);
    return OUTCOME_APPLIED;
}
