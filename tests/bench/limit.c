/* The limit of the machine: moves the messages and the rows of many orders through the same broker
 * and the same database as the services do, batched as well as it can be, and decides nothing.
 *
 *     limit SIDES SECONDS FILE      SIDES: broker, database or both; BRIGADE_DB_URL for the rows
 *
 * Prints one JSON object. limit.py writes the file and prepares the tables and queues.
 * SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "limit_work.h"

enum {
    LEAD = 2,     /* rounds; one more is begun while one is under way */
    GRACE_S = 60, /* for the connections and the last rounds */
    SECONDS_MAX = 3600,
    /* A busy quorum queue carries out acknowledgements a moment after the channel took them; what
     * it has not carried out when the channel closes is ready again. */
    SETTLE_MS = 500,
};

/* One thread; exactly one of the three is set. */
struct worker {
    struct publisher *publisher;
    struct subscriber *subscriber;
    struct writer *writer;
    struct pace *pace;
    size_t party;
    pthread_t thread;
};

struct crew {
    struct worker *workers;
    size_t count;
};

static struct worker *add_worker(struct crew *crew)
{
    struct worker *worker = &crew->workers[crew->count];
    worker->party = crew->count++;
    return worker;
}

/* Subscribers first, so that no message waits for one. */
static enum err_code open_broker(const struct limit_workload *workload, struct crew *crew,
                                 struct err *err)
{
    for (size_t i = 0; err->code == ERR_OK && i < workload->deliveries_count; i++)
        add_worker(crew)->subscriber = subscriber_open(&workload->deliveries[i], err);
    for (size_t i = 0; err->code == ERR_OK && i < workload->publishes_count; i++)
        add_worker(crew)->publisher = publisher_open(&workload->publishes[i], err);
    return err->code;
}

static enum err_code open_database(const struct limit_workload *workload, struct crew *crew,
                                   struct err *err)
{
    const char *url = getenv("BRIGADE_DB_URL");
    if (url == NULL)
        return err_set(err, ERR_CONFIG, "BRIGADE_DB_URL must be set");
    for (size_t i = 0; err->code == ERR_OK && i < workload->writes_count; i++)
        add_worker(crew)->writer = writer_open(&workload->writes[i], url, err);
    return err->code;
}

static void *run_worker(void *context)
{
    const struct worker *worker = context;
    if (worker->publisher != NULL)
        publisher_run(worker->publisher, worker->pace, worker->party);
    else if (worker->subscriber != NULL)
        subscriber_run(worker->subscriber, worker->pace, worker->party);
    else
        writer_run(worker->writer, worker->pace, worker->party);
    return NULL;
}

static void run_all(struct crew *crew, struct pace *pace)
{
    for (size_t i = 0; i < crew->count; i++) {
        crew->workers[i].pace = pace;
        if (pthread_create(&crew->workers[i].thread, NULL, run_worker, &crew->workers[i]) != 0)
            abort();
    }
    for (size_t i = 0; i < crew->count; i++)
        (void)pthread_join(crew->workers[i].thread, NULL);
}

static void close_all(const struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++) {
        const struct worker *worker = &crew->workers[i];
        if (worker->publisher != NULL)
            publisher_close(worker->publisher);
        if (worker->subscriber != NULL)
            subscriber_close(worker->subscriber);
        if (worker->writer != NULL)
            writer_close(worker->writer);
    }
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void print_result(int64_t orders, double took_s)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("{\"orders\": %lld, \"seconds\": %.3f, \"orders_per_s\": %.1f, \"user_s\": %.3f, "
                 "\"system_s\": %.3f}\n",
                 (long long)orders, took_s, (double)orders / took_s, seconds_of(usage.ru_utime),
                 seconds_of(usage.ru_stime));
}

/* The time counts from the first round's beginning to the last confirm, acknowledgement and COMMIT.
 */
static enum err_code measure(const struct limit_workload *workload, struct crew *crew,
                             int64_t seconds, struct err *err)
{
    int64_t began_us = clock_monotonic_us();
    struct pace *pace = pace_new(crew->count, LEAD, seconds * 1000);
    run_all(crew, pace);
    double took_s = (double)(clock_monotonic_us() - began_us) / 1e6;
    *err = *pace_error(pace);
    if (err->code == ERR_OK)
        print_result(pace_rounds(pace) * workload->orders, took_s);
    pace_free(pace);
    return err->code;
}

static enum err_code run(const char *sides, int64_t seconds, struct limit_workload *workload,
                         struct err *err)
{
    struct crew crew = {0};
    crew.workers =
        mem_alloc(workload->publishes_count + workload->deliveries_count + workload->writes_count,
                  sizeof *crew.workers);
    if (strcmp(sides, "database") != 0)
        (void)open_broker(workload, &crew, err);
    if (err->code == ERR_OK && strcmp(sides, "broker") != 0)
        (void)open_database(workload, &crew, err);
    if (err->code == ERR_OK)
        (void)measure(workload, &crew, seconds, err);
    clock_sleep_ms(SETTLE_MS);
    close_all(&crew);
    free(crew.workers);
    return err->code;
}

static bool is_sides(const char *text)
{
    return strcmp(text, "broker") == 0 || strcmp(text, "database") == 0 ||
           strcmp(text, "both") == 0;
}

int main(int argc, char **argv)
{
    long seconds = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
    if (seconds <= 0 || seconds > SECONDS_MAX || !is_sides(argv[1])) {
        (void)fprintf(stderr, "usage: limit broker|database|both SECONDS FILE (up to %d s)\n",
                      SECONDS_MAX);
        return 2;
    }
    (void)alarm((unsigned)seconds + GRACE_S); /* whatever hangs, this ends */
    struct limit_workload workload = {0};
    struct err err = {0};
    if (limit_workload_read(&workload, argv[3], &err) == ERR_OK)
        (void)run(argv[1], seconds, &workload, &err);
    limit_workload_free(&workload);
    if (err.code != ERR_OK)
        (void)fprintf(stderr, "limit: %s\n", err.text);
    return err.code == ERR_OK ? 0 : 1;
}
