/* The commands of brigadectl: what each takes and says of itself. SPDX-License-Identifier: MIT */
#ifndef BRIGADECTL_COMMANDS_H
#define BRIGADECTL_COMMANDS_H

#include "ctl.h"

enum { WORDS_MAX = 1000 };

struct command {
    const char *name; /* one or two words: "saga show" */
    const char *synopsis;
    size_t words_min, words_max;
    unsigned options; /* those that it takes */
    const char *summary;
    const char *help; /* arguments, exit codes, an example */
    command_run *run;
};

extern const struct command commands[];
extern const size_t command_count;

#endif
