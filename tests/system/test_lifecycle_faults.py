"""Cancel and revise while services are away, killed or doubled, or while everything is asked for at
the same time. SPDX-License-Identifier: MIT
"""

import json
from functools import partial

import pytest

from api import Api
from checks import sample
from lifecycle import (CANCELLED, REFUSED_REVISION, accept, approve, assert_has, assert_unchanged,
                       at_once, await_all, cancel, count, lines_of, move, quantities_of, revise,
                       state_of, ticket_state)
from program import Program
from waiting import wait_for
from world import APPROVED, must

TIMED_OUT = APPROVED._replace(order="APPROVED REVISION_TIMED_OUT", notification=REFUSED_REVISION)


def many(world, number: int) -> list:
    """So many approved orders of one consumer."""
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    return [approve(world, restaurant_id, consumer_id) for _ in range(number)]


# Deadlines


def test_a_revision_that_fails_in_its_last_step(world):
    """The card is charged, but the order does not hear of it in time: all of it is undone."""
    order_id = approve(world)
    with world.with_settings("order", BRIGADE_ORDER_REVISION_S="2"):
        wait_for("the start has bound all again",  # it is ready without that
                 lambda: sample(world, "order", "brigade_subscriber_connected") == 1)
        world.broker.console("DELETE", "bindings/%2F/e/accounting.events/q/order.inbox/"
                                       "CreditCardAuthorizationRevised")
        must(revise(world, order_id, vindaloo=6))
        world.await_events(order_id, {"CreditCardAuthorizationRevised", "OrderRevisionRejected",
                                      "CreditCardAuthorizationRestored", "TicketRevisionUndone"})
        world.await_fate(order_id, TIMED_OUT)
        assert_unchanged(world, order_id)
        late = [event for event in world.wire.of_order(order_id)
                if event.type == "CreditCardAuthorizationRevised"][0]
        world.broker.publish("order.inbox", late.body, late.properties)
        world.await_done("order")
        assert world.fate(order_id) == TIMED_OUT
        assert_unchanged(world, order_id)
    must(revise(world, order_id, vindaloo=6))
    assert_has(world, order_id, "74.04", vindaloo=6)


def test_a_revision_is_withdrawn_while_accounting_is_away(world):
    """It finds the proposal and its end in its inbox: it may charge, and then gives back."""
    order_id = approve(world)
    with world.with_settings("order", BRIGADE_ORDER_REVISION_S="2"):
        with world.without("accounting"):
            must(revise(world, order_id, vindaloo=6))
            world.await_events(order_id, {"OrderRevisionRejected", "TicketRevisionUndone"})
            assert state_of(world, order_id) == "APPROVED"
            must(accept(world, order_id))
        world.await_done("accounting")
        world.await_done("order")
    world.await_fate(order_id, TIMED_OUT._replace(ticket="ACCEPTED"))
    assert_unchanged(world, order_id)
    must(revise(world, order_id, vindaloo=6))
    assert_has(world, order_id, "74.04", vindaloo=6)


def test_a_revision_is_withdrawn_while_the_kitchen_is_away(world):
    """The kitchen finds the proposal and its end in its inbox: it may hold, and then lets go."""
    order_id = approve(world)
    world.await_fate(order_id, APPROVED)
    with world.with_settings("order", BRIGADE_ORDER_REVISION_S="2"):
        with world.without("kitchen"):
            must(revise(world, order_id, vindaloo=6))
            world.await_events(order_id, {"OrderRevisionRejected"})
        world.await_fate(order_id, TIMED_OUT)
        world.await_done("kitchen")
        world.await_done("accounting")
    assert_unchanged(world, order_id)
    assert ticket_state(world, order_id) == "AWAITING_ACCEPTANCE"


def test_a_revisions_deadline_survives_a_kill(world):
    order_id = approve(world)
    settings = {"BRIGADE_ORDER_REVISION_S": "2"}
    with world.with_settings("order", **settings), world.without("accounting"):
        must(revise(world, order_id, vindaloo=6))
        world.kill("order")
        world.start("order", settings)
        world.await_events(order_id, {"OrderRevisionRejected", "TicketRevisionUndone"})
    world.await_fate(order_id, TIMED_OUT)
    assert_unchanged(world, order_id)


def stuck_lines(world, order_id: int) -> list:
    """What the operator reads of a cancellation that does not end."""
    log = (world.stack.logs_dir / "order.log").read_text(encoding="utf-8", errors="replace")
    lines = [json.loads(line) for line in log.splitlines() if "a cancellation is stuck" in line]
    return [line for line in lines if line.get("order_id") == order_id]


