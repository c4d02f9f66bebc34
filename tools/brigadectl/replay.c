/* Sending again what was lost. SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "lost.h"
#include "management.h"

enum {
    SETTLE_S = 10,
    AT_ONCE = 500,
    OUTBOX_MAX = 5000, /* rows, above which we wait: the services' own events are behind ours */
    LOOK_MS = 200,
    SHOWN = 1000,
};

static const struct column lost_columns[] = {
    {.key = "from"}, {.key = "to"},       {.key = "type"}, {.key = "subject_id", .number = true},
    {.key = "sent"}, {.key = "event_id"},
};
static const struct column left_columns[] = {{.key = "left_out"},
                                             {.key = "waiting", .number = true}};

struct replay {
    struct ctl *ctl;
    struct pace pace;
    struct table missing, left;
    int64_t missing_count;
    size_t publisher;
    int64_t *rows; /* of the page: one that two subscribers lack is there twice, and goes once */
    size_t row_count;
};

static void note(void *context, const struct lost *lost)
{
    struct replay *replay = context;
    char sent[CLOCK_TEXT_SIZE], subject[16];
    replay->publisher = lost->publisher;
    replay->rows = mem_resize(replay->rows, (replay->row_count + 1) * sizeof *replay->rows);
    replay->rows[replay->row_count++] = lost->row;
    if (++replay->missing_count > SHOWN)
        return;
    clock_format(lost->sent_ms, sent);
    (void)snprintf(subject, sizeof subject, "%" PRId32, lost->subject_id);
    table_row(&replay->missing,
              (const char *const[]){parties[lost->publisher].name, parties[lost->subscriber].name,
                                    lost->type, subject, sent, lost->event_id});
}

static enum err_code send_again(struct replay *replay, const int64_t *rows, size_t count,
                                int64_t *sent, struct err *err)
{
    static const struct db_statement statement = {
        "outbox_replay",
        "WITH gone AS (DELETE FROM sent WHERE id = ANY($1::int8[]) RETURNING *), "
        "again AS (INSERT INTO outbox (event_id, type, subject_id, sequence, correlation, "
        "traceparent, body, created_at) SELECT event_id, type, subject_id, sequence, correlation, "
        "traceparent, body, created_at FROM gone ORDER BY id) SELECT count(*) FROM gone"};
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_array_begin(&args, DB_OID_INT8);
    for (size_t i = 0; i < count; i++)
        db_array_int8(&args, rows[i]);
    db_array_end(&args);
    if (ctl_query(replay->ctl, replay->publisher, &statement, &args, &result, err) != ERR_OK)
        return err->code;
    *sent = db_int8(result, 0, 0);
    db_result_free(result);
    return ERR_OK;
}

static enum err_code count_outbox(struct replay *replay, int64_t *count, struct err *err)
{
    static const struct db_statement statement = {
        "outbox_room", "SELECT count(*) FROM (SELECT FROM outbox LIMIT $1::int8) AS first_rows"};
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_arg_int8(&args, OUTBOX_MAX);
    if (ctl_query(replay->ctl, replay->publisher, &statement, &args, &result, err) != ERR_OK)
        return err->code;
    *count = db_int8(result, 0, 0);
    db_result_free(result);
    return ERR_OK;
}

/* Else we would fill the outbox up to BRIGADE_OUTBOX_MAX, and the service would refuse requests. */
static enum err_code await_room(struct replay *replay, struct err *err)
{
    const int64_t until_ms = clock_monotonic_ms() + replay->ctl->settings.timeout_ms;
    int64_t count = 0;
    while (count_outbox(replay, &count, err) == ERR_OK && count >= OUTBOX_MAX) {
        if (clock_monotonic_ms() >= until_ms)
            return err_set(err, ERR_TIMEOUT,
                           "the outbox of %s holds %d events or more and does not drain: see its "
                           "log and the broker's alarms, then run this again",
                           parties[replay->publisher].name, OUTBOX_MAX);
        clock_sleep_ms(LOOK_MS);
    }
    return err->code;
}

static enum err_code replay_page(void *context, struct err *err)
{
    struct replay *replay = context;
    const size_t step = replay->pace.rate > 0 ? 1 : AT_ONCE;
    for (size_t from = 0; from < replay->row_count; from += step) {
        size_t left = replay->row_count - from;
        int64_t sent = 0;
        if (await_room(replay, err) != ERR_OK ||
            send_again(replay, replay->rows + from, left < step ? left : step, &sent, err) !=
                ERR_OK)
            return err_wrap(err, "%" PRId64 " were sent again, then", replay->pace.done);
        pace_step(&replay->pace, sent);
    }
    replay->row_count = 0;
    return ERR_OK;
}

static enum err_code forget_page(void *context, struct err *err)
{
    ((struct replay *)context)->row_count = 0;
    return err->code;
}

/* What still waits in a queue is not lost: to send it again would only make the queue longer. */
static enum err_code leave_out(struct replay *replay, struct lost_search *search, struct err *err)
{
    int64_t waiting[PARTY_COUNT];
    if (management_waiting(replay->ctl, waiting, err) != ERR_OK)
        return err_wrap(err, "whose queues are not empty (--all: never mind)");
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        char count[24];
        if (waiting[i] <= 0)
            continue;
        search->left_out[i] = true;
        (void)snprintf(count, sizeof count, "%" PRId64, waiting[i]);
        table_row(&replay->left, (const char *const[]){parties[i].name, count});
    }
    return ERR_OK;
}

static void tell(struct replay *replay, const struct lost_search *search)
{
    struct output *output = &replay->ctl->output;
    const bool some_left = replay->left.row_count > 0;
    output_number(output, "looked_at", search->looked);
    output_number(output, "too_recent", search->recent);
    output_table(output, &replay->left, NULL);
    output_table(output, &replay->missing, "nothing is missing");
    output_number(output, "missing_in_all", replay->missing_count);
    output_number(output, "sent_again", replay->pace.done);
    if (some_left)
        output_note(output,
                    "messages wait in the inbox of those left out: start the service or let "
                    "it catch up and run this again, or include them by --all");
}

enum err_code outbox_replay(struct ctl *ctl, bool *found, struct err *err)
{
    const unsigned options = ctl->arguments.options;
    const bool dry = (options & OPTION_DRY_RUN) != 0;
    struct replay replay = {
        .ctl = ctl,
        .pace = {.rate = ctl->arguments.rate, .doing = "sending again"},
        .missing = {.name = "missing",
                    .columns = lost_columns,
                    .column_count = sizeof lost_columns / sizeof lost_columns[0]},
        .left = {.name = "left_out", .columns = left_columns, .column_count = 2}};
    struct lost_search search = {.settle_s = ctl->arguments.settle_s > 0 ? ctl->arguments.settle_s
                                                                         : SETTLE_S,
                                 .visit = note,
                                 .page_done = dry ? forget_page : replay_page,
                                 .context = &replay};
    enum err_code code = (options & OPTION_ALL) != 0 ? ERR_OK : leave_out(&replay, &search, err);
    if (code == ERR_OK)
        code = lost_find(ctl, &search, err);
    if (code == ERR_OK) {
        *found = (dry && replay.missing_count > 0) || replay.left.row_count > 0;
        tell(&replay, &search);
    }
    table_free(&replay.missing);
    table_free(&replay.left);
    free(replay.rows);
    return code;
}
