"""What brigadectl repairs is repaired, and once: the topology, what a lost binding swallowed, what was
parked, dead letters. SPDX-License-Identifier: MIT
"""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pika
import pytest

from ctl import await_verdict
from database import SERVICES
from events import envelope, example, fictitious_id
from waiting import wait_for
from world import APPROVED


@pytest.fixture(scope="module")
def admin(stack):
    """The settings of a user who may declare."""
    return {"BRIGADE_AMQP_URL": stack.amqp_url}


# Topology, and what a lost binding swallowed


def unbind(world, service: str, kind: str) -> None:
    exchange = next(source for source, key in world.broker.bindings(f"{service}.inbox")
                    if key == kind)
    world.broker.console("DELETE", f"bindings/%2F/e/{exchange}/q/{service}.inbox/{quote(kind)}")


def test_a_lost_binding_is_seen_and_what_it_swallowed_is_sent_again(ctl, world, audit, admin):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    audit.await_quiet()
    with world.without("kitchen"):  # which would bind it again
        unbind(world, "kitchen", "OrderCreated")
        order_id = world.order(consumer_id, restaurant_id)
        said = ctl("--json", "topology", "verify")
        assert said.status == 1
        assert said.json["differences"] == [{
            "what": "binding", "name": "order.events -> kitchen.inbox: OrderCreated",
            "problem": "is missing: apply, then outbox replay"}]
        wait_for("the event is in nobody's hands",
                 lambda: ctl("--json", "outbox", "replay", "--dry-run", "--settle", "1").json["missing"])
        assert ctl("topology", "apply").status == 2, "the operator may not declare"
        assert ctl("topology", "apply", **admin).status == 0
        assert ctl("topology", "verify").status == 0
    assert "outbox replay" in await_verdict(ctl, order_id, "lost")["do"]
    audited = ctl("--json", "audit", "--settle", "1")
    lost = next(each for each in audited.json["invariants"] if each["invariant"] == "events_arrive")
    assert audited.status == 1 and lost["wrong"] == 1 and "OrderCreated to kitchen" in lost["examples"]
    before = len(world.wire.of_order(order_id))
    missing = ctl("--json", "outbox", "replay", "--dry-run", "--settle", "1")
    assert missing.status == 1
    assert [(each["from"], each["to"], each["type"]) for each in missing.json["missing"]] == [
        ("order", "kitchen", "OrderCreated")]
    assert len(world.wire.of_order(order_id)) == before, "a dry run sends nothing"
    sent = ctl("--json", "outbox", "replay", "--settle", "1")
    assert (sent.status, sent.json["sent_again"]) == (0, 1)
    world.await_fate(order_id, APPROVED)
    audit.await_quiet()
    again = ctl("--json", "outbox", "replay", "--settle", "1")
    assert (again.status, again.json["missing"], again.json["sent_again"]) == (0, [], 0)
    assert again.json["looked_at"] > 0
    audit.check()


def test_why_it_is_lost_or_dead(ctl, world, audit, admin):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    audit.await_quiet()
    with world.with_settings("order", BRIGADE_ORDER_APPROVAL_S="600"):
        with world.without("kitchen"):
            world.broker.console("DELETE", "queues/%2F/kitchen.inbox")
            order_id = world.order(consumer_id, restaurant_id)
            told = await_verdict(ctl, order_id, "lost")
            assert "kitchen.inbox is missing" in told["why"] and "apply" in told["do"]
            assert ctl("topology", "apply", **admin).status == 0
        wait_for("the queue is there, and empty", lambda: ctl("saga", "why", order_id).out,
                 lambda said: "kitchen.inbox is empty" in said)
        event = next(each.envelope for each in world.wire.of_order(order_id)
                     if each.type == "OrderCreated")
        world.broker.publish("kitchen.inbox.dead", json.dumps(event).encode(),
                             pika.BasicProperties(delivery_mode=2, message_id=event["id"]))
        told = await_verdict(ctl, order_id, "dead")
        assert "kitchen.inbox.dead" in told["why"] and "dead redrive kitchen" in told["do"]
        assert ctl("saga", "why", order_id).status == 1
        assert ctl("dead", "redrive", "kitchen").status == 0
        world.await_fate(order_id, APPROVED)


