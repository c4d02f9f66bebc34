/* brigadectl: what its commands share: arguments, connections, output, exit codes.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADECTL_CTL_H
#define BRIGADECTL_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus.h"
#include "db.h"
#include "err.h"
#include "output.h"
#include "parties.h"

enum ctl_exit {
    CTL_FINE = 0,
    CTL_FOUND = 1, /* what was looked for is there: a violation, a hang, a difference */
    CTL_BLIND = 2, /* could not look: wrong arguments or settings, something is away */
};

/* What a command may be given. */
enum option {
    OPTION_ALL = 1,
    OPTION_DRY_RUN = 2,
    OPTION_RATE = 4,
    OPTION_STUCK = 8,
    OPTION_SETTLE = 16,
};

struct arguments {
    const char *const *words; /* behind the command's name, without the options */
    size_t word_count;
    unsigned options; /* those given */
    int64_t rate, settle_s;
};

struct settings {
    char *db_url, *party_db_urls[PARTY_COUNT]; /* "": not set */
    char *amqp_url, *management_url;
    int64_t inbox_days, deferred_s, timeout_ms;
    bool watch;
};

struct ctl {
    struct arguments arguments;
    struct settings settings;
    struct output output;
    struct db *dbs[PARTY_COUNT]; /* NULL: not used yet */
    struct bus *bus;             /* NULL: not used yet */
    bool blind;                  /* CTL_BLIND, although there is something to print */
};

/* A command. Sets `*found` for CTL_FOUND; an error is CTL_BLIND. */
typedef enum err_code command_run(struct ctl *ctl, bool *found, struct err *err);

command_run audit_run, dead_list, dead_redrive, outbox_list, outbox_replay, parked_list,
    parked_redrive, parked_show, saga_list, saga_show, saga_why, topology_apply, topology_verify;

enum err_code settings_load(struct settings *settings, struct err *err) MUST_CHECK;
void settings_print(void);

/* The URL of a service's database, "" when none is set. */
const char *ctl_db_url(const struct ctl *ctl, size_t party);

/* The connection to a service's schema, opened at its first use. The error names the service. */
enum err_code ctl_db(struct ctl *ctl, size_t party, struct db **db, struct err *err) MUST_CHECK;

/* Run one statement in a service's schema; `args` are freed, the result is the caller's. */
enum err_code ctl_query(struct ctl *ctl, size_t party, const struct db_statement *statement,
                        struct db_args *args, struct db_result **result,
                        struct err *err) MUST_CHECK;

/* The connection to the broker, opened at its first use. */
enum err_code ctl_bus(struct ctl *ctl, struct bus **bus, struct err *err) MUST_CHECK;

void ctl_close(struct ctl *ctl);

/* The service that the command's first word names. ERR_CONFIG lists them. */
enum err_code ctl_party(const char *name, size_t *party, struct err *err) MUST_CHECK;

/* A positive number among the words. ERR_CONFIG names what it should be. */
enum err_code ctl_id(const char *word, const char *what, int64_t most, int64_t *id,
                     struct err *err) MUST_CHECK;

/* Does the service subscribe to events of this type? */
bool party_takes(size_t party, enum event_type type);

/* EVENT_NONE when it is not known. */
enum event_type event_type_of(const char *name);

/* Slows down to `rate` a second (0: not at all), and tells how far it is, now and then, on standard
 * error. */
struct pace {
    int64_t rate, done, begun_ms, told_ms;
    const char *doing;
};
void pace_step(struct pace *pace, int64_t count);

/* How SQL writes a time for people (UTC with milliseconds), and for clock_format. */
#define SQL_UTC(time) "to_char(" time " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
#define SQL_MS(time)  "(extract(epoch FROM " time ") * 1000)::bigint"

/* The order that a message in the column `body` names, as text; NULL for none. */
#define SQL_ORDER_ID "substring(encode(body, 'escape') FROM '\"orderId\": ?([0-9]{1,10})[^0-9]')"

#endif
