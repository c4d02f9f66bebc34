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
    case REASON_REVISION_TIMED_OUT:
        return "it could not be confirmed in time";
    case REASON_CANCELLED_BY_CONSUMER:
        return "you asked for it";
    case REASON_TICKET_EXPIRED:
        return "the restaurant did not accept it in time";
    case REASON_PREPARATION_STARTED:
        return "the restaurant has begun to cook";
    case REASON_TICKET_CANCELLED:
        return "the restaurant does not cook it any more";
    case REASON_NONE:
    case REASON_COUNT:
        break;
    }
    return "we cannot say why";
}

/* "Your order 42" and what became of it. */
static struct notification begin(enum notification_kind kind, int32_t order_id, int32_t consumer_id,
                                 const char *outcome)
{
    struct notification made = {
        .kind = (int)kind, .consumer_id = consumer_id, .order_id = order_id};
    append(&made, "Your order ");
    append_number(&made, order_id, 1);
    append(&made, outcome);
    return made;
}

static void end_with_amount(struct notification *notification, int64_t amount_cents)
{
    append_money(notification, amount_cents);
    append(notification, ".");
}

static void end_with_reason(struct notification *notification, int reason)
{
    append(notification, explain((enum reason)reason));
    append(notification, ".");
}

static struct notification order_approved(const struct order_approved *order)
{
    struct notification made = begin(NOTIFICATION_KIND_ORDER_APPROVED, order->order_id,
                                     order->consumer_id, " is confirmed: ");
    end_with_amount(&made, order->order_total_cents);
    return made;
}

static struct notification order_rejected(const struct order_rejected *order)
{
    struct notification made = begin(NOTIFICATION_KIND_ORDER_REJECTED, order->order_id,
                                     order->consumer_id, " was rejected: ");
    end_with_reason(&made, order->reason);
    return made;
}

static struct notification order_cancelled(const struct order_cancelled *order)
{
    struct notification made = begin(NOTIFICATION_KIND_ORDER_CANCELLED, order->order_id,
                                     order->consumer_id, " is cancelled and costs nothing: ");
    end_with_reason(&made, order->reason);
    return made;
}

static struct notification
order_cancellation_rejected(const struct order_cancellation_rejected *order)
{
    struct notification made = begin(NOTIFICATION_KIND_ORDER_CANCELLATION_REJECTED, order->order_id,
                                     order->consumer_id, " cannot be cancelled any more: ");
    end_with_reason(&made, order->reason);
    return made;
}

static struct notification order_revised(const struct order_revised *order)
{
    struct notification made = begin(NOTIFICATION_KIND_ORDER_REVISED, order->order_id,
                                     order->consumer_id, " is changed, and costs now ");
    made.revision = order->revision;
    end_with_amount(&made, order->order_total_cents);
    return made;
}

static struct notification order_revision_rejected(const struct order_revision_rejected *order)
{
    struct notification made =
        begin(NOTIFICATION_KIND_ORDER_REVISION_REJECTED, order->order_id, order->consumer_id,
              " could not be changed and stays as it was: ");
    made.revision = order->revision;
    end_with_reason(&made, order->reason);
    return made;
}

static struct notification compose(const struct notification_input *in)
{
    switch (in->type) {
    case NOTIFICATION_INPUT_ORDER_APPROVED:
        return order_approved(in->approved);
    case NOTIFICATION_INPUT_ORDER_REJECTED:
        return order_rejected(in->rejected);
    case NOTIFICATION_INPUT_ORDER_CANCELLED:
        return order_cancelled(in->cancelled);
    case NOTIFICATION_INPUT_ORDER_CANCELLATION_REJECTED:
        return order_cancellation_rejected(in->cancellation_rejected);
    case NOTIFICATION_INPUT_ORDER_REVISED:
        return order_revised(in->revised);
    case NOTIFICATION_INPUT_ORDER_REVISION_REJECTED:
        return order_revision_rejected(in->revision_rejected);
    case NOTIFICATION_INPUT_COUNT:
        break;
    }
    return (struct notification){.kind = NOTIFICATION_KIND_NONE};
}

struct ruling notification_decide(struct notification *notification,
                                  const struct notification_input *in)
{
    if (notification->kind != NOTIFICATION_KIND_NONE)
        return rule_ignored();
    struct notification composed = compose(in);
    if (composed.kind == NOTIFICATION_KIND_NONE)
        return rule_refused("not an input of a notification");
    composed.head = notification->head;
    composed.created_at_ms = in->now_ms;
    *notification = composed;
    return rule_applied(EVENT_NONE);
}
