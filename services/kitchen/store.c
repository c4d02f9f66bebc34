/* Restaurants and tickets as rows. SPDX-License-Identifier: MIT */
#include "kind.h"

#include "kitchen.h"

static const struct column restaurant_columns[] = {
    {.name = "state",
     .type = COLUMN_ENUM,
     COLUMN_AT(restaurant, state),
     .names = restaurant_state_names,
     .name_count = RESTAURANT_STATE_COUNT},
    {.name = "name", .type = COLUMN_TEXT, COLUMN_AT(restaurant, name), .size = NAME_SIZE},
    {.name = "street1",
     .type = COLUMN_TEXT,
     COLUMN_AT(restaurant, address.street1),
     .size = ADDRESS_LINE_SIZE},
    {.name = "street2",
     .type = COLUMN_TEXT,
     COLUMN_AT(restaurant, address.street2),
     .size = ADDRESS_LINE_SIZE},
    {.name = "city",
     .type = COLUMN_TEXT,
     COLUMN_AT(restaurant, address.city),
     .size = ADDRESS_LINE_SIZE},
    {.name = "address_state",
     .type = COLUMN_TEXT,
     COLUMN_AT(restaurant, address.state),
     .size = ADDRESS_LINE_SIZE},
    {.name = "zip",
     .type = COLUMN_TEXT,
     COLUMN_AT(restaurant, address.zip),
     .size = POSTAL_CODE_SIZE},
    {.name = "menu_items",
     .type = COLUMN_ARRAY,
     COLUMN_AT(restaurant, menu.menu_items),
     .size = MENU_ITEMS_MAX,
     .count_offset = offsetof(struct restaurant, menu.menu_items_count),
     .record = &menu_item_record},
};

const struct kind restaurant_kind = {
    .name = "restaurant",
    .table = "restaurants",
    .sequence = "restaurants_id",
    .size = sizeof(struct restaurant),
    .columns = restaurant_columns,
    .column_count = sizeof restaurant_columns / sizeof restaurant_columns[0],
};

static const struct column ticket_columns[] = {
    {.name = "state",
     .type = COLUMN_ENUM,
     COLUMN_AT(ticket, state),
     .names = ticket_state_names,
     .name_count = TICKET_STATE_COUNT},
    {.name = "reason",
     .type = COLUMN_ENUM,
     COLUMN_AT(ticket, reason),
     .names = reason_names,
     .name_count = REASON_COUNT},
    {.name = "restaurant_id", .type = COLUMN_INT4, COLUMN_AT(ticket, restaurant_id)},
    {.name = "line_items",
     .type = COLUMN_ARRAY,
     COLUMN_AT(ticket, line_items),
     .size = LINE_ITEMS_MAX,
     .count_offset = offsetof(struct ticket, line_items_count),
     .record = &ticket_line_item_record},
};

const struct kind ticket_kind = {
    .name = "ticket",
    .table = "tickets",
    .size = sizeof(struct ticket),
    .columns = ticket_columns,
    .column_count = sizeof ticket_columns / sizeof ticket_columns[0],
};
