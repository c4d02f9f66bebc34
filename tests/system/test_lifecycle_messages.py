"""Messages of cancel and revise that come twice, too early, too late or in another order.

SPDX-License-Identifier: MIT
"""

import itertools

import pytest

from events import SUBSCRIPTIONS, envelope, example, fictitious_id, subscribers
from lifecycle import (CANCELLED, REFUSED_REVISION, REVISED, accept, approve, cancel, move, revise)
from test_messages import await_states, order_events, redeliver
from waiting import wait_for
from world import APPROVED, must

REPEATED = {"OrderCancelRequested", "TicketCancelled"}  # what is asked again is answered again


@pytest.fixture(name="ended")
def orders_that_ended(world, audit) -> list:
    """A cancelled order, a revised one, one that could not be revised, one that was cooked."""
    restaurant_id, limited = world.restaurant(), world.consumer(limit="61.70")
    cancelled, revised, cooked = (approve(world, restaurant_id) for _ in range(3))
    refused = approve(world, restaurant_id, limited)
    must(cancel(world, cancelled))
    must(revise(world, revised, vindaloo=6))
    must(revise(world, refused, vindaloo=6))
    must(accept(world, cooked))
    must(move(world, cooked, "preparing"))
    must(cancel(world, cooked))
    world.await_fate(cancelled, CANCELLED)
    world.await_fate(revised, REVISED)
    world.await_fate(refused, APPROVED._replace(order="APPROVED ORDER_LIMIT_EXCEEDED",
                                                notification=REFUSED_REVISION))
    world.await_fate(cooked, APPROVED._replace(
        order="APPROVED PREPARATION_STARTED", ticket="PREPARING",
        notification="ORDER_APPROVED ORDER_CANCELLATION_REJECTED"))
    audit.await_quiet()
    return [cancelled, revised, refused, cooked]


def test_duplicates_change_nothing(world, audit, ended):
    for service in SUBSCRIPTIONS:
        world.await_done(service)
    audit.await_quiet()
    before, on_wire = world.database.digest(), len(world.wire.events())
    for order_id in ended:
        redeliver(world, order_id, times=2)
    for service in SUBSCRIPTIONS:
        world.await_done(service)
    audit.await_quiet()
    assert world.database.digest() == before
    assert len(world.wire.events()) == on_wire


def test_new_ids_for_old_news_change_nothing(world, audit, ended):
    for service in SUBSCRIPTIONS:
        world.await_done(service)
    audit.await_quiet()
    before = world.database.digest()
    for order_id in ended:
        for event in world.wire.of_order(order_id):
            for service in set(subscribers(event.type)) - {"notifier"}:
                if event.type not in REPEATED:
                    world.broker.send(service, envelope(event.type, event.data, event.sequence))
    for service in SUBSCRIPTIONS:
        world.await_done(service)
    audit.await_quiet()
    assert world.database.digest() == before


def send_in_any_order(world, service: str, kinds: tuple, restaurant_id: int) -> list:
    """The events of one order for each permutation of them, each after the former is done. Returns
    the orders' ids."""
    consumer_id, kinds_of = world.consumer(), {}
    for permutation in itertools.permutations(kinds):
        kinds_of[fictitious_id()] = permutation
    for position in range(len(kinds)):
        for order_id, permutation in kinds_of.items():
            events = order_events(permutation, order_id, consumer_id, restaurant_id)
            world.broker.send(service, events[position])
        world.await_done(service)
    return list(kinds_of)


def await_values(world, sql: str, orders: list, expected) -> None:
    """`sql` finds (id, value) of each of the orders."""
    wait_for(f"{sql} finds {expected!r} for {len(orders)} orders",
             lambda: {number: value for number, value in world.database.rows(sql, orders)
                      if value != expected},
             lambda others: not others)


KITCHEN = ("OrderCreated", "CreditCardAuthorized")


@pytest.mark.parametrize("kinds,state,quantity", [
    (("OrderCancelRequested",), "CANCELLED", "OrderCreated"),
    (("OrderApproved", "OrderCancelRequested"), "CANCELLED", "OrderCreated"),
    (("OrderRevisionProposed",), "REVISION_PENDING", "OrderCreated"),
    (("OrderRevisionProposed", "OrderRevised"), "AWAITING_ACCEPTANCE", "OrderRevisionProposed"),
    (("OrderRevisionProposed", "OrderRevisionRejected"), "AWAITING_ACCEPTANCE", "OrderCreated")])
def test_kitchen_takes_its_events_in_any_order(world, kinds, state, quantity):
    orders = send_in_any_order(world, "kitchen", KITCHEN + kinds, world.restaurant())
    await_states(world, "brigade_kitchen.tickets", dict.fromkeys(orders, state))
    await_values(world, "SELECT id, (line_items -> 0 ->> 'quantity')::int "
                        "FROM brigade_kitchen.tickets WHERE id = ANY(%s)", orders,
                 example(quantity)["lineItems"][0]["quantity"])


ACCOUNTING = ("OrderCreated", "ConsumerVerified", "TicketCreated")


@pytest.mark.parametrize("kinds,state,amount", [
    (("TicketCancelled",), "REVERSED", "OrderCreated"),
    (("TicketRevisionProposed",), "AUTHORIZED", "TicketRevisionProposed"),
    (("TicketRevisionProposed", "OrderRevised"), "AUTHORIZED", "TicketRevisionProposed"),
    (("TicketRevisionProposed", "OrderRevisionRejected"), "AUTHORIZED", "OrderCreated")])
def test_accounting_takes_its_events_in_any_order(world, kinds, state, amount):
    orders = send_in_any_order(world, "accounting", ACCOUNTING + kinds, 1)
    await_states(world, "brigade_accounting.authorizations", dict.fromkeys(orders, state))
    cents = int(example(amount)["orderTotal"].replace(".", ""))
    await_values(world, "SELECT id, amount_cents FROM brigade_accounting.authorizations "
                        "WHERE id = ANY(%s)", orders, cents)
