/* One round of the relay: a window of rows from the outbox to the broker, and away once they are
 * safe.
 *
 * A row that the broker refuses or returns stays, and is published again in a later round; rows
 * behind it may be deleted before. And a row that commits late may be found only by the next look
 * at all rows. So its aggregate's later events may overtake it: at least once is kept, order then
 * is not, and subscribers defer what comes too early. SPDX-License-Identifier:
 * MIT */
#include "relay_internal.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "failpoint.h"
#include "log.h"
#include "metrics.h"

enum {
    CONFIRMS_MS = 10000, /* a broker that confirms nothing for so long is taken for lost */
    STEP_MS = 200,       /* how often a wait looks if the relay is to stop */
    EVENTS_EVERY = 32,   /* messages published between two looks at what the broker says */
    ASIDE_MS = 5000,     /* how long returned rows are left alone */
    WARN_EVERY_MS = 10000,
};

static const struct db_statement read_outbox = {
    "relay_read", "SELECT id, event_id, type, correlation, traceparent, "
                  "(extract(epoch FROM created_at) * 1000)::bigint, body "
                  "FROM outbox WHERE id > $3::bigint AND id <> ALL ($2::bigint[]) "
                  "ORDER BY id LIMIT $1::bigint"};
static const struct db_statement archive_outbox = {
    "relay_archive", "WITH gone AS (DELETE FROM outbox WHERE id = ANY ($1::bigint[]) RETURNING *) "
                     "INSERT INTO sent SELECT id, event_id, type, subject_id, sequence, "
                     "correlation, traceparent, body, created_at FROM gone"};
static const struct db_statement delete_outbox = {
    "relay_delete", "DELETE FROM outbox WHERE id = ANY ($1::bigint[])"};

static struct metric sent = {METRIC_COUNTER, "messaging_client_sent_messages_total",
                             "Messages that the broker confirmed.",
                             .labels = "messaging_system=\"rabbitmq\""};
static struct metric confirm_seconds = {
    METRIC_HISTOGRAM, "messaging_client_operation_duration_seconds",
    "Time from publishing a message to the broker's confirm.",
    .labels = "messaging_system=\"rabbitmq\",messaging_operation_name=\"publish\""};
static struct metric returned_total = {METRIC_COUNTER, "brigade_outbox_returned_total",
                                       "Messages that no queue took; they are published again.",
                                       .labels = NULL};
static struct metric refused_total = {METRIC_COUNTER, "brigade_outbox_refused_total",
                                      "Messages that the broker refused (nack); published again.",
                                      .labels = NULL};
static struct metric blocked_gauge = {METRIC_GAUGE, "brigade_broker_blocked",
                                      "1 while the broker takes no messages.", .labels = NULL};

void relay_round_register(void)
{
    metric_register(&sent);
    metric_register(&confirm_seconds);
    metric_register(&returned_total);
    metric_register(&refused_total);
    metric_set(&blocked_gauge, 0);
}

static void settle(struct relay *relay, struct relay_row *row, enum relay_fate fate)
{
    if (row->fate != RELAY_OPEN)
        return;
    row->fate = fate;
    relay->open_count--;
    if (fate == RELAY_REFUSED) {
        metric_add(&refused_total, 1);
    } else if (!row->returned) {
        metric_add(&sent, 1);
        metric_observe_us(&confirm_seconds, clock_monotonic_us() - row->sent_us);
    }
}

static void take_confirm(struct relay *relay, const struct bus_event *event)
{
    enum relay_fate fate = event->type == BUS_ACK ? RELAY_CONFIRMED : RELAY_REFUSED;
    if (event->tag < relay->first_tag || event->tag - relay->first_tag >= relay->row_count)
        return; /* of no row of this round; the broker has no business sending it */
    size_t last = event->tag - relay->first_tag;
    for (size_t i = event->multiple ? 0 : last; i <= last; i++)
        settle(relay, &relay->rows[i], fate);
}

static struct relay_row *find_row(struct relay *relay, const char *event_id)
{
    for (size_t i = 0; i < relay->row_count; i++) {
        if (strcmp(relay->rows[i].event_id, event_id) == 0)
            return &relay->rows[i];
    }
    return NULL;
}

static void take_return(struct relay *relay, const struct bus_event *event)
{
    struct relay_row *row = find_row(relay, event->id);
    if (row == NULL)
        return;
    row->returned = true;
    metric_add(&returned_total, 1);
    if (clock_monotonic_ms() < relay->warn_due_ms)
        return;
    relay->warn_due_ms = clock_monotonic_ms() + WARN_EVERY_MS;
    log_warn("no queue took an event, publishing it again later", LOG_S("message_id", event->id),
             LOG_S("reason", event->reason));
}

