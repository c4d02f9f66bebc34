/* Aggregates, saved and loaded through their columns, and interned. SPDX-License-Identifier: MIT */
#include "values.h"

#include <stdlib.h>
#include <string.h>

#include "intern.h"
#include "services.h"

struct role_info roles[ROLE_COUNT] = {
    [ROLE_CONSUMER] = {"consumer", "consumer", "Consumer", true, NULL, NULL},
    [ROLE_RESTAURANT] = {"kitchen", "restaurant", "Restaurant", true, NULL, NULL},
    [ROLE_REPLICA] = {"order", "restaurant", "Replica", false, NULL, NULL},
    [ROLE_ACCOUNT] = {"accounting", "account", "Account", false, NULL, NULL},
    [ROLE_ORDER] = {"order", "order", "Order", false, NULL, NULL},
    [ROLE_VERIFICATION] = {"consumer", "verification", "Verification", false, NULL, NULL},
    [ROLE_TICKET] = {"kitchen", "ticket", "Ticket", false, NULL, NULL},
    [ROLE_AUTHORIZATION] = {"accounting", "authorization", "Authorization", false, NULL, NULL},
    [ROLE_NOTIFICATION] = {"notifier", "notification", "Notification", false, NULL, NULL},
};
static struct intern values[ROLE_COUNT];

static const struct column *state_column(const struct kind *kind)
{
    for (size_t i = 0; i < kind->column_count; i++) {
        const struct column *column = &kind->columns[i];
        bool named = strcmp(column->name, "state") == 0 || strcmp(column->name, "kind") == 0;
        if (column->type == COLUMN_ENUM && named)
            return column;
    }
    return NULL;
}

static void load_kind(const struct service *service, const struct kind *kind)
{
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct role_info *info = &roles[role];
        if (strcmp(info->service, service->name) == 0 && strcmp(info->kind_name, kind->name) == 0) {
            info->kind = kind;
            info->state = state_column(kind);
        }
    }
}

void values_load(void)
{
    for (int i = 0; i < SERVICES_COUNT; i++)
        for (size_t k = 0; k < services[i].kind_count; k++)
            load_kind(&services[i], services[i].kinds[k]);
    for (int role = 0; role < ROLE_COUNT; role++)
        if (roles[role].kind == NULL)
            model_bug("%s has no kind %s", roles[role].service, roles[role].kind_name);
}

int32_t id_in_role(enum role role, int order)
{
    switch (role) {
    case ROLE_CONSUMER:
    case ROLE_ACCOUNT:
        return CONSUMER_ID;
    case ROLE_RESTAURANT:
    case ROLE_REPLICA:
        return RESTAURANT_ID;
    case ROLE_ORDER:
    case ROLE_VERIFICATION:
    case ROLE_TICKET:
    case ROLE_AUTHORIZATION:
        return ORDER_IDS + order;
    case ROLE_NOTIFICATION:
        return NOTIFICATION_ID;
    case ROLE_NONE:
        break;
    }
    model_bug("no role, no id");
}

int order_of_id(int32_t id)
{
    return id > ORDER_IDS && id <= ORDER_IDS + ORDERS_IN_WORLD_MAX ? id - ORDER_IDS : 0;
}

enum role role_of(const struct kind *kind)
{
    for (int role = 0; role < ROLE_COUNT; role++)
        if (roles[role].kind == kind)
            return (enum role)role;
    model_bug("the kind %s is not in the model's table of roles", kind->name);
}

static void save_array(const struct column *column, const char *from, char *to)
{
    struct buf json = {0};
    struct err err = {0};
    size_t count;
    memcpy(&count, from + column->count_offset, sizeof count);
    codec_encode_array(column->record, from + column->offset, count, &json);
    if (codec_decode_array(column->record, buf_text(&json), json.length, to + column->offset,
                           column->size, &count, &err) != ERR_OK)
        model_bug("the column %s does not load again: %s", column->name, err.text);
    memcpy(to + column->count_offset, &count, sizeof count);
    buf_free(&json);
}

static void save_enum(const struct column *column, const char *from, char *to)
{
    int value;
    memcpy(&value, from + column->offset, sizeof value);
    if (value < 0 || value >= column->name_count)
        model_bug("the column %s is to hold %d, which has no name", column->name, value);
    memcpy(to + column->offset, &value, sizeof value);
}

static void save_column(const struct column *column, const char *from, char *to)
{
    switch (column->type) {
    case COLUMN_INT4:
        memcpy(to + column->offset, from + column->offset, sizeof(int32_t));
        break;
    case COLUMN_INT8:
    case COLUMN_TIME:
        memcpy(to + column->offset, from + column->offset, sizeof(int64_t));
        break;
    case COLUMN_BOOL:
        memcpy(to + column->offset, from + column->offset, sizeof(bool));
        break;
    case COLUMN_TEXT:
        memcpy(to + column->offset, from + column->offset,
               strnlen(from + column->offset, column->size - 1));
        break;
    case COLUMN_ENUM:
        save_enum(column, from, to);
        break;
    case COLUMN_ARRAY:
        save_array(column, from, to);
        break;
    }
}

uint16_t value_put(enum role role, const void *value, int64_t now_ms)
{
    const struct kind *kind = roles[role].kind;
    const struct aggregate *from = value;
    char *to = mem_alloc(1, kind->size);
    struct aggregate head = {.id = from->id, .version = roles[role].counts ? from->version : 1};
    head.due_at_ms = from->due_at_ms == 0 ? 0 : from->due_at_ms - now_ms + NOW_MS;
    for (size_t i = 0; i < kind->column_count; i++)
        save_column(&kind->columns[i], value, to);
    memcpy(to, &head, sizeof head);
    uint32_t number = intern_put(&values[role], to, kind->size);
    free(to);
    if (number > UINT16_MAX)
        model_bug("more than %d values of %s", UINT16_MAX, kind->name);
    return (uint16_t)number;
}

void value_get(enum role role, uint16_t number, int32_t id, void *out)
{
    size_t size = roles[role].kind->size;
    struct aggregate none = {.id = id};
    if (number != 0) {
        memcpy(out, intern_get(&values[role], number), size);
        return;
    }
    memset(out, 0, size);
    memcpy(out, &none, sizeof none);
}

const void *value_at(enum role role, uint16_t number)
{
    return number == 0 ? NULL : intern_get(&values[role], number);
}

const char *value_state(enum role role, uint16_t number)
{
    const struct column *column = roles[role].state;
    if (number == 0)
        return "NONE";
    if (column == NULL)
        return "";
    int state;
    memcpy(&state, (const char *)value_at(role, number) + column->offset, sizeof state);
    return column->names[state];
}
