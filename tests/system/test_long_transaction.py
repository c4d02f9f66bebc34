"""A transaction that stays open for long, as a dump of the database has: what is deleted meanwhile
stays in tables and indexes, and nobody may have to read past all of it again and again. And one
that commits late is not overlooked for that.

SPDX-License-Identifier: MIT
"""

import time
from contextlib import closing

import psycopg2
import pytest

from waiting import wait_for

POLL_MS = 50
FLOOR_S = 3 * POLL_MS / 1000  # how long a row must be gone before its place is passed over
LOOK_AT_ALL_S = 30 * POLL_MS / 1000
WINDOW = 20
LATE = 5 * WINDOW
CONSUMERS = 300  # each is an event


@pytest.fixture(name="quick", scope="module")
def fixture_quick(world):
    """The consumer service looks at its outbox more often than usual."""
    with world.with_settings("consumer", BRIGADE_RELAY_POLL_MS=str(POLL_MS),
                             BRIGADE_RELAY_WINDOW=str(WINDOW)):
        yield world


def events_leave(world, count: int) -> None:
    for _ in range(count):
        world.consumer(wait=False)
    # The bodies are only in the table: so this does not read the index.
    wait_for("the outbox is empty",
             lambda: world.database.one("SELECT count(body) FROM brigade_consumer.outbox"),
             lambda rows: rows == 0)


def raise_floor(world) -> None:
    """It takes two looks that find something."""
    for _ in range(3):
        time.sleep(2 * FLOOR_S)
        events_leave(world, 1)


def index_reads(world) -> tuple:
    """Scans of the outbox' index, and entries that they read. The server tells once a second."""
    time.sleep(1.5)
    return world.database.rows(
        "SELECT idx_scan, idx_tup_read FROM pg_stat_user_indexes "
        "WHERE schemaname = 'brigade_consumer' AND indexrelname = 'outbox_pkey'")[0]


def test_the_outbox_is_not_read_from_its_beginning(quick):
    with closing(psycopg2.connect(quick.stack.dsn())) as dump:
        dump.set_session(isolation_level="REPEATABLE READ", readonly=True)
        dump.cursor().execute("SELECT count(*) FROM brigade_consumer.outbox")
        events_leave(quick, CONSUMERS)
        raise_floor(quick)
        scans, entries = index_reads(quick)
        events_leave(quick, 20)
        more_scans, more_entries = index_reads(quick)
    assert more_scans > scans
    assert (more_entries - entries) / (more_scans - scans) < CONSUMERS / 3


def test_events_that_commit_late_are_sent(quick):
    """The ids of their rows are lower than those of many that are gone. They are more than one
    window of the relay."""
    events_leave(quick, LATE)
    with closing(psycopg2.connect(quick.stack.dsn())) as late:
        cursor = late.cursor()
        cursor.execute(
            "WITH gone AS (DELETE FROM brigade_consumer.sent WHERE id = ANY(ARRAY("
            "SELECT id FROM brigade_consumer.sent ORDER BY id DESC LIMIT %s)) RETURNING *) "
            "INSERT INTO brigade_consumer.outbox (event_id, type, subject_id, sequence, "
            "correlation, traceparent, body, created_at) SELECT event_id, type, subject_id, "
            "sequence, correlation, traceparent, body, created_at FROM gone RETURNING event_id",
            (LATE,))
        event_ids = [event_id for event_id, in cursor.fetchall()]
        events_leave(quick, 1)
        raise_floor(quick)
        late.commit()
    began_s = time.monotonic()
    wait_for("they are sent", lambda: quick.database.one(
        "SELECT count(*) FROM brigade_consumer.sent WHERE event_id = ANY(%s::uuid[])", event_ids),
             lambda found: found == LATE)
    assert time.monotonic() - began_s < 3 * LOOK_AT_ALL_S


def test_a_timer_whose_row_is_locked_fires_later(world):
    """Timers that have been due for more than 2 s are not looked for in every tick."""
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    with world.with_settings("order", BRIGADE_ORDER_APPROVAL_S="2"), world.without("kitchen"):
        order_id = world.order(consumer_id, restaurant_id)
        with closing(psycopg2.connect(world.stack.dsn())) as other:
            other.cursor().execute(
                "SELECT FROM brigade_order.orders WHERE id = %s FOR UPDATE", (order_id,))
            time.sleep(6)
        wait_for("the order is rejected", lambda: world.find("order", f"/orders/{order_id}"),
                 lambda order: order["state"] == "REJECTED")
