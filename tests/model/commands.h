/* The commands that come from outside, in scenarios and stories. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_COMMANDS_H
#define BRIGADE_MODEL_COMMANDS_H

#include "inputs.h"

/* Who orders: without a limit, with one below the order's total, with one below a revision's. */
extern const struct command_text free_consumer, poor_consumer, thrifty_consumer;

/* Every scenario begins with it. */
extern const struct command_text create_restaurant;

/* The order: two vindaloos for 24.68; its revisions: three for 37.02, one naan for 3.00. */
extern const struct command_text create, cancel, revise, revise_again;

/* The kitchen's work. */
extern const struct command_text accept_ticket, prepare, finish, pick_up;

/* What may speak against an order. */
extern const struct command_text decline_card, disable_account, close_restaurant, drop_dish,
    restore_menu;

#endif
