/* brigadectl, the operator's program: looks into all services at once, and repairs what got stuck.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "log.h"

static const struct {
    const char *name;
    enum option option;
} flags[] = {
    {"--all", OPTION_ALL},     {"--dry-run", OPTION_DRY_RUN}, {"--rate", OPTION_RATE},
    {"--stuck", OPTION_STUCK}, {"--settle", OPTION_SETTLE},
};

static void print_usage(FILE *to)
{
    (void)fprintf(to, "usage: brigadectl [--json] COMMAND\n\n");
    for (size_t i = 0; i < command_count; i++)
        (void)fprintf(to, "  %-16s %s\n", commands[i].name, commands[i].summary);
    (void)fprintf(to,
                  "\nbrigadectl COMMAND --help tells more of each. --json: one JSON document.\n");
}

static void print_help(void)
{
    print_usage(stdout);
    (void)printf("\nFrom the environment (`make up` writes .run/operator.env):\n");
    settings_print();
}

static void print_command_usage(const struct command *command, FILE *to)
{
    (void)fprintf(to, "usage: brigadectl [--json] %s%s%s\n", command->name,
                  command->synopsis[0] != '\0' ? " " : "", command->synopsis);
}

static void print_command_help(const struct command *command)
{
    print_command_usage(command, stdout);
    (void)printf("\nTells: %s.\n\n%s", command->summary, command->help);
}

/* The command that the first one or two words name, and how many those are. */
static const struct command *find_command(const char *const *words, size_t count, size_t *used)
{
    for (size_t i = 0; i < command_count; i++) {
        char name[64];
        *used = strchr(commands[i].name, ' ') != NULL ? 2 : 1;
        if (count < *used)
            continue;
        (void)snprintf(name, sizeof name, "%s%s%s", words[0], *used == 2 ? " " : "",
                       *used == 2 ? words[1] : "");
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    }
    return NULL;
}

struct line {
    const char *words[WORDS_MAX + 2];
    size_t word_count;
    bool json, help;
    struct arguments arguments;
};

static enum err_code take_value(struct line *line, enum option option, const char *value,
                                struct err *err)
{
    int64_t *target = option == OPTION_RATE ? &line->arguments.rate : &line->arguments.settle_s;
    if (value == NULL)
        return err_set(err, ERR_CONFIG, "--rate and --settle need a number");
    return ctl_id(value, "such number", 86400, target, err);
}

/* Take the option at `argv[*at]`, and its value behind it. */
static enum err_code take_option(struct line *line, char **argv, int *at, struct err *err)
{
    const char *word = argv[*at];
    if (strcmp(word, "--json") == 0) {
        line->json = true;
        return ERR_OK;
    }
    if (strcmp(word, "--help") == 0) {
        line->help = true;
        return ERR_OK;
    }
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(word, flags[i].name) != 0)
            continue;
        line->arguments.options |= (unsigned)flags[i].option;
        if (flags[i].option != OPTION_RATE && flags[i].option != OPTION_SETTLE)
            return ERR_OK;
        *at += 1;
        return take_value(line, flags[i].option, argv[*at], err);
    }
    return err_set(err, ERR_CONFIG, "there is no option \"%.40s\"", word);
}

static enum err_code read_line(struct line *line, int argc, char **argv, struct err *err)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-') {
            if (take_option(line, argv, &i, err) != ERR_OK)
                return err->code;
        } else if (line->word_count == sizeof line->words / sizeof line->words[0]) {
            return err_set(err, ERR_CONFIG, "too many words: at most %d", WORDS_MAX);
        } else {
            line->words[line->word_count++] = argv[i];
        }
    }
    return ERR_OK;
}

static enum err_code check_line(const struct command *command, const struct line *line,
                                struct err *err)
{
    if ((line->arguments.options & ~command->options) != 0)
        return err_set(err, ERR_CONFIG, "%s does not take that option", command->name);
    if (line->arguments.word_count < command->words_min ||
        line->arguments.word_count > command->words_max)
        return err_set(err, ERR_CONFIG, "%s: wrong number of arguments", command->name);
    return ERR_OK;
}

static int complain(const struct err *err)
{
    (void)fprintf(stderr, "brigadectl: %s\n", err->text);
    return CTL_BLIND;
}

static int run(const struct command *command, const struct line *line)
{
    struct ctl ctl = {.arguments = line->arguments, .output = {.json = line->json}};
    struct err err = {0};
    bool found = false;
    int status = CTL_FINE;
    if (settings_load(&ctl.settings, &err) == ERR_OK &&
        command->run(&ctl, &found, &err) == ERR_OK) {
        status = ctl.blind ? CTL_BLIND : found ? CTL_FOUND : CTL_FINE;
        output_finish(&ctl.output);
    } else {
        status = complain(&err);
    }
    buf_free(&ctl.output.text);
    ctl_close(&ctl);
    return status;
}

int main(int argc, char **argv)
{
    struct line line = {.json = false};
    struct err err = {0};
    size_t used = 0;
    log_init("brigadectl", LOG_ERROR);
    enum err_code code = read_line(&line, argc, argv, &err);
    const struct command *command = find_command(line.words, line.word_count, &used);
    if (line.help && command == NULL) {
        print_help();
        return CTL_FINE;
    }
    if (line.help) {
        print_command_help(command);
        return CTL_FINE;
    }
    if (command == NULL) {
        print_usage(stderr);
        return CTL_BLIND;
    }
    line.arguments.words = line.words + used;
    line.arguments.word_count = line.word_count - used;
    if (code != ERR_OK || check_line(command, &line, &err) != ERR_OK) {
        (void)complain(&err);
        print_command_usage(command, stderr);
        return CTL_BLIND;
    }
    return run(command, &line);
}
