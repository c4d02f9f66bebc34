/* The rules of who may order: pure functions, no I/O, no clock. SPDX-License-Identifier: MIT */
#include "consumer.h"

static struct consumer_decision consumer_refused(const struct consumer *before, const char *refusal)
{
    return (struct consumer_decision){
        .verdict = VERDICT_ILLEGAL, .refusal = refusal, .after = *before};
}

static struct consumer_decision create(const struct consumer *before,
                                       const struct create_consumer_request *request)
{
    if (before->head.version != 0)
        return consumer_refused(before, "a consumer with this id was created before");
    struct consumer after = {
        .head = before->head,
        .has_name = request->has_name,
        .name = request->name,
        .has_order_limit = request->has_order_limit,
        .order_limit_cents = request->order_limit_cents,
    };
    return (struct consumer_decision){
        .verdict = VERDICT_APPLIED, .event = EVENT_CONSUMER_CREATED, .after = after};
}

struct consumer_decision consumer_decide(const struct consumer *before,
                                         const struct consumer_input *in)
{
    switch (in->type) {
    case CONSUMER_INPUT_CREATE:
        return create(before, in->request);
    case CONSUMER_INPUT_COUNT:
        break;
    }
    return consumer_refused(before, "not an input of a consumer");
}

/* What speaks against an order of the consumer: REASON_NONE when nothing does. */
static enum reason objection(const struct consumer *consumer, const struct order_created *order)
{
    if (consumer->head.version == 0)
        return REASON_CONSUMER_UNKNOWN;
    if (consumer->has_order_limit && order->order_total_cents > consumer->order_limit_cents)
        return REASON_ORDER_LIMIT_EXCEEDED;
    return REASON_NONE;
}

/* Once decided it stays so: what becomes of the consumer later changes nothing for this order. */
static struct verification_decision verify(const struct verification *before,
                                           const struct verification_input *in)
{
    if (before->state != VERIFICATION_STATE_NONE)
        return (struct verification_decision){.verdict = VERDICT_IGNORED, .after = *before};
    enum reason reason = objection(in->consumer, in->order);
    bool verified = reason == REASON_NONE;
    return (struct verification_decision){
        .verdict = VERDICT_APPLIED,
        .event = verified ? EVENT_CONSUMER_VERIFIED : EVENT_CONSUMER_VERIFICATION_FAILED,
        .after = {.head = before->head,
                  .state = verified ? VERIFICATION_STATE_VERIFIED : VERIFICATION_STATE_FAILED,
                  .reason = (int)reason,
                  .consumer_id = in->order->consumer_id},
    };
}

struct verification_decision verification_decide(const struct verification *before,
                                                 const struct verification_input *in)
{
    switch (in->type) {
    case VERIFICATION_INPUT_ORDER_CREATED:
        return verify(before, in);
    case VERIFICATION_INPUT_COUNT:
        break;
    }
    return (struct verification_decision){.refusal = "not an input of a verification",
                                          .after = *before};
}

void consumer_event(const struct consumer *after, enum event_type event, union event_data *out)
{
    if (event == EVENT_CONSUMER_CREATED)
        out->consumer_created = (struct consumer_created){
            .consumer_id = after->head.id,
            .has_name = after->has_name,
            .name = after->name,
            .has_order_limit = after->has_order_limit,
            .order_limit_cents = after->order_limit_cents,
        };
}

void verification_event(const struct verification *after, enum event_type event,
                        union event_data *out)
{
    if (event == EVENT_CONSUMER_VERIFIED)
        out->consumer_verified = (struct consumer_verified){
            .order_id = after->head.id,
            .consumer_id = after->consumer_id,
        };
    else if (event == EVENT_CONSUMER_VERIFICATION_FAILED)
        out->consumer_verification_failed = (struct consumer_verification_failed){
            .order_id = after->head.id,
            .consumer_id = after->consumer_id,
            .reason = after->reason,
        };
}
