/* The notifier service's REST routes. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "kind.h"
#include "notifier.h"

static void write_notification(const struct notification *notification,
                               struct notification_response *answer)
{
    *answer = (struct notification_response){
        .id = notification->head.id,
        .consumer_id = notification->consumer_id,
        .order_id = notification->order_id,
        .kind = notification->kind,
        .created_at_ms = notification->created_at_ms,
    };
    memcpy(answer->text, notification->text, sizeof answer->text);
}

static void answer_notifications(struct query *query, const struct query_page *page)
{
    struct notification_list_response *answer = mem_alloc(1, sizeof *answer);
    struct notification notification = {0};
    struct err err = {0};
    for (int row = 0; row < page->count && err.code == ERR_OK; row++) {
        if (kind_read(&notification_kind, page->rows, row, &notification, &err) == ERR_OK)
            write_notification(&notification,
                               &answer->notifications[answer->notifications_count++]);
    }
    if (page->more)
        answer->next = notification.head.id;
    if (err.code == ERR_OK)
        query_answer(query, &notification_list_response_record, answer);
    else
        query_failed(query, &err);
    free(answer);
}

static void list_notifications(struct query *query)
{
    static const struct page_filter filter = {.parameter = "consumerId", .column = "consumer_id"};
    struct query_page page;
    if (!query_load_page(query, &notification_kind, &filter, NOTIFICATIONS_MAX, &page))
        return;
    answer_notifications(query, &page);
    db_result_free(page.rows);
}

static const struct route routes[] = {
    {.method = "GET", .path = "/notifications", .query = list_notifications},
};
const struct route *const notifier_routes = routes;
const size_t notifier_route_count = sizeof routes / sizeof routes[0];
