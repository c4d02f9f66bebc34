"""Two processes of a service that are about to make the same row: the second one does its whole
transaction anew, and not its inputs one by one. What always conflicts gets out of the others' way.

SPDX-License-Identifier: MIT
"""

import json
from contextlib import closing, contextmanager

import psycopg2

from checks import sample
from events import envelope, example, fictitious_id
from waiting import wait_for
from world import APPROVED

ORDERS = 20
INPUTS = 3 * ORDERS  # of accounting: three events for each order

OTHER_PROCESS = """
    INSERT INTO brigade_accounting.authorizations
        (id, version, state, consumer_id, amount_cents, verified, ticketed)
    VALUES (%s, 1, 'PENDING', 0, 0, true, false)"""

WAITERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE usename = 'brigade_accounting' AND wait_event_type = 'Lock'"""


@contextmanager
def row_in_the_making(world, order_id: int):
    """Another process is about to make this order's authorization, and does so at the end."""
    with closing(psycopg2.connect(world.stack.dsn())) as other:
        other.cursor().execute(OTHER_PROCESS, (order_id,))
        yield
        other.commit()


def test_a_conflict_costs_one_transaction(world):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    world.stop("accounting")
    orders = [world.order(consumer_id, restaurant_id) for _ in range(ORDERS)]
    for order_id in orders:
        world.await_events(order_id, {"ConsumerVerified", "TicketCreated"})
    with row_in_the_making(world, orders[-1]):
        # What has not come yet when the first batch begins is in the second one.
        world.start("accounting", {"BRIGADE_BATCH_INTERVAL_MS": "1000"})
        wait_for("accounting wants to make it too", lambda: world.database.one(WAITERS),
                 lambda count: count == 1)
    for order_id in orders:
        world.await_fate(order_id, APPROVED)
    assert sample(world, "accounting", "brigade_inputs_total", outcome="applied") >= INPUTS - 1
    assert sample(world, "accounting", "brigade_conflicts_total") == 1
    assert sample(world, "accounting", "brigade_batch_duration_seconds_count") < INPUTS / 4
    world.stop("accounting")
    world.start("accounting")


DEFER = """
    INSERT INTO brigade_notifier.deferred (message_id, type, kind, aggregate_id, body, retry_at)
    SELECT m.id, 'OrderApproved', 'notifications', 0, m.body, now()
    FROM unnest(%s::uuid[], %s::bytea[]) AS m(id, body)"""


def test_what_always_conflicts_is_parked_and_holds_up_nothing(world):
    """A second notification of what was told cannot be made, however often it is tried."""
    consumer_id = world.consumer()
    order_id, other_id = world.order(consumer_id, world.restaurant()), fictitious_id()
    wait_for("the consumer is told", lambda: world.notifications(consumer_id))
    events = [envelope("OrderApproved", example("OrderApproved", orderId=each))
              for each in (order_id, other_id)]
    bodies = [json.dumps(event).encode() for event in events]
    world.broker.poison.add(("notifier", bodies[0]))
    world.broker.sent_ids.update(event["id"] for event in events)
    world.database.rows(DEFER, [event["id"] for event in events],
                        [psycopg2.Binary(body) for body in bodies])
    reason, _, _ = wait_for("it is parked", lambda: world.database.parked("notifier", bodies[0]))[0]
    assert "told_once" in reason
    wait_for("the other one is told", lambda: world.database.one(
        "SELECT count(*) FROM brigade_notifier.notifications WHERE order_id = %s", other_id),
             lambda count: count == 1)
