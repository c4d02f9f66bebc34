/* Do the invariants hold? Each is one statement, so it sees all schemas of one database at the same
 * moment. What is in another database is read from there and handed to the statement as JSON.
 * SPDX-License-Identifier: MIT */
#include "audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "lost.h"
#include "management.h"

enum { SETTLE_S = 60, SHOWN = 5, SOURCES_MAX = DB_ARGS_MAX };

struct audit {
    struct ctl *ctl;
    int64_t settle_s;
    struct buf before; /* the moment before which all has settled, the same for every database */
    struct table table;
    size_t violated, not_looked;
    struct err ungathered;          /* why invariants across services cannot be looked at */
    struct buf remote[SOURCES_MAX]; /* by source; empty: of the database that the audit runs in */
    struct buf with;                /* the sources and views */
};

/* What one invariant found. */
struct finding {
    int64_t looked, wrong;
    struct buf examples;
};

static const struct column columns[] = {
    {.key = "invariant"},
    {.key = "looked_at", .number = true},
    {.key = "wrong", .number = true},
    {.key = "text"},
    {.key = "examples"},
};

static void tell(struct audit *audit, const char *name, const char *text, struct finding *finding)
{
    char looked[24], wrong[24];
    (void)snprintf(looked, sizeof looked, "%" PRId64, finding->looked);
    (void)snprintf(wrong, sizeof wrong, "%" PRId64, finding->wrong);
    if (finding->looked == 0)
        buf_append_text(&finding->examples, "(there was nothing to look at)");
    table_row(&audit->table,
              (const char *const[]){name, looked, wrong, text, buf_text(&finding->examples)});
    audit->violated += finding->wrong > 0;
    buf_free(&finding->examples);
}

/* What the database was too slow to tell. Any other error ends the audit. */
static enum err_code tell_not_looked(struct audit *audit, const char *name, const char *text,
                                     struct err *err)
{
    struct buf why = {0};
    if (err->code != ERR_TIMEOUT)
        return err_wrap(err, "invariant %s", name);
    buf_printf(&why, "not looked: timeout (%s); raise BRIGADE_DB_TIMEOUT_MS", err->text);
    table_row(&audit->table, (const char *const[]){name, NULL, NULL, text, buf_text(&why)});
    audit->not_looked++;
    buf_free(&why);
    *err = (struct err){0};
    return ERR_OK;
}

static enum err_code fix_moment(struct audit *audit, struct err *err)
{
    static const struct db_statement statement = {"audit_moment",
                                                  "SELECT now() - make_interval(secs => $1::int8)"};
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_arg_int8(&args, audit->settle_s);
    if (ctl_query(audit->ctl, PARTY_ORDER, &statement, &args, &result, err) != ERR_OK)
        return err->code;
    buf_append_text(&audit->before, db_text(result, 0, 0));
    db_result_free(result);
    return ERR_OK;
}

/* Before every statement: after a timeout the connection may be a new one. */
static enum err_code set_up(struct audit *audit, size_t party, struct err *err)
{
    static const struct db_statement statement = {
        "audit_settings", "SELECT set_config('brigade.before', $1::text, false), "
                          "set_config('brigade.deferred', $2::int8::text, false)"};
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_arg_text(&args, buf_text(&audit->before));
    db_arg_int8(&args, audit->ctl->settings.deferred_s);
    enum err_code code = ctl_query(audit->ctl, party, &statement, &args, &result, err);
    db_result_free(result);
    return code;
}

/* Is the party's database the one in which the audit across services runs? */
static bool is_here(const struct ctl *ctl, size_t party)
{
    return strcmp(ctl_db_url(ctl, party), ctl_db_url(ctl, PARTY_ORDER)) == 0;
}

