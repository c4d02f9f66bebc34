/* Settings from the environment. SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 4096 };

/* An empty variable counts as not set: compose files pass `${NAME:-}` on. */
static const char *environment(const char *name)
{
    const char *value = secure_getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool is_secret(const char *name)
{
    return strstr(name, "URL") != NULL || strstr(name, "SECRET") != NULL ||
           strstr(name, "PASSWORD") != NULL;
}

static enum err_code refuse(const struct config_var *var, const char *value, const char *what,
                            struct err *err)
{
    if (is_secret(var->name))
        return err_set(err, ERR_CONFIG, "%s %s (its value is not shown)", var->name, what);
    return err_set(err, ERR_CONFIG, "%s is \"%.100s\", but %s", var->name, value, what);
}

static enum err_code read_secret_file(const char *name, const char *path, char *text,
                                      struct err *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return err_set(err, ERR_CONFIG, "%s: cannot open %s: %s", name, path,
                       strerrordesc_np(errno));
    size_t length = fread(text, 1, FILE_BYTES_MAX, file);
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (failed)
        return err_set(err, ERR_CONFIG, "%s: cannot read %s", name, path);
    if (length == FILE_BYTES_MAX || memchr(text, '\0', length) != NULL)
        return err_set(err, ERR_CONFIG, "%s: %s must be a text of less than %d bytes", name, path,
                       FILE_BYTES_MAX);
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    text[length] = '\0';
    if (length == 0)
        return err_set(err, ERR_CONFIG, "%s: %s is empty", name, path);
    return ERR_OK;
}

static enum err_code load_integer(const struct config_var *var, const char *value, struct err *err)
{
    char what[120];
    (void)snprintf(what, sizeof what, "must be an integer from %" PRId64 " to %" PRId64, var->min,
                   var->max);
    const char *digits = value[0] == '-' ? value + 1 : value;
    if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return refuse(var, value, what, err);
    errno = 0;
    long long number = strtoll(value, NULL, 10);
    if (errno != 0 || number < var->min || number > var->max)
        return refuse(var, value, what, err);
    *(int64_t *)var->target = number;
    return ERR_OK;
}

static enum err_code load_bool(const struct config_var *var, const char *value, struct err *err)
{
    bool yes = strcmp(value, "true") == 0;
    if (!yes && strcmp(value, "false") != 0)
        return refuse(var, value, "must be true or false", err);
    *(bool *)var->target = yes;
    return ERR_OK;
}

static enum err_code load_value(const struct config_var *var, const char *value, struct err *err)
{
    if (var->type == CONFIG_INTEGER)
        return load_integer(var, value, err);
    if (var->type == CONFIG_BOOL)
        return load_bool(var, value, err);
    char *copy = strdup(value);
    if (copy == NULL)
        abort();
    *(char **)var->target = copy;
    return ERR_OK;
}

static enum err_code load_one(const struct config_var *var, struct err *err)
{
    const char *value = environment(var->name);
    char file_name[128];
    char text[FILE_BYTES_MAX];
    (void)snprintf(file_name, sizeof file_name, "%s_FILE", var->name);
    const char *path = var->type == CONFIG_TEXT ? environment(file_name) : NULL;
    if (path != NULL && value != NULL)
        return err_set(err, ERR_CONFIG, "%s and %s are both set", var->name, file_name);
    if (path != NULL) {
        if (read_secret_file(file_name, path, text, err) != ERR_OK)
            return err->code;
        value = text;
    }
    if (value == NULL)
        value = var->fallback;
    if (value == NULL)
        return err_set(err, ERR_CONFIG, "%s must be set: %s", var->name, var->help);
    return load_value(var, value, err);
}

enum err_code config_load(const struct config_var *vars, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (load_one(&vars[i], err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

void config_print(const struct config_var *vars, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct config_var *var = &vars[i];
        const char *fallback = var->fallback == NULL      ? "(must be set)"
                               : var->fallback[0] == '\0' ? "(empty)"
                                                          : var->fallback;
        (void)printf("  %-30s %-16s %s\n", var->name, fallback, var->help);
    }
}
