/* The notifications that were made: a multiset, since their order does not matter.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_TOLD_H
#define BRIGADE_MODEL_TOLD_H

#include <stdint.h>

#include "err.h"

/* The multiset `told` (0: none) and one more, the number of a ROLE_NOTIFICATION value. */
uint16_t told_add(uint16_t told, uint16_t notification) MUST_CHECK;

/* How many notifications of a kind (enum notification_kind) about an order. */
int told_count(uint16_t told, int kind, int order) MUST_CHECK;

#endif
