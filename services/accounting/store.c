/* Accounts and authorizations as rows. SPDX-License-Identifier: MIT */
#include "kind.h"

#include "accounting.h"

static const struct column account_columns[] = {
    {.name = "state",
     .type = COLUMN_ENUM,
     COLUMN_AT(account, state),
     .names = account_state_names,
     .name_count = ACCOUNT_STATE_COUNT},
    {.name = "card_token",
     .type = COLUMN_TEXT,
     COLUMN_AT(account, card_token),
     .size = CARD_TOKEN_SIZE},
    {.name = "has_order_limit", .type = COLUMN_BOOL, COLUMN_AT(account, has_order_limit)},
    {.name = "order_limit_cents", .type = COLUMN_INT8, COLUMN_AT(account, order_limit_cents)},
};

const struct kind account_kind = {
    .name = "account",
    .table = "accounts",
    .size = sizeof(struct account),
    .columns = account_columns,
    .column_count = sizeof account_columns / sizeof account_columns[0],
};

static const struct column authorization_columns[] = {
    {.name = "state",
     .type = COLUMN_ENUM,
     COLUMN_AT(authorization, state),
     .names = authorization_state_names,
     .name_count = AUTHORIZATION_STATE_COUNT},
    {.name = "reason",
     .type = COLUMN_ENUM,
     COLUMN_AT(authorization, reason),
     .names = reason_names,
     .name_count = REASON_COUNT},
    {.name = "consumer_id", .type = COLUMN_INT4, COLUMN_AT(authorization, consumer_id)},
    {.name = "amount_cents", .type = COLUMN_INT8, COLUMN_AT(authorization, amount_cents)},
    {.name = "verified", .type = COLUMN_BOOL, COLUMN_AT(authorization, verified)},
    {.name = "ticketed", .type = COLUMN_BOOL, COLUMN_AT(authorization, ticketed)},
    {.name = "settled_revision", .type = COLUMN_INT4, COLUMN_AT(authorization, settled_revision)},
    {.name = "answered_revision", .type = COLUMN_INT4, COLUMN_AT(authorization, answered_revision)},
    {.name = "revised", .type = COLUMN_BOOL, COLUMN_AT(authorization, revised)},
    {.name = "previous_cents", .type = COLUMN_INT8, COLUMN_AT(authorization, previous_cents)},
};

const struct kind authorization_kind = {
    .name = "authorization",
    .table = "authorizations",
    .size = sizeof(struct authorization),
    .columns = authorization_columns,
    .column_count = sizeof authorization_columns / sizeof authorization_columns[0],
};
