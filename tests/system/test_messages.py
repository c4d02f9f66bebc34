"""Messages that come twice, too early, too late or in another order.

SPDX-License-Identifier: MIT
"""

import itertools

import pytest

from events import FICTITIOUS, SUBSCRIPTIONS, TYPES, envelope, example, fictitious_id, subscribers
from waiting import wait_for
from world import APPROVED, must, rejected

# Duplicates


def redeliver(world, order_id: int, times: int) -> None:
    for event in world.wire.of_order(order_id):
        for service in subscribers(event.type):
            for _ in range(times):
                world.broker.publish(f"{service}.inbox", event.body, event.properties)


def test_duplicates_change_nothing(world, audit):
    restaurant_id = world.restaurant()
    approved = world.order(world.consumer(), restaurant_id)
    declined = world.order(world.consumer(card="tok_declined"), restaurant_id)
    unlimited = world.order(world.consumer(limit="0.00"), restaurant_id)
    world.await_fate(approved, APPROVED)
    world.await_fate(declined, rejected("CARD_DECLINED", "FAILED"))
    world.await_fate(unlimited, rejected("ORDER_LIMIT_EXCEEDED", "VOIDED"))
    audit.await_quiet()
    before, on_wire = world.database.digest(), len(world.wire.events())
    for order_id in (approved, declined, unlimited):
        redeliver(world, order_id, times=3)
    for service in SUBSCRIPTIONS:
        world.await_done(service)
    audit.await_quiet()
    assert world.database.digest() == before
    assert len(world.wire.events()) == on_wire


def test_new_ids_for_old_news_change_nothing(world, audit):
    """Even when the inbox does not know a message, its aggregate has moved on."""
    order_id = world.order(world.consumer(), world.restaurant())
    world.await_fate(order_id, APPROVED)
    world.await_events(order_id, {"TicketConfirmed", "OrderApproved"})
    audit.await_quiet()
    before = world.database.digest()
    for event in world.wire.of_order(order_id):
        for service in set(subscribers(event.type)) - {"notifier"}:
            copy = envelope(event.type, event.data, event.sequence)
            world.broker.send(service, copy)
    for service in SUBSCRIPTIONS:
        world.await_done(service)
    assert world.database.digest() == before


# Another order. What is sent is about fictitious orders, which no other service knows.


def order_events(kinds: tuple, order_id: int, consumer_id: int, restaurant_id: int) -> list:
    """An event of each kind about the order, with a fresh id."""
    about = {"orderId": order_id, "consumerId": consumer_id, "restaurantId": restaurant_id,
             "reason": "APPROVAL_TIMED_OUT"}
    made = []
    for kind in kinds:
        data = example(kind)
        data.update({name: about[name] for name in about if name in data})
        made.append(envelope(kind, data))
    return made


def expected_authorization(kinds: tuple) -> str:
    """The charge needs three facts; the rejection ends it, before or after."""
    facts = {"OrderCreated", "ConsumerVerified", "TicketCreated"}
    if "OrderRejected" not in kinds:
        return "AUTHORIZED" if set(kinds) >= facts else "PENDING"
    return "REVERSED" if set(kinds[:kinds.index("OrderRejected")]) >= facts else "VOIDED"


def await_states(world, table: str, expected: dict) -> None:
    wait_for(f"{table} has the states {expected}",
             lambda: dict(world.database.rows(f"SELECT id, state FROM {table} WHERE id = ANY(%s)",
                                              list(expected))),
             lambda found: found == expected)


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_accounting_takes_its_events_in_any_order(world, length):
    """Each after the former is done: that is every order in which they can come."""
    consumer_id, expected = world.consumer(), {}
    kinds_of = {}
    for kinds in itertools.permutations(
            ("OrderCreated", "ConsumerVerified", "TicketCreated", "OrderRejected"), length):
        order_id = fictitious_id()
        expected[order_id], kinds_of[order_id] = expected_authorization(kinds), kinds
    for position in range(length):
        for order_id, kinds in kinds_of.items():
            world.broker.send("accounting", order_events(kinds, order_id, consumer_id, 1)[position])
        world.await_done("accounting")
    await_states(world, "brigade_accounting.authorizations", expected)


