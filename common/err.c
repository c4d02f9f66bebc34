/* Error codes, their names and classes, and allocation that cannot fail. SPDX-License-Identifier:
 * MIT */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum err_class class;
} codes[] = {
#define X(code, name, class) [code] = {name, class},
    ERR_CODES(X)
#undef X
};

enum err_code err_set(struct err *err, enum err_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->code = code;
    return code;
}

enum err_code err_wrap(struct err *err, const char *format, ...)
{
    char inner[sizeof err->text];
    memcpy(inner, err->text, sizeof inner);
    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (used < 0 || (size_t)used >= sizeof err->text)
        return err->code;
    if (snprintf(err->text + used, sizeof err->text - (size_t)used, ": %s", inner) < 0)
        err->text[used] = '\0'; /* too long is fine: it is cut */
    return err->code;
}

const char *err_name(enum err_code code)
{
    return codes[code].name;
}

enum err_class err_class(enum err_code code)
{
    return codes[code].class;
}

void *mem_alloc(unsigned long count, unsigned long size)
{
    void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
    if (memory == NULL)
        abort();
    return memory;
}

void *mem_resize(void *memory, unsigned long bytes)
{
    void *resized = realloc(memory, bytes > 0 ? bytes : 1);
    if (resized == NULL)
        abort();
    return resized;
}
