/* Orders and restaurants as rows. SPDX-License-Identifier: MIT */
#include "kind.h"

#include "order.h"

static const struct column order_columns[] = {
    {.name = "state",
     .type = COLUMN_ENUM,
     COLUMN_AT(order, state),
     .names = order_state_names,
     .name_count = ORDER_STATE_COUNT},
    {.name = "reason",
     .type = COLUMN_ENUM,
     COLUMN_AT(order, reason),
     .names = reason_names,
     .name_count = REASON_COUNT},
    {.name = "consumer_id", .type = COLUMN_INT4, COLUMN_AT(order, consumer_id)},
    {.name = "restaurant_id", .type = COLUMN_INT4, COLUMN_AT(order, restaurant_id)},
    {.name = "line_items",
     .type = COLUMN_ARRAY,
     COLUMN_AT(order, line_items),
     .size = LINE_ITEMS_MAX,
     .count_offset = offsetof(struct order, line_items_count),
     .record = &order_line_item_record},
    {.name = "order_total_cents", .type = COLUMN_INT8, COLUMN_AT(order, order_total_cents)},
    {.name = "delivery_street1",
     .type = COLUMN_TEXT,
     COLUMN_AT(order, delivery_address.street1),
     .size = ADDRESS_LINE_SIZE},
    {.name = "delivery_street2",
     .type = COLUMN_TEXT,
     COLUMN_AT(order, delivery_address.street2),
     .size = ADDRESS_LINE_SIZE},
    {.name = "delivery_city",
     .type = COLUMN_TEXT,
     COLUMN_AT(order, delivery_address.city),
     .size = ADDRESS_LINE_SIZE},
    {.name = "delivery_state",
     .type = COLUMN_TEXT,
     COLUMN_AT(order, delivery_address.state),
     .size = ADDRESS_LINE_SIZE},
    {.name = "delivery_zip",
     .type = COLUMN_TEXT,
     COLUMN_AT(order, delivery_address.zip),
     .size = POSTAL_CODE_SIZE},
    {.name = "delivery_time", .type = COLUMN_TIME, COLUMN_AT(order, delivery_time_ms)},
};

const struct kind order_kind = {
    .name = "order",
    .table = "orders",
    .sequence = "orders_id",
    .size = sizeof(struct order),
    .columns = order_columns,
    .column_count = sizeof order_columns / sizeof order_columns[0],
};

static const struct column restaurant_columns[] = {
    {.name = "sequence", .type = COLUMN_INT4, COLUMN_AT(restaurant_replica, sequence)},
    {.name = "name", .type = COLUMN_TEXT, COLUMN_AT(restaurant_replica, name), .size = NAME_SIZE},
    {.name = "menu_items",
     .type = COLUMN_ARRAY,
     COLUMN_AT(restaurant_replica, menu.menu_items),
     .size = MENU_ITEMS_MAX,
     .count_offset = offsetof(struct restaurant_replica, menu.menu_items_count),
     .record = &menu_item_record},
};

const struct kind restaurant_replica_kind = {
    .name = "restaurant",
    .table = "restaurants",
    .size = sizeof(struct restaurant_replica),
    .columns = restaurant_columns,
    .column_count = sizeof restaurant_columns / sizeof restaurant_columns[0],
};