def expected_ticket(kinds: tuple) -> str:
    """Of a payment and a failed one only the first counts; a rejection ends it in any case."""
    if "OrderRejected" in kinds or "CreditCardAuthorizationFailed" in kinds:
        return "CREATE_REJECTED"
    return "AWAITING_ACCEPTANCE" if "CreditCardAuthorized" in kinds else "CREATE_PENDING"


@pytest.mark.parametrize("kinds", [
    ("OrderCreated", "CreditCardAuthorized"), ("OrderCreated", "CreditCardAuthorizationFailed"),
    ("OrderCreated", "OrderRejected"), ("OrderCreated", "CreditCardAuthorized", "OrderRejected"),
    ("OrderCreated", "CreditCardAuthorizationFailed", "OrderRejected")])
def test_kitchen_takes_its_events_in_any_order(world, kinds):
    consumer_id, restaurant_id, kinds_of = world.consumer(), world.restaurant(), {}
    for order in itertools.permutations(kinds):
        kinds_of[fictitious_id()] = order
    for position in range(len(kinds)):
        for order_id, order in kinds_of.items():
            events = order_events(order, order_id, consumer_id, restaurant_id)
            world.broker.send("kitchen", events[position])
        world.await_done("kitchen")
    await_states(world, "brigade_kitchen.tickets",
                 {order_id: expected_ticket(order) for order_id, order in kinds_of.items()})


def test_order_of_a_restaurant_that_the_kitchen_does_not_know(world):
    order_id, restaurant_id = fictitious_id(), fictitious_id()
    world.broker.send("kitchen", order_events(("OrderCreated",), order_id, 1, restaurant_id)[0])
    ticket = world.await_found("kitchen", f"/tickets/{order_id}")
    assert (ticket["state"], ticket["reason"]) == ("CREATE_REJECTED", "RESTAURANT_UNKNOWN")


def test_charge_waits_for_an_account(world):
    order_id, consumer_id = fictitious_id(), fictitious_id()
    for event in order_events(("TicketCreated", "ConsumerVerified", "OrderCreated"), order_id,
                              consumer_id, 1):
        world.broker.send("accounting", event)
    world.await_done("accounting")
    assert must(world.apis["accounting"].get(f"/authorizations/{order_id}")).json == {
        "orderId": order_id, "state": "PENDING"}
    world.broker.send("accounting", envelope("ConsumerCreated", {"consumerId": consumer_id}))
    await_states(world, "brigade_accounting.authorizations", {order_id: "AUTHORIZED"})


def menu_of(*names: str) -> dict:
    return {"menuItems": [{"id": name, "name": name, "price": "1.00"} for name in names]}


def test_replica_takes_a_restaurants_events_in_any_order(world):
    """The latest menu counts, whenever it comes."""
    kinds = {1: "RestaurantCreated", 2: "RestaurantMenuRevised", 5: "RestaurantMenuRevised"}
    restaurants = {fictitious_id(): order for order in itertools.permutations(kinds)}
    for position in range(len(kinds)):
        for restaurant_id, order in restaurants.items():
            sequence = order[position]
            data = example(kinds[sequence], restaurantId=restaurant_id,
                           menu=menu_of(f"m{sequence}"))
            world.broker.send("order", envelope(kinds[sequence], data, sequence))
        world.await_done("order")
    for restaurant_id, order in restaurants.items():
        found = wait_for(f"the replica has the latest menu after {order}",
                         lambda path=f"/restaurants/{restaurant_id}": world.find("order", path),
                         lambda replica: replica.get("menu") == menu_of("m5"))
        assert found["name"] == example("RestaurantCreated")["name"]


def test_fictitious_ids_are_valid():
    assert 1 <= FICTITIOUS <= TYPES["Id"]["maximum"]
