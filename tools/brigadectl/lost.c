/* What was sent against what was taken, page by page: the schemas may be in different databases,
 * and a page of one fits into a statement for the other. SPDX-License-Identifier: MIT */
#include "lost.h"

#include <string.h>

enum { PAGE = 5000, HOUR_S = 3600, DAY_S = 86400 };

static const struct db_statement read_bounds = {
    "lost_bounds", "SELECT coalesce(max(id), 0), (SELECT count(*) FROM sent WHERE sent_at >= now() "
                   "- make_interval(secs => $1::int8) AND type = ANY($2::text[])) FROM sent"};
static const struct db_statement read_page = {
    "lost_page",
    "SELECT id, event_id, type, correlation, subject_id, " SQL_MS(
        "sent_at") " FROM sent "
                   "WHERE id > $1::int8 AND id <= $2::int8 AND sent_at < "
                   "now() - make_interval(secs => $3::int8) AND created_at > "
                   "now() - make_interval(secs => $4::int8) AND type = ANY($5::text[]) "
                   "ORDER BY id LIMIT $6::int8"};
static const struct db_statement read_missing = {
    "lost_missing", "SELECT u.nr::int4 - 1 FROM unnest($1::text[]) WITH ORDINALITY AS u(id, nr) "
                    "WHERE NOT EXISTS (SELECT FROM inbox WHERE message_id = u.id::uuid)"};

/* What one service has sent: the rows behind `after`, up to `last`. */
struct walk {
    struct ctl *ctl;
    struct lost_search *search;
    size_t publisher;
    int64_t after, last;
};

static bool goes_to(const struct walk *walk, size_t subscriber, enum event_type type)
{
    return !walk->search->left_out[subscriber] && party_takes(subscriber, type);
}

/* The types that this publisher has subscribers for. */
static void put_types(const struct walk *walk, struct db_args *args)
{
    db_array_begin(args, DB_OID_TEXT);
    for (int type = EVENT_NONE + 1; type < EVENT_TYPE_COUNT; type++) {
        bool taken = false;
        if (strcmp(event_schemas[type].publisher, parties[walk->publisher].name) != 0)
            continue;
        for (size_t i = 0; i < PARTY_COUNT; i++)
            taken = taken || goes_to(walk, i, (enum event_type)type);
        if (taken)
            db_array_text(args, event_schemas[type].type);
    }
    db_array_end(args);
}

static void tell(const struct walk *walk, size_t subscriber, const struct db_result *page, int row)
{
    const struct lost lost = {.publisher = walk->publisher,
                              .subscriber = subscriber,
                              .row = db_int8(page, row, 0),
                              .event_id = db_text(page, row, 1),
                              .type = db_text(page, row, 2),
                              .order = db_text(page, row, 3),
                              .subject_id = db_int4(page, row, 4),
                              .sent_ms = db_int8(page, row, 5)};
    walk->search->visit(walk->search->context, &lost);
}

static enum err_code compare(const struct walk *walk, size_t subscriber,
                             const struct db_result *page, struct err *err)
{
    struct db_args args = {0};
    struct db_result *missing = NULL;
    int rows[PAGE], count = 0;
    db_array_begin(&args, DB_OID_TEXT);
    for (int row = 0; row < db_rows(page); row++) {
        if (!goes_to(walk, subscriber, event_type_of(db_text(page, row, 2))))
            continue;
        db_array_text(&args, db_text(page, row, 1));
        rows[count++] = row;
    }
    db_array_end(&args);
    if (ctl_query(walk->ctl, subscriber, &read_missing, &args, &missing, err) != ERR_OK)
        return err->code;
    for (int i = 0; i < db_rows(missing); i++)
        tell(walk, subscriber, page, rows[db_int4(missing, i, 0)]);
    db_result_free(missing);
    walk->search->looked += count;
    return ERR_OK;
}

/* One page behind the row `after`. Zero rows: the end. */
static enum err_code walk_page(struct walk *walk, int *rows, struct err *err)
{
    const struct lost_search *search = walk->search;
    struct db_args args = {0};
    struct db_result *page = NULL;
    db_arg_int8(&args, walk->after);
    db_arg_int8(&args, walk->last);
    db_arg_int8(&args, search->settle_s);
    db_arg_int8(&args, walk->ctl->settings.inbox_days * DAY_S - HOUR_S);
    put_types(walk, &args);
    db_arg_int8(&args, PAGE);
    if (ctl_query(walk->ctl, walk->publisher, &read_page, &args, &page, err) != ERR_OK)
        return err->code;
    *rows = db_rows(page);
    for (size_t i = 0; i<PARTY_COUNT && * rows> 0 && err->code == ERR_OK; i++)
        (void)compare(walk, i, page, err);
    if (*rows > 0)
        walk->after = db_int8(page, *rows - 1, 0);
    db_result_free(page);
    if (err->code == ERR_OK && search->page_done != NULL)
        (void)search->page_done(search->context, err);
    return err->code;
}

static enum err_code find_bounds(struct walk *walk, struct err *err)
{
    struct db_args args = {0};
    struct db_result *bounds = NULL;
    db_arg_int8(&args, walk->search->settle_s);
    put_types(walk, &args);
    if (ctl_query(walk->ctl, walk->publisher, &read_bounds, &args, &bounds, err) != ERR_OK)
        return err->code;
    walk->last = db_int8(bounds, 0, 0);
    walk->search->recent += db_int8(bounds, 0, 1);
    db_result_free(bounds);
    return ERR_OK;
}

enum err_code lost_find(struct ctl *ctl, struct lost_search *search, struct err *err)
{
    search->looked = search->recent = 0;
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        struct walk walk = {.ctl = ctl, .search = search, .publisher = i};
        int rows = 0;
        if (find_bounds(&walk, err) != ERR_OK)
            return err->code;
        do {
            if (walk_page(&walk, &rows, err) != ERR_OK)
                return err->code;
        } while (rows > 0);
    }
    return ERR_OK;
}
