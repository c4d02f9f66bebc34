"""Processes that die between two writes that belong together; an outbox that fills up; the archive
of what was sent. SPDX-License-Identifier: MIT
"""

import pytest

from checks import assert_problem, sample
from database import SERVICES, schema
from stream import Stream
from waiting import wait_for
from world import APPROVED, order_request

FAILPOINTS = ["inbox_before", "inbox_after", "decided", "commit_sent", "commit_answered",
              "published", "confirmed", "outbox_deleted", "ack_before", "ack_after"]


def die_at(world, service: str, failpoint: str) -> None:
    """Let the service run until it passes the point for the fifth time, which may be before it is
    ready; then start it again."""
    world.stop(service)
    world.stack.start_service(service, env={"BRIGADE_FAILPOINT": f"{failpoint}:5"}, wait=False)
    world.await_dead(service)
    world.start(service)


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_dies_at_a_point(world, stack, audit, failpoint):
    """Order and accounting have every kind of work: requests, messages, events, timers."""
    with Stream(world) as stream:
        for service in ("order", "accounting"):
            log = stack.service(service).process.log
            before = log.read_text().count("failpoint reached")
            die_at(world, service, failpoint)
            assert log.read_text().count("failpoint reached") == before + 1
            stream.await_more()
    stream.await_ended()
    audit.check()


def test_a_full_outbox_refuses_requests_until_it_is_empty(world, stack, audit):
    body = order_request(world.consumer(), world.restaurant())
    audit.await_quiet()
    with world.with_settings("order", BRIGADE_OUTBOX_MAX="5"):
        stack.rabbitmq.stop()
        try:
            answer = wait_for("the outbox is full",
                              lambda: world.apis["order"].post("/orders", body),
                              lambda answer: answer.status == 503)
            assert_problem(answer, 503, "events")
            assert int(answer.headers["retry-after"]) >= 1
            assert sample(world, "order", "brigade_outbox_pending") >= 5
            assert world.apis["order"].get("/orders/1").status in (200, 404)
        finally:
            stack.rabbitmq.start()
            stack.rabbitmq.wait()
        accepted = wait_for("orders are taken again",
                            lambda: world.apis["order"].post("/orders", body),
                            lambda answer: answer.status == 200)
        world.await_fate(accepted.json["orderId"], APPROVED)
    wait_for("every order ends", world.database.pending_orders, lambda count: count == 0)
    audit.check()


@pytest.mark.parametrize("service", SERVICES)
def test_what_was_sent_is_kept_and_cleaned(world, audit, service):
    """All but notifier publish; it keeps nothing."""
    count = f"SELECT count(*) FROM {schema(service)}.sent"
    world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
    audit.await_quiet()
    assert (world.database.one(count) > 0) == (service != "notifier")
    world.database.rows(f"UPDATE {schema(service)}.sent SET sent_at = now() - interval '2 days'")
    wait_for("what is old is gone", lambda: world.database.one(count), lambda found: found == 0)


def test_nothing_is_kept_when_that_is_wished(world, audit):
    with world.with_settings("consumer", BRIGADE_SENT_HOURS="0"):
        wait_for("what is old is gone",
                 lambda: world.database.one("SELECT count(*) FROM brigade_consumer.sent"),
                 lambda found: found == 0)
        world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
        audit.await_quiet()
        assert world.database.one("SELECT count(*) FROM brigade_consumer.sent") == 0
