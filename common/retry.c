/* Trying again, and logging only what changes. SPDX-License-Identifier: MIT */
#include "retry.h"

#include "clock.h"
#include "log.h"

enum { FIRST_MS = 100, MOST_MS = 5000 };

void retry_init(struct retry *retry, const char *what)
{
    *retry = (struct retry){.what = what};
    backoff_init(&retry->backoff, FIRST_MS, MOST_MS);
}

int64_t retry_wait_ms(const struct retry *retry)
{
    if (retry->attempts == 0)
        return 0;
    int64_t left_ms = retry->due_ms - clock_monotonic_ms();
    return left_ms > 0 ? left_ms : 0;
}

void retry_failed(struct retry *retry, const struct err *err)
{
    retry->attempts++;
    retry->due_ms = clock_monotonic_ms() + backoff_next_ms(&retry->backoff);
    if (retry->reported == err_class(err->code))
        return;
    retry->reported = err_class(err->code);
    /* What only a person can mend is an error; what mends itself is a warning. */
    LOG_AT(retry->reported == ERR_CLASS_RETRY ? LOG_WARN : LOG_ERROR, "failed, trying again",
           LOG_S("what", retry->what), LOG_S("error", err->text),
           LOG_S("error_code", err_name(err->code)));
}

void retry_worked(struct retry *retry)
{
    if (retry->attempts > 0)
        log_info("works again", LOG_S("what", retry->what),
                 LOG_I("failed_attempts", retry->attempts));
    retry->attempts = 0;
    retry->reported = ERR_CLASS_NONE;
    backoff_reset(&retry->backoff);
}
