"""The broker or the database is away, or cuts connections: orders are taken as far as possible, the
services recover by themselves, every order ends. SPDX-License-Identifier: MIT
"""

import signal
import subprocess
from contextlib import contextmanager
from typing import Iterator

import pytest

import wire
from checks import assert_problem, sample
from database import SERVICES
from events import SUBSCRIPTIONS, envelope, fictitious_id
from stream import Stream
from waiting import wait_for
from world import APPROVED, order_request

RABBITMQCTL = "/usr/lib/rabbitmq/bin/rabbitmqctl"  # that in /usr/sbin wants to be another user


@contextmanager
def away(server, how: str = "stopped") -> Iterator[None]:
    """PostgreSQL or RabbitMQ does not run meanwhile."""
    if how == "stopped":
        server.stop()
    else:
        server.process.kill()
    try:
        yield
    finally:
        server.start()
        server.wait()


def reconnects(world, service: str) -> list:
    """How often each of the service's two connections was replaced."""
    return [sample(world, service, "brigade_broker_reconnects_total", connection=connection)
            for connection in ("subscriber", "relay")]


def await_connected(world, service: str) -> None:
    wait_for(f"{service} has subscribed",
             lambda: sample(world, service, "brigade_subscriber_connected") == 1)


def await_subscribed(world, service: str, before: list) -> None:
    """Wait until the service has replaced its subscriber's connection."""
    wait_for(f"{service} has replaced its connection",
             lambda: reconnects(world, service)[0] > before[0])
    await_connected(world, service)


def cut_connections(world, service: str) -> None:
    """Have the broker close both, and wait until both were replaced."""
    before = reconnects(world, service)

    def replaced() -> bool:
        if all(now > then for now, then in zip(reconnects(world, service), before)):
            return True
        world.broker.close_connections(service)
        return False
    wait_for(f"{service} has connected again", replaced)
    await_subscribed(world, service, before)


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_broker_is_away_for_a_while(world, stack, audit, how):
    """Orders are taken all along, and a service can start: the outbox keeps the events."""
    pids = {service: world.pid(service) for service in SERVICES if service != "kitchen"}
    with Stream(world) as stream:
        with away(stack.rabbitmq, how):
            stream.await_more(20)
            assert world.apis["order"].get("/readyz").status == 200
            wait_for("the service tells that its relay is cut off",
                     lambda: world.apis["order"].get("/readyz").json["relay"],
                     lambda found: found != "ok")
            world.stop("kitchen")
            world.start("kitchen")
        stream.await_more()
    assert not stream.refusals, "an order was refused meanwhile"
    stream.await_ended()
    audit.check()
    assert pids == {service: world.pid(service) for service in pids}


def test_broker_takes_no_messages_for_a_while(world, stack, audit):
    """It says so (connection.blocked) when its memory is short: orders are taken meanwhile."""
    def limit_memory(fraction: str) -> None:
        command = [RABBITMQCTL, "set_vm_memory_high_watermark", fraction]
        subprocess.run(command, env=stack.rabbitmq.environment(), check=True, timeout=60,
                       stdout=subprocess.DEVNULL)
    with Stream(world) as stream:
        limit_memory("0.00000001")
        try:
            wait_for("the relay is told", lambda: sample(world, "order", "brigade_broker_blocked"))
            stream.await_more(50)
        finally:
            limit_memory("0.4")
        stream.await_more()
    assert not stream.refusals
    stream.await_ended()
    audit.check()


def test_broker_hangs_for_a_while(world, stack, audit):
    with Stream(world) as stream:
        stack.rabbitmq.process.send(signal.SIGSTOP)
        try:
            stream.await_more(50)
        finally:
            stack.rabbitmq.process.send(signal.SIGCONT)
        stream.await_more()
    assert not stream.refusals
    stream.await_ended()
    audit.check()


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_database_is_away_for_a_while(world, stack, audit, how):
    pids = {service: world.pid(service) for service in SERVICES}
    with Stream(world) as stream:
        with away(stack.postgres, how):
            answer = world.apis["order"].get("/orders?consumerId=1")
            assert_problem(answer, 503)
            assert int(answer.headers["retry-after"]) >= 1
            wait_for("the service is unready", lambda: world.apis["order"].get("/readyz").status,
                     lambda status: status == 503)
            assert world.apis["order"].get("/livez").status == 200
        stream.await_more()
    assert {refusal.status for refusal in stream.refusals} <= {503}
    stream.await_ended()
    audit.check()
    assert pids == {service: world.pid(service) for service in SERVICES}


def test_commands_are_answered_503_while_the_database_is_away(world, stack):
    body = order_request(world.consumer(), world.restaurant())
    with world.with_settings("order", BRIGADE_REQUEST_TIMEOUT_MS="1000"):
        with away(stack.postgres):
            answer = world.apis["order"].post("/orders", body)
        assert_problem(answer, 503)
        assert int(answer.headers["retry-after"]) >= 1


