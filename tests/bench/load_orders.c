/* The orders of a run and their fates. SPDX-License-Identifier: MIT */
#include "load_orders.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

enum { GIVE_UP_US = 30 * 1000 * 1000 };

enum order_progress { ORDER_PLANNED, ORDER_SENT, ORDER_ANSWERED, ORDER_CANCELLING, ORDER_ENDED };

struct order {
    int64_t planned_us, approved_us;
    int64_t outcome_us; /* from planned to approved or rejected */
    int32_t order_id;
    uint8_t kind, progress;
    bool measured;
};

/* What is known under an order's id: the order, or what an event told before the answer came. */
struct known {
    int32_t order_id; /* 0: the place is free */
    bool is_ours;
    enum fate fate;
    int64_t at_us;
    size_t index;
};

struct orders {
    struct stats *stats;
    struct order *orders;
    size_t capacity, planned, sent, ended;
    size_t oldest; /* all before it have ended */
    size_t *to_cancel;
    size_t cancel_count, cancel_at;
    struct known *known; /* open addressing: ids come from a sequence, so they hardly collide */
    size_t known_mask;
    int64_t strangers;
};

struct orders *orders_new(size_t capacity, struct stats *stats)
{
    struct orders *orders = mem_alloc(1, sizeof *orders);
    size_t places = 1024;
    while (places < 2 * capacity)
        places *= 2;
    orders->stats = stats;
    orders->capacity = capacity;
    orders->orders = mem_alloc(capacity, sizeof *orders->orders);
    orders->to_cancel = mem_alloc(capacity, sizeof *orders->to_cancel);
    orders->known = mem_alloc(places, sizeof *orders->known);
    orders->known_mask = places - 1;
    return orders;
}

void orders_free(struct orders *orders)
{
    free(orders->orders);
    free(orders->to_cancel);
    free(orders->known);
    free(orders);
}

bool orders_plan(struct orders *orders, enum order_kind kind, int64_t planned_us)
{
    if (orders->planned == orders->capacity)
        return false;
    orders->orders[orders->planned++] =
        (struct order){.planned_us = planned_us,
                       .kind = (uint8_t)kind,
                       .measured = planned_us >= orders->stats->measure_from_us};
    stats_planned(orders->stats, planned_us);
    return true;
}

size_t orders_planned(const struct orders *orders)
{
    return orders->planned;
}

size_t orders_in_flight(const struct orders *orders)
{
    return orders->planned - orders->ended;
}

static void count(const struct orders *orders, const struct order *order, enum stats_count what)
{
    if (order->measured)
        orders->stats->counts[what]++;
}

static void end_order(struct orders *orders, struct order *order)
{
    order->progress = ORDER_ENDED;
    orders->ended++;
}

static void fail_order(struct orders *orders, struct order *order, enum stats_error error)
{
    orders->stats->errors[error]++;
    end_order(orders, order);
}

static void complete_order(struct orders *orders, struct order *order, int64_t at_us)
{
    stats_completed(orders->stats, at_us, order->outcome_us, order->measured);
    end_order(orders, order);
}

static bool next_cancellation(struct orders *orders, struct order_request *request)
{
    while (orders->cancel_at < orders->cancel_count) {
        size_t index = orders->to_cancel[orders->cancel_at++];
        const struct order *order = &orders->orders[index];
        if (order->progress == ORDER_ENDED)
            continue;
        *request = (struct order_request){index, order->kind, order->order_id};
        return true;
    }
    return false;
}

bool orders_next_request(struct orders *orders, struct order_request *request)
{
    if (next_cancellation(orders, request))
        return true;
    while (orders->sent < orders->planned) {
        size_t index = orders->sent++;
        struct order *order = &orders->orders[index];
        if (order->progress == ORDER_ENDED)
            continue; /* given up before there was a connection for it */
        order->progress = ORDER_SENT;
        count(orders, order, COUNT_SENT);
        *request = (struct order_request){index, order->kind, 0};
        return true;
    }
    return false;
}

static struct known *known_of(struct orders *orders, int32_t order_id)
{
    size_t place = (size_t)order_id & orders->known_mask;
    while (orders->known[place].order_id != 0 && orders->known[place].order_id != order_id)
        place = (place + 1) & orders->known_mask;
    orders->known[place].order_id = order_id;
    return &orders->known[place];
}

static void approve(struct orders *orders, struct order *order, int64_t at_us)
{
    count(orders, order, COUNT_APPROVED);
    order->approved_us = at_us;
    if (order->kind == KIND_CANCELLED) {
        order->progress = ORDER_CANCELLING;
        orders->to_cancel[orders->cancel_count++] = (size_t)(order - orders->orders);
    } else {
        complete_order(orders, order, at_us);
    }
}

