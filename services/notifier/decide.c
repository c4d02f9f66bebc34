/* What a customer is told: pure functions, no I/O, no clock. SPDX-License-Identifier: MIT */
#include "notifier.h"

#include <string.h>

/* Append `more`, unless it does not fit: all texts here are far shorter than the cap. */
static void append(struct notification *notification, const char *more)
{
    size_t length = strlen(notification->text), extra = strlen(more);
    if (length + extra < sizeof notification->text)
        memcpy(notification->text + length, more, extra + 1);
}

/* Append a number that is not negative, with at least `digits_min` digits. */
static void append_number(struct notification *notification, int64_t number, int digits_min)
{
    char digits[24] = {0};
    char *first = digits + sizeof digits - 1;
    for (int written = 0; number > 0 || written < digits_min; written++) {
        *--first = (char)('0' + number % 10);
        number /= 10;
    }
    append(notification, first);
}

static void append_money(struct notification *notification, int64_t amount_cents)
{
    append_number(notification, amount_cents / 100, 1);
    append(notification, ".");
    append_number(notification, amount_cents % 100, 2);
}

static const char *explain(enum reason reason)
{
    switch (reason) {
    case REASON_CONSUMER_UNKNOWN:
        return "we do not know the customer";
    case REASON_ORDER_LIMIT_EXCEEDED:
        return "it costs more than your limit for one order";
    case REASON_RESTAURANT_UNKNOWN:
        return "we do not know the restaurant";
    case REASON_RESTAURANT_CLOSED:
        return "the restaurant is closed";
    case REASON_MENU_ITEM_UNKNOWN:
        return "a dish is no longer on the menu";
    case REASON_CARD_DECLINED:
        return "the card was declined";
    case REASON_ACCOUNT_DISABLED:
        return "your account is disabled";
    case REASON_APPROVAL_TIMED_OUT:
        return "it could not be confirmed in time";
    case REASON_NONE:
    case REASON_COUNT:
        break;
    }
    return "we cannot say why";
}

static void begin_text(struct notification *notification, const char *outcome)
{
    append(notification, "Your order ");
    append_number(notification, notification->order_id, 1);
    append(notification, outcome);
}

static struct notification order_approved(const struct order_approved *order)
{
    struct notification made = {
        .kind = NOTIFICATION_KIND_ORDER_APPROVED,
        .consumer_id = order->consumer_id,
        .order_id = order->order_id,
    };
    begin_text(&made, " is confirmed: ");
    append_money(&made, order->order_total_cents);
    append(&made, ".");
    return made;
}

static struct notification order_rejected(const struct order_rejected *order)
{
    struct notification made = {
        .kind = NOTIFICATION_KIND_ORDER_REJECTED,
        .consumer_id = order->consumer_id,
        .order_id = order->order_id,
    };
    begin_text(&made, " was rejected: ");
    append(&made, explain((enum reason)order->reason));
    append(&made, ".");
    return made;
}

static struct notification compose(const struct notification_input *in)
{
    switch (in->type) {
    case NOTIFICATION_INPUT_ORDER_APPROVED:
        return order_approved(in->approved);
    case NOTIFICATION_INPUT_ORDER_REJECTED:
        return order_rejected(in->rejected);
    case NOTIFICATION_INPUT_COUNT:
        break;
    }
    return (struct notification){.kind = NOTIFICATION_KIND_NONE};
}

struct notification_decision notification_decide(const struct notification *before,
                                                 const struct notification_input *in)
{
    if (before->kind != NOTIFICATION_KIND_NONE)
        return (struct notification_decision){.verdict = VERDICT_IGNORED, .after = *before};
    struct notification after = compose(in);
    if (after.kind == NOTIFICATION_KIND_NONE)
        return (struct notification_decision){.refusal = "not an input of a notification",
                                              .after = *before};
    after.head = before->head;
    after.created_at_ms = in->now_ms;
    return (struct notification_decision){.verdict = VERDICT_APPLIED, .after = after};
}
