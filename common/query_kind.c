/* GETs that answer with stored aggregates. SPDX-License-Identifier: MIT */
#include <string.h>

#include "http.h"
#include "kind.h"

bool query_load(struct query *query, const struct kind *kind, void *out)
{
    struct err err = {0};
    bool found = false;
    if (kind_find(query->db, kind, query->id, out, &found, &err) != ERR_OK) {
        query_failed(query, &err);
        return false;
    }
    if (!found)
        query_not_found(query, kind->name);
    return found;
}

struct page_request {
    int64_t owner, limit, after;
    const char *state; /* as the column's names have it; NULL: any */
};

static const struct column *state_column(const struct kind *kind)
{
    const struct column *column = kind->columns;
    while (strcmp(column->name, "state") != 0)
        column++;
    return column;
}

/* Answers with what `state` can be. */
static void refuse_state(struct query *query, const struct column *column)
{
    struct buf names = {0};
    for (int i = 1; i < column->name_count; i++)
        buf_printf(&names, "%s%s", i > 1 ? ", " : "", column->names[i]);
    response_problem(query->response, 400, "the query parameter state must be one of %s",
                     buf_text(&names));
    buf_free(&names);
}

static bool read_state(struct query *query, const struct kind *kind, const char **state)
{
    enum { STATE_BYTES = 64 };
    char text[STATE_BYTES];
    if (!query_text(query, "state", text, sizeof text))
        return false;
    if (text[0] == '\0')
        return true;
    const struct column *column = state_column(kind);
    for (int i = 1; i < column->name_count && *state == NULL; i++)
        if (strcmp(text, column->names[i]) == 0)
            *state = column->names[i];
    if (*state == NULL)
        refuse_state(query, column);
    return *state != NULL;
}

static bool read_owner(struct query *query, const char *parameter, int64_t *owner)
{
    *owner = query->id;
    if (parameter == NULL)
        return true;
    if (!query_integer(query, parameter, 1, INT32_MAX, 0, owner))
        return false;
    if (*owner == 0)
        response_problem(query->response, 400, "%s: is missing", parameter);
    return *owner != 0;
}

static bool read_request(struct query *query, const struct kind *kind,
                         const struct page_filter *filter, int64_t limit_max,
                         struct page_request *request)
{
    enum { LIMIT_DEFAULT = 20 };
    return read_owner(query, filter->parameter, &request->owner) &&
           query_integer(query, "limit", 1, limit_max, LIMIT_DEFAULT, &request->limit) &&
           query_integer(query, "after", 0, INT32_MAX, 0, &request->after) &&
           (!filter->by_state || read_state(query, kind, &request->state));
}

static enum err_code list(struct query *query, const struct kind *kind, const char *column,
                          const struct page_request *request, struct db_result **rows,
                          struct err *err)
{
    struct buf name = {0}, where = {0};
    struct db_args args = {0};
    bool any = request->state == NULL;
    buf_printf(&name, "by_%s%s", column, any ? "" : "_state");
    buf_printf(&where, "%s = $1::int4 AND id > $2::int4%s ORDER BY id LIMIT $3::int4", column,
               any ? "" : " AND state = $4::text");
    db_arg_int4(&args, (int32_t)request->owner);
    db_arg_int4(&args, (int32_t)request->after);
    db_arg_int4(&args, (int32_t)request->limit + 1);
    if (!any)
        db_arg_text(&args, request->state);
    enum err_code code =
        kind_list(query->db, kind, buf_text(&name), buf_text(&where), &args, rows, err);
    db_args_free(&args);
    buf_free(&name);
    buf_free(&where);
    return code;
}

bool query_load_page(struct query *query, const struct kind *kind, const struct page_filter *filter,
                     int64_t limit_max, struct query_page *page)
{
    struct page_request request = {0};
    struct err err = {0};
    if (!read_request(query, kind, filter, limit_max, &request))
        return false;
    if (list(query, kind, filter->column, &request, &page->rows, &err) != ERR_OK) {
        query_failed(query, &err);
        return false;
    }
    page->more = db_rows(page->rows) > request.limit;
    page->count = page->more ? (int)request.limit : db_rows(page->rows);
    return true;
}
