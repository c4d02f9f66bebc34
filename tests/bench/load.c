/* The load generator: places orders at the order service, follows each to its outcome through the
 * broker, and prints what it measured. One thread sends and counts; one reads the broker.
 *
 * Open loop (--rate): orders are planned on a schedule, and their time counts from the planned
 * moment, so that a slow service cannot hide its queue. Closed loop: the next order is placed when
 * one of those under way has ended; so the throughput is what comes out, not what goes in.
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "load_follower.h"
#include "load_options.h"
#include "load_orders.h"
#include "load_pool.h"
#include "load_requests.h"
#include "load_schedule.h"
#include "load_stats.h"
#include "log.h"

enum {
    WAIT_US = 20 * 1000, /* the longest sleep, so that deadlines and progress are kept */
    PROGRESS_US = 5 * 1000 * 1000,
    CLOSED_RATE_MAX = 20000, /* orders a second for which a closed loop takes memory */
    DRAIN_S = 32,            /* orders are given up after 30 s */
};

struct load {
    struct load_options options;
    struct requests requests;
    struct schedule schedule; /* open loop */
    struct stats stats;
    struct orders *orders;
    struct pool *pool;
    struct follower *follower;
    struct arrival arrivals[FOLLOWER_ARRIVALS_MAX];
    int64_t begin_us, end_us; /* of planning */
    int64_t next_progress_us;
    bool measuring;
};

/* How long orders are planned, the warm-up included. */
static int64_t planning_s(const struct load_options *options)
{
    int64_t measured_s = options->burst ? 2 * options->seconds + BURST_S : options->seconds;
    return options->warm_up_s + measured_s;
}

static size_t capacity_of(const struct load *load)
{
    if (load->options.rate > 0)
        return load->schedule.total;
    if (load->options.orders > 0)
        return (size_t)load->options.orders;
    return (size_t)planning_s(&load->options) * CLOSED_RATE_MAX;
}

static void make_schedule(struct load *load)
{
    const struct load_options *options = &load->options;
    double rate = (double)options->rate, seconds = (double)options->seconds;
    if (options->rate == 0)
        return;
    schedule_add(&load->schedule, (double)options->warm_up_s + seconds, rate);
    if (options->burst) {
        schedule_add(&load->schedule, BURST_S, BURST_FACTOR * rate);
        schedule_add(&load->schedule, seconds, rate);
    }
}

static bool plan_one(struct load *load, int64_t planned_us)
{
    return orders_plan(load->orders, requests_next_kind(&load->requests), planned_us);
}

/* Plan what is due. Returns whether more is to come. */
static bool plan_open(struct load *load, int64_t now_us)
{
    int64_t due_us = schedule_due_us(&load->schedule);
    while (due_us >= 0 && load->begin_us + due_us <= now_us &&
           plan_one(load, load->begin_us + due_us)) {
        schedule_advance(&load->schedule);
        due_us = schedule_due_us(&load->schedule);
    }
    return due_us >= 0;
}

static void post(struct load *load, const struct order_request *request)
{
    char path[40] = "/orders";
    const char *body = "";
    if (request->order_id > 0)
        (void)snprintf(path, sizeof path, "/orders/%" PRId32 "/cancel", request->order_id);
    else
        body = requests_next_body(&load->requests, request->kind);
    pool_post(load->pool, path, body, request->index);
}

static void send_waiting(struct load *load)
{
    struct order_request request;
    while (pool_has_room(load->pool) && orders_next_request(load->orders, &request))
        post(load, &request);
}

/* As many as may be under way, each with a connection. Returns whether more is to come. */
static bool plan_closed(struct load *load, int64_t now_us)
{
    const struct load_options *options = &load->options;
    while (now_us < load->end_us && orders_in_flight(load->orders) < (size_t)options->in_flight &&
           pool_has_room(load->pool) && plan_one(load, now_us))
        send_waiting(load);
    bool is_full = options->orders > 0 && orders_planned(load->orders) >= (size_t)options->orders;
    return now_us < load->end_us && !is_full;
}

