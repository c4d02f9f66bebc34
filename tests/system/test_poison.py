"""Messages that a service cannot take: each is parked with its bytes and the reason, and the next
one is processed. SPDX-License-Identifier: MIT
"""

import json

import pytest

from checks import sample
from events import SUBSCRIPTIONS, envelope, example, fictitious_id
from waiting import wait_for
from world import APPROVED

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


@pytest.mark.parametrize("kind", [
    "CreditCardAuthorized", "CreditCardAuthorizationFailed", "ConsumerVerificationFailed",
    "TicketCreationFailed", "TicketCancellationRejected", "CreditCardAuthorizationReversed",
    "TicketRevisionRejected", "CreditCardAuthorizationRevised",
    "CreditCardAuthorizationRevisionFailed"])
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


def test_what_waits_too_long_is_parked(world):
    """Nothing waits for ever: an operator gets to see it, and that there is something to see."""
    with world.with_settings("kitchen", BRIGADE_DEFERRED_S="1"):
        event = envelope("CreditCardAuthorized",
                         example("CreditCardAuthorized", orderId=fictitious_id()))
        body = world.broker.send_poison("kitchen", event)
        reason, kind, message_id = await_parked(world, "kitchen", body)
        wait_for("it is counted", lambda: sample(world, "kitchen", "brigade_parked_messages"))
    assert "waited too long" in reason
    assert (kind, message_id) == (event["type"], event["id"])
