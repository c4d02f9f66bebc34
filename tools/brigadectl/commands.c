/* The table of commands, and their help. SPDX-License-Identifier: MIT */
#include "commands.h"

#define EXITS(found)                                                                               \
    "\nExit: 0 fine, 1 " found ", 2 could not look (wrong arguments, something is away).\n"

const struct command commands[] = {
    {"saga show", "ORDER", 1, 1, 0, "an order's timeline across all services",
     "Every event of the order: who published it, when the broker had it, who took it how long\n"
     "after it was created; what is deferred or parked; and the states now. Times are UTC.\n"
     "\"-\" in the column of a service that takes such events: it has not taken it.\n" EXITS(
         "there is no such order") "Example: brigadectl saga show 42\n",
     saga_show},
    {"saga why", "ORDER", 1, 1, 0, "what an order waits for, where it hangs, what to do",
     "Looks for the first event that has not got where it should be: still in an outbox, in a\n"
     "queue, lost, deferred or parked; else for what the order waits.\n" EXITS(
         "it hangs, or there is no such order") "Example: brigadectl saga why 42\n",
     saga_why},
    {"saga ls", "[--stuck]", 0, 0, OPTION_STUCK, "orders that are pending, or only those stuck",
     "--stuck  those whose deadline was over 10 s ago, cancellations that were asked for again,\n"
     "         and those with a message that is parked, or deferred for more than 10 s\n" EXITS(
         "there are some") "Example: brigadectl saga ls --stuck\n",
     saga_list},
    {"parked ls", "[SERVICE]", 0, 1, 0, "messages that a service could not apply, and why",
     "At most the latest 1,000 of each service.\n" EXITS(
         "there are some") "Example: brigadectl parked ls kitchen\n",
     parked_list},
    {"parked show", "SERVICE ID", 2, 2, 0, "one parked message with its body",
     "A body that is no text is shown with \\ooo for its bytes.\n" EXITS(
         "there is none with this id") "Example: brigadectl parked show kitchen 7\n",
     parked_show},
    {"parked redrive", "SERVICE (ID... | --all) [--rate N] [--dry-run]", 1, WORDS_MAX,
     OPTION_ALL | OPTION_RATE | OPTION_DRY_RUN, "let the service try parked messages again",
     "Moves them to the service's deferred messages; it tries them within a few seconds. They "
     "keep\n"
     "their ids, so nothing happens twice. What is still wrong is parked again.\n\n"
     "--all      all of them\n"
     "--rate N   at most N a second\n"
     "--dry-run  only say what would be moved\n" EXITS(
         "one of the ids is not there") "Example: brigadectl parked redrive kitchen --all --rate "
                                        "50\n",
     parked_redrive},
    {"dead ls", "", 0, 0, 0, "messages in the dead-letter queues",
     "What was delivered too often without an answer: it probably ended the process each "
     "time.\n" EXITS("there are some") "Example: brigadectl dead ls\n",
     dead_list},
    {"dead redrive", "SERVICE [--rate N] [--dry-run]", 1, 1, OPTION_RATE | OPTION_DRY_RUN,
     "put dead letters back into the service's queue",
     "Each is confirmed in SERVICE.inbox before it leaves SERVICE.inbox.dead, with its id, so "
     "that\n"
     "nothing is lost and nothing happens twice.\n\n"
     "--rate N   at most N a second\n"
     "--dry-run  only say how many there are\n" EXITS(
         "there is no such queue") "Example: brigadectl dead redrive kitchen --rate 10\n",
     dead_redrive},
    {"outbox ls", "", 0, 0, 0, "events that wait for the broker, and how many it has confirmed",
     EXITS("an event has been waiting for more than 10 s") "Example: brigadectl outbox ls\n",
     outbox_list},
    {"outbox replay", "[--settle S] [--rate N] [--all] [--dry-run]", 0, 0,
     OPTION_DRY_RUN | OPTION_SETTLE | OPTION_RATE | OPTION_ALL,
     "send again what a subscriber never took",
     "Compares what each service has sent with the inbox of each subscriber, and puts what is\n"
     "missing back into the outbox with its id: who has it drops it. Leaves out subscribers in\n"
     "whose queue messages wait, shows the first 1,000 that are missing, and waits while an "
     "outbox\n"
     "holds 5,000 events.\n\n"
     "--settle S  leave alone what was sent in the last S seconds (default 10)\n"
     "--rate N    at most N a second\n"
     "--all       also for those in whose queue messages wait\n"
     "--dry-run   only say what is missing\n" EXITS(
         "something is missing (--dry-run), or a subscriber was left out") "Example: brigadectl "
                                                                           "outbox replay "
                                                                           "--dry-run\n",
     outbox_replay},
    {"topology verify", "", 0, 0, 0,
     "are exchanges, queues, arguments and bindings as they must be?",
     "Asks the management API, so it sees a lost binding, which the services cannot.\n" EXITS(
         "something differs") "Example: brigadectl topology verify\n",
     topology_verify},
    {"topology apply", "", 0, 0, 0, "declare all exchanges, queues and bindings",
     "Adds what is missing; changes nothing else. BRIGADE_AMQP_URL must be that of a user\n"
     "with the right to configure.\n" EXITS(
         "(never)") "Example: BRIGADE_AMQP_URL=amqp://admin:password@host brigadectl topology "
                    "apply\n",
     topology_apply},
    {"audit", "[--settle S]", 0, 0, OPTION_SETTLE,
     "do the invariants hold, over all services, now?",
     "Says of each invariant at how many rows it looked and how many violate it. What moved in "
     "the\n"
     "last S seconds (default 60) is left out, and so is what is pending before its deadline.\n\n"
     "--settle S  how long an event may take to reach everybody\n" EXITS(
         "an invariant is violated") "Example: brigadectl --json audit\n",
     audit_run},
};
const size_t command_count = sizeof commands / sizeof commands[0];
