/* States of the world: how they begin, and as bytes. SPDX-License-Identifier: MIT */
#include "world.h"

#include <string.h>

#include "commands.h"
#include "contents.h"
#include "world_internal.h"

struct current current;

static int order_count(const struct scenario *scenario)
{
    return scenario->orders == 0 ? 1 : scenario->orders;
}

int place_of(enum role role, int order)
{
    if ((int)role < ROLE_SHARED_COUNT)
        return (int)role;
    return ROLE_SHARED_COUNT + (order - 1) * ROLE_OF_ORDER_COUNT + ((int)role - ROLE_ORDER);
}

uint16_t world_value(const struct world *world, enum role role, int order)
{
    return world->at[place_of(role, order)];
}

static void add_choice(const struct choice *choice, int order)
{
    bool creates = strstr(choice->command->path, "{id}") == NULL;
    if (current.choice_count == CHOICES_MAX)
        model_bug("more than %d choices", CHOICES_MAX);
    struct current_choice *to = &current.choices[current.choice_count++];
    to->input = input_of_command(choice->command, order);
    to->times = (uint8_t)(creates ? 1 : choice->times);
    to->fault = choice->fault;
}

/* A command is about an order if its route is one of orders or tickets. */
static bool is_shared(const struct command_text *command)
{
    return strncmp(command->path, "/orders", 7) != 0 && strncmp(command->path, "/tickets", 8) != 0;
}

static void add_choices(const struct scenario *scenario)
{
    for (const struct choice *choice = scenario->choices; choice->times > 0; choice++) {
        if (is_shared(choice->command))
            add_choice(choice, 0);
        else
            for (int order = 1; order <= order_count(scenario); order++)
                add_choice(choice, order);
    }
}

static void add_timers(int orders)
{
    for (int service = 0; service < SERVICES_COUNT; service++)
        for (size_t timer = 0; timer < services[service].timer_count; timer++)
            for (int order = 1; order <= orders; order++) {
                if (current.timer_count == TIMERS_MAX)
                    model_bug("more than %d timers", TIMERS_MAX);
                current.timers[current.timer_count++] = input_of_timer(service, timer, order);
            }
}

static void run_setup(const struct command_text *command, struct world *world)
{
    uint16_t input = input_of_command(command, 0);
    world_settle(world, world_react(world, input), 0);
}

static void deliver_all(struct world *world)
{
    while (world->item_count > 0) {
        uint16_t input = item_input(world->items[--world->item_count]);
        world_settle(world, world_react(world, input), 0);
    }
}

void world_begin(const struct scenario *scenario, int faults, struct world *world)
{
    int orders = order_count(scenario);
    *world = (struct world){.faults = (uint8_t)faults};
    current = (struct current){.scenario = scenario, .orders = orders};
    current.places = ROLE_SHARED_COUNT + orders * ROLE_OF_ORDER_COUNT;
    current.notifier = service_find("notifier");
    add_timers(orders);
    if (scenario->consumer != NULL)
        run_setup(scenario->consumer, world);
    run_setup(&create_restaurant, world);
    if (!scenario->arrivals)
        deliver_all(world);
    add_choices(scenario);
    for (int i = 0; i < current.choice_count; i++)
        world->left[i] = current.choices[i].times;
}

static void put(unsigned char *bytes, size_t *length, const void *from, size_t count)
{
    memcpy(bytes + *length, from, count);
    *length += count;
}

size_t world_pack(const struct world *world, unsigned char *bytes)
{
    size_t length = 0;
    put(bytes, &length, world->at, (size_t)current.places * sizeof world->at[0]);
    put(bytes, &length, &world->told, sizeof world->told);
    put(bytes, &length, &world->faults, 1);
    put(bytes, &length, world->left, (size_t)current.choice_count);
    put(bytes, &length, world->items, world->item_count * sizeof world->items[0]);
    return length;
}

static const unsigned char *take(void *to, const unsigned char *bytes, size_t count)
{
    memcpy(to, bytes, count);
    return bytes + count;
}

void world_unpack(const unsigned char *bytes, size_t length, struct world *world)
{
    const unsigned char *end = bytes + length;
    bytes = take(world->at, bytes, (size_t)current.places * sizeof world->at[0]);
    bytes = take(&world->told, bytes, sizeof world->told);
    bytes = take(&world->faults, bytes, 1);
    bytes = take(world->left, bytes, (size_t)current.choice_count);
    world->item_count = (uint8_t)((size_t)(end - bytes) / sizeof world->items[0]);
    (void)take(world->items, bytes, (size_t)(end - bytes));
}

const struct scenario *world_scenario(void)
{
    return current.scenario;
}

uint16_t world_choice_input(int choice)
{
    return current.choices[choice].input;
}

uint16_t world_timer_input(int timer)
{
    return current.timers[timer];
}
