/* The relay's thread: its two connections, its lock, and when it does what.
 * SPDX-License-Identifier: MIT */
#include "relay_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "metrics.h"

enum {
    DECLARE_MS = 30000, /* how often a lost exchange or binding is repaired */
    IDLE_MS = 1000,     /* the longest sleep: heartbeats need a call now and then */
    /* The first window of a connection is small: a broker that is short of memory says so at our
     * first message and reads no more, and what is stuck in the socket then makes TCP give the
     * connection up. */
    FIRST_WINDOW = 16,
};

/* By which a relay that waits for the lock tells the one that has it of new rows. */
#define CHANNEL "brigade.outbox."
static const struct db_statement notify_statement = {"relay_notify", "SELECT pg_notify('" CHANNEL
                                                                     "' || $1::text, '')"};

static const struct db_statement lock_statement = {
    "relay_lock", "SELECT pg_try_advisory_lock(hashtextextended('brigade.relay.' || $1::text, 0))"};

static struct metric reconnects = {METRIC_COUNTER, "brigade_broker_reconnects_total",
                                   "Connections to the broker that replaced a lost one.",
                                   .labels = "connection=\"relay\""};

/* Losing a delete in a crash of the database only means that its events are published twice, which
 * every subscriber expects anyway: so the relay need not wait for the disk. */
static enum err_code connect_db(struct relay *relay, struct err *err)
{
    relay->trying = &relay->db_retry;
    if (db_is_open(relay->db))
        return ERR_OK;
    relay->active = false; /* the lock went with the session */
    relay_forget_window(relay);
    relay->floor = relay->next_floor = 0;
    if (db_ensure(relay->db, err) != ERR_OK)
        return err->code;
    return db_script(relay->db, "SET synchronous_commit = off", err);
}

static enum err_code take_lock(struct relay *relay, struct err *err)
{
    relay->trying = &relay->db_retry;
    if (relay->active)
        return ERR_OK;
    struct db_args args = {0};
    struct db_result *result = NULL;
    db_arg_text(&args, relay->options.schema);
    enum err_code code = db_run(relay->db, &lock_statement, &args, &result, err);
    db_args_free(&args);
    if (code != ERR_OK)
        return code;
    bool taken = db_bool(result, 0, 0);
    db_result_free(result);
    if (!taken)
        return ERR_OK;
    char listen[128];
    (void)snprintf(listen, sizeof listen, "LISTEN \"" CHANNEL "%s\"", relay->options.schema);
    if (db_script(relay->db, listen, err) != ERR_OK)
        return err->code;
    relay->active = true;
    log_info("relay is active", LOG_S("schema", relay->options.schema));
    return ERR_OK;
}

/* Another process has the lock: it cannot know what this one has just committed. */
static enum err_code tell_active(struct relay *relay, struct err *err)
{
    relay->trying = &relay->db_retry;
    enum err_code code = ERR_OK;
    bool stopping = atomic_load(&relay->stop_by_ms) != 0; /* the last ring may not be heard yet */
    if ((relay->rung || stopping) && !relay->active) {
        struct db_args args = {0};
        db_arg_text(&args, relay->options.schema);
        code = db_run(relay->db, &notify_statement, &args, NULL, err);
        db_args_free(&args);
    }
    if (code == ERR_OK)
        relay->rung = false;
    return code;
}

static enum err_code open_bus(struct relay *relay, struct err *err)
{
    if (bus_open(relay->bus, err) != ERR_OK || bus_confirm_select(relay->bus, err) != ERR_OK)
        return err->code;
    relay->blocked = false;
    relay->last_tag = 0;
    relay->row_count = 0;
    relay_forget_window(relay);
    relay->window = FIRST_WINDOW < relay->options.window ? FIRST_WINDOW : relay->options.window;
    relay->declare_due_ms = 0;
    if (relay->connections++ > 0)
        metric_add(&reconnects, 1);
    return ERR_OK;
}

/* Connect, and declare the topology when that is due. A broker that blocks us would not answer. */
static enum err_code connect_bus(struct relay *relay, struct err *err)
{
    relay->trying = &relay->bus_retry;
    if (!bus_is_open(relay->bus) && open_bus(relay, err) != ERR_OK)
        return err->code;
    if (relay->blocked || clock_monotonic_ms() < relay->declare_due_ms)
        return ERR_OK;
    relay->declare_due_ms = clock_monotonic_ms() + DECLARE_MS;
    return topology_check_sending(relay->options.topology, relay->bus, err);
}

/* Rows that were returned are tried again when their time is over, and after the topology has been
 * repaired. */
static void end_aside(struct relay *relay)
{
    if (relay->aside_count == 0 || clock_monotonic_ms() < relay->aside_until_ms)
        return;
    relay->aside_count = 0;
    relay->declare_due_ms = 0;
    relay_forget_window(relay);
}

/* Give up what failed, so that it is opened anew when its time comes. Returns how long that is. */
static int64_t failed(struct relay *relay, const struct err *err)
{
    atomic_store(&relay->ready, false);
    if (relay->trying == &relay->db_retry)
        db_drop(relay->db);
    if (relay->trying == &relay->bus_retry)
        bus_close(relay->bus);
    retry_failed(relay->trying, err);
    return retry_wait_ms(relay->trying);
}

static int64_t retries_wait_ms(const struct relay *relay)
{
    const struct retry *const retries[] = {&relay->db_retry, &relay->bus_retry,
                                           &relay->publish_retry};
    int64_t longest_ms = 0;
    for (size_t i = 0; i < sizeof retries / sizeof retries[0]; i++) {
        int64_t wait_ms = retry_wait_ms(retries[i]);
        longest_ms = wait_ms > longest_ms ? wait_ms : longest_ms;
    }
    return longest_ms;
}

