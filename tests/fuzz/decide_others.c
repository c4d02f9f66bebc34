/* Consumers, verifications and notifications. SPDX-License-Identifier: MIT */
#include "consumer.h"
#include "deciding.h"
#include "notifier.h"

static bool consumer_once(const void *before, const void *in, struct buf *out)
{
    union event_data data;
    struct consumer after;
    spoiled_copy(&consumer_kind, &after, before);
    const struct ruling ruling = consumer_decide(&after, in);
    data_spoil(&data);
    consumer_event(&after, ruling.event, &data);
    return decided_check(&(struct decided){.kind = &consumer_kind,
                                           .service = "consumer",
                                           .ruling = &ruling,
                                           .before = before,
                                           .after = &after,
                                           .data = &data},
                         out);
}

static bool run_consumer(struct bytes *bytes, int input_type)
{
    struct consumer before;
    struct create_consumer_request request;
    fill_kind(&consumer_kind, &before, bytes);
    fill_record(&create_consumer_request_record, &request, bytes);
    const struct consumer_input in = {.type = (enum consumer_input_type)input_type,
                                      .request = &request};
    return decide_twice(consumer_once, &before, &in);
}
const struct subject consumer_subject = {"consumer", CONSUMER_INPUT_COUNT, run_consumer};

static bool verification_once(const void *before, const void *in, struct buf *out)
{
    union event_data data;
    struct verification after;
    spoiled_copy(&verification_kind, &after, before);
    const struct ruling ruling = verification_decide(&after, in);
    data_spoil(&data);
    verification_event(&after, ruling.event, &data);
    return decided_check(&(struct decided){.kind = &verification_kind,
                                           .service = "consumer",
                                           .ruling = &ruling,
                                           .before = before,
                                           .after = &after,
                                           .data = &data},
                         out);
}

static bool run_verification(struct bytes *bytes, int input_type)
{
    struct verification before;
    struct consumer consumer;
    struct order_created order;
    fill_kind(&verification_kind, &before, bytes);
    fill_kind(&consumer_kind, &consumer, bytes);
    fill_record(&order_created_record, &order, bytes);
    const struct verification_input in = {
        .type = (enum verification_input_type)input_type, .order = &order, .consumer = &consumer};
    return decide_twice(verification_once, &before, &in);
}
const struct subject verification_subject = {"verification", VERIFICATION_INPUT_COUNT,
                                             run_verification};

static bool notification_once(const void *before, const void *in, struct buf *out)
{
    struct notification after;
    spoiled_copy(&notification_kind, &after, before);
    const struct ruling ruling = notification_decide(&after, in);
    return decided_check(&(struct decided){.kind = &notification_kind,
                                           .service = "notifier",
                                           .ruling = &ruling,
                                           .before = before,
                                           .after = &after},
                         out);
}

/* The event that each type of input points at. */
static const struct codec_record *const told[NOTIFICATION_INPUT_COUNT + 1] = {
    [NOTIFICATION_INPUT_ORDER_APPROVED] = &order_approved_record,
    [NOTIFICATION_INPUT_ORDER_REJECTED] = &order_rejected_record,
    [NOTIFICATION_INPUT_ORDER_CANCELLED] = &order_cancelled_record,
    [NOTIFICATION_INPUT_ORDER_CANCELLATION_REJECTED] = &order_cancellation_rejected_record,
    [NOTIFICATION_INPUT_ORDER_REVISED] = &order_revised_record,
    [NOTIFICATION_INPUT_ORDER_REVISION_REJECTED] = &order_revision_rejected_record,
    [NOTIFICATION_INPUT_COUNT] = &order_approved_record,
};

static bool run_notification(struct bytes *bytes, int input_type)
{
    struct notification before;
    union event_data event;
    fill_kind(&notification_kind, &before, bytes);
    fill_record(told[input_type], &event, bytes);
    const struct notification_input in = {.type = (enum notification_input_type)input_type,
                                          .now_ms = take_now_ms(bytes),
                                          .approved = &event.order_approved};
    return decide_twice(notification_once, &before, &in);
}
const struct subject notification_subject = {"notification", NOTIFICATION_INPUT_COUNT,
                                             run_notification};
