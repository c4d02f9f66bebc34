/* Is the broker's topology what it must be? And declaring it. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "management.h"
#include "topology.h"

static const char WATCH[] = "brigade.watch";

/* What is there, and the differences found so far. */
struct look {
    struct exchange *exchanges;
    struct queue *queues;
    struct binding *bindings;
    size_t exchange_count, queue_count, binding_count;
    struct table differences;
};

static const struct column difference_columns[] = {
    {.key = "what"}, {.key = "name"}, {.key = "problem"}};

static void differs(struct look *look, const char *what, const char *name, const char *problem)
{
    table_row(&look->differences, (const char *const[]){what, name, problem});
}

static void check_exchange(struct look *look, const char *name)
{
    for (size_t i = 0; i < look->exchange_count; i++) {
        const struct exchange *found = &look->exchanges[i];
        if (strcmp(found->name, name) != 0)
            continue;
        if (strcmp(found->type, "topic") != 0 || !found->durable || found->auto_delete)
            differs(look, "exchange", name,
                    "must be a durable topic exchange: delete it, then apply");
        return;
    }
    differs(look, "exchange", name, "is missing: apply");
}

static void check_text(struct look *look, const char *queue, const char *argument,
                       const char *expected, const char *found)
{
    char problem[2 * MANAGEMENT_NAME_SIZE + 128];
    if (strcmp(expected, found) == 0)
        return;
    (void)snprintf(problem, sizeof problem,
                   "%s is \"%s\", must be \"%s\": let it run empty, delete it, then apply",
                   argument, found, expected);
    differs(look, "queue", queue, problem);
}

static void check_number(struct look *look, const char *queue, const char *argument,
                         int64_t expected, int64_t found)
{
    char texts[2][24];
    (void)snprintf(texts[0], sizeof texts[0], "%lld", (long long)expected);
    (void)snprintf(texts[1], sizeof texts[1], "%lld", (long long)found);
    check_text(look, queue, argument, expected != 0 ? texts[0] : "", found != 0 ? texts[1] : "");
}

static void check_queue(struct look *look, const char *name, const struct queue_arguments *expected)
{
    const struct queue *found = queue_find(look->queues, look->queue_count, name);
    if (found == NULL) {
        differs(look, "queue", name, "is missing: apply, then outbox replay");
        return;
    }
    if (!found->durable)
        differs(look, "queue", name, "is not durable: let it run empty, delete it, then apply");
#define X(member, argument)                                                                        \
    check_text(look, name, argument, expected->member, found->arguments.member);
    QUEUE_TEXTS(X)
#undef X
#define X(member, argument)                                                                        \
    check_number(look, name, argument, expected->member, found->arguments.member);
    QUEUE_NUMBERS(X)
#undef X
}

static bool is_bound(const struct look *look, const char *source, const char *queue,
                     const char *key)
{
    for (size_t i = 0; i < look->binding_count; i++) {
        const struct binding *found = &look->bindings[i];
        if (strcmp(found->source, source) == 0 && strcmp(found->destination, queue) == 0 &&
            strcmp(found->routing_key, key) == 0)
            return true;
    }
    return false;
}

static void check_binding(struct look *look, const char *source, const char *queue, const char *key)
{
    char name[3 * MANAGEMENT_NAME_SIZE];
    if (is_bound(look, source, queue, key))
        return;
    (void)snprintf(name, sizeof name, "%s -> %s: %s", source, queue, key);
    differs(look, "binding", name, "is missing: apply, then outbox replay");
}

static bool is_expected(size_t party, const struct binding *binding)
{
    char source[MANAGEMENT_NAME_SIZE];
    for (size_t i = 0; i < parties[party].type_count; i++) {
        const struct event_schema *schema = &event_schemas[parties[party].types[i]];
        (void)snprintf(source, sizeof source, "%s.events", schema->publisher);
        if (strcmp(binding->source, source) == 0 && strcmp(binding->routing_key, schema->type) == 0)
            return true;
    }
    return binding->source[0] == '\0'; /* of the default exchange, which has one to each queue */
}

