/* Dying on purpose. SPDX-License-Identifier: MIT */
#include "failpoint.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

enum { DETAIL_SIZE = 128, PASSES_DIGITS = 9 };

static const char *const names[FAILPOINT_COUNT] = {
    [FAILPOINT_NONE] = "",
    [FAILPOINT_INBOX_BEFORE] = "inbox_before",
    [FAILPOINT_INBOX_AFTER] = "inbox_after",
    [FAILPOINT_DECIDING] = "deciding",
    [FAILPOINT_DECIDED] = "decided",
    [FAILPOINT_COMMIT_SENT] = "commit_sent",
    [FAILPOINT_COMMIT_ANSWERED] = "commit_answered",
    [FAILPOINT_PUBLISHED] = "published",
    [FAILPOINT_CONFIRMED] = "confirmed",
    [FAILPOINT_OUTBOX_DELETED] = "outbox_deleted",
    [FAILPOINT_ACK_BEFORE] = "ack_before",
    [FAILPOINT_ACK_AFTER] = "ack_after",
};

static enum failpoint armed;
static char armed_detail[DETAIL_SIZE]; /* "": any */
static _Atomic int64_t passes_left;

static enum failpoint find(const char *name, size_t length)
{
    for (int i = FAILPOINT_NONE + 1; i < FAILPOINT_COUNT; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return (enum failpoint)i;
    return FAILPOINT_NONE;
}

static bool read_passes(const char *digits, int64_t *passes)
{
    size_t length = strlen(digits);
    if (length == 0 || length > PASSES_DIGITS || digits[strspn(digits, "0123456789")] != '\0')
        return false;
    *passes = strtoll(digits, NULL, 10);
    return *passes > 0;
}

static enum err_code malformed(const char *setting, struct err *err)
{
    return err_set(
        err, ERR_CONFIG,
        "BRIGADE_FAILPOINT is \"%s\"; it must be POINT:N or POINT@DETAIL, where POINT is "
        "one of those in failpoint.h, in lower case",
        setting);
}

enum err_code failpoint_set(const char *setting, struct err *err)
{
    size_t length = strcspn(setting, ":@");
    int64_t passes = 1;
    if (setting[0] == '\0')
        return ERR_OK;
    enum failpoint point = find(setting, length);
    const char *rest = setting + length;
    if (point == FAILPOINT_NONE || rest[0] == '\0' || strlen(rest + 1) >= sizeof armed_detail)
        return malformed(setting, err);
    if (rest[0] == ':' && !read_passes(rest + 1, &passes))
        return malformed(setting, err);
    if (rest[0] == '@')
        memcpy(armed_detail, rest + 1, strlen(rest + 1) + 1);
    atomic_store(&passes_left, passes);
    armed = point;
    return ERR_OK;
}

static bool is_due(const char *detail)
{
    if (armed_detail[0] != '\0' && (detail == NULL || strcmp(armed_detail, detail) != 0))
        return false;
    return atomic_fetch_sub(&passes_left, 1) == 1;
}

void failpoint_pass(enum failpoint point, const char *detail)
{
    if (point == FAILPOINT_NONE || point != armed || !is_due(detail))
        return;
    log_error("failpoint reached", LOG_S("failpoint", names[point]));
    (void)kill(getpid(), SIGKILL);
    for (;;) /* the signal comes at once, but perhaps not before kill returns */
        (void)pause();
}
