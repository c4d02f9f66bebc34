/* One state of the world: what the services' databases hold, what is on its way to whom, and what
 * may still happen.
 *
 * What the real engine and broker do is simulated here, by these rules:
 *  - a command, a message or a timer is decided in one transaction, which also fills the outbox;
 *  - the outbox reaches every subscriber at least once, in any order and after any time, so an
 * event is on its way to each of them from the transaction on; the relay may publish it twice (a
 * fault);
 *  - a delivery enters the inbox in the transaction that decides it; the process may die between
 *    COMMIT and acknowledgement, so the delivery comes again (a fault). Dying before COMMIT changes
 *    nothing but the time, and time is arbitrary here anyway;
 *  - a copy of what the inbox knows changes nothing (unless the scenario says that it forgot);
 *  - a deferred message is tried again, at the latest when its aggregate moves: here, at any time;
 *  - a timer that is set may fire before what it waits for comes (a fault);
 *  - no message is lost, but where the scenario says so. There nothing is late: the order's timers
 *    fire when nothing else moves.
 * A duplicate is a copy that stays on its way for any time, so it is enough to choose it when the
 * event is published or taken; what has no copy on its way is forgotten. SPDX-License-Identifier:
 * MIT */
#ifndef BRIGADE_MODEL_WORLD_H
#define BRIGADE_MODEL_WORLD_H

#include "reaction.h"
#include "scenario.h"

enum {
    ITEMS_MAX = 40,
    PLACES_MAX = ROLE_SHARED_COUNT + ROLE_OF_ORDER_COUNT * ORDERS_IN_WORLD_MAX,
    SUCCESSORS_MAX = 256,
};

/* What a message is to one subscriber, with copies: those on their way beside it. */
enum item_status {
    ITEM_FRESH = 0,    /* on its way, + 0 … 3 copies */
    ITEM_DEFERRED = 4, /* in the inbox, waiting for its time, + 0 … 3 copies on their way */
    ITEM_KNOWN = 7,    /* done with, + 1 … 4 copies on their way */
    ITEM_STATUS_COUNT = 12,
};

struct world {
    uint16_t at[PLACES_MAX];   /* by place: numbers of values */
    uint16_t told;             /* the multiset of notifications (told.h) */
    uint8_t faults;            /* left */
    uint8_t left[CHOICES_MAX]; /* of each of the scenario's choices */
    uint8_t item_count;
    uint16_t items[ITEMS_MAX]; /* sorted: input << 4 | status and copies */
};

enum action_type {
    ACTION_TAKE,
    ACTION_COPY,
    ACTION_RETRY,
    ACTION_CHOICE,
    ACTION_TIMER,
    ACTION_LOSE
};
enum action_flag { ACTION_UNACKED = 1, ACTION_TWICE = 2 };

/* What happens next: `index` is of world.items, of the scenario's choices or of its timers. */
struct action {
    uint8_t type, flags, index;
};

struct successor {
    struct action action;
    const struct reaction *reaction; /* NULL: a copy met the inbox */
    struct world world;
};

struct successors {
    int count;
    bool moves;         /* something happens by itself, without a command or a fault: not at rest */
    const char *broken; /* the rule that one of the steps breaks, or NULL */
    struct action broken_by; /* that step */
    struct successor at[SUCCESSORS_MAX];
};

/* The world before anything has happened in a scenario. The scenario stays the current one. */
void world_begin(const struct scenario *scenario, int faults, struct world *world);

/* Everything that may happen next and changes something. */
void world_expand(const struct world *world, struct successors *out);

/* The number of a value of an order (from 1), or of a shared role. */
uint16_t world_value(const struct world *world, enum role role, int order) MUST_CHECK;

/* To and from bytes, equal for equal worlds. */
size_t world_pack(const struct world *world, unsigned char *bytes);
void world_unpack(const unsigned char *bytes, size_t length, struct world *world);

/* For stories. */
uint16_t item_input(uint16_t item) MUST_CHECK;
int item_status(uint16_t item) MUST_CHECK;
const struct scenario *world_scenario(void) MUST_CHECK;
uint16_t world_choice_input(int choice) MUST_CHECK;
uint16_t world_timer_input(int timer) MUST_CHECK;

#endif
