/* What the files of the kitchen's rules share. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_KITCHEN_RULES_H
#define BRIGADE_KITCHEN_RULES_H

#include "kitchen.h"

/* decide.c */
struct ticket_decision ticket_applied(const struct ticket *after, enum event_type event);
struct ticket_decision ticket_kept(const struct ticket *before, enum verdict verdict);
struct ticket_decision ticket_refused(const struct ticket *before, const char *refusal);
void ticket_await_acceptance(struct ticket *ticket, const struct ticket_input *in);
size_t ticket_copy_lines(struct ticket_line_item *to, const struct order_line_item *from,
                         size_t count);

/* decide_restaurant.c: what speaks against cooking these lines; REASON_NONE when nothing does. */
enum reason restaurant_objection(const struct restaurant *restaurant,
                                 const struct order_line_item *lines, size_t count);

/* decide_revision.c */
struct ticket_decision ticket_revision_proposed(const struct ticket *before,
                                                const struct ticket_input *in);
struct ticket_decision ticket_revised(const struct ticket *before, const struct ticket_input *in);
struct ticket_decision ticket_revision_rejected(const struct ticket *before,
                                                const struct ticket_input *in);
void ticket_revision_event(const struct ticket_decision *decision, const struct ticket_input *in,
                           union event_data *out);

/* decide_work.c */
struct ticket_decision ticket_accept(const struct ticket *before, const struct ticket_input *in);
struct ticket_decision ticket_start_preparation(const struct ticket *before);
struct ticket_decision ticket_finish_preparation(const struct ticket *before);
struct ticket_decision ticket_pick_up(const struct ticket *before);
struct ticket_decision ticket_cancel_requested(const struct ticket *before);
struct ticket_decision ticket_deadline(const struct ticket *before, const struct ticket_input *in);
void ticket_work_event(const struct ticket *after, enum event_type event, union event_data *out);

#endif
