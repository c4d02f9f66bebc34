/* Consumers and verifications as rows. SPDX-License-Identifier: MIT */
#include "kind.h"

#include "consumer.h"

static const struct column consumer_columns[] = {
    {.name = "has_name", .type = COLUMN_BOOL, COLUMN_AT(consumer, has_name)},
    {.name = "first_name",
     .type = COLUMN_TEXT,
     COLUMN_AT(consumer, name.first_name),
     .size = NAME_SIZE},
    {.name = "last_name",
     .type = COLUMN_TEXT,
     COLUMN_AT(consumer, name.last_name),
     .size = NAME_SIZE},
    {.name = "has_order_limit", .type = COLUMN_BOOL, COLUMN_AT(consumer, has_order_limit)},
    {.name = "order_limit_cents", .type = COLUMN_INT8, COLUMN_AT(consumer, order_limit_cents)},
};

const struct kind consumer_kind = {
    .name = "consumer",
    .table = "consumers",
    .sequence = "consumers_id",
    .size = sizeof(struct consumer),
    .columns = consumer_columns,
    .column_count = sizeof consumer_columns / sizeof consumer_columns[0],
};

static const struct column verification_columns[] = {
    {.name = "state",
     .type = COLUMN_ENUM,
     COLUMN_AT(verification, state),
     .names = verification_state_names,
     .name_count = VERIFICATION_STATE_COUNT},
    {.name = "reason",
     .type = COLUMN_ENUM,
     COLUMN_AT(verification, reason),
     .names = reason_names,
     .name_count = REASON_COUNT},
    {.name = "consumer_id", .type = COLUMN_INT4, COLUMN_AT(verification, consumer_id)},
};

const struct kind verification_kind = {
    .name = "verification",
    .table = "verifications",
    .size = sizeof(struct verification),
    .columns = verification_columns,
    .column_count = sizeof verification_columns / sizeof verification_columns[0],
};
