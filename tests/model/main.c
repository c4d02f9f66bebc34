/* The model checker. The real rules, handlers and tables of all services in one process, with a
 * simulated database and broker: see world.h for what they may do, scenarios.c for who does what,
 * invariants*.c for what must be true. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diagram.h"
#include "log.h"
#include "run.h"
#include "services.h"
#include "stories.h"
#include "values.h"

static const char usage[] =
    "usage: model [--quick | --deep] [--faults N] [--jobs N] [SCENARIO...]\n"
    "       model --stories DIR     compare the golden stories with DIR/NAME.txt\n"
    "       model --write DIR       write them\n"
    "       model --diagrams        print the state diagrams (Mermaid)\n";

static int number_of(const char *text)
{
    char *end;
    long number = text == NULL ? -1 : strtol(text, &end, 10);
    if (number < 0 || number > 99 || *end != '\0') {
        (void)fputs(usage, stderr);
        exit(2);
    }
    return (int)number;
}

static int parse_and_run(char **argv)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct run_options options = {
        .depth = DEPTH_FULL, .faults = -1, .jobs = processors > 0 ? (int)processors : 1};
    for (; *argv != NULL && argv[0][0] == '-'; argv++) {
        if (strcmp(*argv, "--quick") == 0)
            options.depth = DEPTH_QUICK;
        else if (strcmp(*argv, "--deep") == 0)
            options.depth = DEPTH_DEEP;
        else if (strcmp(*argv, "--faults") == 0)
            options.faults = number_of(*++argv);
        else if (strcmp(*argv, "--jobs") == 0)
            options.jobs = number_of(*++argv);
        else
            (void)number_of("");
    }
    options.only = argv;
    while (options.only[options.only_count] != NULL)
        options.only_count++;
    return run_scenarios(&options);
}

int main(int argc, char **argv)
{
    log_init("model", LOG_ERROR);
    services_load();
    values_load();
    if (argc == 3 && strcmp(argv[1], "--stories") == 0)
        return stories_compare(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return stories_write(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--diagrams") == 0)
        return diagrams_print();
    return parse_and_run(argv + 1);
}
