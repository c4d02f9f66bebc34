/* When every message has got where it should be: what the states say of an order.
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "saga_inquiry.h"

enum { SKEW_MS = 5000 }; /* how much the services' clocks may differ */

/* Who has to say what while an order is pending: one of these types, after the event that asked. */
static const struct {
    const char *state;
    enum event_type asked;
    size_t party;
    enum event_type answers[3];
} expectations[] = {
    {"APPROVAL_PENDING",
     EVENT_ORDER_CREATED,
     PARTY_CONSUMER,
     {EVENT_CONSUMER_VERIFIED, EVENT_CONSUMER_VERIFICATION_FAILED, EVENT_NONE}},
    {"APPROVAL_PENDING",
     EVENT_ORDER_CREATED,
     PARTY_KITCHEN,
     {EVENT_TICKET_CREATED, EVENT_TICKET_CREATION_FAILED, EVENT_TICKET_CREATION_REJECTED}},
    {"APPROVAL_PENDING",
     EVENT_ORDER_CREATED,
     PARTY_ACCOUNTING,
     {EVENT_CREDIT_CARD_AUTHORIZED, EVENT_CREDIT_CARD_AUTHORIZATION_FAILED, EVENT_NONE}},
    {"CANCEL_PENDING",
     EVENT_ORDER_CANCEL_REQUESTED,
     PARTY_KITCHEN,
     {EVENT_TICKET_CANCELLED, EVENT_TICKET_CANCELLATION_REJECTED, EVENT_NONE}},
    {"CANCEL_PENDING",
     EVENT_ORDER_CANCEL_REQUESTED,
     PARTY_ACCOUNTING,
     {EVENT_CREDIT_CARD_AUTHORIZATION_REVERSED, EVENT_NONE, EVENT_NONE}},
    {"REVISION_PENDING",
     EVENT_ORDER_REVISION_PROPOSED,
     PARTY_KITCHEN,
     {EVENT_TICKET_REVISION_PROPOSED, EVENT_TICKET_REVISION_REJECTED, EVENT_NONE}},
    {"REVISION_PENDING",
     EVENT_ORDER_REVISION_PROPOSED,
     PARTY_ACCOUNTING,
     {EVENT_CREDIT_CARD_AUTHORIZATION_REVISED, EVENT_CREDIT_CARD_AUTHORIZATION_REVISION_FAILED,
      EVENT_NONE}},
};

static bool has_answered(const struct saga *saga, size_t which, int64_t from_ms)
{
    for (size_t i = 0; i < 3; i++) {
        enum event_type type = expectations[which].answers[i];
        if (type != EVENT_NONE && saga_event_of(saga, type, from_ms - SKEW_MS) != NULL)
            return true;
    }
    return false;
}

/* Is its deadline over, or was its cancellation, which has no last deadline, asked for again? */
static bool is_stuck(const struct inquiry *inquiry, const struct saga_state *order)
{
    return inquiry->saga->now_ms > order->due_ms + YOUNG_MS || order->cancel_requests > 1;
}

static void advise_pending(struct inquiry *inquiry, const struct saga_state *order)
{
    if (order->cancel_requests > 1)
        ADVICE(inquiry,
               "the cancellation was asked for %" PRId32 " times: look at the logs of kitchen and "
               "accounting; it is asked for again at each deadline",
               order->cancel_requests);
    else
        ADVICE(inquiry, "wait for the deadline; when it is over, look at the log of order");
}

/* Every event got to everybody: who has not said what it should? */
static void ask_pending(struct inquiry *inquiry, const struct saga_state *order)
{
    char due[CLOCK_TEXT_SIZE];
    clock_format(order->due_ms, due);
    advise_pending(inquiry, order);
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        const struct saga_event *asked = saga_event_of(inquiry->saga, expectations[i].asked, 0);
        if (strcmp(expectations[i].state, order->state) != 0 || asked == NULL ||
            has_answered(inquiry->saga, i, asked->created_ms))
            continue;
        ANSWER(inquiry, "deadline", is_stuck(inquiry, order),
               "%s has taken %s and not answered with %s; the order's deadline is %s",
               parties[expectations[i].party].name, asked->type_name,
               event_schemas[expectations[i].answers[0]].type, due);
        return;
    }
    ANSWER(inquiry, "deadline", is_stuck(inquiry, order), "the order is %s until its deadline, %s",
           order->state, due);
}