static enum err_code read_remote(struct audit *audit, size_t which, struct err *err)
{
    const struct audit_source *source = &audit_sources[which];
    struct buf sql = {0};
    struct db_result *result = NULL;
    buf_printf(&sql, "SELECT coalesce(jsonb_agg(t)::text, '[]') FROM (%s) AS t", source->select);
    const struct db_statement statement = {source->name, buf_text(&sql)};
    enum err_code code = set_up(audit, source->party, err);
    if (code == ERR_OK)
        code = ctl_query(audit->ctl, source->party, &statement, NULL, &result, err);
    if (code == ERR_OK)
        buf_append_text(&audit->remote[which], db_text(result, 0, 0));
    db_result_free(result);
    buf_free(&sql);
    return code;
}

/* The WITH clause: each source from its schema, or from the parameter that has its rows. */
static enum err_code gather(struct audit *audit, struct err *err)
{
    size_t parameter = 0;
    buf_append_text(&audit->with, "WITH ");
    for (size_t i = 0; i < audit_source_count; i++) {
        const struct audit_source *source = &audit_sources[i];
        if (is_here(audit->ctl, source->party)) {
            buf_printf(&audit->with, "%s AS (%s), ", source->name, source->select);
            continue;
        }
        if (read_remote(audit, i, err) != ERR_OK)
            return err->code;
        buf_printf(&audit->with,
                   "%s AS (SELECT * FROM jsonb_to_recordset($%zu::text::jsonb) AS t(%s)), ",
                   source->name, ++parameter, source->columns);
    }
    buf_printf(&audit->with, "%s, ", audit_views);
    return ERR_OK;
}

static void put_remote(const struct audit *audit, struct db_args *args)
{
    for (size_t i = 0; i < audit_source_count; i++) {
        if (audit->remote[i].length > 0)
            db_arg_bytes(args, audit->remote[i].bytes, audit->remote[i].length);
    }
}

static void take_finding(const struct db_result *result, const char *prefix,
                         struct finding *finding)
{
    finding->looked += db_int8(result, 0, 0);
    finding->wrong += db_int8(result, 0, 1);
    if (db_length(result, 0, 2) > 0)
        buf_printf(&finding->examples, "%s%s%s", finding->examples.length > 0 ? "; " : "", prefix,
                   db_text(result, 0, 2));
}

static enum err_code ask(struct audit *audit, const struct audit_invariant *invariant, size_t party,
                         struct finding *finding, struct err *err)
{
    bool across = invariant->party == AUDIT_ACROSS;
    struct buf sql = {0};
    struct db_args args = {0};
    struct db_result *result = NULL;
    buf_printf(&sql,
               "%s q(id, detail, wrong) AS (%s) SELECT count(*), count(*) FILTER (WHERE wrong), "
               "(SELECT string_agg(id || ' (' || left(detail, 200) || ')', '; ') FROM "
               "(SELECT * FROM q WHERE wrong ORDER BY id LIMIT %d) AS first) FROM q",
               across ? buf_text(&audit->with) : "WITH", invariant->sql, SHOWN);
    const struct db_statement statement = {invariant->name, buf_text(&sql)};
    enum err_code code = across && audit->ungathered.code != ERR_OK
                             ? err_set(err, ERR_TIMEOUT, "%s", audit->ungathered.text)
                             : set_up(audit, party, err);
    if (across)
        put_remote(audit, &args);
    if (code == ERR_OK)
        code = ctl_query(audit->ctl, party, &statement, &args, &result, err);
    else
        db_args_free(&args);
    if (code == ERR_OK) {
        char prefix[64] = "";
        if (invariant->party == AUDIT_EVERY)
            (void)snprintf(prefix, sizeof prefix, "%s: ", parties[party].name);
        take_finding(result, prefix, finding);
    }
    db_result_free(result);
    buf_free(&sql);
    return code;
}

static enum err_code check(struct audit *audit, const struct audit_invariant *invariant,
                           struct err *err)
{
    struct finding finding = {0};
    enum err_code code = ERR_OK;
    size_t party = invariant->party < PARTY_COUNT ? invariant->party : PARTY_ORDER;
    if (invariant->party == AUDIT_EVERY) {
        for (size_t i = 0; i < PARTY_COUNT && code == ERR_OK; i++)
            code = ask(audit, invariant, i, &finding, err);
    } else {
        code = ask(audit, invariant, party, &finding, err);
    }
    if (code == ERR_OK) {
        tell(audit, invariant->name, invariant->text, &finding);
        return ERR_OK;
    }
    buf_free(&finding.examples);
    return tell_not_looked(audit, invariant->name, invariant->text, err);
}

