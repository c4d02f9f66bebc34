/* What the files of the kitchen's rules share. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_KITCHEN_RULES_H
#define BRIGADE_KITCHEN_RULES_H

#include "kitchen.h"

/* decide.c */
void ticket_await_acceptance(struct ticket *ticket, const struct ticket_input *in);
size_t ticket_copy_lines(struct ticket_line_item *to, const struct order_line_item *from,
                         size_t count);

/* decide_restaurant.c: what speaks against cooking these lines; REASON_NONE when nothing does. */
enum reason restaurant_objection(const struct restaurant *restaurant,
                                 const struct order_line_item *lines, size_t count);

/* decide_revision.c */
struct ruling ticket_revision_proposed(struct ticket *ticket, const struct ticket_input *in);
struct ruling ticket_revised(struct ticket *ticket, const struct ticket_input *in);
struct ruling ticket_revision_rejected(struct ticket *ticket, const struct ticket_input *in);
void ticket_revision_event(const struct ticket *after, const struct ruling *ruling,
                           const struct ticket_input *in, union event_data *out);

/* decide_work.c */
struct ruling ticket_accept(struct ticket *ticket, const struct ticket_input *in);
struct ruling ticket_start_preparation(struct ticket *ticket);
struct ruling ticket_finish_preparation(struct ticket *ticket);
struct ruling ticket_pick_up(struct ticket *ticket);
struct ruling ticket_cancel_requested(struct ticket *ticket);
struct ruling ticket_deadline(struct ticket *ticket, const struct ticket_input *in);
void ticket_work_event(const struct ticket *after, enum event_type event, union event_data *out);

#endif
