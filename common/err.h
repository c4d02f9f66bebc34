/* Operating errors: a code with a class, and a text that is wrapped on the way up.
 *
 * Three kinds of trouble are kept apart. What the domain refuses is a value (common/decision.h).
 * What the world does to us (a broker that is away, a row that does not decode) is a `struct err`.
 * A bug or no memory ends the process. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_ERR_H
#define BRIGADE_ERR_H

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* The class says what the caller may do: try again later, refuse this one input, or give up. */
enum err_class { ERR_CLASS_NONE, ERR_CLASS_RETRY, ERR_CLASS_REJECT, ERR_CLASS_FATAL };

/* code, name in logs, class */
#define ERR_CODES(X)                                                                               \
    X(ERR_OK, "ok", ERR_CLASS_NONE)                                                                \
    X(ERR_UNAVAILABLE, "unavailable",                                                              \
      ERR_CLASS_RETRY) /* broker or database away; state unknown */                                \
    X(ERR_TIMEOUT, "timeout", ERR_CLASS_RETRY)                                                     \
    X(ERR_CONFLICT, "conflict", ERR_CLASS_RETRY) /* another replica was first: run it again */     \
    X(ERR_INVALID, "invalid", ERR_CLASS_REJECT)  /* this input is wrong, whenever it is tried */   \
    X(ERR_CONFIG, "config", ERR_CLASS_FATAL)     /* wrong setting, schema or topology */

enum err_code {
#define X(code, name, class) code,
    ERR_CODES(X)
#undef X
};

/* Owned by the caller, who starts with `struct err err = {0}`. The text is for people and logs. */
struct err {
    enum err_code code;
    char text[400];
};

/* Set code and text. Returns `code`, so that `return err_set(err, …)` ends a function. */
enum err_code err_set(struct err *err, enum err_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Put "what: " before the text and keep the code. Returns the code. */
enum err_code err_wrap(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

const char *err_name(enum err_code code);
enum err_class err_class(enum err_code code);

/* Allocate zeroed memory or end the process: no service can do useful work without memory, and a
 * restart redelivers what was in flight. The caller frees it. */
void *mem_alloc(unsigned long count, unsigned long size) MUST_CHECK;
void *mem_resize(void *memory, unsigned long bytes) MUST_CHECK;

#endif
