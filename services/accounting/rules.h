/* What the files of accounting's rules share. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_ACCOUNTING_RULES_H
#define BRIGADE_ACCOUNTING_RULES_H

#include "accounting.h"

/* decide_account.c: what speaks against a charge; REASON_NONE when nothing does. */
enum reason account_objection(const struct account *account);

/* decide.c. An authorization is open while it may still become a charge. */
bool authorization_is_open(const struct authorization *authorization);
struct authorization_decision authorization_applied(const struct authorization *after,
                                                    enum event_type event);
struct authorization_decision authorization_kept(const struct authorization *before,
                                                 enum verdict verdict);
struct authorization_decision authorization_refused(const struct authorization *before,
                                                    const char *refusal);
struct authorization_decision authorization_awaits_account(const struct authorization *before,
                                                           int32_t consumer_id);

/* decide_revision.c. A revision is due when it is its turn to be charged. */
bool authorization_is_due(const struct authorization *before, int32_t revision);
struct authorization_decision authorization_revision_proposed(const struct authorization *before,
                                                              const struct authorization_input *in);
struct authorization_decision authorization_revised(const struct authorization *before,
                                                    const struct authorization_input *in);
struct authorization_decision authorization_revision_rejected(const struct authorization *before,
                                                              const struct authorization_input *in);
void authorization_revision_event(const struct authorization_decision *decision,
                                  union event_data *out);

#endif
