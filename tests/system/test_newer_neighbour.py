"""Events from a neighbour of a later release do no harm: members and attributes that this release
does not know are ignored at every level, and so is a later schema; a type that it does not know is
parked, and the next message passes. SPDX-License-Identifier: MIT
"""

import json
import re
from typing import Any

import pytest

from events import SUBSCRIPTIONS, envelope, example, fictitious_id
from test_poison import await_parked
from waiting import wait_for
from world import APPROVED

ADDED = {"text": "ñ", "number": -1.5e3, "flag": None, "list": [[], {"deep": [True]}]}
LATER = "https://brigade.example/schemas/events/{}.v2.json"


def extended(value: Any) -> Any:
    """With a member more in every object."""
    if isinstance(value, dict):
        return {"addedBefore": ADDED, **{name: extended(each) for name, each in value.items()},
                "addedLater": ADDED}
    return [extended(each) for each in value] if isinstance(value, list) else value


def of_later_release(event: dict) -> dict:
    attributes = {"dataschema": LATER.format(event["type"]), "priority": 3, "shard": {"of": [7]}}
    return {**event, "data": extended(event["data"]), **attributes}


def about_nobody(kind: str) -> dict:
    """An event about an order, a consumer or a restaurant that is not there."""
    ids = {name: fictitious_id() for name in example(kind) if name in
           ("orderId", "consumerId", "restaurantId")}
    return envelope(kind, example(kind, **ids))


def outcome(world, service: str, event: dict) -> str:
    """What the service did with the event: took it, deferred it, or parked it and why."""
    schema, message_id = f"brigade_{service}", event["id"]
    world.broker.send(service, event)
    wait_for(f"{service} takes {event['type']}",
             lambda: world.database.in_inbox(service, message_id)
             or world.database.parked(service, json.dumps(event).encode()))
    parked = world.database.rows(f"SELECT reason FROM {schema}.parked WHERE message_id = %s",
                                 message_id)
    if parked:
        return "parked: " + re.sub(r"\d+", "#", parked[0][0])
    return "deferred" if world.database.one(f"SELECT count(*) FROM {schema}.deferred "
                                            "WHERE message_id = %s", message_id) else "taken"


@pytest.mark.parametrize("service, kind", [(service, kind) for service, kinds
                                           in SUBSCRIPTIONS.items() for kind in kinds])
def test_what_is_added_changes_nothing(world, service, kind):
    expected = outcome(world, service, about_nobody(kind))
    assert outcome(world, service, of_later_release(about_nobody(kind))) == expected
    assert "addedLater" not in expected and "data" not in expected


def test_an_order_that_a_later_neighbour_verifies(world, audit):
    """What this release needs is in there, and it acts on it."""
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    with world.without("consumer"):
        order_id = world.order(consumer_id, restaurant_id)
        data = {"orderId": order_id, "consumerId": consumer_id}
        world.broker.send("accounting", of_later_release(envelope("ConsumerVerified", data)))
        world.await_fate(order_id, APPROVED)
    audit.check()


@pytest.mark.parametrize("service", SUBSCRIPTIONS)
def test_a_later_type_is_parked_and_the_next_message_passes(world, service):
    """As when a later topology has bound it to the inbox."""
    event = of_later_release(about_nobody(SUBSCRIPTIONS[service][0]))
    event["type"] = f"{event['type']}.v2"
    body = world.broker.send_poison(service, event)
    order_id = world.order(world.consumer(), world.restaurant())
    reason, _, message_id = await_parked(world, service, body)
    assert "type" in reason
    assert message_id == event["id"]
    world.await_fate(order_id, APPROVED)
