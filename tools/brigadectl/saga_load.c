/* Reading what all services know of an order. SPDX-License-Identifier: MIT */
#include "saga.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* Make room for one more at the end of an array. Returns it, zeroed. */
static void *grow(void *array, size_t *count, size_t size)
{
    char *grown = mem_resize(array, (*count + 1) * size);
    memset(grown + *count * size, 0, size);
    *count += 1;
    return grown;
}

static void copy(char *to, size_t size, const struct db_result *rows, int row, int column)
{
    (void)snprintf(to, size, "%s", db_text(rows, row, column));
}

static void add_event(struct saga *saga, size_t party, const struct db_result *rows, int row)
{
    saga->events = grow(saga->events, &saga->event_count, sizeof *saga->events);
    struct saga_event *event = &saga->events[saga->event_count - 1];
    copy(event->id, sizeof event->id, rows, row, 0);
    copy(event->type_name, sizeof event->type_name, rows, row, 1);
    event->type = event_type_of(event->type_name);
    event->publisher = party;
    event->sequence = db_int4(rows, row, 2);
    event->created_ms = db_int8(rows, row, 3);
    event->sent_ms = db_null(rows, row, 4) ? 0 : db_int8(rows, row, 4);
}

static enum err_code load_events(struct ctl *ctl, struct saga *saga, size_t party, struct err *err)
{
    static const struct db_statement statement = {
        "saga_events",
        "SELECT event_id, type, sequence, " SQL_MS("created_at") ", " SQL_MS(
            "sent_at") " FROM sent "
                       "WHERE correlation = $1::int4::text UNION ALL SELECT event_id, type, "
                       "sequence, " SQL_MS(
                           "created_at") ", NULL FROM outbox WHERE correlation = $1::int4::text"};
    struct db_args args = {0};
    struct db_result *rows = NULL;
    db_arg_int4(&args, saga->order_id);
    if (ctl_query(ctl, party, &statement, &args, &rows, err) != ERR_OK)
        return err->code;
    for (int row = 0; row < db_rows(rows); row++)
        add_event(saga, party, rows, row);
    db_result_free(rows);
    return ERR_OK;
}

/* Within a millisecond an aggregate's events are told apart by their sequence, others by chance. */
static int by_time(const void *left, const void *right)
{
    const struct saga_event *a = left, *b = right;
    if (a->created_ms != b->created_ms)
        return a->created_ms < b->created_ms ? -1 : 1;
    if (a->publisher == b->publisher && a->sequence != b->sequence)
        return a->sequence < b->sequence ? -1 : 1;
    return strcmp(a->id, b->id);
}

static void put_ids(struct db_args *args, const struct saga *saga)
{
    db_array_begin(args, DB_OID_TEXT);
    for (size_t i = 0; i < saga->event_count; i++)
        db_array_text(args, saga->events[i].id);
    db_array_end(args);
}

static enum err_code load_taken(struct ctl *ctl, struct saga *saga, size_t party, struct err *err)
{
    static const struct db_statement statement = {
        "saga_taken", "SELECT u.nr::int4 - 1, " SQL_MS(
                          "i.received_at") " FROM "
                                           "unnest($1::text[]) WITH ORDINALITY AS u(id, nr) JOIN "
                                           "inbox AS i ON i.message_id = u.id::uuid"};
    struct db_args args = {0};
    struct db_result *rows = NULL;
    put_ids(&args, saga);
    if (ctl_query(ctl, party, &statement, &args, &rows, err) != ERR_OK)
        return err->code;
    for (int row = 0; row < db_rows(rows); row++)
        saga->events[db_int4(rows, row, 0)].received_ms[party] = db_int8(rows, row, 1);
    db_result_free(rows);
    return ERR_OK;
}

static void add_wait(struct saga *saga, size_t party, const struct db_result *rows, int row)
{
    saga->waits = grow(saga->waits, &saga->wait_count, sizeof *saga->waits);
    struct saga_wait *wait = &saga->waits[saga->wait_count - 1];
    wait->party = party;
    wait->parked = db_bool(rows, row, 0);
    wait->row = db_int8(rows, row, 1);
    copy(wait->message_id, sizeof wait->message_id, rows, row, 2);
    copy(wait->type_name, sizeof wait->type_name, rows, row, 3);
    wait->since_ms = db_int8(rows, row, 4);
    copy(wait->detail, sizeof wait->detail, rows, row, 5);
}

/* By the order's id in the body, since the events themselves may be forgotten. */
static enum err_code load_waits(struct ctl *ctl, struct saga *saga, size_t party, struct err *err)
{
    static const struct db_statement statement = {
        "saga_waits",
        "SELECT true, id, message_id, type, " SQL_MS(
            "parked_at") ", reason FROM parked "
                         "WHERE " SQL_ORDER_ID " = $1::int4::text UNION ALL "
                         "SELECT false, 0, message_id, type, " SQL_MS(
                             "deferred_at") ", "
                                            "kind || ' ' || aggregate_id FROM deferred "
                                            "WHERE " SQL_ORDER_ID " = $1::int4::text"};
    struct db_args args = {0};
    struct db_result *rows = NULL;
    db_arg_int4(&args, saga->order_id);
    if (ctl_query(ctl, party, &statement, &args, &rows, err) != ERR_OK)
        return err->code;
    for (int row = 0; row < db_rows(rows); row++)
        add_wait(saga, party, rows, row);
    db_result_free(rows);
    return ERR_OK;
}

