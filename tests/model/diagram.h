/* State diagrams from the steps that the model has seen, as Mermaid text.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MODEL_DIAGRAM_H
#define BRIGADE_MODEL_DIAGRAM_H

/* Explore all scenarios with few faults and print a diagram for each kind of aggregate that an
 * order has. Returns the exit status. */
int diagrams_print(void);

#endif
