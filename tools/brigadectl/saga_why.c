/* Why an order is where it is: the first thing that hangs, and what to do about it.
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "management.h"
#include "saga.h"

enum { YOUNG_MS = 2000 }; /* an event younger than that is on its way */

struct answer {
    const char *verdict; /* for programs; NULL: not found yet */
    bool hangs;
    char why[600], what_to_do[400];
};

/* What is looked at, and the answer so far. */
struct inquiry {
    struct ctl *ctl;
    const struct saga *saga;
    struct answer answer;
    struct queue *queues;
    size_t queue_count;
    char blind[400]; /* why the queues could not be looked at; "" when they could */
};

#define ANSWER(inquiry, kind, is_fault, ...)                                                       \
    ((inquiry)->answer.verdict = (kind), (inquiry)->answer.hangs = (is_fault),                     \
     (void)snprintf((inquiry)->answer.why, sizeof(inquiry)->answer.why, __VA_ARGS__))
#define ADVICE(inquiry, ...)                                                                       \
    ((void)snprintf((inquiry)->answer.what_to_do, sizeof(inquiry)->answer.what_to_do, __VA_ARGS__))

static bool is_young(const struct saga *saga, int64_t since_ms)
{
    return saga->now_ms - since_ms < YOUNG_MS;
}

static void ask_parked(struct inquiry *inquiry)
{
    const struct saga *saga = inquiry->saga;
    for (size_t i = 0; i < saga->wait_count; i++) {
        const struct saga_wait *wait = &saga->waits[i];
        const char *name = parties[wait->party].name;
        if (!wait->parked)
            continue;
        ANSWER(inquiry, "parked", true, "%s has parked %s: %s", name, wait->type_name,
               wait->detail);
        ADVICE(inquiry, "remove the cause, then: brigadectl parked redrive %s %" PRId64, name,
               wait->row);
        return;
    }
}

static void ask_outbox(struct inquiry *inquiry, const struct saga_event *event)
{
    const char *name = parties[event->publisher].name;
    if (is_young(inquiry->saga, event->created_ms)) {
        ANSWER(inquiry, "under way", false, "%s has just put %s into its outbox", name,
               event->type_name);
        ADVICE(inquiry, "look again in a moment");
        return;
    }
    ANSWER(inquiry, "outbox", true,
           "%s is still in the outbox of %s: the service or its relay is down, or the broker is "
           "away or blocked",
           event->type_name, name);
    ADVICE(inquiry, "look at %s's /readyz and at the broker's alarms; brigadectl outbox ls", name);
}

/* The event is not there and not in the queue: no binding took it. Or we cannot know. */
static void ask_lost(struct inquiry *inquiry, const struct saga_event *event, const char *name)
{
    if (inquiry->blind[0] != '\0') {
        ANSWER(
            inquiry, "not taken", true,
            "%s was sent but %s has not taken it; whether it waits in %s.inbox is not known (%s)",
            event->type_name, name, name, inquiry->blind);
        ADVICE(inquiry, "set BRIGADE_MANAGEMENT_URL and ask again");
        return;
    }
    ANSWER(inquiry, "lost", true,
           "%s was sent, %s has not taken it, and %s.inbox is empty: it was lost (was a binding or "
           "the queue gone?)",
           event->type_name, name, name);
    ADVICE(inquiry,
           "brigadectl topology verify; brigadectl dead ls; then: brigadectl outbox replay");
}

static void ask_queue(struct inquiry *inquiry, const struct saga_event *event, size_t party)
{
    const char *name = parties[party].name;
    char inbox[64];
    (void)snprintf(inbox, sizeof inbox, "%s.inbox", name);
    const struct queue *queue = queue_find(inquiry->queues, inquiry->queue_count, inbox);
    if (is_young(inquiry->saga, event->sent_ms)) {
        ANSWER(inquiry, "under way", false, "%s is on its way to %s", event->type_name, name);
        ADVICE(inquiry, "look again in a moment");
    } else if (queue != NULL && queue->subscribers == 0) {
        ANSWER(inquiry, "queue", true,
               "%s waits in %s (%" PRId64
               " messages), and nobody subscribes: %s is down or cut off",
               event->type_name, inbox, queue->messages, name);
        ADVICE(inquiry, "start %s, or look at its log and /readyz", name);
    } else if (queue != NULL && queue->messages > 0) {
        ANSWER(inquiry, "queue", true,
               "%s waits in %s or in the hands of %s (%" PRId64 " messages, %" PRId64
               " of them delivered, %" PRId64 " subscribers)",
               event->type_name, inbox, name, queue->messages, queue->unacknowledged,
               queue->subscribers);
        ADVICE(inquiry,
               "is %s slow or stuck? See its log, its /readyz and the database's locks; if the "
               "queue drains and this stays: brigadectl outbox replay",
               name);
    } else {
        ask_lost(inquiry, event, name);
    }
}

/* The first event that is not where it should be. */
static void ask_events(struct inquiry *inquiry)
{
    const struct saga *saga = inquiry->saga;
    for (size_t i = 0; i < saga->event_count && inquiry->answer.verdict == NULL; i++) {
        const struct saga_event *event = &saga->events[i];
        if (event->sent_ms == 0) {
            ask_outbox(inquiry, event);
            continue;
        }
        for (size_t party = 0; party < PARTY_COUNT && inquiry->answer.verdict == NULL; party++) {
            if (saga_lacks(event, party))
                ask_queue(inquiry, event, party);
        }
    }
}

