/* The rules of who may order: pure functions, no I/O, no clock. SPDX-License-Identifier: MIT */
#include "consumer.h"

static struct ruling create(struct consumer *consumer,
                            const struct create_consumer_request *request)
{
    if (consumer->head.version != 0)
        return rule_refused("a consumer with this id was created before");
    consumer->has_name = request->has_name;
    consumer->name = request->name;
    consumer->has_order_limit = request->has_order_limit;
    consumer->order_limit_cents = request->order_limit_cents;
    return rule_applied(EVENT_CONSUMER_CREATED);
}

struct ruling consumer_decide(struct consumer *consumer, const struct consumer_input *in)
{
    switch (in->type) {
    case CONSUMER_INPUT_CREATE:
        return create(consumer, in->request);
    case CONSUMER_INPUT_COUNT:
        break;
    }
    return rule_refused("not an input of a consumer");
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
static struct ruling verify(struct verification *verification, const struct verification_input *in)
{
    if (verification->state != VERIFICATION_STATE_NONE)
        return rule_ignored();
    verification->consumer_id = in->order->consumer_id;
    verification->reason = (int)objection(in->consumer, in->order);
    if (verification->reason != REASON_NONE) {
        verification->state = VERIFICATION_STATE_FAILED;
        return rule_applied(EVENT_CONSUMER_VERIFICATION_FAILED);
    }
    verification->state = VERIFICATION_STATE_VERIFIED;
    return rule_applied(EVENT_CONSUMER_VERIFIED);
}

struct ruling verification_decide(struct verification *verification,
                                  const struct verification_input *in)
{
    switch (in->type) {
    case VERIFICATION_INPUT_ORDER_CREATED:
        return verify(verification, in);
    case VERIFICATION_INPUT_COUNT:
        break;
    }
    return rule_refused("not an input of a verification");
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
