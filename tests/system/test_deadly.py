"""A message that ends the process whenever it is decided. SPDX-License-Identifier: MIT"""

import json

import pika
import psycopg2
import pytest

from events import envelope, example, fictitious_id
from waiting import wait_for

SERVICE = "accounting"
NEIGHBOURS = 50
ALONE = 3  # times that it ends the process when it is decided by itself
DEATHS = 2 + ALONE  # before that it is not suspected


def consumer_created() -> dict:
    return envelope("ConsumerCreated", {"consumerId": fictitious_id()})


def send_all(world, events: list, named: bool) -> None:
    """`named`: with the property message_id, as a service sends it."""
    for event in events:
        world.broker.sent_ids.add(event["id"])
        properties = pika.BasicProperties(delivery_mode=2,
                                          message_id=event["id"] if named else None)
        world.broker.publish(f"{SERVICE}.inbox", json.dumps(event).encode(), properties)


def die_until_parked(world, stack, event: dict, service: str = SERVICE) -> int:
    """Start the service again and again. Returns how often it died."""
    body = json.dumps(event).encode()
    for deaths in range(3 * DEATHS):
        stack.start_service(service, env={"BRIGADE_FAILPOINT": f"deciding@{event['id']}"},
                            wait=False)
        wait_for("it is dead, or has parked the message",
                 lambda: world.pid(service) is None or world.database.parked(service, body))
        if world.pid(service) is not None:
            return deaths
        world.await_dead(service)
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


def redrive(world, body: bytes) -> None:
    world.database.rows(
        f"WITH gone AS (DELETE FROM brigade_{SERVICE}.parked WHERE body = %s RETURNING *) "
        f"INSERT INTO brigade_{SERVICE}.deferred (message_id, type, kind, aggregate_id, body, "
        "retry_at) SELECT message_id, type, 'redriven', 0, body, now() FROM gone",
        psycopg2.Binary(body))


def test_a_redriven_message_that_is_still_deadly_is_parked_again(world, stack, audit):
    """And once it is not, it is processed, with a neighbour."""
    audit.await_quiet()
    events = [consumer_created(), consumer_created()]
    bodies = [json.dumps(event).encode() for event in events]
    for event, body in zip(events, bodies):
        world.broker.sent_ids.add(event["id"])
        world.database.rows(
            f"INSERT INTO brigade_{SERVICE}.parked (message_id, type, reason, body) "
            "VALUES (%s, 'ConsumerCreated', 'made up', %s)", event["id"], psycopg2.Binary(body))
    world.stop(SERVICE)
    for body in bodies:
        redrive(world, body)
    try:
        assert die_until_parked(world, stack, events[0]) == ALONE
        world.await_found(SERVICE, f"/accounts/{events[1]['data']['consumerId']}")
    finally:
        world.stop(SERVICE)
        world.start(SERVICE)
    ((reason, _, message_id),) = world.database.parked(SERVICE, bodies[0])
    assert (reason, message_id) == ("it ended the process 3 times", events[0]["id"])
    redrive(world, bodies[0])
    world.await_found(SERVICE, f"/accounts/{events[0]['data']['consumerId']}")
    audit.check()


def test_a_deferred_message_that_is_deadly_takes_nobody_with_it(world, stack, audit):
    """It waits for its order; what would wake it is not blamed for what it does."""
    audit.await_quiet()
    order_id = fictitious_id()
    deadly = envelope("OrderCancelRequested", example("OrderCancelRequested", orderId=order_id))
    body = json.dumps(deadly).encode()
    world.broker.sent_ids.add(deadly["id"])
    world.broker.poison.add(("kitchen", body))
    world.broker.publish("kitchen.inbox", body,
                         pika.BasicProperties(delivery_mode=2, message_id=deadly["id"]))
    wait_for("it is deferred", lambda: world.database.one(
        "SELECT count(*) FROM brigade_kitchen.deferred WHERE message_id = %s", deadly["id"]) == 1)
    world.stop("kitchen")
    world.broker.send("kitchen", envelope("OrderCreated",
                                          example("OrderCreated", orderId=order_id)))
    try:
        assert die_until_parked(world, stack, deadly, "kitchen") == ALONE
        world.await_found("kitchen", f"/tickets/{order_id}")
    finally:
        world.stop("kitchen")
        world.start("kitchen")
    ((reason, _, message_id),) = world.database.parked("kitchen", body)
    assert (reason, message_id) == ("it ended the process 3 times", deadly["id"])
    audit.check()
