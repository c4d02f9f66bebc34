/* What was sent against what was taken, page by page: the schemas may be in different databases,
 * and a page of one fits into a statement for the other. SPDX-License-Identifier: MIT */
#include "lost.h"

#include <string.h>

enum { PAGE = 5000, HOUR_S = 3600, DAY_S = 86400 };

static const struct db_statement read_page = {
    "lost_page", "SELECT id, event_id, type, correlation, subject_id, " SQL_MS(
                     "sent_at") " FROM sent "
                                "WHERE id > $1::int8 AND type = ANY($2::text[]) AND sent_at < "
                                "now() - make_interval(secs => $3::int8) "
                                "AND created_at > now() - make_interval(secs => $4::int8) ORDER BY "
                                "id LIMIT $5::int8"};
static const struct db_statement read_missing = {
    "lost_missing", "SELECT u.nr::int4 - 1 FROM unnest($1::text[]) WITH ORDINALITY AS u(id, nr) "
                    "WHERE NOT EXISTS (SELECT FROM inbox WHERE message_id = u.id::uuid)"};

struct search {
    struct ctl *ctl;
    size_t publisher, subscriber;
    int64_t settle_s;
    lost_visit *visit;
    void *context;
};

/* The types that go from the one to the other. Returns how many. */
static size_t put_types(const struct search *search, struct db_args *args)
{
    const struct party *to = &parties[search->subscriber];
    size_t count = 0;
    db_array_begin(args, DB_OID_TEXT);
    for (size_t i = 0; i < to->type_count; i++) {
        const struct event_schema *schema = &event_schemas[to->types[i]];
        if (strcmp(schema->publisher, parties[search->publisher].name) != 0)
            continue;
        db_array_text(args, schema->type);
        count++;
    }
    db_array_end(args);
    return count;
}

static void tell(const struct search *search, const struct db_result *page, int row)
{
    const struct lost lost = {.publisher = search->publisher,
                              .subscriber = search->subscriber,
                              .row = db_int8(page, row, 0),
                              .event_id = db_text(page, row, 1),
                              .type = db_text(page, row, 2),
                              .order = db_text(page, row, 3),
                              .subject_id = db_int4(page, row, 4),
                              .sent_ms = db_int8(page, row, 5)};
    search->visit(search->context, &lost);
}

static enum err_code compare(const struct search *search, const struct db_result *page,
                             struct err *err)
{
    struct db_args args = {0};
    struct db_result *missing = NULL;
    db_array_begin(&args, DB_OID_TEXT);
    for (int row = 0; row < db_rows(page); row++)
        db_array_text(&args, db_text(page, row, 1));
    db_array_end(&args);
    if (ctl_query(search->ctl, search->subscriber, &read_missing, &args, &missing, err) != ERR_OK)
        return err->code;
    for (int i = 0; i < db_rows(missing); i++)
        tell(search, page, db_int4(missing, i, 0));
    db_result_free(missing);
    return ERR_OK;
}

/* One page behind the row `*after`. Zero rows: the end. */
static enum err_code search_page(const struct search *search, int64_t *after, int *rows,
                                 struct err *err)
{
    struct db_args args = {0};
    struct db_result *page = NULL;
    db_arg_int8(&args, *after);
    if (put_types(search, &args) == 0) {
        db_args_free(&args);
        *rows = 0;
        return ERR_OK;
    }
    db_arg_int8(&args, search->settle_s);
    db_arg_int8(&args, search->ctl->settings.inbox_days * DAY_S - HOUR_S);
    db_arg_int8(&args, PAGE);
    if (ctl_query(search->ctl, search->publisher, &read_page, &args, &page, err) != ERR_OK)
        return err->code;
    *rows = db_rows(page);
    if (*rows > 0) {
        *after = db_int8(page, *rows - 1, 0);
        (void)compare(search, page, err);
    }
    db_result_free(page);
    return err->code;
}

enum err_code lost_find(struct ctl *ctl, int64_t settle_s, lost_visit *visit, void *context,
                        int64_t *looked, struct err *err)
{
    struct search search = {.ctl = ctl, .settle_s = settle_s, .visit = visit, .context = context};
    *looked = 0;
    for (size_t pair = 0; pair < (size_t)PARTY_COUNT * PARTY_COUNT; pair++) {
        int64_t after = 0;
        int rows = 0;
        search.publisher = pair / PARTY_COUNT;
        search.subscriber = pair % PARTY_COUNT;
        do {
            if (search_page(&search, &after, &rows, err) != ERR_OK)
                return err->code;
            *looked += rows;
        } while (rows > 0);
    }
    return ERR_OK;
}
