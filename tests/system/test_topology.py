"""What a service finds on the broker: missing, it is made again; different, that is told and left
for a person to mend. SPDX-License-Identifier: MIT
"""

from checks import sample
from events import envelope, fictitious_id
from test_outages import cut_connections
from waiting import wait_for
from world import APPROVED

WORDS = ["queue notifier.inbox", "PRECONDITION_FAILED", "arg 'x-", "delete it"]


def told(world, service: str) -> str:
    return world.apis[service].get("/readyz").json["topology"]


def test_a_lost_queue_is_made_again_and_counted(world):
    before = sample(world, "kitchen", "brigade_topology_repairs_total")
    world.broker.console("DELETE", "queues/%2F/kitchen.inbox.dead")
    cut_connections(world, "kitchen")
    wait_for("the repair is counted",
             lambda: sample(world, "kitchen", "brigade_topology_repairs_total") == before + 1)
    assert world.broker.count("kitchen.inbox.dead") == 0
    assert told(world, "kitchen") == "ok"
    assert sample(world, "kitchen", "brigade_topology_ok") == 1


def test_a_lost_exchange_is_made_again_with_its_bindings(world, audit):
    audit.await_quiet()
    before = world.broker.bindings("accounting.inbox")
    world.broker.console("DELETE", "exchanges/%2F/consumer.events")
    for service in ("consumer", "accounting"):
        cut_connections(world, service)
    assert world.broker.bindings("accounting.inbox") == before
    world.broker.console("POST", "bindings/%2F/e/consumer.events/q/test.wire",
                         {"routing_key": "#"})
    world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
    audit.check()


def test_a_lost_exchange_of_another_service_keeps_nothing_else_from_coming(world, audit):
    """Nor from being sent. It is told, and mended when that service is there again."""
    audit.await_quiet()
    world.stop("consumer")
    world.broker.console("DELETE", "exchanges/%2F/consumer.events")
    cut_connections(world, "accounting")
    try:
        wait_for("it is told", lambda: told(world, "accounting"),
                 lambda found: "consumer.events" in found)
        assert sample(world, "accounting", "brigade_topology_ok") == 0
        consumer_id = fictitious_id()
        world.broker.send("accounting", envelope("ConsumerCreated", {"consumerId": consumer_id}))
        world.await_found("accounting", f"/accounts/{consumer_id}")
        wait_for("its event is sent", lambda: world.database.outbox_sizes()["accounting"] == 0)
    finally:
        world.start("consumer")
    wait_for("all is right", lambda: told(world, "accounting") == "ok")
    world.broker.console("POST", "bindings/%2F/e/consumer.events/q/test.wire",
                         {"routing_key": "#"})
    world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
    audit.check()


def test_a_queue_with_other_arguments_is_refused_until_it_is_gone(world, audit):
    """The service takes requests, tells what differs, and needs no restart afterwards."""
    audit.await_quiet()
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": 5}
    world.stop("notifier")
    world.broker.console("DELETE", "queues/%2F/notifier.inbox")
    world.broker.console("PUT", "queues/%2F/notifier.inbox",
                         {"durable": True, "arguments": arguments})
    world.start("notifier")
    try:
        wait_for("what differs is told", lambda: told(world, "notifier"),
                 lambda found: all(word in found for word in WORDS))
        assert sample(world, "notifier", "brigade_topology_ok") == 0
        assert sample(world, "notifier", "brigade_topology_checks_total", result="wrong") > 0
        assert world.apis["notifier"].get("/notifications?consumerId=1").status == 200
    finally:
        world.broker.console("DELETE", "queues/%2F/notifier.inbox")
        world.broker.deploy_topology()
    wait_for("all is right", lambda: told(world, "notifier") == "ok")
    assert sample(world, "notifier", "brigade_topology_ok") == 1
    world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
    audit.check()