def test_what_waits_in_a_queue_is_not_sent_again(ctl, world, audit):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    audit.await_quiet()
    with world.without("kitchen"):
        order_id = world.order(consumer_id, restaurant_id)
        dry = wait_for("the broker tells that a message waits",
                       lambda: ctl("--json", "outbox", "replay", "--dry-run", "--settle", "1"),
                       lambda said: said.json["left_out"] and not said.json["too_recent"])
        assert dry.status == 1 and dry.json["missing"] == []
        assert [each["left_out"] for each in dry.json["left_out"]] == ["kitchen"]
        everything = ctl("--json", "outbox", "replay", "--dry-run", "--settle", "1", "--all").json
        assert ("OrderCreated", order_id) in {
            (each["type"], each["subject_id"]) for each in everything["missing"]}
        young = ctl("--json", "outbox", "replay", "--dry-run", "--settle", "3600", "--all").json
        assert young["too_recent"] > 0 and young["missing_in_all"] == 0
        told = next(each["examples"] for each in ctl("--json", "audit", "--settle", "1")
                    .json["invariants"] if each["invariant"] == "events_arrive")
        assert "wait in kitchen.inbox" in told and "replay" not in told
    world.await_fate(order_id, APPROVED)


def test_replay_does_not_fill_the_outbox(ctl, world):
    """Made up rows of a service that is down, and so sends none of them."""
    made_up = "gen_random_uuid(), 'ConsumerCreated', 1, 1, 'made up', '', '{}', now()"
    with world.without("consumer"):
        try:
            world.database.rows("INSERT INTO brigade_consumer.sent SELECT 2000000000 + nr, "
                                f"{made_up}, now() - interval '1 h' FROM generate_series(1, 2) nr")
            world.database.rows(
                "INSERT INTO brigade_consumer.outbox (event_id, type, subject_id, sequence, "
                f"correlation, traceparent, body, created_at) SELECT {made_up} "
                "FROM generate_series(1, 4999)")
            said = ctl("outbox", "replay", "--all", "--rate", "100", BRIGADE_DB_TIMEOUT_MS="1000")
            left = world.database.one("SELECT count(*) FROM brigade_consumer.sent "
                                      "WHERE correlation = 'made up'")
        finally:
            for table in ("outbox", "sent"):
                world.database.rows(f"DELETE FROM brigade_consumer.{table} "
                                    "WHERE correlation = 'made up'")
    assert said.status == 2 and "1 were sent again" in said.err and "drain" in said.err
    assert left == 1


def test_verify_sees_what_differs(ctl, world, admin):
    console = world.broker.console
    console("POST", "bindings/%2F/e/order.events/q/notifier.inbox", {"routing_key": "OrderEaten"})
    with world.without("notifier"):
        console("DELETE", "queues/%2F/notifier.inbox.dead")
        console("PUT", "queues/%2F/notifier.inbox.dead",
                {"durable": True, "arguments": {"x-queue-type": "quorum", "x-message-ttl": 1000}})
        try:
            said = ctl("topology", "verify")
        finally:
            console("DELETE", "queues/%2F/notifier.inbox.dead")
            console("DELETE", "bindings/%2F/e/order.events/q/notifier.inbox/OrderEaten")
        missing = ctl("topology", "verify")
        assert ctl("topology", "apply", **admin).status == 0
    assert said.status == 1
    assert 'x-message-ttl is "1000"' in said.out and "OrderEaten" in said.out
    assert missing.status == 1 and "notifier.inbox.dead" in missing.out
    assert ctl("topology", "verify").status == 0


# Messages that were put aside


def event_of(kind: str, order_id: int, **changes) -> dict:
    return envelope(kind, example(kind, orderId=order_id, **changes))


def parked_rows(ctl, service: str, message_ids: list) -> list:
    return [each for each in ctl("--json", "parked", "ls", service).json["parked"]
            if each["message_id"] in message_ids]


