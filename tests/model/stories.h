/* The golden stories: what happens in each saga and in each of its failures, told line by line by
 * the model itself and kept as text. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_STORIES_H
#define BRIGADE_MODEL_STORIES_H

#include <stddef.h>

#include "scenario.h"

/* Each line of a script is one of
 *   approved               an order is placed and approved, in one line
 *   do COMMAND             a command from outside, by its title or the beginning of it
 *   take SERVICE EVENT     a message is decided
 *   kill SERVICE EVENT     the same, and the service dies before it acknowledges it
 *   copy SERVICE EVENT     a copy of what the service knows comes
 *   twice SERVICE EVENT    a message is decided, and what comes of it is published twice
 *   timer SERVICE          the service's timer fires
 *   late SERVICE EVENT     from now on this message waits until it is named by one of the above
 *   rest                   everything on its way arrives, in the order in which it was sent */
struct story {
    const char *name; /* of its file, without .txt */
    const char *title;
    const struct scenario *scenario;
    const char *script;
};
extern const struct story stories[];
extern const size_t story_count;

/* Compare with DIR/NAME.txt, or write these files. Return the exit status. */
int stories_compare(const char *directory);
int stories_write(const char *directory);

#endif
