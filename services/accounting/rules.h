/* What the files of accounting's rules share. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_ACCOUNTING_RULES_H
#define BRIGADE_ACCOUNTING_RULES_H

#include "accounting.h"

/* decide_account.c: what speaks against a charge; REASON_NONE when nothing does. */
enum reason account_objection(const struct account *account);
bool account_is_there(const struct account *account); /* NULL is not */

/* decide.c. An authorization is open while it may still become a charge. */
bool authorization_is_open(const struct authorization *authorization);

/* decide_revision.c. A revision is due when it is its turn to be charged. */
bool authorization_is_due(const struct authorization *before, int32_t revision);
struct ruling authorization_revision_proposed(struct authorization *authorization,
                                              const struct authorization_input *in);
struct ruling authorization_revised(struct authorization *authorization,
                                    const struct authorization_input *in);
struct ruling authorization_revision_rejected(struct authorization *authorization,
                                              const struct authorization_input *in);
void authorization_revision_event(const struct authorization *after, const struct ruling *ruling,
                                  union event_data *out);

#endif
