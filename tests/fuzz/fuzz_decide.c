/* The rules of every aggregate: the first byte of the input says which one, the second the type of
 * what it is to decide. SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "deciding.h"
#include "fuzz.h"

static const struct subject *const subjects[] = {
    &order_subject,    &replica_subject,      &restaurant_subject,
    &ticket_subject,   &account_subject,      &authorization_subject,
    &consumer_subject, &verification_subject, &notification_subject,
};
enum { SUBJECTS = sizeof subjects / sizeof subjects[0] };

/* Every type of input must be seen to be applied. */
const char *fuzz_goal(size_t index)
{
    static char name[64];
    for (size_t i = 0; i < SUBJECTS; i++) {
        size_t count = (size_t)subjects[i]->input_count;
        if (index < count) {
            (void)snprintf(name, sizeof name, "input %zu of %s", index, subjects[i]->name);
            return name;
        }
        index -= count;
    }
    return NULL;
}

static void reach(size_t subject, int input_type)
{
    size_t goal = (size_t)input_type;
    for (size_t i = 0; i < subject; i++)
        goal += (size_t)subjects[i]->input_count;
    fuzz_reach(goal);
}

void fuzz_run(const uint8_t *data, size_t size)
{
    struct bytes bytes = {data, data + size};
    size_t subject = bytes_take(&bytes) % SUBJECTS;
    /* One more than there are: a number that is no type of input is refused. */
    int input_type = bytes_take(&bytes) % (subjects[subject]->input_count + 1);
    if (subjects[subject]->run(&bytes, input_type))
        reach(subject, input_type);
}
