/* The table of golden stories. SPDX-License-Identifier: MIT */
#include "commands.h"
#include "stories.h"

#define CHOICES                                                                                    \
    {&create, 1, false}, {&cancel, 9, false}, {&revise, 1, false}, {&revise_again, 1, false},      \
        {&accept_ticket, 1, false}, {&prepare, 1, false}, {&finish, 1, false},                     \
        {&pick_up, 1, false}, {&decline_card, 1, false}, {&close_restaurant, 1, false},            \
    {                                                                                              \
        &drop_dish, 1, false                                                                       \
    }

static const struct scenario usual = {
    .name = "usual", .consumer = &free_consumer, .notifier = true, .choices = {CHOICES}};
static const struct scenario unknown = {
    .name = "unknown", .consumer = NULL, .notifier = true, .choices = {CHOICES}};
static const struct scenario poor = {
    .name = "poor", .consumer = &poor_consumer, .notifier = true, .choices = {CHOICES}};
static const struct scenario thrifty = {
    .name = "thrifty", .consumer = &thrifty_consumer, .notifier = true, .choices = {CHOICES}};
static const struct scenario early = {.name = "early",
                                      .consumer = &free_consumer,
                                      .arrivals = true,
                                      .notifier = true,
                                      .choices = {CHOICES}};

#define CREATE   "do POST /orders\nrest\n"
#define APPROVED "approved\n"