static void take_answers(struct load *load)
{
    struct pool_answer answer;
    while (pool_next(load->pool, &answer))
        orders_answered(load->orders, answer.tag, answer.status, answer.body, clock_monotonic_us());
}

static enum err_code take_arrivals(struct load *load, struct err *err)
{
    size_t count;
    if (follower_take(load->follower, load->arrivals, &count, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < count; i++)
        orders_told(load->orders, &load->arrivals[i]);
    return ERR_OK;
}

/* Lines on standard error: "measuring" when the warm-up is over, and how it goes. */
static void tell_progress(struct load *load, int64_t now_us)
{
    if (!load->measuring && now_us >= load->stats.measure_from_us) {
        load->measuring = true;
        (void)fprintf(stderr, "measuring\n");
    }
    if (now_us < load->next_progress_us)
        return;
    load->next_progress_us += PROGRESS_US;
    (void)fprintf(stderr, "%" PRId64 " s: %zu orders planned, %zu under way, %zu connections\n",
                  (now_us - load->begin_us) / 1000000, orders_planned(load->orders),
                  orders_in_flight(load->orders), pool_open_connections(load->pool));
}

static int64_t sleep_us(const struct load *load, int64_t now_us)
{
    int64_t due_us = load->options.rate > 0 ? schedule_due_us(&load->schedule) : -1;
    int64_t left_us = due_us >= 0 ? load->begin_us + due_us - now_us : WAIT_US;
    if (left_us < 0)
        return 0;
    return left_us < WAIT_US ? left_us : WAIT_US;
}

static enum err_code run(struct load *load, struct err *err)
{
    bool more = true;
    while (more || orders_in_flight(load->orders) > 0) {
        int64_t now_us = clock_monotonic_us();
        tell_progress(load, now_us);
        more = load->options.rate > 0 ? plan_open(load, now_us) : plan_closed(load, now_us);
        send_waiting(load);
        pool_wait(load->pool, sleep_us(load, clock_monotonic_us()));
        take_answers(load);
        if (take_arrivals(load, err) != ERR_OK)
            return err->code;
        orders_expire(load->orders, clock_monotonic_us());
    }
    orders_finish(load->orders);
    return ERR_OK;
}

static enum err_code prepare(struct load *load, int argc, char **argv, struct err *err)
{
    const struct load_options *options = &load->options;
    if (load_options_read(&load->options, argc, argv, err) != ERR_OK ||
        requests_load(&load->requests, options->requests, options->mix, err) != ERR_OK ||
        pool_new(options->urls, options->url_count, (size_t)options->connections, &load->pool,
                 err) != ERR_OK ||
        follower_start(options->amqp_url, options->queue, &load->follower, err) != ERR_OK)
        return err->code;
    make_schedule(load);
    pool_watch(load->pool, follower_fd(load->follower));
    load->begin_us = clock_monotonic_us();
    load->end_us = load->begin_us + planning_s(options) * 1000000;
    load->next_progress_us = load->begin_us + PROGRESS_US;
    stats_init(&load->stats, load->begin_us, options->warm_up_s * 1000000,
               (size_t)(planning_s(options) + DRAIN_S));
    load->orders = orders_new(capacity_of(load), &load->stats);
    return ERR_OK;
}

static void report(struct load *load)
{
    struct buf out = {0};
    stats_report(&load->stats, &out);
    (void)fputs(buf_text(&out), stdout);
    buf_free(&out);
}

int main(int argc, char **argv)
{
    static struct load load;
    struct err err = {0};
    log_init("load", LOG_WARN);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(load_usage, stdout);
        return 0;
    }
    enum err_code code = prepare(&load, argc, argv, &err);
    if (code == ERR_OK)
        code = run(&load, &err);
    follower_stop(load.follower);
    if (code == ERR_OK)
        report(&load);
    else
        (void)fprintf(stderr, "load: %s\n", err.text);
    pool_free(load.pool);
    if (load.orders != NULL)
        orders_free(load.orders);
    stats_free(&load.stats);
    requests_free(&load.requests);
    return code == ERR_OK && fflush(stdout) == 0 ? 0 : 1;
}
