/* What must be true of every state of the world, and of a world at rest.
 * SPDX-License-Identifier: MIT */
#include "invariants.h"

#include "accounting.h"
#include "consumer.h"
#include "facts.h"
#include "intern.h"
#include "kitchen.h"
#include "notifier.h"
#include "order.h"
#include "told.h"

/* The parts of one order, and what its consumer was told. */
struct parts {
    uint16_t order, verification, ticket, authorization, told, number;
};

struct facts {
    struct order_facts order;
    struct ticket_facts ticket;
    struct authorization_facts authorization;
    int verification;
};

enum { REQUESTS_MAX = 20 }; /* more than any budget of faults makes necessary */

static bool is_approved(int state)
{
    return state == ORDER_STATE_APPROVED || state == ORDER_STATE_CANCEL_PENDING ||
           state == ORDER_STATE_REVISION_PENDING;
}

static const char *check_cooking(const struct facts *is)
{
    if (!is->ticket.cooked)
        return NULL;
    if (!is_approved(is->order.state))
        return "an order is cooked that is not approved";
    if (is->ticket.lines != is->order.lines)
        return "something else is cooked than was ordered";
    if (!is->authorization.holds)
        return "an order is cooked that is not paid for";
    return NULL;
}

/* Nobody waits without a deadline, nor is reminded of what is over. */
static const char *check_timers(const struct facts *is)
{
    const int order = is->order.state, ticket = is->ticket.state;
    bool order_waits = order == ORDER_STATE_APPROVAL_PENDING ||
                       order == ORDER_STATE_CANCEL_PENDING || order == ORDER_STATE_REVISION_PENDING;
    if (order_waits != is->order.timed)
        return "an order waits without a deadline, or has one and does not wait";
    if (is->order.requests > REQUESTS_MAX)
        return "a cancellation is asked for again and again";
    if ((ticket == TICKET_STATE_AWAITING_ACCEPTANCE) != is->ticket.timed)
        return "a ticket waits without a deadline, or has one and does not wait";
    if ((ticket == TICKET_STATE_ACCEPTED || is->ticket.cooked) && !is->ticket.promised)
        return "a ticket is worked on that the restaurant has not accepted";
    return NULL;
}

static const char *check_always(const struct facts *is)
{
    const int order = is->order.state, ticket = is->ticket.state;
    const int authorization = is->authorization.state;
    bool was_charged = authorization == AUTHORIZATION_STATE_AUTHORIZED ||
                       authorization == AUTHORIZATION_STATE_REVERSED;
    if (was_charged && is->verification != VERIFICATION_STATE_VERIFIED)
        return "a card was charged for a consumer who was not verified";
    if (was_charged && ticket == TICKET_STATE_NONE)
        return "a card was charged for an order without a ticket";
    if (is_approved(order) && !was_charged)
        return "an order was approved that was never paid for";
    if (order == ORDER_STATE_CANCELLED && authorization != AUTHORIZATION_STATE_REVERSED)
        return "an order is cancelled and its charge is not reversed";
    if (order == ORDER_STATE_CANCELLED && ticket != TICKET_STATE_CANCELLED)
        return "an order is cancelled and its ticket is not";
    const char *broken = check_cooking(is);
    return broken == NULL ? check_timers(is) : broken;
}

static const char *check_rejected(const struct facts *is)
{
    if (is->authorization.holds)
        return "a rejected order holds a charge";
    if (is->authorization.state == AUTHORIZATION_STATE_PENDING)
        return "a rejected order's authorization is still open";
    if (is->ticket.state != TICKET_STATE_CREATE_REJECTED &&
        is->ticket.state != TICKET_STATE_CANCELLED)
        return "a rejected order's ticket is still open";
    return NULL;
}

static const char *check_approved(const struct facts *is)
{
    const int ticket = is->ticket.state;
    if (!is->authorization.holds)
        return "an approved order is not paid for";
    if (is->authorization.amount_cents != is->order.total_cents)
        return "an approved order is paid for with another amount than its total";
    if (ticket != TICKET_STATE_AWAITING_ACCEPTANCE && ticket != TICKET_STATE_ACCEPTED &&
        !is->ticket.cooked)
        return "an approved order's ticket does not wait for the kitchen, nor is it worked on";
    if (is->ticket.lines != is->order.lines)
        return "a ticket has other lines than its order";
    if (is->ticket.revision != is->order.revision || is->ticket.open)
        return "kitchen has not heard of the order's latest verdict";
    if (is->authorization.revision != is->order.revision || is->authorization.open)
        return "accounting has not heard of the order's latest verdict";
    return NULL;
}