static void set_blocked(struct relay *relay, bool blocked, const char *reason)
{
    relay->blocked = blocked;
    atomic_store(&relay->ready, !blocked);
    metric_set(&blocked_gauge, blocked);
    if (blocked)
        log_warn("the broker takes no messages", LOG_S("reason", reason));
    else
        log_info("the broker takes messages again", LOG_S("connection", "relay"));
}

static void take_event(struct relay *relay, const struct bus_event *event)
{
    if (event->type == BUS_ACK || event->type == BUS_NACK)
        take_confirm(relay, event);
    else if (event->type == BUS_RETURNED)
        take_return(relay, event);
    else if (event->type == BUS_BLOCKED || event->type == BUS_UNBLOCKED)
        set_blocked(relay, event->type == BUS_BLOCKED, event->reason);
}

enum err_code relay_take_events(struct relay *relay, int64_t timeout_ms, struct err *err)
{
    struct bus_event event;
    do {
        if (bus_next(relay->bus, timeout_ms, &event, err) != ERR_OK)
            return err->code;
        take_event(relay, &event);
        timeout_ms = 0;
    } while (event.type != BUS_NOTHING);
    return ERR_OK;
}

/* The columns are those of read_outbox. */
static enum err_code publish_row(struct relay *relay, int at, struct err *err)
{
    const struct db_result *outbox = relay->outbox;
    struct relay_row *row = &relay->rows[relay->row_count];
    const struct bus_message message = {
        .exchange = relay->exchange,
        .key = db_text(outbox, at, 2),
        .id = db_text(outbox, at, 1),
        .type = db_text(outbox, at, 2),
        .app_id = relay->options.service,
        .correlation_id = db_text(outbox, at, 3),
        .traceparent = db_text(outbox, at, 4),
        .time_ms = db_int8(outbox, at, 5),
        .body = db_text(outbox, at, 6),
        .length = (size_t)db_length(outbox, at, 6),
        .mandatory = topology_is_heard(db_text(outbox, at, 2)),
    };
    *row = (struct relay_row){.id = db_int8(outbox, at, 0), .sent_us = clock_monotonic_us()};
    (void)snprintf(row->event_id, sizeof row->event_id, "%s", message.id);
    relay->row_count++;
    relay->open_count++;
    relay->last_tag++;
    if (bus_publish(relay->bus, &message, err) != ERR_OK)
        return err->code;
    failpoint_pass(FAILPOINT_PUBLISHED, NULL);
    return ERR_OK;
}

