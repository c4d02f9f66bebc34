/* Capped exponential backoff with full jitter. SPDX-License-Identifier: MIT */
#include "backoff.h"

#include <stdlib.h>
#include <sys/random.h>

void backoff_init(struct backoff *backoff, int64_t first_ms, int64_t most_ms)
{
    *backoff = (struct backoff){first_ms, most_ms, first_ms};
}

int64_t backoff_next_ms(struct backoff *backoff)
{
    uint32_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        abort();
    int64_t wait_ms = 1 + (int64_t)random % backoff->ceiling_ms;
    backoff->ceiling_ms *= 2;
    if (backoff->ceiling_ms > backoff->most_ms)
        backoff->ceiling_ms = backoff->most_ms;
    return wait_ms;
}

void backoff_reset(struct backoff *backoff)
{
    backoff->ceiling_ms = backoff->first_ms;
}