/* A service parks what it does not know. */
static void check_strangers(struct look *look, size_t party, const char *inbox)
{
    char name[3 * MANAGEMENT_NAME_SIZE];
    for (size_t i = 0; i < look->binding_count; i++) {
        const struct binding *found = &look->bindings[i];
        if (strcmp(found->destination, inbox) != 0 || is_expected(party, found))
            continue;
        (void)snprintf(name, sizeof name, "%s -> %s: %s", found->source, inbox, found->routing_key);
        differs(look, "binding", name, "is none of ours: unbind it");
    }
}

static void check_party(struct look *look, size_t party)
{
    char exchange[64], inbox[64], dead[64];
    struct queue_arguments arguments = {.queue_type = "quorum"};
    (void)snprintf(exchange, sizeof exchange, "%s.events", parties[party].name);
    (void)snprintf(inbox, sizeof inbox, "%s.inbox", parties[party].name);
    (void)snprintf(dead, sizeof dead, "%s.inbox.dead", parties[party].name);
    check_exchange(look, exchange);
    check_queue(look, dead, &arguments);
    arguments.delivery_limit = 20;
    (void)snprintf(arguments.dead_letter_routing_key, sizeof dead, "%s", dead);
    (void)strcpy(arguments.dead_letter_strategy, "at-least-once");
    (void)strcpy(arguments.overflow, "reject-publish");
    check_queue(look, inbox, &arguments);
    for (size_t i = 0; i < parties[party].type_count; i++) {
        const struct event_schema *schema = &event_schemas[parties[party].types[i]];
        (void)snprintf(exchange, sizeof exchange, "%s.events", schema->publisher);
        check_binding(look, exchange, inbox, schema->type);
    }
    check_strangers(look, party, inbox);
}

/* It is for people: that it is not there is no fault. */
static void check_watch(struct look *look)
{
    char exchange[64];
    const struct queue_arguments arguments = {
        .queue_type = "classic", .max_length = 1000, .overflow = "drop-head"};
    if (queue_find(look->queues, look->queue_count, WATCH) == NULL)
        return;
    check_queue(look, WATCH, &arguments);
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        (void)snprintf(exchange, sizeof exchange, "%s.events", parties[i].name);
        check_binding(look, exchange, WATCH, "#");
    }
}

static enum err_code load(struct ctl *ctl, struct look *look, struct err *err)
{
    if (management_exchanges(ctl, &look->exchanges, &look->exchange_count, err) != ERR_OK ||
        management_queues(ctl, &look->queues, &look->queue_count, err) != ERR_OK)
        return err->code;
    return management_bindings(ctl, &look->bindings, &look->binding_count, err);
}

enum err_code topology_verify(struct ctl *ctl, bool *found, struct err *err)
{
    struct look look = {
        .differences = {.name = "differences", .columns = difference_columns, .column_count = 3}};
    enum err_code code = load(ctl, &look, err);
    if (code == ERR_OK) {
        for (size_t i = 0; i < PARTY_COUNT; i++)
            check_party(&look, i);
        if (ctl->settings.watch)
            check_watch(&look);
        *found = look.differences.row_count > 0;
        output_table(&ctl->output, &look.differences, "the topology is what it must be");
    }
    free(look.exchanges);
    free(look.queues);
    free(look.bindings);
    return code;
}

/* All exchanges first: each inbox is bound to those of others. */
static enum err_code declare_exchanges(struct bus *bus, struct err *err)
{
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        char exchange[64];
        (void)snprintf(exchange, sizeof exchange, "%s.events", parties[i].name);
        if (bus_declare_exchange(bus, exchange, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

enum err_code topology_apply(struct ctl *ctl, bool *found, struct err *err)
{
    struct bus *bus;
    *found = false;
    if (ctl_bus(ctl, &bus, err) != ERR_OK || declare_exchanges(bus, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        const struct topology topology = {.service = parties[i].name,
                                          .types = parties[i].types,
                                          .type_count = parties[i].type_count,
                                          .watch = ctl->settings.watch};
        bool complete = false;
        if (topology_check_sending(&topology, bus, err) != ERR_OK ||
            topology_check_receiving(&topology, bus, &complete, err) != ERR_OK)
            return err_wrap(err, "%s", parties[i].name);
    }
    output_note(&ctl->output, "declared: exchanges, queues and bindings of all services");
    return ERR_OK;
}
