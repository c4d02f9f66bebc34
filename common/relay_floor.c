/* Where the relay begins to read the outbox.
 *
 * What is archived stays in the table's index until the oldest transaction of the database has
 * ended, perhaps an hour's dump, and to read past it takes longer with every event. So rows up to
 * `floor` are not looked at: they were archived some polls ago. A row that commits below it all the
 * same is found by a look now and then. SPDX-License-Identifier: MIT */
#include "clock.h"
#include "log.h"
#include "relay_internal.h"

enum {
    FLOOR_POLLS = 3, /* how long a row must be gone before the floor may pass it */
    /* How often rows are looked for that have committed below the floor. */
    LOOK_AT_ALL_POLLS = 30,
    LOOK_AT_ALL_MAX_MS = 30000,
};

static const struct db_statement find_below = {
    "relay_find_below", "SELECT min(id) FROM outbox WHERE id <= $1::bigint AND id <> ALL "
                        "($2::bigint[])"};

void relay_put_aside(const struct relay *relay, struct db_args *args)
{
    db_array_begin(args, DB_OID_INT8);
    for (size_t i = 0; i < relay->aside_count; i++)
        db_array_int8(args, relay->aside[i]);
    db_array_end(args);
}

void relay_lower_floor(struct relay *relay, int64_t id)
{
    if (relay->floor >= id)
        relay->floor = id - 1;
    relay->next_floor = relay->floor;
}

enum err_code relay_look_below(struct relay *relay, struct err *err)
{
    int64_t now_ms = clock_monotonic_ms();
    if (relay->floor == 0 || now_ms < relay->look_at_all_due_ms)
        return ERR_OK;
    int64_t wait_ms = LOOK_AT_ALL_POLLS * relay->options.poll_ms;
    relay->look_at_all_due_ms =
        now_ms + (wait_ms < LOOK_AT_ALL_MAX_MS ? wait_ms : LOOK_AT_ALL_MAX_MS);
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_arg_int8(&args, relay->floor);
    relay_put_aside(relay, &args);
    relay->trying = &relay->db_retry;
    enum err_code code = db_run(relay->db, &find_below, &args, &result, err);
    db_args_free(&args);
    if (code == ERR_TIMEOUT && db_is_open(relay->db)) {
        log_warn("late events cannot be looked for in time", LOG_S("error", err->text));
        *err = (struct err){0};
        return ERR_OK;
    }
    if (code == ERR_OK && !db_null(result, 0, 0)) {
        relay_lower_floor(relay, db_int8(result, 0, 0));
        relay_forget_window(relay);
    }
    db_result_free(result);
    return code;
}

void relay_raise_floor(struct relay *relay)
{
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < relay->floor_due_ms)
        return;
    relay->floor = relay->next_floor;
    relay->next_floor = relay->rows[relay->row_count - 1].id;
    relay->floor_due_ms = now_ms + FLOOR_POLLS * relay->options.poll_ms;
}