const struct story stories[] = {
    {"create", "An order is approved.", &usual, CREATE},
    {"create-consumer-unknown", "Nobody knows the consumer.", &unknown, CREATE},
    {"create-over-limit", "The order costs more than its consumer may spend.", &poor, CREATE},
    {"create-restaurant-closed", "The restaurant is closed.", &usual,
     "do PUT /restaurants/7/close\nrest\n" CREATE},
    {"create-dish-gone", "The dish leaves the menu while the order is on its way.", &usual,
     "do POST /orders\ndo PUT /restaurants/7/menu\nrest\n"},
    {"create-card-declined", "The card is declined.", &usual,
     "do PUT /accounts/3/card\nrest\n" CREATE},
    {"create-times-out",
     "The kitchen is too slow: the order is rejected, and what was done undone.", &usual,
     "do POST /orders\nlate kitchen OrderCreated\nrest\ntimer order\nrest\n"
     "take kitchen OrderCreated\nrest\n"},
    {"create-times-out-charged", "The order's time is over after its card was charged.", &usual,
     "do POST /orders\ntake consumer OrderCreated\ntake kitchen OrderCreated\n"
     "take accounting OrderCreated\ntake accounting ConsumerVerified\n"
     "take accounting TicketCreated\ntimer order\nrest\n"},
    {"create-early", "The order comes before the consumer's account and after the menu.", &early,
     "do POST /orders\ntake order RestaurantCreated\nlate accounting ConsumerCreated\n"
     "do POST /orders\nrest\ntake accounting ConsumerCreated\nrest\n"},
    {"create-joined-late", "Accounting hears of the order last.", &usual,
     "do POST /orders\nlate accounting OrderCreated\nrest\ntake accounting OrderCreated\nrest\n"},
    {"create-twice", "Everything comes twice, and a service dies before it acknowledges.", &usual,
     "do POST /orders\nkill kitchen OrderCreated\ntwice consumer OrderCreated\nrest\n"},

    {"cancel", "An approved order is cancelled, and its charge is reversed.", &usual,
     APPROVED "do POST /orders/11/cancel\nrest\n"},
    {"cancel-at-once", "Cancelled before the kitchen has heard of the payment.", &usual,
     "do POST /orders\ntake consumer OrderCreated\ntake kitchen OrderCreated\n"
     "take accounting OrderCreated\ntake accounting ConsumerVerified\n"
     "take accounting TicketCreated\nlate kitchen CreditCardAuthorized\n"
     "take order CreditCardAuthorized\ndo POST /orders/11/cancel\nrest\n"
     "take kitchen CreditCardAuthorized\nrest\n"},
    {"cancel-too-late", "The kitchen cooks already.", &usual,
     APPROVED "do POST /tickets/11/accept\ndo POST /tickets/11/preparing\n"
              "do POST /orders/11/cancel\nrest\n"},
    {"cancel-driven-on", "A cancellation that hangs is asked for again.", &usual,
     APPROVED "do POST /orders/11/cancel\nlate kitchen OrderCancelRequested\ntimer order\n"
              "take kitchen OrderCancelRequested\nrest\n"},
    {"expiry", "The restaurant never accepts: the ticket expires, the order is cancelled.", &usual,
     APPROVED "timer kitchen\nrest\n"},
    {"expiry-early", "The ticket expires before the order has heard of its payment.", &usual,
     "do POST /orders\ntake consumer OrderCreated\ntake kitchen OrderCreated\n"
     "take accounting OrderCreated\ntake accounting ConsumerVerified\n"
     "take accounting TicketCreated\nlate order CreditCardAuthorized\n"
     "take kitchen CreditCardAuthorized\ntimer kitchen\nrest\n"
     "take order CreditCardAuthorized\nrest\n"},

    {"revise", "An order is revised: other dishes, another charge.", &usual,
     APPROVED "do POST /orders/11/revise (to 37.02)\nrest\n"},
    {"revise-restaurant-closed", "The restaurant has closed: it refuses the revision.", &usual,
     APPROVED "do PUT /restaurants/7/close\ndo POST /orders/11/revise (to 37.02)\nrest\n"},
    {"revise-card-declined", "The card is declined: the order stays as it was.", &usual,
     APPROVED "do PUT /accounts/3/card\ndo POST /orders/11/revise (to 37.02)\nrest\n"},
    {"revise-over-limit", "The revision costs more than the consumer may spend.", &thrifty,
     APPROVED "do POST /orders/11/revise (to 37.02)\nrest\n"},
    {"revise-too-late", "The kitchen cooks already.", &usual,
     APPROVED "do POST /tickets/11/accept\ndo POST /tickets/11/preparing\n"
              "do POST /orders/11/revise (to 37.02)\nrest\n"},
    {"revise-times-out", "The verdict overtakes the proposal, which then meets a settled number.",
     &usual,
     APPROVED "do POST /orders/11/revise (to 37.02)\nlate kitchen OrderRevisionProposed\n"
              "timer order\nrest\ntake kitchen OrderRevisionProposed\nrest\n"},
    {"revise-times-out-charged", "The revision's time is over after it was charged.", &usual,
     APPROVED "do POST /orders/11/revise (to 37.02)\ntake kitchen OrderRevisionProposed\n"
              "take accounting TicketRevisionProposed\ntimer order\nrest\n"},
    {"revise-twice", "Two revisions, the second before the first has arrived everywhere.", &usual,
     APPROVED "do POST /orders/11/revise (to 37.02)\ntake kitchen OrderRevisionProposed\n"
              "take accounting TicketRevisionProposed\n"
              "take order CreditCardAuthorizationRevised\nlate kitchen OrderRevised\n"
              "do POST /orders/11/revise (to 3.00)\nrest\ntake kitchen OrderRevised\nrest\n"},
    {"revise-then-cancel", "Cancelled while the kitchen still holds a confirmed revision.", &usual,
     APPROVED "do POST /orders/11/revise (to 37.02)\ndo POST /orders/11/cancel\n"
              "take kitchen OrderRevisionProposed\ntake accounting TicketRevisionProposed\n"
              "take order CreditCardAuthorizationRevised\nlate kitchen OrderRevised\n"
              "do POST /orders/11/cancel\nrest\ntake kitchen OrderRevised\nrest\n"},
    {"revise-expired", "The ticket expires while a revision is on its way to it.", &usual,
     APPROVED "do POST /orders/11/revise (to 37.02)\ntimer kitchen\nrest\n"},

    {"kitchen", "The kitchen's work, from acceptance to the courier.", &usual,
     APPROVED
     "do POST /tickets/11/accept\ndo POST /tickets/11/preparing\ndo POST /tickets/11/ready\n"
     "do POST /tickets/11/picked-up\nrest\n"},
    {"kitchen-at-once", "Accepted as soon as the order is approved, and cooked no earlier.", &usual,
     "do POST /orders\ntake consumer OrderCreated\ntake kitchen OrderCreated\n"
     "take accounting OrderCreated\ntake accounting ConsumerVerified\n"
     "take accounting TicketCreated\ntake order CreditCardAuthorized\n"
     "do POST /tickets/11/accept\ntake kitchen CreditCardAuthorized\ndo POST /tickets/11/accept\n"
     "do POST /tickets/11/preparing\ntake kitchen OrderApproved\ndo POST /tickets/11/preparing\n"
     "rest\n"},
};
const size_t story_count = sizeof stories / sizeof stories[0];
