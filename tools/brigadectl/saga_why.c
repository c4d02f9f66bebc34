/* Why an order is where it is: the first thing that hangs, and what to do about it.
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "saga_inquiry.h"

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

/* Whether it waits in the queue is not known. */
static void ask_blindly(struct inquiry *inquiry, const struct saga_event *event, const char *name)
{
    ANSWER(inquiry, "not taken", true,
           "%s was sent but %s has not taken it; whether it waits in %s.inbox is not known (%s)",
           event->type_name, name, name, inquiry->blind);
    ADVICE(inquiry, "set BRIGADE_MANAGEMENT_URL and ask again");
}

static void ask_under_way(struct inquiry *inquiry, const struct saga_event *event, const char *name)
{
    ANSWER(inquiry, "under way", false, "%s is on its way to %s", event->type_name, name);
    ADVICE(inquiry, "look again in some seconds");
}

/* The event is not there and not in the queue: dead, or no binding took it. */
static void ask_lost(struct inquiry *inquiry, const struct saga_event *event, const char *name,
                     bool inbox)
{
    char dead_name[64];
    (void)snprintf(dead_name, sizeof dead_name, "%s.inbox.dead", name);
    const struct queue *dead = queue_find(inquiry->queues, inquiry->queue_count, dead_name);
    if (dead != NULL && dead->messages > 0) {
        ANSWER(inquiry, "dead", true,
               "%s was sent, %s has not taken it, it is not in %s.inbox, and there are %" PRId64
               " messages in %s: it is one of them, or lost",
               event->type_name, name, name, dead->messages, dead_name);
        ADVICE(inquiry,
               "look at the log of %s for what ended it; then: brigadectl dead redrive %s; if this "
               "event stays away: brigadectl outbox replay",
               name, name);
        return;
    }
    ANSWER(inquiry, "lost", true,
           "%s was sent, %s has not taken it, and %s.inbox is %s: it was lost (was a binding or "
           "the queue gone?)",
           event->type_name, name, name, inbox ? "empty" : "missing");
    ADVICE(inquiry, "brigadectl topology verify%s; then: brigadectl outbox replay",
           inbox ? "" : ", topology apply");
}

static void ask_waiting(struct inquiry *inquiry, const struct saga_event *event, const char *name,
                        const struct queue *queue)
{
    if (queue->subscribers == 0) {
        ANSWER(inquiry, "queue", true,
               "%s waits in %s (%" PRId64
               " messages), and nobody subscribes: %s is down or cut off",
               event->type_name, queue->name, queue->messages, name);
        ADVICE(inquiry, "start %s, or look at its log and /readyz", name);
        return;
    }
    ANSWER(inquiry, "queue", true,
           "%s waits in %s or in the hands of %s (%" PRId64 " messages, %" PRId64
           " of them delivered, %" PRId64 " subscribers)",
           event->type_name, queue->name, name, queue->messages, queue->unacknowledged,
           queue->subscribers);
    ADVICE(inquiry,
           "is %s slow or stuck? See its log, its /readyz and the database's locks; if the "
           "queue drains and this stays: brigadectl outbox replay",
           name);
}

static void ask_queue(struct inquiry *inquiry, const struct saga_event *event, size_t party)
{
    const char *name = parties[party].name;
    char inbox[64];
    (void)snprintf(inbox, sizeof inbox, "%s.inbox", name);
    const struct queue *queue = queue_find(inquiry->queues, inquiry->queue_count, inbox);
    const bool empty = queue != NULL && queue->messages == 0;
    if (inquiry->saga->now_ms - event->sent_ms < (empty ? SURE_MS : YOUNG_MS))
        ask_under_way(inquiry, event, name);
    else if (inquiry->blind[0] != '\0')
        ask_blindly(inquiry, event, name);
    else if (queue != NULL && !empty)
        ask_waiting(inquiry, event, name, queue);
    else
        ask_lost(inquiry, event, name, queue != NULL);
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
        inquiry_ask_states(inquiry);
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
        code =
            saga_load_taken(ctl, &saga, err); /* again: what has left a queue meanwhile is here */
    }
    if (code == ERR_OK) {
        ask_all(&inquiry);
        tell(&ctl->output, &inquiry);
        *found = inquiry.answer.hangs;
    }
    free(inquiry.queues);
    saga_free(&saga);
    return code;
}