/* How often the consumer must have been told what, in a world at rest. */
static const char *check_told(const struct parts *parts, const struct facts *is)
{
    const bool rejected = is->order.state == ORDER_STATE_REJECTED;
    const bool cancelled = is->order.state == ORDER_STATE_CANCELLED;
    const struct {
        int kind, times;
    } due[] = {
        {NOTIFICATION_KIND_ORDER_REJECTED, rejected},
        {NOTIFICATION_KIND_ORDER_APPROVED, !rejected},
        {NOTIFICATION_KIND_ORDER_CANCELLED, cancelled},
    };
    for (size_t i = 0; i < sizeof due / sizeof due[0]; i++)
        if (told_count(parts->told, due[i].kind, parts->number) != due[i].times)
            return "the consumer was told something twice, never, or untruly";
    int refused =
        told_count(parts->told, NOTIFICATION_KIND_ORDER_CANCELLATION_REJECTED, parts->number);
    if (refused > 0 && !is->ticket.cooked)
        return "a cancellation was refused, and the order is not cooked";
    int verdicts =
        told_count(parts->told, NOTIFICATION_KIND_ORDER_REVISED, parts->number) +
        told_count(parts->told, NOTIFICATION_KIND_ORDER_REVISION_REJECTED, parts->number);
    if (verdicts != is->order.revision && !(cancelled && verdicts == is->order.revision - 1))
        return "the consumer was not told once of each revision's end";
    return NULL;
}

static const char *check_rest(const struct facts *is, const struct parts *parts)
{
    const char *broken = NULL;
    switch ((enum order_state)is->order.state) {
    case ORDER_STATE_NONE:
        return is->ticket.state != 0 || is->authorization.state != 0 ? "work without an order"
                                                                     : NULL;
    case ORDER_STATE_REJECTED:
        broken = check_rejected(is);
        break;
    case ORDER_STATE_APPROVED:
        broken = check_approved(is);
        break;
    case ORDER_STATE_CANCELLED:
        break; /* all of it is checked always */
    default:
        return "nothing is on its way, and the order waits";
    }
    if (broken == NULL && is->ticket.approved == (is->order.state == ORDER_STATE_REJECTED))
        broken = "kitchen has not heard that the order was approved, or that it was not";
    const struct scenario *scenario = world_scenario();
    if (broken == NULL && scenario->notifier && !scenario->forgets)
        broken = check_told(parts, is);
    return broken;
}

static const char *check(const struct parts *parts, bool at_rest)
{
    const struct facts is = {.order = order_facts(parts->order),
                             .ticket = ticket_facts(parts->ticket),
                             .authorization = authorization_facts(parts->authorization),
                             .verification = verification_state(parts->verification)};
    const char *broken = check_always(&is);
    return broken == NULL && at_rest ? check_rest(&is, parts) : broken;
}

/* The verdicts so far, by the numbers of the parts. */
static struct intern seen[2];
static const char *verdicts[2][1 << 20];

static const char *look_up(const struct parts *parts, bool at_rest)
{
    uint32_t before = seen[at_rest].count;
    uint32_t number = intern_put(&seen[at_rest], parts, sizeof *parts);
    if (number >= sizeof verdicts[0] / sizeof verdicts[0][0])
        model_bug("more combinations of aggregates than the model has room for");
    if (number > before)
        verdicts[at_rest][number] = check(parts, at_rest);
    return verdicts[at_rest][number];
}

/* Whatever the menu was, the order service ends up with the kitchen's. Menus seldom change, so the
 * latest verdict is kept. */
static const char *check_replica(const struct world *world)
{
    static uint16_t restaurant, replica;
    static bool same;
    if (restaurant != world_value(world, ROLE_RESTAURANT, 0) ||
        replica != world_value(world, ROLE_REPLICA, 0)) {
        restaurant = world_value(world, ROLE_RESTAURANT, 0);
        replica = world_value(world, ROLE_REPLICA, 0);
        same = menu_of_restaurant(restaurant) == menu_of_replica(replica);
    }
    return same ? NULL : "the order service has another menu than the kitchen";
}

const char *invariants_of_world(const struct world *world, bool at_rest)
{
    const struct scenario *scenario = world_scenario();
    int orders = scenario->orders == 0 ? 1 : scenario->orders;
    const char *broken = NULL;
    if (at_rest && world->item_count > 0)
        return "a deferred message waits for ever";
    for (int i = 1; i <= orders && broken == NULL; i++) {
        struct parts parts = {
            .order = world_value(world, ROLE_ORDER, i),
            .verification = world_value(world, ROLE_VERIFICATION, i),
            .ticket = world_value(world, ROLE_TICKET, i),
            .authorization = world_value(world, ROLE_AUTHORIZATION, i),
            .told = at_rest ? world->told : 0,
            .number = (uint16_t)i,
        };
        broken = look_up(&parts, at_rest);
    }
    return broken == NULL && at_rest ? check_replica(world) : broken;
}
