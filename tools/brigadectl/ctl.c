/* Settings and connections of brigadectl. SPDX-License-Identifier: MIT */
#include "ctl.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"

enum { VARIABLE_SIZE = 48, FIXED = 7, TELL_MS = 1000 };

/* BRIGADE_ORDER_DB_URL and so on. */
static void party_variable(size_t party, char name[VARIABLE_SIZE])
{
    (void)snprintf(name, VARIABLE_SIZE, "BRIGADE_%s_DB_URL", parties[party].name);
    for (char *c = name; *c != '\0'; c++)
        *c = (char)(toupper)((unsigned char)*c);
}

struct variables {
    char names[PARTY_COUNT][VARIABLE_SIZE];
    struct config_var vars[FIXED + PARTY_COUNT];
};

static void declare(struct settings *settings, struct variables *variables)
{
    const struct config_var fixed[FIXED] = {
        {"BRIGADE_DB_URL", CONFIG_TEXT, "", 0, 0, &settings->db_url,
         "PostgreSQL, as the role brigade_operator"},
        {"BRIGADE_AMQP_URL", CONFIG_TEXT, "", 0, 0, &settings->amqp_url,
         "RabbitMQ: amqp://brigade_operator:password@host:port"},
        {"BRIGADE_MANAGEMENT_URL", CONFIG_TEXT, "", 0, 0, &settings->management_url,
         "its management API: http://brigade_operator:password@host:15672"},
        {"BRIGADE_INBOX_DAYS", CONFIG_INTEGER, "7", 1, 3650, &settings->inbox_days,
         "as the services have it: events older than that are not missed"},
        {"BRIGADE_DEFERRED_S", CONFIG_INTEGER, "600", 1, 604800, &settings->deferred_s,
         "as the services have it: what is deferred for longer is a fault"},
        {"BRIGADE_WATCH_QUEUE", CONFIG_BOOL, "false", 0, 0, &settings->watch,
         "as the services have it: whether there is brigade.watch"},
        {"BRIGADE_DB_TIMEOUT_MS", CONFIG_INTEGER, "30000", 100, 3600000, &settings->timeout_ms,
         "longest wait for the database"},
    };
    memcpy(variables->vars, fixed, sizeof fixed);
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        party_variable(i, variables->names[i]);
        variables->vars[FIXED + i] = (struct config_var){variables->names[i],
                                                         CONFIG_TEXT,
                                                         "",
                                                         0,
                                                         0,
                                                         &settings->party_db_urls[i],
                                                         "if that service's is another database"};
    }
}

enum err_code settings_load(struct settings *settings, struct err *err)
{
    struct variables variables;
    declare(settings, &variables);
    return config_load(variables.vars, FIXED + PARTY_COUNT, err);
}

void settings_print(void)
{
    struct settings settings;
    struct variables variables;
    declare(&settings, &variables);
    config_print(variables.vars, FIXED + PARTY_COUNT);
}

const char *ctl_db_url(const struct ctl *ctl, size_t party)
{
    const char *own = ctl->settings.party_db_urls[party];
    return own[0] != '\0' ? own : ctl->settings.db_url;
}

enum err_code ctl_db(struct ctl *ctl, size_t party, struct db **db, struct err *err)
{
    const char *url = ctl_db_url(ctl, party);
    if (ctl->dbs[party] == NULL) {
        char schema[VARIABLE_SIZE];
        if (url[0] == '\0')
            return err_set(err, ERR_CONFIG,
                           "BRIGADE_DB_URL must be set (`make up` writes .run/operator.env)");
        if (db_check_url(url, err) != ERR_OK)
            return err_wrap(err, "the database's URL");
        (void)snprintf(schema, sizeof schema, "brigade_%s", parties[party].name);
        ctl->dbs[party] = db_new(url, "brigadectl", schema, ctl->settings.timeout_ms);
    }
    *db = ctl->dbs[party];
    return db_ensure(*db, err) == ERR_OK ? ERR_OK : err_wrap(err, "%s", parties[party].name);
}

enum err_code ctl_query(struct ctl *ctl, size_t party, const struct db_statement *statement,
                        struct db_args *args, struct db_result **result, struct err *err)
{
    struct db *db = NULL;
    enum err_code code = ctl_db(ctl, party, &db, err);
    if (code == ERR_OK && db_run(db, statement, args, result, err) != ERR_OK)
        code = err_wrap(err, "schema brigade_%s", parties[party].name);
    if (args != NULL)
        db_args_free(args);
    return code;
}

enum err_code ctl_bus(struct ctl *ctl, struct bus **bus, struct err *err)
{
    const char *url = ctl->settings.amqp_url;
    if (ctl->bus == NULL) {
        if (url[0] == '\0')
            return err_set(err, ERR_CONFIG,
                           "BRIGADE_AMQP_URL must be set (`make up` writes .run/operator.env)");
        if (bus_check_url(url, err) != ERR_OK)
            return err_wrap(err, "BRIGADE_AMQP_URL");
        ctl->bus = bus_new(url, "brigadectl");
    }
    *bus = ctl->bus;
    return bus_open(*bus, err);
}

void ctl_close(struct ctl *ctl)
{
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        db_close(ctl->dbs[i]);
        free(ctl->settings.party_db_urls[i]);
    }
    bus_free(ctl->bus);
    free(ctl->settings.db_url);
    free(ctl->settings.amqp_url);
    free(ctl->settings.management_url);
}

enum err_code ctl_party(const char *name, size_t *party, struct err *err)
{
    struct buf known = {0};
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        if (strcmp(parties[i].name, name) == 0) {
            *party = i;
            buf_free(&known);
            return ERR_OK;
        }
        buf_printf(&known, "%s%s", i > 0 ? ", " : "", parties[i].name);
    }
    (void)err_set(err, ERR_CONFIG, "\"%.40s\" is no service; they are %s", name, buf_text(&known));
    buf_free(&known);
    return err->code;
}

enum err_code ctl_id(const char *word, const char *what, int64_t most, int64_t *id, struct err *err)
{
    errno = 0;
    long long number = strtoll(word, NULL, 10);
    if (word[0] == '\0' || word[strspn(word, "0123456789")] != '\0' || errno != 0 || number < 1 ||
        number > most)
        return err_set(err, ERR_CONFIG, "\"%.40s\" is no %s: a number from 1 to %" PRId64 " is",
                       word, what, most);
    *id = number;
    return ERR_OK;
}

bool party_takes(size_t party, enum event_type type)
{
    for (size_t i = 0; i < parties[party].type_count; i++) {
        if (parties[party].types[i] == type)
            return true;
    }
    return false;
}

enum event_type event_type_of(const char *name)
{
    for (int type = EVENT_NONE + 1; type < EVENT_TYPE_COUNT; type++) {
        if (strcmp(event_schemas[type].type, name) == 0)
            return (enum event_type)type;
    }
    return EVENT_NONE;
}

void pace_step(struct pace *pace, int64_t count)
{
    int64_t now_ms = clock_monotonic_ms();
    if (pace->begun_ms == 0)
        pace->begun_ms = pace->told_ms = now_ms;
    pace->done += count;
    if (now_ms - pace->told_ms >= TELL_MS) {
        (void)fprintf(stderr, "%s: %" PRId64 " so far\n", pace->doing, pace->done);
        pace->told_ms = now_ms;
    }
    if (pace->rate > 0) {
        int64_t due_ms = pace->begun_ms + pace->done * 1000 / pace->rate;
        if (due_ms > now_ms)
            clock_sleep_ms(due_ms - now_ms);
    }
}
