/* What the fuzz targets share: checks and goals.
 *
 * A target says what it must reach (each event type, each route, …). At its end it prints which
 * goals it did not: `make fuzz` fails then, for a target that is stopped early by its own mistake
 * finds nothing and looks fine. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_FUZZ_H
#define BRIGADE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

enum { FUZZ_GOALS_MAX = 256 };

/* The target's: run one input. */
void fuzz_run(const uint8_t *data, size_t size);

/* The target's: what it must reach, for people; NULL behind the last. Valid until the next call. */
const char *fuzz_goal(size_t index);

void fuzz_reach(size_t index);

/* What must hold for every input. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_failed(__FILE__, __LINE__, #condition);                                           \
    } while (0)

_Noreturn void fuzz_failed(const char *file, int line, const char *what);

#endif
