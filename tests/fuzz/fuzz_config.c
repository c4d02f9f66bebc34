/* Settings: each line of the input is one variable's value, or the content of the file that it is
 * read from. SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bus.h"
#include "config.h"
#include "db.h"
#include "fuzz.h"

static char *text, *secret;
static int64_t port, offset;
static bool flag;

static const struct config_var vars[] = {
    {"FUZZ_PORT", CONFIG_INTEGER, "8080", 1, 65535, &port, "a port"},
    {"FUZZ_OFFSET", CONFIG_INTEGER, "-1", INT64_MIN, INT64_MAX, &offset, "any integer"},
    {"FUZZ_FLAG", CONFIG_BOOL, "true", 0, 0, &flag, "a flag"},
    {"FUZZ_TEXT", CONFIG_TEXT, "", 0, 0, &text, "a text"},
    {"FUZZ_SECRET", CONFIG_TEXT, NULL, 0, 0, &secret, "a text that must be set"},
};
enum { VARS = sizeof vars / sizeof vars[0] };

/* What the lines are, in their order. */
enum { LINE_DB_URL = VARS, LINE_AMQP_URL, LINE_FILE, LINES };

enum {
    GOAL_LOADED,
    GOAL_PORT_REFUSED,
    GOAL_OFFSET_REFUSED,
    GOAL_FLAG_REFUSED,
    GOAL_SECRET_MISSING,
    GOAL_FROM_FILE,
    GOAL_FILE_REFUSED,
    GOAL_DB_TAKEN,
    GOAL_DB_REFUSED,
    GOAL_AMQP_TAKEN,
    GOAL_AMQP_REFUSED,
    GOALS,
};

const char *fuzz_goal(size_t index)
{
    static const char *const names[GOALS] = {
        "all settings taken",   "a port refused",         "an integer refused",
        "a flag refused",       "a secret missing",       "a secret from its file",
        "a file refused",       "a database's URL taken", "a database's URL refused",
        "a broker's URL taken", "a broker's URL refused",
    };
    return index < GOALS ? names[index] : NULL;
}

/* The file that FUZZ_SECRET_FILE names. */
static int file = -1;
static char file_setting[64];

static void write_file(const char *content, size_t length)
{
    if (file < 0) {
        file = memfd_create("fuzz", MFD_CLOEXEC);
        (void)snprintf(file_setting, sizeof file_setting, "FUZZ_SECRET_FILE=/proc/self/fd/%d",
                       file);
    }
    FUZZ_CHECK(ftruncate(file, 0) == 0 && pwrite(file, content, length, 0) == (ssize_t)length);
}

static bool says(const struct err *err, const char *what)
{
    return strstr(err->text, what) != NULL;
}

static void reach_refusal(const struct err *err)
{
    static const char *const names[] = {"FUZZ_PORT", "FUZZ_OFFSET", "FUZZ_FLAG",
                                        "FUZZ_SECRET must be set"};
    FUZZ_CHECK(err->code == ERR_CONFIG && says(err, "FUZZ_"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(err->text, names[i], strlen(names[i])) == 0)
            fuzz_reach(GOAL_PORT_REFUSED + i);
    if (says(err, "FUZZ_SECRET_FILE: "))
        fuzz_reach(GOAL_FILE_REFUSED);
}

/* The environment is a list of our own, since what setenv takes is never freed. */
static void load(char **settings)
{
    char **before = environ;
    struct err err = {0};
    environ = settings;
    if (config_load(vars, VARS, &err) == ERR_OK) {
        fuzz_reach(GOAL_LOADED);
        FUZZ_CHECK(port >= 1 && port <= 65535 && text != NULL && secret[0] != '\0');
        if (secure_getenv("FUZZ_SECRET_FILE") != NULL)
            fuzz_reach(GOAL_FROM_FILE);
    } else {
        reach_refusal(&err);
    }
    environ = before;
    free(text);
    free(secret);
    text = secret = NULL;
}

static void check_urls(const char *db_url, const char *amqp_url)
{
    struct err err = {0};
    bool taken = db_check_url(db_url, &err) == ERR_OK;
    FUZZ_CHECK(taken || err.code == ERR_CONFIG);
    fuzz_reach(taken ? GOAL_DB_TAKEN : GOAL_DB_REFUSED);
    taken = bus_check_url(amqp_url, &err) == ERR_OK;
    FUZZ_CHECK(taken || err.code == ERR_CONFIG);
    fuzz_reach(taken ? GOAL_AMQP_TAKEN : GOAL_AMQP_REFUSED);
}

/* Cut the input into LINES lines; the last has all that is left. */
static void cut(char *input, char *lines[LINES])
{
    for (int i = 0; i < LINES; i++) {
        char *end = strchr(input, '\n');
        lines[i] = input;
        input += strlen(input);
        if (end != NULL && i + 1 < LINES) {
            *end = '\0';
            input = end + 1;
        }
    }
}

static void run(char *lines[LINES], size_t file_length)
{
    char *settings[VARS + 2], *made[VARS];
    for (int i = 0; i < VARS; i++) {
        if (asprintf(&made[i], "%s=%s", vars[i].name, lines[i]) < 0)
            abort();
        settings[i] = made[i];
    }
    settings[VARS] = settings[VARS + 1] = NULL;
    if (file_length > 0) {
        write_file(lines[LINE_FILE], file_length);
        settings[VARS] = file_setting;
    }
    load(settings);
    check_urls(lines[LINE_DB_URL], lines[LINE_AMQP_URL]);
    for (int i = 0; i < VARS; i++)
        free(made[i]);
}

void fuzz_run(const uint8_t *data, size_t size)
{
    char *lines[LINES];
    char *input = mem_alloc(size + 1, 1);
    memcpy(input, data, size);
    cut(input, lines);
    run(lines, size - (size_t)(lines[LINE_FILE] - input));
    free(input);
}
