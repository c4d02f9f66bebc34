/* Settings from the environment (12-factor), each declared in a table, and refused when malformed.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_CONFIG_H
#define BRIGADE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum config_type { CONFIG_TEXT, CONFIG_INTEGER, CONFIG_BOOL };

/* One variable. For a text also `NAME_FILE` is read: a file that holds the value (for secrets). */
struct config_var {
    const char *name; /* "BRIGADE_DB_URL" */
    enum config_type type;
    const char *fallback; /* the default, as one would write it; NULL: must be set */
    int64_t min, max;     /* integers: the range, in the unit that the name ends with */
    void *target;         /* char ** (owned by the table, lives for ever), int64_t * or bool * */
    const char *help;
};

/* Read every variable of the table into its target. Returns ERR_CONFIG, and a text that names the
 * variable, its value and what it must be, at the first one that is missing or malformed. */
enum err_code config_load(const struct config_var *vars, size_t count, struct err *err) MUST_CHECK;

/* Print the table for --help: name, default, what it does. */
void config_print(const struct config_var *vars, size_t count);

#endif
