/* An order's timeline across all services. SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "saga.h"

enum { CELL_SIZE = 48 };

/* A time for people, or NULL for none. */
static const char *time_text(int64_t time_ms, char text[CLOCK_TEXT_SIZE])
{
    if (time_ms == 0)
        return NULL;
    clock_format(time_ms, text);
    return text;
}

/* "kitchen +0.012" for each that has taken the event, "kitchen -" for each that should have. */
static void put_takers(struct buf *out, const struct saga_event *event)
{
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        const char *gap = out->length > 0 ? ", " : "";
        if (event->received_ms[i] > 0)
            buf_printf(out, "%s%s +%.3f", gap, parties[i].name,
                       (double)(event->received_ms[i] - event->created_ms) / 1000);
        else if (saga_lacks(event, i))
            buf_printf(out, "%s%s -", gap, parties[i].name);
    }
}

static void show_events_as_text(struct ctl *ctl, const struct saga *saga)
{
    static const struct column columns[] = {
        {.key = "created"}, {.key = "service"},
        {.key = "event"},   {.key = "version", .number = true},
        {.key = "sent"},    {.key = "taken_by_(s)"},
    };
    struct table table = {.name = "events", .columns = columns, .column_count = 6};
    for (size_t i = 0; i < saga->event_count; i++) {
        const struct saga_event *event = &saga->events[i];
        char created[CLOCK_TEXT_SIZE], version[16], sent[CELL_SIZE] = "in the outbox";
        struct buf takers = {0};
        clock_format(event->created_ms, created);
        (void)snprintf(version, sizeof version, "%" PRId32, event->sequence);
        if (event->sent_ms > 0)
            (void)snprintf(sent, sizeof sent, "+%.3f",
                           (double)(event->sent_ms - event->created_ms) / 1000);
        put_takers(&takers, event);
        table_row(&table,
                  (const char *const[]){created, parties[event->publisher].name, event->type_name,
                                        version, sent, buf_text(&takers)});
        buf_free(&takers);
    }
    output_table(&ctl->output, &table, "nothing is known any more of its events");
}

static void show_events_as_json(struct ctl *ctl, const struct saga *saga)
{
    static const struct column columns[] = {
        {.key = "event_id"}, {.key = "type"},
        {.key = "service"},  {.key = "version", .number = true},
        {.key = "created"},  {.key = "sent"},
    };
    struct table table = {.name = "events", .columns = columns, .column_count = 6};
    for (size_t i = 0; i < saga->event_count; i++) {
        const struct saga_event *event = &saga->events[i];
        char times[2][CLOCK_TEXT_SIZE], version[16];
        (void)snprintf(version, sizeof version, "%" PRId32, event->sequence);
        table_row(&table,
                  (const char *const[]){event->id, event->type_name, parties[event->publisher].name,
                                        version, time_text(event->created_ms, times[0]),
                                        time_text(event->sent_ms, times[1])});
    }
    output_table(&ctl->output, &table, NULL);
}

static void show_takers_as_json(struct ctl *ctl, const struct saga *saga)
{
    static const struct column columns[] = {
        {.key = "event_id"}, {.key = "type"}, {.key = "service"}, {.key = "received"}};
    struct table table = {.name = "taken", .columns = columns, .column_count = 4};
    for (size_t i = 0; i < saga->event_count * PARTY_COUNT; i++) {
        const struct saga_event *event = &saga->events[i / PARTY_COUNT];
        size_t party = i % PARTY_COUNT;
        char received[CLOCK_TEXT_SIZE];
        if (event->received_ms[party] == 0 && !saga_lacks(event, party))
            continue;
        table_row(&table, (const char *const[]){event->id, event->type_name, parties[party].name,
                                                time_text(event->received_ms[party], received)});
    }
    output_table(&ctl->output, &table, NULL);
}

static void show_waits(struct ctl *ctl, const struct saga *saga)
{
    static const struct column columns[] = {
        {.key = "put_aside"}, {.key = "service"},
        {.key = "how"},       {.key = "id", .number = true},
        {.key = "event"},     {.key = "message_id"},
        {.key = "detail"},
    };
    struct table table = {.name = "waiting", .columns = columns, .column_count = 7};
    for (size_t i = 0; i < saga->wait_count; i++) {
        const struct saga_wait *wait = &saga->waits[i];
        char since[CLOCK_TEXT_SIZE], row[24];
        (void)snprintf(row, sizeof row, "%" PRId64, wait->row);
        table_row(&table, (const char *const[]){
                              time_text(wait->since_ms, since), parties[wait->party].name,
                              wait->parked ? "parked" : "deferred", wait->parked ? row : NULL,
                              wait->type_name, wait->message_id, wait->detail});
    }
    output_table(&ctl->output, &table, NULL);
}

static void show_states(struct ctl *ctl, const struct saga *saga)
{
    static const struct column columns[] = {
        {.key = "service"},
        {.key = "aggregate"},
        {.key = "state"},
        {.key = "reason"},
        {.key = "version", .number = true},
        {.key = "due"},
    };
    struct table table = {.name = "states", .columns = columns, .column_count = 6};
    for (size_t i = 0; i < saga->state_count; i++) {
        const struct saga_state *state = &saga->states[i];
        char version[16], due[CLOCK_TEXT_SIZE];
        (void)snprintf(version, sizeof version, "%" PRId32, state->version);
        table_row(&table,
                  (const char *const[]){parties[state->party].name, state->aggregate, state->state,
                                        state->reason[0] != '\0' ? state->reason : NULL, version,
                                        time_text(state->due_ms, due)});
    }
    output_table(&ctl->output, &table, NULL);
}

enum err_code saga_show(struct ctl *ctl, bool *found, struct err *err)
{
    struct saga saga = {0};
    int64_t id;
    if (ctl_id(ctl->arguments.words[0], "order", INT32_MAX, &id, err) != ERR_OK)
        return err->code;
    enum err_code code = saga_load(ctl, (int32_t)id, &saga, err);
    if (code == ERR_OK) {
        *found = saga_state_of(&saga, "order") == NULL;
        if (*found)
            output_note(&ctl->output, "there is no such order");
        if (ctl->output.json) {
            show_events_as_json(ctl, &saga);
            show_takers_as_json(ctl, &saga);
        } else {
            show_events_as_text(ctl, &saga);
        }
        show_waits(ctl, &saga);
        show_states(ctl, &saga);
    }
    saga_free(&saga);
    return code;
}