/* The aggregates of an order, each in a service of its own. */
static const struct {
    size_t party;
    const char *aggregate;
    struct db_statement statement;
} aggregates[] = {
    {PARTY_ORDER,
     "order",
     {"saga_order", "SELECT state, reason, version, " SQL_MS(
                        "due_at") ", cancel_requests FROM orders WHERE id = $1::int4"}},
    {PARTY_CONSUMER,
     "verification",
     {"saga_verification", "SELECT state, reason, version, NULL, 0 FROM verifications "
                           "WHERE id = $1::int4"}},
    {PARTY_KITCHEN,
     "ticket",
     {"saga_ticket",
      "SELECT state, reason, version, " SQL_MS("due_at") ", 0 FROM tickets WHERE id = $1::int4"}},
    {PARTY_ACCOUNTING,
     "authorization",
     {"saga_authorization", "SELECT state, reason, version, NULL, 0 FROM authorizations "
                            "WHERE id = $1::int4"}},
    {PARTY_NOTIFIER,
     "notification",
     {"saga_notification", "SELECT kind, NULL, version, NULL, 0 FROM notifications "
                           "WHERE order_id = $1::int4 ORDER BY id"}},
};

static void add_state(struct saga *saga, size_t which, const struct db_result *rows, int row)
{
    saga->states = grow(saga->states, &saga->state_count, sizeof *saga->states);
    struct saga_state *state = &saga->states[saga->state_count - 1];
    state->party = aggregates[which].party;
    state->aggregate = aggregates[which].aggregate;
    copy(state->state, sizeof state->state, rows, row, 0);
    copy(state->reason, sizeof state->reason, rows, row, 1);
    state->version = db_int4(rows, row, 2);
    state->due_ms = db_null(rows, row, 3) ? 0 : db_int8(rows, row, 3);
    state->cancel_requests = db_int4(rows, row, 4);
}

static enum err_code load_states(struct ctl *ctl, struct saga *saga, size_t which, struct err *err)
{
    struct db_args args = {0};
    struct db_result *rows = NULL;
    db_arg_int4(&args, saga->order_id);
    if (ctl_query(ctl, aggregates[which].party, &aggregates[which].statement, &args, &rows, err) !=
        ERR_OK)
        return err->code;
    for (int row = 0; row < db_rows(rows); row++)
        add_state(saga, which, rows, row);
    db_result_free(rows);
    return ERR_OK;
}

/* What was sent is read before what was taken, so that nothing seems to be missing that was taken
 * meanwhile; and the states first, so that no event is missing that belongs to one. */
enum err_code saga_load(struct ctl *ctl, int32_t order_id, struct saga *saga, struct err *err)
{
    saga->order_id = order_id;
    for (size_t i = 0; i < sizeof aggregates / sizeof aggregates[0]; i++) {
        if (load_states(ctl, saga, i, err) != ERR_OK)
            return err->code;
    }
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        if (load_events(ctl, saga, i, err) != ERR_OK)
            return err->code;
    }
    if (saga->event_count > 0)
        qsort(saga->events, saga->event_count, sizeof *saga->events, by_time);
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        if (load_waits(ctl, saga, i, err) != ERR_OK)
            return err->code;
    }
    return saga_load_taken(ctl, saga, err);
}

enum err_code saga_load_taken(struct ctl *ctl, struct saga *saga, struct err *err)
{
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        if (load_taken(ctl, saga, i, err) != ERR_OK)
            return err->code;
    }
    saga->now_ms = clock_now_ms();
    return ERR_OK;
}

void saga_free(struct saga *saga)
{
    free(saga->events);
    free(saga->waits);
    free(saga->states);
}

const struct saga_state *saga_state_of(const struct saga *saga, const char *aggregate)
{
    for (size_t i = 0; i < saga->state_count; i++) {
        if (strcmp(saga->states[i].aggregate, aggregate) == 0)
            return &saga->states[i];
    }
    return NULL;
}

const struct saga_event *saga_event_of(const struct saga *saga, enum event_type type,
                                       int64_t from_ms)
{
    const struct saga_event *latest = NULL;
    for (size_t i = 0; i < saga->event_count; i++) {
        if (saga->events[i].type == type && saga->events[i].created_ms >= from_ms)
            latest = &saga->events[i];
    }
    return latest;
}

bool saga_lacks(const struct saga_event *event, size_t party)
{
    return event->received_ms[party] == 0 && party_takes(party, event->type);
}
