/* How long to wait before the next try: exponential, capped, with full jitter, so that many who
 * lost the same peer do not come back all at once. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_BACKOFF_H
#define BRIGADE_BACKOFF_H

#include <stdint.h>

struct backoff {
    int64_t first_ms, most_ms; /* the longest wait before the second try, and before any */
    int64_t ceiling_ms;        /* the longest wait before the next one */
};

void backoff_init(struct backoff *backoff, int64_t first_ms, int64_t most_ms);

/* Draw the next wait, from 1 ms to a ceiling that doubles with each call. */
int64_t backoff_next_ms(struct backoff *backoff);

/* It worked: begin with short waits again. */
void backoff_reset(struct backoff *backoff);

#endif