static void ask_deferred(struct inquiry *inquiry)
{
    const struct saga *saga = inquiry->saga;
    for (size_t i = 0; i < saga->wait_count; i++) {
        const struct saga_wait *wait = &saga->waits[i];
        const char *name = parties[wait->party].name;
        bool young = is_young(saga, wait->since_ms);
        char since[CLOCK_TEXT_SIZE];
        clock_format(wait->since_ms, since);
        if (wait->parked)
            continue;
        ANSWER(inquiry, young ? "under way" : "deferred", !young,
               "%s has %s since %s, and waits for its %s to be ready for it", name, wait->type_name,
               since, wait->detail);
        ADVICE(inquiry,
               "what should come before has not come; it is tried every few seconds, and parked "
               "after BRIGADE_DEFERRED_S (then: brigadectl parked redrive %s)",
               name);
        return;
    }
}

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
        if (type != EVENT_NONE && saga_event_of(saga, type, from_ms) != NULL)
            return true;
    }
    return false;
}

/* Every event got to everybody: who has not said what it should? */
static void ask_pending(struct inquiry *inquiry, const struct saga_state *order)
{
    char due[CLOCK_TEXT_SIZE];
    clock_format(order->due_ms, due);
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        const struct saga_event *asked = saga_event_of(inquiry->saga, expectations[i].asked, 0);
        if (strcmp(expectations[i].state, order->state) != 0 || asked == NULL ||
            has_answered(inquiry->saga, i, asked->created_ms))
            continue;
        ANSWER(inquiry, "deadline", inquiry->saga->now_ms > order->due_ms + YOUNG_MS,
               "%s has taken %s and not answered with %s; the order's deadline is %s",
               parties[expectations[i].party].name, asked->type_name,
               event_schemas[expectations[i].answers[0]].type, due);
        ADVICE(inquiry, "wait for the deadline; when it is over, look at the log of order");
        return;
    }
    ANSWER(inquiry, "deadline", inquiry->saga->now_ms > order->due_ms + YOUNG_MS,
           "the order is %s until its deadline, %s", order->state, due);
    ADVICE(inquiry, "wait for the deadline; when it is over, look at the log of order");
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

static void ask_states(struct inquiry *inquiry)
{
    const struct saga_state *order = saga_state_of(inquiry->saga, "order");
    const struct saga_state *ticket = saga_state_of(inquiry->saga, "ticket");
    if (order->due_ms > 0) {
        ask_pending(inquiry, order);
    } else if (strcmp(order->state, "APPROVED") == 0 && ticket != NULL) {
        ask_ticket(inquiry, ticket);
    } else if (strcmp(order->state, "APPROVED") == 0) {
        ANSWER(inquiry, "inconsistent", true, "the order is APPROVED and has no ticket");
        ADVICE(inquiry, "brigadectl audit");
    } else {
        ANSWER(inquiry, "ended", false, "nothing hangs: the order is %s%s%s", order->state,
               order->reason[0] != '\0' ? " because of " : "", order->reason);
        ADVICE(inquiry, "nothing");
    }
}

static void ask_all(struct inquiry *inquiry)
{
    if (saga_state_of(inquiry->saga, "order") == NULL) {
        ANSWER(inquiry, "unknown", true, "there is no order %" PRId32, inquiry->saga->order_id);
        ADVICE(inquiry, "check the number");
        return;
    }
    ask_parked(inquiry);
    if (inquiry->answer.verdict == NULL)
        ask_events(inquiry);
    if (inquiry->answer.verdict == NULL)
        ask_deferred(inquiry);
    if (inquiry->answer.verdict == NULL)
        ask_states(inquiry);
}

static void tell(struct output *output, const struct inquiry *inquiry)
{
    const struct saga_state *order = saga_state_of(inquiry->saga, "order");
    output_number(output, "order", inquiry->saga->order_id);
    output_fact(output, "state", order != NULL ? order->state : NULL);
    output_fact(output, "verdict", inquiry->answer.verdict);
    output_fact(output, "why", inquiry->answer.why);
    output_fact(output, "do", inquiry->answer.what_to_do);
    if (order != NULL && inquiry->saga->event_count == 0)
        output_note(output, "nothing is known any more of its events: they are kept for "
                            "BRIGADE_SENT_HOURS after they were sent");
}

enum err_code saga_why(struct ctl *ctl, bool *found, struct err *err)
{
    struct saga saga = {0};
    struct inquiry inquiry = {.ctl = ctl, .saga = &saga};
    struct err queues_err = {0};
    int64_t id;
    if (ctl_id(ctl->arguments.words[0], "order", INT32_MAX, &id, err) != ERR_OK)
        return err->code;
    enum err_code code = saga_load(ctl, (int32_t)id, &saga, err);
    if (code == ERR_OK) {
        if (management_queues(ctl, &inquiry.queues, &inquiry.queue_count, &queues_err) != ERR_OK)
            memcpy(inquiry.blind, queues_err.text, sizeof inquiry.blind);
        ask_all(&inquiry);
        tell(&ctl->output, &inquiry);
        *found = inquiry.answer.hangs;
    }
    free(inquiry.queues);
    saga_free(&saga);
    return code;
}
