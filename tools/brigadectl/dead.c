/* Dead letters: how many there are, and back into the inbox with them. SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "ctl.h"
#include "envelope.h"
#include "management.h"

enum {
    IDLE_MS = 1000,     /* a queue that sends nothing for so long may be empty */
    STALLED_MS = 10000, /* one that is not empty and sends nothing for so long does not work */
    CONFIRM_MS = 10000, /* longest wait for a confirm */
};

static const struct column list_columns[] = {
    {.key = "service"}, {.key = "queue"}, {.key = "messages", .number = true}};

/* How many the broker says are in the queue; -1 when it is not there. */
static int64_t depth(const struct queue *queues, size_t count, const char *name)
{
    const struct queue *queue = queue_find(queues, count, name);
    return queue != NULL ? queue->messages : -1;
}

enum err_code dead_list(struct ctl *ctl, bool *found, struct err *err)
{
    struct table table = {.name = "dead", .columns = list_columns, .column_count = 3};
    struct queue *queues;
    size_t count;
    bool missing = false;
    if (management_queues(ctl, &queues, &count, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        char name[64], messages[24];
        (void)snprintf(name, sizeof name, "%s.inbox.dead", parties[i].name);
        int64_t number = depth(queues, count, name);
        (void)snprintf(messages, sizeof messages, "%" PRId64, number);
        table_row(&table,
                  (const char *const[]){parties[i].name, name, number < 0 ? NULL : messages});
        *found = *found || number != 0;
        missing = missing || number < 0;
    }
    output_table(&ctl->output, &table, NULL);
    if (missing)
        output_note(&ctl->output, "where no number is, there is no such queue: topology apply");
    free(queues);
    return ERR_OK;
}

struct redrive {
    struct bus *bus;
    char inbox[64], dead[64];
    int64_t left; /* in the dead-letter queue, when we last asked; -1: there is none */
    struct buf body;
};

static enum err_code was_cancelled(const struct redrive *redrive, struct err *err)
{
    return err_set(err, ERR_UNAVAILABLE, "the broker ended the subscription: was %s deleted?",
                   redrive->dead);
}

/* Wait until the broker has the message that was just published. */
static enum err_code await_confirm(const struct redrive *redrive, struct err *err)
{
    const int64_t until_ms = clock_monotonic_ms() + CONFIRM_MS;
    while (clock_monotonic_ms() < until_ms) {
        struct bus_event event;
        if (bus_next(redrive->bus, IDLE_MS, &event, err) != ERR_OK)
            return err->code;
        if (event.type == BUS_ACK)
            return ERR_OK;
        if (event.type == BUS_NACK)
            return err_set(err, ERR_UNAVAILABLE, "%s does not take messages now", redrive->inbox);
        if (event.type == BUS_RETURNED)
            return err_set(err, ERR_CONFIG, "there is no queue %s: topology apply", redrive->inbox);
        if (event.type == BUS_CANCELLED)
            return was_cancelled(redrive, err);
    }
    return err_set(err, ERR_TIMEOUT,
                   "the broker did not confirm within %d s (is it blocked? see its alarms)",
                   CONFIRM_MS / 1000);
}

/* With the properties that its publisher gave it; of what is no event only the id is known. */
static enum err_code move_one(struct redrive *redrive, const struct bus_event *event,
                              struct err *err)
{
    struct err ignored = {0};
    struct envelope envelope;
    char order[16] = "";
    const uint64_t tag = event->tag;
    struct bus_message message = {.exchange = "",
                                  .key = redrive->inbox,
                                  .id = event->id,
                                  .time_ms = clock_now_ms(),
                                  .mandatory = true};
    size_t length = event->length < BUS_BODY_BYTES_MAX ? event->length : BUS_BODY_BYTES_MAX;
    buf_clear(&redrive->body);
    buf_append(&redrive->body, event->body, length);
    message.body = buf_text(&redrive->body);
    message.length = length;
    if (envelope_decode(message.body, length, &envelope, &ignored) == ERR_OK) {
        const struct event_schema *schema = &event_schemas[envelope.type];
        if (schema->order_id_offset != SIZE_MAX)
            (void)snprintf(order, sizeof order, "%" PRId32, envelope.subject_id);
        message.type = schema->type;
        message.app_id = schema->publisher;
        message.correlation_id = order;
        message.traceparent = envelope.traceparent;
        message.time_ms = envelope.time_ms;
        envelope_release(&envelope);
    }
    if (bus_publish(redrive->bus, &message, err) != ERR_OK || await_confirm(redrive, err) != ERR_OK)
        return err->code;
    return bus_ack(redrive->bus, tag, false, err);
}

/* Nothing came for a while. Zero `left`: the queue is empty. */
static enum err_code ask_left(struct redrive *redrive, int64_t idle_ms, struct err *err)
{
    if (bus_queue_messages(redrive->bus, redrive->dead, &redrive->left, err) != ERR_OK)
        return err->code;
    if (redrive->left < 0)
        return was_cancelled(redrive, err);
    if (redrive->left > 0 && idle_ms >= STALLED_MS)
        return err_set(err, ERR_TIMEOUT, "%" PRId64 " messages are left in %s and do not come",
                       redrive->left, redrive->dead);
    return ERR_OK;
}

/* One at a time: with a prefetch of one nothing else comes before it is acknowledged. */
static enum err_code move_all(struct redrive *redrive, struct pace *pace, struct err *err)
{
    static const char name[] = "brigadectl";
    const struct bus_subscription subscription = {
        .queue = redrive->dead, .name = name, .prefetch = 1};
    struct bus_event event;
    int64_t idle_ms = 0;
    if (bus_confirm_select(redrive->bus, err) != ERR_OK ||
        bus_subscribe(redrive->bus, &subscription, err) != ERR_OK)
        return err->code;
    for (;;) {
        if (bus_next(redrive->bus, IDLE_MS, &event, err) != ERR_OK)
            return err->code;
        if (event.type == BUS_CANCELLED)
            return was_cancelled(redrive, err);
        if (event.type == BUS_NOTHING) {
            idle_ms += IDLE_MS;
            if (ask_left(redrive, idle_ms, err) != ERR_OK)
                return err->code;
            if (redrive->left == 0)
                return bus_unsubscribe(redrive->bus, name, err);
        }
        if (event.type != BUS_DELIVERY)
            continue;
        if (move_one(redrive, &event, err) != ERR_OK)
            return err->code;
        idle_ms = 0;
        pace_step(pace, 1);
    }
}

static enum err_code redrive_all(struct ctl *ctl, struct redrive *redrive, struct err *err)
{
    struct pace pace = {.rate = ctl->arguments.rate, .doing = "redriving"};
    if (move_all(redrive, &pace, err) != ERR_OK)
        return err_wrap(err, "%" PRId64 " were moved, then", pace.done);
    output_number(&ctl->output, "redriven", pace.done);
    output_number(&ctl->output, "left", redrive->left);
    return ERR_OK;
}

static enum err_code redrive_party(struct ctl *ctl, struct redrive *redrive, bool *found,
                                   struct err *err)
{
    size_t party;
    if (ctl_party(ctl->arguments.words[0], &party, err) != ERR_OK)
        return err->code;
    (void)snprintf(redrive->inbox, sizeof redrive->inbox, "%s.inbox", parties[party].name);
    (void)snprintf(redrive->dead, sizeof redrive->dead, "%s.inbox.dead", parties[party].name);
    if (ctl_bus(ctl, &redrive->bus, err) != ERR_OK ||
        bus_queue_messages(redrive->bus, redrive->dead, &redrive->left, err) != ERR_OK)
        return err->code;
    *found = redrive->left < 0;
    if (*found) {
        output_fact(&ctl->output, "missing", redrive->dead);
        output_note(&ctl->output, "there is no such queue: topology apply");
        return ERR_OK;
    }
    if ((ctl->arguments.options & OPTION_DRY_RUN) == 0)
        return redrive_all(ctl, redrive, err);
    output_number(&ctl->output, "would_redrive", redrive->left);
    return ERR_OK;
}

enum err_code dead_redrive(struct ctl *ctl, bool *found, struct err *err)
{
    struct redrive *redrive = mem_alloc(1, sizeof *redrive);
    enum err_code code = redrive_party(ctl, redrive, found, err);
    buf_free(&redrive->body);
    free(redrive);
    return code;
}
