/* Events that were sent and never reached a subscriber. SPDX-License-Identifier: MIT */
#ifndef BRIGADECTL_LOST_H
#define BRIGADECTL_LOST_H

#include "ctl.h"

/* One event that `subscriber` has not. Borrowed. */
struct lost {
    size_t publisher, subscriber;
    int64_t row;                         /* the id in the publisher's table `sent` */
    const char *event_id, *type, *order; /* "" when it is about no order */
    int32_t subject_id;
    int64_t sent_ms;
};

typedef void lost_visit(void *context, const struct lost *lost);

/* Compare what each service has sent with the inbox of each of its subscribers: `visit` every event
 * that is missing there. Leaves out what was sent in the last `settle_s`, and what is so old that
 * an inbox may have forgotten it. `*looked` is the number of (event, subscriber) pairs. */
enum err_code lost_find(struct ctl *ctl, int64_t settle_s, lost_visit *visit, void *context,
                        int64_t *looked, struct err *err) MUST_CHECK;

#endif
