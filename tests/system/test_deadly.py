"""A message that ends the process whenever it is decided. SPDX-License-Identifier: MIT"""

import json

import pika
import pytest

from events import envelope, fictitious_id
from waiting import wait_for

SERVICE = "accounting"
NEIGHBOURS = 50
DEATHS = 5  # two before it is suspected, three by itself


def consumer_created() -> dict:
    return envelope("ConsumerCreated", {"consumerId": fictitious_id()})


def send_all(world, events: list, named: bool) -> None:
    """`named`: with the property message_id, as a service sends it."""
    for event in events:
        world.broker.sent_ids.add(event["id"])
        properties = pika.BasicProperties(delivery_mode=2,
                                          message_id=event["id"] if named else None)
        world.broker.publish(f"{SERVICE}.inbox", json.dumps(event).encode(), properties)


def die_until_parked(world, stack, event: dict) -> int:
    """Start the service again and again. Returns how often it died."""
    body = json.dumps(event).encode()
    for deaths in range(3 * DEATHS):
        stack.start_service(SERVICE, env={"BRIGADE_FAILPOINT": f"deciding@{event['id']}"},
                            wait=False)
        wait_for("it is dead, or has parked the message",
                 lambda: world.pid(SERVICE) is None or world.database.parked(SERVICE, body))
        if world.pid(SERVICE) is not None:
            return deaths
        world.await_dead(SERVICE)
    raise AssertionError("it dies for ever")


@pytest.mark.parametrize("named", [True, False])
def test_a_deadly_message_is_parked_and_its_neighbours_pass(world, stack, audit, named):
    audit.await_quiet()
    events = [consumer_created() for _ in range(NEIGHBOURS + 1)]
    deadly = events.pop(NEIGHBOURS // 2)
    world.broker.poison.add((SERVICE, json.dumps(deadly).encode()))
    world.stop(SERVICE)
    send_all(world, [*events[:NEIGHBOURS // 2], deadly, *events[NEIGHBOURS // 2:]], named)
    try:
        assert die_until_parked(world, stack, deadly) == DEATHS
        for event in events:
            world.await_found(SERVICE, f"/accounts/{event['data']['consumerId']}")
    finally:
        world.stop(SERVICE)
        world.start(SERVICE)
    ((reason, kind, message_id),) = world.database.parked(SERVICE, json.dumps(deadly).encode())
    assert reason == "it ended the process 3 times"
    assert (kind, message_id) == ("" if named else "ConsumerCreated", deadly["id"])
    assert world.broker.count(f"{SERVICE}.inbox.dead") == 0
    assert world.database.one(f"SELECT count(*) FROM brigade_{SERVICE}.attempts") == 0
    audit.check()
