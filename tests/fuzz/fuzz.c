/* libFuzzer's entry; goals and checks of the fuzz targets. SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static bool reached[FUZZ_GOALS_MAX];

void fuzz_reach(size_t index)
{
    FUZZ_CHECK(index < FUZZ_GOALS_MAX);
    reached[index] = true;
}

void fuzz_failed(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

/* tests/fuzz/run.py reads these lines. */
static void print_goals(void)
{
    size_t total = 0, met = 0;
    for (; fuzz_goal(total) != NULL; total++) {
        if (reached[total])
            met++;
        else
            (void)fprintf(stderr, "goal missed: %s\n", fuzz_goal(total));
    }
    (void)fprintf(stderr, "goals: %zu of %zu\n", met, total);
}

/* What libFuzzer calls, by the names that it gives. NOLINTBEGIN(readability-*) */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return atexit(print_goals);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_run(data, size);
    return 0;
}
/* NOLINTEND(readability-*) */