/* As the invariants ticket_agrees and authorization_agrees of the audit have it. */
static const struct {
    const char *order, *aggregate, *agreeing[5];
} agreements[] = {
    {"APPROVED",
     "ticket",
     {"AWAITING_ACCEPTANCE", "ACCEPTED", "PREPARING", "READY_FOR_PICKUP", "PICKED_UP"}},
    {"CANCELLED", "ticket", {"CANCELLED"}},
    {"REJECTED", "ticket", {"CREATE_REJECTED", "CANCELLED"}},
    {"APPROVED", "authorization", {"AUTHORIZED"}},
    {"CANCELLED", "authorization", {"REVERSED"}},
    {"REJECTED", "authorization", {"FAILED", "VOIDED", "REVERSED"}},
};

static bool agrees(size_t which, const char *state)
{
    for (size_t i = 0; i < 5 && agreements[which].agreeing[i] != NULL; i++) {
        if (strcmp(agreements[which].agreeing[i], state) == 0)
            return true;
    }
    return false;
}

static bool moved_lately(const struct saga *saga)
{
    for (size_t i = 0; i < saga->event_count; i++) {
        const struct saga_event *event = &saga->events[i];
        if (saga->now_ms - event->created_ms < SURE_MS || saga->now_ms - event->sent_ms < SURE_MS)
            return true;
        for (size_t party = 0; party < PARTY_COUNT; party++) {
            if (saga->now_ms - event->received_ms[party] < SURE_MS)
                return true;
        }
    }
    return false;
}

/* An order that has come to rest, and another service that sees it otherwise. */
static void ask_agreement(struct inquiry *inquiry, const struct saga_state *order)
{
    const struct saga *saga = inquiry->saga;
    for (size_t i = 0; i < sizeof agreements / sizeof agreements[0]; i++) {
        const struct saga_state *other = saga_state_of(saga, agreements[i].aggregate);
        const char *state = other != NULL ? other->state : "not there";
        const bool young = moved_lately(saga);
        if (strcmp(agreements[i].order, order->state) != 0 || agrees(i, state))
            continue;
        ANSWER(inquiry, young ? "under way" : "inconsistent", !young,
               "the order is %s and its %s is %s", order->state, agreements[i].aggregate, state);
        if (young)
            ADVICE(inquiry, "look again in some seconds");
        else
            ADVICE(inquiry,
                   "brigadectl audit; the logs of order and of the service that has the %s",
                   agreements[i].aggregate);
        return;
    }
}

static void ask_ticket(struct inquiry *inquiry, const struct saga_state *ticket)
{
    char due[CLOCK_TEXT_SIZE];
    clock_format(ticket->due_ms, due);
    if (ticket->due_ms > 0)
        ANSWER(inquiry, "restaurant", false,
               "nothing hangs: the restaurant has until %s to accept the ticket", due);
    else if (strcmp(ticket->state, "PICKED_UP") == 0)
        ANSWER(inquiry, "ended", false, "nothing hangs: the order was picked up");
    else
        ANSWER(inquiry, "restaurant", false,
               "nothing hangs: the ticket is %s, the restaurant has the next word", ticket->state);
    ADVICE(inquiry, "nothing");
}

void inquiry_ask_states(struct inquiry *inquiry)
{
    const struct saga_state *order = saga_state_of(inquiry->saga, "order");
    if (order->due_ms > 0) {
        ask_pending(inquiry, order);
        return;
    }
    ask_agreement(inquiry, order);
    if (inquiry->answer.verdict != NULL)
        return;
    if (strcmp(order->state, "APPROVED") == 0) {
        ask_ticket(inquiry, saga_state_of(inquiry->saga, "ticket"));
        return;
    }
    ANSWER(inquiry, "ended", false, "nothing hangs: the order is %s%s%s", order->state,
           order->reason[0] != '\0' ? " because of " : "", order->reason);
    ADVICE(inquiry, "nothing");
}
