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
typedef enum err_code lost_page(void *context, struct err *err);

struct lost_search {
    int64_t settle_s;           /* what was sent in the last so many seconds is left out */
    bool left_out[PARTY_COUNT]; /* subscribers that are not looked at */
    lost_visit *visit;          /* every event that is missing */
    lost_page *page_done;       /* what was visited may be changed now; NULL: nothing is */
    void *context;
    int64_t looked; /* found: (event, subscriber) pairs */
    int64_t recent; /* found: events younger than settle_s */
};

/* Compare what each service has sent with the inbox of each of its subscribers. Leaves out, too,
 * what is so old that an inbox may have forgotten it, and what is sent after the search began. */
enum err_code lost_find(struct ctl *ctl, struct lost_search *search, struct err *err) MUST_CHECK;

#endif