def test_a_cancellation_that_does_not_end_is_driven_on(world):
    """Never given up: money may have moved."""
    order_id = approve(world)
    with world.with_settings("order", BRIGADE_ORDER_CANCELLATION_S="1"):
        with world.without("accounting"):
            must(cancel(world, order_id))
            wait_for("it is asked for twice again",
                     lambda: sample(world, "order", "brigade_cancellations_stuck_total"),
                     lambda times: times >= 2)
            lines = wait_for("the log tells it", lambda: stuck_lines(world, order_id),
                             lambda found: len(found) >= 2)
            assert {line["level"] for line in lines} == {"warn"}
            assert state_of(world, order_id) == "CANCEL_PENDING"
            assert count(world, order_id, "OrderCancelled") == 0
        world.await_fate(order_id, CANCELLED)
    world.await_events(order_id, {"OrderCancelled"})
    assert count(world, order_id, "OrderCancelRequested") >= 3
    assert count(world, order_id, "OrderCancelled") == 1


def test_revisions_are_withdrawn_once_with_two_order_services(world, stack, programs):
    orders = many(world, 20)
    settings = {"BRIGADE_ORDER_REVISION_S": "2"}
    with world.with_settings("order", **settings), \
            Program(stack, programs, "order", **settings) as double, world.without("accounting"):
        apis = [world.apis["order"], Api(double.port)]
        for number, order_id in enumerate(orders):
            must(apis[number % 2].post(f"/orders/{order_id}/revise",
                                       {"revisedLineItems": lines_of({"naan": 1})}))
        for order_id in orders:
            world.await_events(order_id, {"OrderRevisionRejected", "TicketRevisionUndone"})
        apis[1].close()
    for order_id in orders:
        world.await_fate(order_id, TIMED_OUT)
        assert count(world, order_id, "OrderRevisionRejected") == 1
        assert_unchanged(world, order_id)


# Killed


@pytest.mark.parametrize("service", ["order", "kitchen", "accounting"])
def test_killed_in_the_middle(world, audit, service):
    """What was answered happens, whoever is killed meanwhile."""
    orders = many(world, 30)
    cancelled, revised = orders[::2], orders[1::2]
    for number, order_id in enumerate(orders):
        must(cancel(world, order_id) if order_id in cancelled else revise(world, order_id, naan=2))
        if number in (10, 20, 29):
            world.kill(service)
            world.start(service)
    assert set(await_all(world, cancelled, ("CANCELLED",)).values()) == {"CANCELLED"}
    await_all(world, revised, ("APPROVED",))
    for order_id in revised:
        assert_has(world, order_id, "7.00", naan=2)
    audit.check()


# At the same time


def test_cancel_revise_and_accept_race(world, audit):
    """Each is answered 200 or 409, and what was answered with 200 holds."""
    orders = many(world, 30)
    for order_id in orders:
        answers = at_once(partial(cancel, world, order_id),
                          partial(revise, world, order_id, naan=2),
                          partial(accept, world, order_id))
        assert {answer.status for answer in answers} <= {200, 409}, answers
        assert 200 in (answers[0].status, answers[1].status), answers
        if answers[0].status == 200:
            await_all(world, [order_id], ("CANCELLED",))
        else:
            assert_has(world, order_id, "7.00", naan=2)
            must(accept(world, order_id))
    audit.check()


def test_all_races_at_once(world, audit):
    """Of many orders at the same time; the kitchen even begins to cook what it has accepted."""
    def cook(order_id: int) -> list:
        return [accept(world, order_id), move(world, order_id, "preparing")]

    orders = many(world, 10)
    actions = [action for order_id in orders for action in (
        partial(cancel, world, order_id), partial(revise, world, order_id, naan=2),
        partial(cook, order_id))]
    answers = at_once(*actions)
    ends = await_all(world, orders, ("APPROVED", "CANCELLED"))
    for number, order_id in enumerate(orders):
        cancelled, _, (accepted, cooked) = answers[3 * number:3 * number + 3]
        assert (accepted.status, cooked.status) in ((200, 200), (200, 409), (409, 409))
        if cooked.status == 200:
            assert ends[order_id] == "APPROVED"
        elif cancelled.status == 200:
            assert ends[order_id] == "CANCELLED"
    audit.check()


def test_two_revisions_at_once(world, audit):
    """One at a time: the other one is 409, unless the first one was through already."""
    for order_id in many(world, 10):
        answers = at_once(partial(revise, world, order_id, naan=1),
                          partial(revise, world, order_id, naan=2))
        taken = [answer.json for answer in answers if answer.status == 200]
        assert taken and {answer.status for answer in answers} <= {200, 409}, answers
        last = max(taken, key=lambda order: order["revision"])
        assert last["revision"] == len(taken)
        assert_has(world, order_id, last["revisedOrderTotal"],
                   **quantities_of(last["revisedLineItems"]))
    audit.check()


def test_copies_of_one_cancel_at_once(world):
    order_id = approve(world)
    answers = at_once(*[partial(cancel, world, order_id)] * 10)
    assert {answer.status for answer in answers} == {200}
    world.await_fate(order_id, CANCELLED)
    assert count(world, order_id, "OrderCancelRequested") == 1