/* Do what can be done now. Returns how long to wait for the next turn; 0: there is more to do. */
static int64_t turn(struct relay *relay)
{
    struct err err = {0};
    bool more = false;
    int64_t wait_ms = retries_wait_ms(relay);
    if (wait_ms > 0)
        return wait_ms;
    end_aside(relay);
    if (connect_db(relay, &err) != ERR_OK || connect_bus(relay, &err) != ERR_OK ||
        take_lock(relay, &err) != ERR_OK || tell_active(relay, &err) != ERR_OK)
        return failed(relay, &err);
    if (relay->active && !relay->blocked && relay_round(relay, &more, &err) != ERR_OK)
        return failed(relay, &err);
    atomic_store(&relay->ready, !relay->blocked);
    retry_worked(&relay->db_retry);
    retry_worked(&relay->bus_retry);
    retry_worked(&relay->publish_retry);
    return more && !relay->blocked ? 0 : relay->options.poll_ms;
}

/* Look after the connections. `*news`: the broker blocks us or does so no longer, or another
 * process has told of new rows. */
static enum err_code hear(struct relay *relay, bool *news, struct err *err)
{
    const bool was_blocked = relay->blocked;
    *news = false;
    relay->trying = &relay->bus_retry;
    if (bus_is_open(relay->bus) && relay_take_events(relay, 0, err) != ERR_OK)
        return err->code;
    relay->trying = &relay->db_retry;
    if (db_is_open(relay->db) && db_notified(relay->db, news, err) != ERR_OK)
        return err->code;
    *news = *news || relay->blocked != was_blocked;
    return ERR_OK;
}

/* Sleep until something can be read, for a while. Was it this process' own bell? */
static bool wait_for_ring(struct relay *relay, int64_t timeout_ms)
{
    struct pollfd fds[] = {
        {.fd = relay->wake_fd, .events = POLLIN},
        {.fd = bus_fd(relay->bus), .events = POLLIN}, /* poll skips what is closed: -1 */
        {.fd = db_fd(relay->db), .events = POLLIN},
    };
    if (poll(fds, 3, (int)(timeout_ms < IDLE_MS ? timeout_ms : IDLE_MS)) <= 0 ||
        fds[0].revents == 0)
        return false;
    uint64_t rings;
    ssize_t got = read(relay->wake_fd, &rings, sizeof rings);
    (void)got; /* that it rang is all there is to know */
    return true;
}

/* Sleep until the time is over, somebody rings or the broker unblocks us. */
static void wait_for_news(struct relay *relay, int64_t timeout_ms)
{
    const int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    for (int64_t left_ms = timeout_ms; left_ms > 0; left_ms = until_ms - clock_monotonic_ms()) {
        struct err err = {0};
        bool news = false;
        if (hear(relay, &news, &err) != ERR_OK) {
            (void)failed(relay, &err);
            return;
        }
        if (news)
            return;
        if (wait_for_ring(relay, left_ms)) {
            relay->rung = true;
            return;
        }
    }
}

static void *relay_run(void *context)
{
    struct relay *relay = context;
    for (;;) {
        int64_t stop_by_ms =
            atomic_load(&relay->stop_by_ms); /* before the turn: it sees all rows */
        int64_t wait_ms = turn(relay);
        if (stop_by_ms != 0 && (wait_ms > 0 || clock_monotonic_ms() >= stop_by_ms))
            break;
        if (wait_ms > 0)
            wait_for_news(relay, wait_ms);
    }
    bus_close(relay->bus);
    return NULL;
}

struct relay *relay_start(const struct relay_options *options)
{
    struct relay *relay = mem_alloc(1, sizeof *relay);
    char name[128];
    (void)snprintf(name, sizeof name, "%s.relay", options->service);
    (void)snprintf(relay->exchange, sizeof relay->exchange, "%s.events", options->service);
    relay->options = *options;
    relay->db = db_new(options->db_url, name, options->schema, options->db_timeout_ms);
    db_plan_by_key(relay->db);
    relay->bus = bus_new(options->amqp_url, name);
    relay->rows = mem_alloc((size_t)options->window, sizeof *relay->rows);
    relay->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    retry_init(&relay->db_retry, "relay's database connection");
    retry_init(&relay->bus_retry, "relay's broker connection");
    retry_init(&relay->publish_retry, "publishing");
    relay_round_register();
    metric_register(&reconnects);
    if (relay->wake_fd < 0 || pthread_create(&relay->thread, NULL, relay_run, relay) != 0)
        abort();
    return relay;
}

void relay_wake(struct relay *relay)
{
    const uint64_t one = 1;
    ssize_t written = write(relay->wake_fd, &one, sizeof one);
    if (written < 0 && errno != EAGAIN) /* EAGAIN: it has been rung 2^64 - 2 times already */
        abort();
}

bool relay_ready(const struct relay *relay)
{
    return atomic_load(&relay->ready);
}

void relay_stop(struct relay *relay, int64_t timeout_ms)
{
    atomic_store(&relay->stop_by_ms, clock_monotonic_ms() + timeout_ms);
    relay_wake(relay);
    (void)pthread_join(relay->thread, NULL);
    relay_forget_window(relay);
    db_close(relay->db);
    bus_free(relay->bus);
    (void)close(relay->wake_fd);
    free(relay->rows);
    free(relay);
}