struct losses {
    struct finding finding;
    int64_t by_subscriber[PARTY_COUNT];
};

static void note_lost(void *context, const struct lost *lost)
{
    struct losses *losses = context;
    struct finding *finding = &losses->finding;
    finding->wrong++;
    losses->by_subscriber[lost->subscriber]++;
    if (finding->wrong <= SHOWN)
        buf_printf(&finding->examples, "%s%" PRId32 " (%s to %s)", finding->wrong > 1 ? "; " : "",
                   lost->subject_id, lost->type, parties[lost->subscriber].name);
}

/* What waits in a queue has not arrived, but is not lost. */
static void advise(struct audit *audit, struct losses *losses)
{
    int64_t waiting[PARTY_COUNT] = {0};
    struct buf *examples = &losses->finding.examples;
    struct err blind = {0};
    bool replay = false;
    if (management_waiting(audit->ctl, waiting, &blind) != ERR_OK)
        buf_printf(examples, "; whether they wait in a queue is not known (%s)", blind.text);
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        if (losses->by_subscriber[i] > 0 && waiting[i] > 0)
            buf_printf(examples, "; %" PRId64 " wait in %s.inbox: start %s, or let it catch up",
                       waiting[i], parties[i].name, parties[i].name);
        else
            replay = replay || losses->by_subscriber[i] > 0;
    }
    if (replay)
        buf_append_text(examples, ": brigadectl outbox replay");
}

static enum err_code check_lost(struct audit *audit, struct err *err)
{
    static const char name[] = "events_arrive",
                      text[] = "every event that was sent has reached every subscriber";
    struct losses losses = {0};
    struct lost_search search = {
        .settle_s = audit->settle_s, .visit = note_lost, .context = &losses};
    if (lost_find(audit->ctl, &search, err) != ERR_OK) {
        buf_free(&losses.finding.examples);
        return tell_not_looked(audit, name, text, err);
    }
    losses.finding.looked = search.looked;
    if (losses.finding.wrong > 0)
        advise(audit, &losses);
    tell(audit, name, text, &losses.finding);
    return ERR_OK;
}

static enum err_code check_all(struct audit *audit, struct err *err)
{
    if (fix_moment(audit, err) != ERR_OK)
        return err->code;
    if (gather(audit, err) == ERR_TIMEOUT) {
        audit->ungathered = *err;
        *err = (struct err){0};
    } else if (err->code != ERR_OK) {
        return err->code;
    }
    for (size_t i = 0; i < audit_invariant_count; i++) {
        if (check(audit, &audit_invariants[i], err) != ERR_OK)
            return err->code;
    }
    return check_lost(audit, err);
}

enum err_code audit_run(struct ctl *ctl, bool *found, struct err *err)
{
    struct audit audit = {.ctl = ctl,
                          .settle_s =
                              ctl->arguments.settle_s > 0 ? ctl->arguments.settle_s : SETTLE_S,
                          .table = {.name = "invariants", .columns = columns, .column_count = 5}};
    enum err_code code = check_all(&audit, err);
    if (code == ERR_OK) {
        size_t all = audit.table.row_count;
        *found = audit.violated > 0;
        ctl->blind = audit.not_looked > 0;
        output_table(&ctl->output, &audit.table, NULL);
        output_number(&ctl->output, "violated", (int64_t)audit.violated);
        output_number(&ctl->output, "checked", (int64_t)(all - audit.not_looked));
        output_number(&ctl->output, "not_looked", (int64_t)audit.not_looked);
    }
    table_free(&audit.table);
    for (size_t i = 0; i < SOURCES_MAX; i++)
        buf_free(&audit.remote[i]);
    buf_free(&audit.before);
    buf_free(&audit.with);
    return code;
}
