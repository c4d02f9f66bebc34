/* GETs that answer with stored aggregates. SPDX-License-Identifier: MIT */
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

bool query_load_page(struct query *query, const struct kind *kind, int64_t limit_max,
                     struct query_page *page)
{
    enum { LIMIT_DEFAULT = 20 };
    int64_t consumer_id, limit, after;
    if (!query_integer(query, "consumerId", 1, INT32_MAX, 0, &consumer_id) ||
        !query_integer(query, "limit", 1, limit_max, LIMIT_DEFAULT, &limit) ||
        !query_integer(query, "after", 0, INT32_MAX, 0, &after))
        return false;
    if (consumer_id == 0) {
        response_problem(query->response, 400, "consumerId: is missing");
        return false;
    }
    struct db_args args = {0};
    struct err err = {0};
    db_arg_int4(&args, (int32_t)consumer_id);
    db_arg_int4(&args, (int32_t)after);
    db_arg_int4(&args, (int32_t)limit + 1);
    enum err_code code =
        kind_list(query->db, kind, "of_consumer",
                  "consumer_id = $1::int4 AND id > $2::int4 ORDER BY id LIMIT $3::int4", &args,
                  &page->rows, &err);
    db_args_free(&args);
    if (code != ERR_OK) {
        query_failed(query, &err);
        return false;
    }
    page->more = db_rows(page->rows) > limit;
    page->count = page->more ? (int)limit : db_rows(page->rows);
    return true;
}