def test_database_hangs_for_a_while(world, stack, audit):
    """Somebody holds a lock on the table: nothing waits for it longer than the time limit."""
    body = order_request(world.consumer(), world.restaurant())
    with world.with_settings("order", BRIGADE_DB_TIMEOUT_MS="500",
                             BRIGADE_REQUEST_TIMEOUT_MS="1500"):
        world.database.rows("BEGIN")
        world.database.rows("LOCK TABLE brigade_order.orders")
        try:
            answers = [world.apis["order"].post("/orders", body),
                       world.apis["order"].get("/orders/1")]
            assert world.apis["order"].get("/livez").status == 200
        finally:
            world.database.rows("ROLLBACK")
        assert [answer.status for answer in answers] == [503, 503]
        world.await_fate(world.order(body["consumerId"], body["restaurantId"]), APPROVED)
    audit.check()


def test_commands_are_answered_503_while_a_start_cannot_read_what_was_deferred(world, stack):
    """Nothing else is decided before, so nothing else could answer them."""
    body = order_request(world.consumer(), world.restaurant())
    settings = {"BRIGADE_DB_TIMEOUT_MS": "500", "BRIGADE_REQUEST_TIMEOUT_MS": "1500"}
    world.stop("order")
    world.database.rows("BEGIN")
    world.database.rows("LOCK TABLE brigade_order.deferred")
    try:
        stack.start_service("order", env=settings, wait=False)
        wait_for("it lives", lambda: world.apis["order"].get("/livez").status,
                 lambda status: status == 200)
        assert_problem(world.apis["order"].post("/orders", body), 503)
    finally:
        world.database.rows("ROLLBACK")
        world.stop("order")
        world.start("order")


def test_service_waits_for_the_database_at_its_start(world, stack):
    with away(stack.postgres):
        world.stop("notifier")
        stack.start_service("notifier", wait=False)
    wait_for("notifier is ready", lambda: world.apis["notifier"].get("/readyz").status,
             lambda status: status == 200)


@pytest.mark.parametrize("service", SERVICES)
def test_database_cuts_all_sessions(world, audit, service):
    with Stream(world) as stream:
        for _ in range(2):
            assert world.database.end_sessions(service) > 0
            stream.await_more()
    assert {refusal.status for refusal in stream.refusals} <= {503}
    stream.await_ended()
    audit.check()


@pytest.mark.parametrize("service", SERVICES)
def test_broker_closes_all_connections(world, audit, service):
    with Stream(world) as stream:
        cut_connections(world, service)
        stream.await_more()
    assert not stream.refusals
    stream.await_ended()
    audit.check()


def test_an_event_that_nobody_takes_leaves_the_outbox(world, audit):
    """It is none that a subscriber could miss, and must not stay and be sent again for ever."""
    consumer_id = fictitious_id()
    audit.await_quiet()
    with world.with_settings("accounting", BRIGADE_WATCH_QUEUE="false"):
        with world.broker.unbound("accounting.events", wire.QUEUE, "#"):
            event = envelope("ConsumerCreated", {"consumerId": consumer_id})
            world.broker.send("accounting", event)
            world.await_found("accounting", f"/accounts/{consumer_id}")
            wait_for("the outbox is empty", world.database.outbox_sizes,
                     lambda sizes: sizes["accounting"] == 0)


def test_bindings_are_those_of_the_subscriptions(world):
    for service, types in SUBSCRIPTIONS.items():
        found = world.broker.bindings(f"{service}.inbox")
        assert {routing_key for _, routing_key in found} == set(types)


@pytest.mark.parametrize("service", ["kitchen", "notifier"])
def test_a_lost_binding_is_restored(world, audit, service):
    """At the next connection at the latest, and every 30 s."""
    before = world.broker.bindings(f"{service}.inbox")
    exchange, kind = sorted(before)[0]
    world.broker.console("DELETE", f"bindings/%2F/e/{exchange}/q/{service}.inbox/{kind}")
    cut_connections(world, service)
    assert world.broker.bindings(f"{service}.inbox") == before
    world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
    audit.check()


@pytest.mark.parametrize("service", SUBSCRIPTIONS)
def test_a_deleted_queue_is_declared_again(world, stack, audit, service):
    """By the deployment, not by the service itself, which says so and needs no restart."""
    audit.await_quiet()  # else what is in the queue would be lost
    world.broker.console("DELETE", f"queues/%2F/{service}.inbox")
    wait_for("it says that it has no right to", lambda: f"declare queue {service}.inbox: broker: 403"
             in stack.service(service).process.last_lines(5))
    world.broker.deploy_topology()
    await_connected(world, service)
    world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
    audit.check()
