/* Notifications as rows. SPDX-License-Identifier: MIT */
#include "kind.h"

#include "notifier.h"

static const struct column notification_columns[] = {
    {.name = "kind",
     .type = COLUMN_ENUM,
     COLUMN_AT(notification, kind),
     .names = notification_kind_names,
     .name_count = NOTIFICATION_KIND_COUNT},
    {.name = "consumer_id", .type = COLUMN_INT4, COLUMN_AT(notification, consumer_id)},
    {.name = "order_id", .type = COLUMN_INT4, COLUMN_AT(notification, order_id)},
    {.name = "revision", .type = COLUMN_INT4, COLUMN_AT(notification, revision)},
    {.name = "text",
     .type = COLUMN_TEXT,
     COLUMN_AT(notification, text),
     .size = NOTIFICATION_TEXT_SIZE},
    {.name = "created_at", .type = COLUMN_TIME, COLUMN_AT(notification, created_at_ms)},
};

const struct kind notification_kind = {
    .name = "notification",
    .table = "notifications",
    .sequence = "notifications_id",
    .size = sizeof(struct notification),
    .columns = notification_columns,
    .column_count = sizeof notification_columns / sizeof notification_columns[0],
};