static enum err_code publish_each(struct relay *relay, struct err *err)
{
    for (int i = 0; i < db_rows(relay->outbox); i++) {
        if (i % EVENTS_EVERY == 0 && relay_take_events(relay, 0, err) != ERR_OK)
            return err->code;
        if (relay->blocked)
            break;
        if (publish_row(relay, i, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* Publish what was read, until the broker blocks us: what it does not take now is read again later.
 */
static enum err_code publish_window(struct relay *relay, struct err *err)
{
    relay->trying = &relay->bus_retry;
    relay->open_count = 0;
    relay->first_tag = relay->last_tag + 1;
    bus_cork(relay->bus, true);
    enum err_code code = publish_each(relay, err);
    bus_cork(relay->bus, false);
    return code;
}

/* Wait until the fate of every row is known. While the broker blocks us there is no deadline, but
 * for the relay's end. */
static enum err_code await_confirms(struct relay *relay, struct err *err)
{
    int64_t until_ms = clock_monotonic_ms() + CONFIRMS_MS;
    while (relay->open_count > 0) {
        size_t open_before = relay->open_count;
        if (relay_take_events(relay, STEP_MS, err) != ERR_OK)
            return err->code;
        int64_t now_ms = clock_monotonic_ms();
        int64_t stop_by_ms = atomic_load(&relay->stop_by_ms);
        bool give_up = stop_by_ms != 0 && (relay->blocked || now_ms >= stop_by_ms);
        if (relay->blocked || relay->open_count < open_before)
            until_ms = now_ms + CONFIRMS_MS;
        if (relay->open_count > 0 && (give_up || now_ms >= until_ms))
            return err_set(err, ERR_TIMEOUT, "broker: %zu of %zu messages are not confirmed",
                           relay->open_count, relay->row_count);
    }
    return ERR_OK;
}

/* Leave a returned row alone for a while. When there is no room for it, it counts as refused: then
 * the relay waits. */
static void set_aside(struct relay *relay, struct relay_row *row)
{
    if (relay->aside_count == RELAY_ASIDE_MAX) {
        row->fate = RELAY_REFUSED;
        return;
    }
    if (relay->aside_count == 0)
        relay->aside_until_ms = clock_monotonic_ms() + ASIDE_MS;
    relay->aside[relay->aside_count++] = row->id;
}

/* Queue that what is safe leaves the outbox. `*count` is how many rows: 0, nothing was queued. */
static enum err_code send_archive(struct relay *relay, size_t *count, struct err *err)
{
    struct db_args args = {0};
    *count = 0;
    db_array_begin(&args, DB_OID_INT8);
    for (size_t i = 0; i < relay->row_count; i++) {
        struct relay_row *row = &relay->rows[i];
        if (row->fate != RELAY_CONFIRMED)
            continue;
        if (row->returned) {
            set_aside(relay, row);
            continue;
        }
        db_array_int8(&args, row->id);
        (*count)++;
    }
    db_array_end(&args);
    enum err_code code = ERR_OK;
    if (*count > 0)
        code = db_send(relay->db, relay->options.archive ? &archive_outbox : &delete_outbox, &args,
                       err);
    db_args_free(&args);
    return code;
}

static enum err_code send_read(struct relay *relay, struct err *err)
{
    struct db_args args = {0};
    db_arg_int8(&args, relay->window);
    relay_put_aside(relay, &args);
    db_arg_int8(&args, relay->floor);
    enum err_code code = db_send(relay->db, &read_outbox, &args, err);
    db_args_free(&args);
    return code;
}

/* What is safe leaves the outbox and the next window is read, in one transaction and round trip. */
static enum err_code clear_and_read(struct relay *relay, struct err *err)
{
    size_t cleared = 0;
    relay->trying = &relay->db_retry;
    if (send_archive(relay, &cleared, err) != ERR_OK || send_read(relay, err) != ERR_OK)
        return err->code;
    if (cleared > 0)
        failpoint_pass(FAILPOINT_CONFIRMED, NULL);
    struct db_result *results[2];
    size_t last = cleared > 0 ? 1 : 0;
    if (db_sync(relay->db, results, last + 1, err) != ERR_OK)
        return err_wrap(err, "outbox");
    if (cleared > 0) {
        failpoint_pass(FAILPOINT_OUTBOX_DELETED, NULL);
        db_result_free(results[0]);
    }
    db_result_free(relay->outbox);
    relay->outbox = results[last];
    return ERR_OK;
}

static size_t refused_rows(const struct relay *relay)
{
    size_t count = 0;
    for (size_t i = 0; i < relay->row_count; i++)
        count += relay->rows[i].fate == RELAY_REFUSED;
    return count;
}

void relay_forget_window(struct relay *relay)
{
    db_result_free(relay->outbox);
    relay->outbox = NULL;
}

/* After a whole window went well, the next may be larger. */
static void grow_window(struct relay *relay)
{
    if ((int64_t)relay->row_count == relay->window)
        relay->window =
            relay->window * 2 < relay->options.window ? relay->window * 2 : relay->options.window;
}

enum err_code relay_round(struct relay *relay, bool *more, struct err *err)
{
    relay->row_count = 0;
    if (relay_look_below(relay, err) != ERR_OK ||
        (db_rows(relay->outbox) == 0 && clear_and_read(relay, err) != ERR_OK))
        return err->code;
    const size_t read = (size_t)db_rows(relay->outbox);
    *more = read > 0;
    if (!*more)
        return ERR_OK;
    const int64_t first_id = db_int8(relay->outbox, 0, 0);
    enum err_code code = publish_window(relay, err);
    if (code == ERR_OK)
        code = await_confirms(relay, err);
    if (code != ERR_OK)
        bus_close(relay->bus);
    else if (refused_rows(relay) == 0)
        grow_window(relay);
    /* Also when the broker was lost: what it had confirmed before is safe. */
    struct err clear_err = {0};
    if (clear_and_read(relay, &clear_err) != ERR_OK) {
        *err = clear_err;
        return err->code;
    }
    *more = db_rows(relay->outbox) > 0;
    relay->trying = code != ERR_OK ? &relay->bus_retry : &relay->publish_retry;
    size_t refused = refused_rows(relay);
    if (code == ERR_OK && relay->row_count == read && refused == 0 && relay->aside_count == 0)
        relay_raise_floor(relay);
    else
        relay_lower_floor(relay, first_id);
    if (code == ERR_OK && refused > 0)
        return err_set(err, ERR_UNAVAILABLE, "broker: it refused or returned %zu of %zu messages",
                       refused, relay->row_count);
    return code;
}
