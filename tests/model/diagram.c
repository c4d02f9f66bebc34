/* State diagrams. SPDX-License-Identifier: MIT */
#include "diagram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contents.h"
#include "explore.h"
#include "reaction.h"

enum { FAULTS = 2, STATES_MAX = 10 * 1000 * 1000, EDGES_MAX = 512 };

/* A change of state and what makes it, as a line of the diagram. */
struct edge {
    int from, to;
    char *text;
};

struct edges {
    struct edge at[EDGES_MAX];
    size_t count;
};

static int state_number(enum role role, uint16_t number)
{
    int state = 0;
    if (number != 0)
        memcpy(&state, (const char *)value_at(role, number) + roles[role].state->offset,
               sizeof state);
    return state;
}

static const char *state_name(enum role role, uint16_t number)
{
    return number == 0 ? "[*]" : value_state(role, number);
}

static struct edge edge_of(const struct reaction *reaction, enum role role, int place)
{
    const struct model_input *on = input_at(reaction->input);
    struct buf line = {0};
    buf_printf(&line, "    %s --> %s: %s", state_name(role, reaction->before[place]),
               state_name(role, reaction->after[place]), on->short_name);
    for (int i = 0; i < reaction->event_count; i++)
        buf_printf(&line, " / %s", event_schemas[content_at(reaction->events[i])->type].type);
    return (struct edge){state_number(role, reaction->before[place]),
                         state_number(role, reaction->after[place]), line.bytes};
}

static void add(struct edges *edges, struct edge edge)
{
    for (size_t i = 0; i < edges->count; i++) {
        if (strcmp(edges->at[i].text, edge.text) == 0) {
            free(edge.text);
            return;
        }
    }
    if (edges->count == EDGES_MAX)
        model_bug("more than %d lines in a diagram", EDGES_MAX);
    edges->at[edges->count++] = edge;
}

/* What is only noted, without an event and without a change of state, is left out. */
static bool is_shown(const struct reaction *reaction, enum role role, int place)
{
    const char *from = state_name(role, reaction->before[place]);
    const char *to = state_name(role, reaction->after[place]);
    return reaction->outcome == OUTCOME_APPLIED && reaction->after[place] != 0 &&
           (strcmp(from, to) != 0 || reaction->event_count > 0);
}

static int in_order(const void *a, const void *b)
{
    const struct edge *left = a, *right = b;
    if (left->from != right->from)
        return left->from - right->from;
    if (left->to != right->to)
        return left->to - right->to;
    return strcmp(left->text, right->text);
}

static void print_role(enum role role)
{
    static struct edges edges;
    edges.count = 0;
    for (size_t i = 0; i < reaction_count(); i++) {
        const struct reaction *reaction = reaction_at(i);
        int service = input_at(reaction->input)->service;
        if (service_owns(service).role[1] == role && is_shown(reaction, role, 1))
            add(&edges, edge_of(reaction, role, 1));
    }
    qsort(edges.at, edges.count, sizeof edges.at[0], in_order);
    (void)printf("%s\nstateDiagram-v2\n", roles[role].title);
    for (size_t i = 0; i < edges.count; i++) {
        (void)printf("%s\n", edges.at[i].text);
        free(edges.at[i].text);
    }
    (void)printf("\n");
}

int diagrams_print(void)
{
    for (size_t i = 0; i < scenario_count; i++) {
        const struct scenario *scenario = &scenarios[i];
        struct exploration found;
        int faults = scenario->faults < FAULTS ? scenario->faults : FAULTS;
        if (faults < 0 || scenario->forgets)
            continue;
        explore(scenario, &(struct explore_limits){faults, STATES_MAX}, &found);
        if (found.broken != NULL) {
            (void)fprintf(stderr, "%s: %s\n%s", scenario->name, found.broken,
                          buf_text(&found.story));
            return 1;
        }
    }
    for (int role = ROLE_ORDER; role < ROLE_NOTIFICATION; role++)
        print_role((enum role)role);
    return 0;
}
