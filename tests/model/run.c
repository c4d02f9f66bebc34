/* Explores the scenarios in parallel. SPDX-License-Identifier: MIT */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coverage.h"
#include "explore.h"

enum { STORY_SIZE = 64 * 1024, RULE_SIZE = 200, RUNS_MAX = 32 };
enum { STATES_MAX = 60 * 1000 * 1000 };

/* What a process leaves behind, in shared memory. */
struct outcome_of_run {
    bool done;
    struct exploration found; /* but for its pointers */
    char broken[RULE_SIZE];
    char story[STORY_SIZE];
    struct coverage coverage;
};

struct run {
    const struct scenario *scenario;
    int faults;
    pid_t process; /* 0: not started */
    bool ended;
    struct outcome_of_run *outcome;
};

static int budget(const struct scenario *scenario, const struct run_options *options)
{
    if (options->faults >= 0)
        return options->faults;
    if (options->depth == DEPTH_QUICK)
        return scenario->faults_quick;
    return options->depth == DEPTH_DEEP ? scenario->faults_deep : scenario->faults;
}

static bool is_chosen(const struct scenario *scenario, const struct run_options *options)
{
    for (int i = 0; i < options->only_count; i++)
        if (strcmp(options->only[i], scenario->name) == 0)
            return true;
    return options->only_count == 0;
}

static void work(const struct run *run)
{
    struct explore_limits limits = {.faults = run->faults, .states_max = STATES_MAX};
    struct outcome_of_run *outcome = run->outcome;
    explore(run->scenario, &limits, &outcome->found);
    if (outcome->found.broken != NULL)
        (void)snprintf(outcome->broken, RULE_SIZE, "%s", outcome->found.broken);
    (void)snprintf(outcome->story, STORY_SIZE, "%s", buf_text(&outcome->found.story));
    coverage_note(&outcome->coverage);
    outcome->done = true;
}

static void start(struct run *run)
{
    (void)fflush(stdout);
    run->process = fork();
    if (run->process < 0)
        model_bug("cannot start a process");
    if (run->process == 0) {
        work(run);
        _exit(0);
    }
}

static void print_run(const struct run *run)
{
    const struct exploration *found = &run->outcome->found;
    if (!run->outcome->done) {
        (void)printf("%-14s  died\n", run->scenario->name);
        return;
    }
    (void)printf("%-14s %6d %11" PRIu64 " %12" PRIu64 " %6" PRIu32 " %14.1e %6.1f %6ld  %s\n",
                 run->scenario->name, run->faults, found->states, found->transitions, found->depth,
                 found->runs, found->seconds, found->memory_mb, run->scenario->title);
    if (run->outcome->broken[0] != '\0')
        (void)printf("\nBROKEN: %s\n%s\n", run->outcome->broken, run->outcome->story);
    (void)fflush(stdout);
}

static bool is_good(const struct run *run)
{
    return run->outcome->done && run->outcome->broken[0] == '\0';
}

/* Keep `jobs` processes going until all have ended; print each when those before it are printed. */
static void run_all(struct run *runs, int count, int jobs)
{
    int started = 0, printed = 0, alive = 0;
    while (printed < count) {
        while (started < count && alive < jobs) {
            start(&runs[started++]);
            alive++;
        }
        pid_t ended = wait(NULL);
        alive--;
        for (int i = 0; i < started; i++)
            runs[i].ended |= runs[i].process == ended;
        while (printed < count && runs[printed].ended)
            print_run(&runs[printed++]);
    }
}

static int choose(const struct run_options *options, struct run *runs)
{
    int count = 0;
    for (size_t i = 0; i < scenario_count && count < RUNS_MAX; i++) {
        int faults = budget(&scenarios[i], options);
        if (!is_chosen(&scenarios[i], options) || faults < 0)
            continue;
        runs[count].scenario = &scenarios[i];
        runs[count].faults = faults;
        count++;
    }
    if (count == 0)
        model_bug("there is no such scenario");
    return count;
}

static int sum_up(const struct run *runs, int count, bool all)
{
    struct coverage coverage = {0};
    struct buf missing = {0};
    uint64_t states = 0, transitions = 0;
    double interleavings = 0;
    bool good = true;
    for (int i = 0; i < count; i++) {
        states += runs[i].outcome->found.states;
        transitions += runs[i].outcome->found.transitions;
        interleavings += runs[i].outcome->found.runs;
        good = good && is_good(&runs[i]);
        coverage_add(&coverage, &runs[i].outcome->coverage);
    }
    (void)printf("%-14s %6s %11" PRIu64 " %12" PRIu64 " %6s %14.1e\n", "all", "", states,
                 transitions, "", interleavings);
    if (good && all)
        coverage_missing(&coverage, &missing);
    if (missing.length > 0)
        (void)printf("\nNot everything was reached:\n%s", buf_text(&missing));
    (void)printf("%s\n", good && missing.length == 0
                             ? "No rule is broken; every run comes to an end."
                             : "FAILED");
    return good && missing.length == 0 ? 0 : 1;
}

int run_scenarios(const struct run_options *options)
{
    static struct run runs[RUNS_MAX];
    int count = choose(options, runs);
    size_t size = (size_t)count * sizeof(struct outcome_of_run);
    struct outcome_of_run *outcomes =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outcomes == MAP_FAILED)
        model_bug("no memory for the outcomes");
    for (int i = 0; i < count; i++)
        runs[i].outcome = &outcomes[i];
    (void)printf("%-14s %6s %11s %12s %6s %14s %6s %6s\n", "scenario", "faults", "states",
                 "transitions", "depth", "interleavings", "s", "MB");
    run_all(runs, count, options->jobs);
    int status = sum_up(runs, count, options->only_count == 0 && options->faults < 0);
    (void)munmap(outcomes, size);
    return status;
}
