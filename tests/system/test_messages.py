"""Messages that are wrong, come twice, too early, too late or in another order.

SPDX-License-Identifier: MIT
"""

import itertools
import json

import pytest

from events import (FICTITIOUS, SUBSCRIPTIONS, TYPES, envelope, example, fictitious_id, subscribers)
from waiting import wait_for
from world import APPROVED, must, rejected

ENVELOPE_MAX = 64 * 1024


def event_for(service: str, **changes) -> dict:
    """A well-formed event that the service takes, about a fictitious order."""
    kind = next(kind for kind in SUBSCRIPTIONS[service] if "orderId" in example(kind))
    return envelope(kind, example(kind, orderId=fictitious_id()), **changes)


def with_data(service: str, **changes) -> dict:
    event = event_for(service)
    event["data"].update(changes)
    return event


def encode(event: dict) -> bytes:
    return json.dumps(event).encode()


# What makes a poisonous message for a service: its bytes or its envelope, and words of the reason.
POISON = {
    "empty": lambda service: (b"", "not JSON"),
    "binary": lambda service: (bytes(range(256)), "not JSON"),
    "not JSON": lambda service: (b"hello", "not JSON"),
    "cut short": lambda service: (encode(event_for(service))[:-1], "not JSON"),
    "two events": lambda service: (encode(event_for(service)) * 2, "not JSON"),
    "invalid UTF-8": lambda service: (
        encode(event_for(service))[:-1] + b',"a":"\xff"}', "not JSON"),
    "a list": lambda service: (b"[" + encode(event_for(service)) + b"]", "object"),
    "null": lambda service: (b"null", "object"),
    "only data": lambda service: (event_for(service)["data"], "id"),
    "no id": lambda service: (event_for(service, id=None), "id"),
    "an id that is no UUID": lambda service: (event_for(service, id="42"), "id"),
    "no type": lambda service: (event_for(service, type=None), "type"),
    "an unknown type": lambda service: (event_for(service, type="OrderEaten"), "type"),
    "another version": lambda service: (event_for(service, specversion="0.3"), "specversion"),
    "no source": lambda service: (event_for(service, source=None), "source"),
    "somebody else's event": lambda service: (
        event_for(service, source="/brigade/mallory"), "source"),
    "a wrong subject": lambda service: (event_for(service, subject="orders"), "subject"),
    "another subject": lambda service: (
        event_for(service, subject=event_for(service)["subject"]), "subject"),
    "no time": lambda service: (event_for(service, time=None), "time"),
    "a wrong time": lambda service: (event_for(service, time="now"), "time"),
    "no sequence": lambda service: (event_for(service, sequence=None), "sequence"),
    "no data": lambda service: (event_for(service, data=None), "data"),
    "data that is no object": lambda service: (event_for(service, data="x"), "data"),
    "data without its members": lambda service: (event_for(service, data={}), "is missing"),
    "a wrong member": lambda service: (with_data(service, orderId="42"), "data"),
    "too large": lambda service: (with_data(service, padding="x" * ENVELOPE_MAX), "bytes"),
    "far too large": lambda service: (with_data(service, padding="x" * 500_000), "bytes"),
    "deeply nested": lambda service: (b"[" * 50_000, "levels"),
}


def await_parked(world, service: str, body: bytes) -> tuple:
    """Wait until a message is parked. Returns (reason, type, message id)."""
    kept = body if len(body) <= ENVELOPE_MAX else body[:ENVELOPE_MAX + 1]
    if kept != body:  # of a larger one only the beginning is kept
        world.broker.poison.add((service, kept))
    return wait_for(f"{service} parks {body[:80]!r}",
                    lambda: world.database.parked(service, kept))[0]


@pytest.mark.parametrize("kind", POISON)
@pytest.mark.parametrize("service", SUBSCRIPTIONS)
def test_poison_is_parked(world, service, kind):
    message, words = POISON[kind](service)
    reason, _, message_id = await_parked(world, service, world.broker.send_poison(service, message))
    assert words in reason
    if isinstance(message, dict) and "large" not in kind and len(message.get("id", "")) == 36:
        assert message_id == message["id"]


@pytest.mark.parametrize("service", SUBSCRIPTIONS)
def test_a_type_that_the_service_does_not_take_is_parked(world, service):
    kind = "AccountDisabled"
    event = envelope(kind, example(kind, consumerId=fictitious_id()))
    reason, found, message_id = await_parked(world, service,
                                             world.broker.send_poison(service, event))
    assert (found, message_id) == (kind, event["id"])
    assert service in reason and kind in reason


@pytest.mark.parametrize("service", SUBSCRIPTIONS)
def test_after_poison_the_next_message_is_processed(world, service):
    """Many at once, so that they share a transaction with what is good."""
    pid = world.pid(service)
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    poisons, orders = [], []
    for number in range(10):
        for message in (b"junk %d" % number, event_for(service, source="/brigade/mallory")):
            poisons.append(world.broker.send_poison(service, message))
        orders.append(world.order(consumer_id, restaurant_id))
    for order_id in orders:
        world.await_fate(order_id, APPROVED)
    for body in poisons:
        await_parked(world, service, body)
    assert world.pid(service) == pid


@pytest.mark.parametrize("kind", ["CreditCardAuthorized", "CreditCardAuthorizationFailed",
                                  "ConsumerVerificationFailed", "TicketCreationFailed"])
def test_outcomes_of_an_order_that_was_never_placed_are_parked(world, kind):
    event = envelope(kind, example(kind, orderId=fictitious_id()))
    reason, found, _ = await_parked(world, "order", world.broker.send_poison("order", event))
    assert found == kind
    assert "never placed" in reason


def test_unknown_attributes_and_members_are_ignored(world):
    """Readers are tolerant: what a later version adds does not matter."""
    consumer_id = fictitious_id()
    event = envelope("ConsumerCreated", {"consumerId": consumer_id, "vip": True}, extension="x")
    world.broker.send("accounting", event)
    world.await_found("accounting", f"/accounts/{consumer_id}")


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