/* The order is approved or rejected. */
static void decide(struct orders *orders, struct order *order, enum fate fate, int64_t at_us)
{
    order->outcome_us = at_us - order->planned_us;
    if (order->measured)
        histogram_add(&orders->stats->outcome, order->outcome_us);
    if ((fate == FATE_REJECTED) != (order->kind == KIND_DECLINED))
        orders->stats->errors[ERROR_OUTCOME]++;
    if (fate == FATE_APPROVED) {
        approve(orders, order, at_us);
    } else {
        count(orders, order, COUNT_REJECTED);
        complete_order(orders, order, at_us);
    }
}

static void end_cancellation(struct orders *orders, struct order *order, enum fate fate,
                             int64_t at_us)
{
    if (order->measured)
        histogram_add(&orders->stats->cancellation, at_us - order->approved_us);
    if (fate == FATE_CANCELLED)
        count(orders, order, COUNT_CANCELLED);
    else
        orders->stats->errors[ERROR_OUTCOME]++; /* nobody cooks here, so nothing is too late */
    complete_order(orders, order, at_us);
}

static void apply_fate(struct orders *orders, struct order *order, enum fate fate, int64_t at_us)
{
    bool is_verdict = fate == FATE_APPROVED || fate == FATE_REJECTED;
    if (order->progress == ORDER_ANSWERED && is_verdict)
        decide(orders, order, fate, at_us);
    else if (order->progress == ORDER_CANCELLING && !is_verdict)
        end_cancellation(orders, order, fate, at_us);
    else if (order->progress != ORDER_ENDED)
        orders->stats->errors[ERROR_OUTCOME]++;
}

void orders_told(struct orders *orders, const struct arrival *arrival)
{
    if (arrival->order_id == 0 || arrival->fate == FATE_NONE) {
        orders->strangers++;
        return;
    }
    struct known *known = known_of(orders, arrival->order_id);
    if (known->is_ours) {
        apply_fate(orders, &orders->orders[known->index], arrival->fate, arrival->at_us);
    } else {
        known->fate = arrival->fate;
        known->at_us = arrival->at_us;
        orders->strangers++;
    }
}

/* The service has named the order: from now on its events find it. */
static void take_id(struct orders *orders, size_t index, int32_t order_id)
{
    struct order *order = &orders->orders[index];
    struct known *known = known_of(orders, order_id);
    orders->stats->placed++;
    order->order_id = order_id;
    known->is_ours = true;
    known->index = index;
    if (known->fate != FATE_NONE) {
        orders->strangers--;
        apply_fate(orders, order, known->fate, known->at_us);
    }
}

/* The id in {"orderId":42}; 0 when there is none. */
static int32_t id_in(const char *body)
{
    static const char name[] = "\"orderId\":";
    const char *found = strstr(body, name);
    return found != NULL ? (int32_t)strtol(found + sizeof name - 1, NULL, 10) : 0;
}

static void take_answer(struct orders *orders, size_t index, const char *body, int64_t now_us)
{
    struct order *order = &orders->orders[index];
    const int32_t order_id = id_in(body);
    if (order_id <= 0) {
        fail_order(orders, order, ERROR_ANSWER);
        return;
    }
    if (order->progress == ORDER_SENT) { /* not yet given up */
        order->progress = ORDER_ANSWERED;
        count(orders, order, COUNT_ANSWERED);
        if (order->measured)
            histogram_add(&orders->stats->answer, now_us - order->planned_us);
    }
    take_id(orders, index, order_id);
}

void orders_answered(struct orders *orders, size_t index, int status, const char *body,
                     int64_t now_us)
{
    struct order *order = &orders->orders[index];
    bool is_good = status >= 200 && status < 300;
    if (is_good && order->order_id == 0) {
        take_answer(orders, index, body, now_us);
    } else if (!is_good && order->progress != ORDER_ENDED) {
        if (status > 0 && status < STATUS_MAX) {
            orders->stats->statuses[status]++;
            end_order(orders, order);
        } else {
            fail_order(orders, order, ERROR_CONNECTION);
        }
    }
}

void orders_expire(struct orders *orders, int64_t now_us)
{
    static const enum stats_error errors[] = {[ORDER_PLANNED] = ERROR_NOT_SENT,
                                              [ORDER_SENT] = ERROR_NO_ANSWER,
                                              [ORDER_ANSWERED] = ERROR_NO_OUTCOME,
                                              [ORDER_CANCELLING] = ERROR_NO_CANCELLATION};
    for (; orders->oldest < orders->planned; orders->oldest++) {
        struct order *order = &orders->orders[orders->oldest];
        if (order->progress == ORDER_ENDED)
            continue;
        if (now_us - order->planned_us < GIVE_UP_US)
            return;
        fail_order(orders, order, errors[order->progress]);
    }
}

void orders_finish(struct orders *orders)
{
    orders->stats->errors[ERROR_STRANGER] = orders->strangers;
}