def test_parked_messages_are_done_once_when_their_cause_is_gone(ctl, world):
    """Charges that came before their orders, and waited too long."""
    restaurant_id = world.restaurant()
    order_ids = [fictitious_id() for _ in range(4)]
    charges = [event_of("CreditCardAuthorized", order_id) for order_id in order_ids]
    ids = [event["id"] for event in charges]
    with world.with_settings("kitchen", BRIGADE_DEFERRED_S="1"):
        for event in charges:
            world.broker.send_poison("kitchen", event)
        rows = wait_for("they are parked", lambda: parked_rows(ctl, "kitchen", ids),
                        lambda found: len(found) == 4)
    assert [each["order"] for each in sorted(rows, key=lambda each: ids.index(each["message_id"]))
            ] == order_ids
    assert all("waited too long" in each["reason"] for each in rows)
    shown = ctl("--json", "parked", "show", "kitchen", rows[0]["id"]).json
    assert shown["message_id"] in ids and str(rows[0]["order"]) in shown["body"]
    for order_id in order_ids:
        world.broker.send("kitchen",
                          event_of("OrderCreated", order_id, restaurantId=restaurant_id))
        world.await_found("kitchen", f"/tickets/{order_id}")
    dry = ctl("--json", "parked", "redrive", "kitchen", rows[0]["id"], "--dry-run")
    assert dry.json["would_redrive"] == 1 and len(parked_rows(ctl, "kitchen", ids)) == 4
    began = time.monotonic()
    done = ctl("--json", "parked", "redrive", "kitchen", *(each["id"] for each in rows),
               "--rate", "2")
    assert done.json == {"redriven": 4, "not_found": 0}
    assert time.monotonic() - began >= 1.5, "at most two a second"
    for order_id in order_ids:
        wait_for(f"ticket {order_id} is confirmed",
                 lambda: world.find("kitchen", f"/tickets/{order_id}")["state"],
                 lambda state: state == "AWAITING_ACCEPTANCE")
    before = world.database.digest()
    again = ctl("--json", "parked", "redrive", "kitchen", rows[0]["id"])
    assert again.status == 1 and again.json == {"redriven": 0, "not_found": 1}
    for event in charges:
        world.broker.send("kitchen", event)
    world.await_done("kitchen")
    assert world.database.digest() == before


def test_what_is_still_wrong_is_parked_again(ctl, world):
    body = world.broker.send_poison("consumer", b"\x00\xff no event")
    reason, _, message_id = wait_for("it is parked", lambda: world.database.parked("consumer", body))[0]
    row = parked_rows(ctl, "consumer", [message_id])[0]
    assert row["reason"] == reason and row["order"] is None
    assert "\\000\\377 no event" in ctl("parked", "show", "consumer", row["id"]).out
    assert ctl("parked", "show", "consumer", 2_000_000_000).status == 1
    assert ctl("parked", "redrive", "consumer", row["id"]).status == 0
    again = wait_for("it is parked again", lambda: parked_rows(ctl, "consumer", [message_id]))[0]
    assert again["id"] > row["id"] and len(world.database.parked("consumer", body)) == 1


def test_what_always_conflicts_is_parked_again(ctl, world):
    """A second notification of what was told cannot be made, however often it is tried."""
    consumer_id = world.consumer()
    order_id = world.order(consumer_id, world.restaurant())
    wait_for("the consumer is told", lambda: world.notifications(consumer_id))
    body = world.broker.send_poison("notifier", event_of("OrderApproved", order_id))
    reason, _, message_id = wait_for("it is parked", lambda: world.database.parked("notifier", body))[0]
    assert "told_once" in reason
    row = parked_rows(ctl, "notifier", [message_id])[0]
    assert ctl("parked", "redrive", "notifier", row["id"]).status == 0
    again = wait_for("it is parked again", lambda: parked_rows(ctl, "notifier", [message_id]))[0]
    assert again["id"] > row["id"]


