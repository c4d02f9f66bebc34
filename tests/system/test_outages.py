"""The broker or the database is away, or cuts connections: orders are taken as far as possible, the
services recover by themselves, every order ends. SPDX-License-Identifier: MIT
"""

import pytest

from checks import sample
from database import SERVICES
from events import SUBSCRIPTIONS
from stream import Stream
from waiting import wait_for
from world import APPROVED, order_request


def await_subscribed(world, service: str, reconnects_before: float) -> None:
    """Wait until the service has replaced its subscriber's connection."""
    wait_for(f"{service} has subscribed again",
             lambda: (sample(world, service, "brigade_broker_reconnects_total"),
                      sample(world, service, "brigade_subscriber_connected")),
             lambda found: found[0] > reconnects_before and found[1] == 1)


def test_broker_stopped_for_a_while(world, stack, audit):
    """Orders are taken all along, and a service can start: the outbox keeps the events."""
    pids = {service: world.pid(service) for service in SERVICES if service != "kitchen"}
    with Stream(world) as stream:
        stack.stop_broker()
        stream.await_more(20)
        assert world.apis["order"].get("/readyz").status == 200
        assert world.apis["order"].get("/readyz").json["relay"] != "ok"
        world.stop("kitchen")
        world.start("kitchen")
        stack.start_broker()
        stream.await_more()
    assert not stream.refusals, "an order was refused meanwhile"
    stream.await_ended()
    audit.check()
    assert pids == {service: world.pid(service) for service in pids}


def test_database_restarted(world, stack, audit):
    pids = {service: world.pid(service) for service in SERVICES}
    with Stream(world) as stream:
        stack.stop_database()
        answer = world.apis["order"].get("/orders?consumerId=1")
        assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
        assert int(answer.headers["retry-after"]) >= 1
        wait_for("the service is unready", lambda: world.apis["order"].get("/readyz").status,
                 lambda status: status == 503)
        assert world.apis["order"].get("/livez").status == 200
        stack.start_database()
        stream.await_more()
    assert {refusal.status for refusal in stream.refusals} <= {503}
    stream.await_ended()
    audit.check()
    assert pids == {service: world.pid(service) for service in SERVICES}


def test_commands_are_answered_503_while_the_database_is_away(world, stack):
    body = order_request(world.consumer(), world.restaurant())
    with world.with_settings("order", BRIGADE_REQUEST_TIMEOUT_MS="1000"):
        stack.stop_database()
        try:
            answer = world.apis["order"].post("/orders", body)
        finally:
            stack.start_database()
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) >= 1


def test_service_waits_for_the_database_at_its_start(world, stack):
    stack.stop_database()
    try:
        world.stop("notifier")
        stack.start_service("notifier", wait=False)
    finally:
        stack.start_database()
    wait_for("notifier is ready", lambda: world.apis["notifier"].get("/readyz").status,
             lambda status: status == 200)


@pytest.mark.parametrize("service", SERVICES)
def test_database_cuts_all_sessions(world, audit, service):
    with Stream(world) as stream:
        for _ in range(3):
            assert world.database.end_sessions(service) > 0
            stream.await_more()
    assert {refusal.status for refusal in stream.refusals} <= {503}
    stream.await_ended()
    audit.check()


@pytest.mark.parametrize("service", SERVICES)
def test_broker_closes_all_connections(world, audit, service):
    before = sample(world, service, "brigade_broker_reconnects_total")
    with Stream(world) as stream:
        labels = wait_for("the broker lists both connections",
                          lambda: [label for label in world.broker.connections()
                                   if label.startswith(f"{service}.")],
                          lambda found: len(found) == 2)
        closed = world.broker.close_connections(service)
        assert sorted(closed) == sorted(labels)
        await_subscribed(world, service, before)
        stream.await_more()
    assert not stream.refusals
    stream.await_ended()
    audit.check()


def test_bindings_are_those_of_the_subscriptions(world):
    for service, types in SUBSCRIPTIONS.items():
        found = world.broker.bindings(f"{service}.inbox")
        assert {routing_key for _, routing_key in found} == set(types)


@pytest.mark.parametrize("service", ["kitchen", "notifier"])
def test_a_lost_binding_is_restored(world, audit, service):
    """At the next connection at the latest, and every 30 s."""
    before = world.broker.bindings(f"{service}.inbox")
    reconnects = sample(world, service, "brigade_broker_reconnects_total")
    exchange, kind = sorted(before)[0]
    world.broker.console("DELETE", f"bindings/%2F/e/{exchange}/q/{service}.inbox/{kind}")
    wait_for("the broker lists the connections", lambda: [
        label for label in world.broker.connections() if label.startswith(f"{service}.")])
    world.broker.close_connections(service)
    await_subscribed(world, service, reconnects)
    assert world.broker.bindings(f"{service}.inbox") == before
    world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
    audit.check()


@pytest.mark.parametrize("service", SUBSCRIPTIONS)
def test_a_deleted_queue_is_declared_again(world, audit, service):
    audit.await_quiet()  # else what is in the queue would be lost
    before = sample(world, service, "brigade_broker_reconnects_total")
    world.broker.console("DELETE", f"queues/%2F/{service}.inbox")
    await_subscribed(world, service, before)
    world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
    audit.check()
