"""Two processes of a service that are about to make the same row: the second one does its whole
transaction anew, and not its inputs one by one.

SPDX-License-Identifier: MIT
"""

from contextlib import closing, contextmanager

import psycopg2

from checks import sample
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