def test_all_are_redriven(ctl, world):
    bodies = [world.broker.send_poison("notifier", b"junk %d" % number) for number in range(3)]
    for body in bodies:
        wait_for("it is parked", lambda: world.database.parked("notifier", body))
    count = len(ctl("--json", "parked", "ls", "notifier").json["parked"])
    assert ctl("--json", "parked", "redrive", "notifier", "--all").json["redriven"] == count
    for body in bodies:
        wait_for("it is parked again", lambda: world.database.parked("notifier", body))


def test_dead_letters_go_back_with_their_ids(ctl, world):
    order_id = fictitious_id()
    event = event_of("OrderCreated", order_id)
    junk = b"dead junk %s" % str(order_id).encode()
    world.broker.sent_ids.add(event["id"])
    world.broker.poison.add(("kitchen", junk))
    properties = pika.BasicProperties(delivery_mode=2, message_id=event["id"])
    for body in (json.dumps(event).encode(), junk):
        world.broker.publish("kitchen.inbox.dead", body, properties)
    wait_for("the broker counts them", lambda: ctl("--json", "dead", "ls").json["dead"],
             lambda rows: {each["messages"] for each in rows if each["service"] == "kitchen"} == {2})
    assert ctl("dead", "ls").status == 1
    assert ctl("--json", "dead", "redrive", "kitchen", "--dry-run").json["would_redrive"] == 2
    assert world.broker.count("kitchen.inbox.dead") == 2
    assert ctl("--json", "dead", "redrive", "kitchen", "--rate", "5").json == {"redriven": 2, "left": 0}
    assert world.broker.count("kitchen.inbox.dead") == 0
    world.await_found("kitchen", f"/tickets/{order_id}")
    assert world.database.in_inbox("kitchen", event["id"])
    wait_for("the other one is parked", lambda: world.database.parked("kitchen", junk))
    assert ctl("--json", "dead", "redrive", "kitchen").json["redriven"] == 0


def test_dead_letters_are_not_thrown_away_by_the_broker(world):
    """Each look at one counts as a delivery, and RabbitMQ 4 drops what was delivered 20 times."""
    for service in SERVICES:
        queue = world.broker.console("GET", f"queues/%2F/{service}.inbox.dead")
        assert queue["effective_policy_definition"]["delivery-limit"] == 1_000_000
        assert "delivery-limit" not in world.broker.console(
            "GET", f"queues/%2F/{service}.inbox")["effective_policy_definition"]


def test_a_dead_letter_queue_that_is_missing_is_told(ctl, world, admin):
    with world.without("notifier"):
        world.broker.console("DELETE", "queues/%2F/notifier.inbox.dead")
        try:
            for words in (["redrive", "notifier"], ["redrive", "notifier", "--dry-run"]):
                said = ctl("dead", *words)
                assert said.status == 1
                assert "notifier.inbox.dead" in said.out and "topology apply" in said.out
            assert wait_for("it is seen to be missing", lambda: ctl("dead", "ls"),
                            lambda said: "topology apply" in said.out).status == 1
        finally:
            assert ctl("topology", "apply", **admin).status == 0


def test_a_redrive_whose_queue_goes_away_fails(ctl, world, admin):
    world.broker.poison.add(("notifier", b"dead junk"))
    for _ in range(3):
        message_id = str(uuid.uuid4())
        world.broker.sent_ids.add(message_id)
        world.broker.publish("notifier.inbox.dead", b"dead junk", pika.BasicProperties(
            delivery_mode=2, message_id=message_id))
    with world.without("notifier"), ThreadPoolExecutor() as pool:
        try:
            running = pool.submit(ctl, "dead", "redrive", "notifier", "--rate", "1")
            wait_for("one was moved", lambda: world.broker.count("notifier.inbox.dead"),
                     lambda count: count < 3)
            world.broker.console("DELETE", "queues/%2F/notifier.inbox.dead")
            said = running.result()
        finally:
            assert ctl("topology", "apply", **admin).status == 0
    assert said.status == 2 and "were moved, then" in said.err
    assert "deleted" in said.err or "no queue" in said.err
