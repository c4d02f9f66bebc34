"""One order after the other, and when each service took and committed what about it: the hops of
the saga on the database's clock, in microseconds.

A service's BEGIN is what now() was in its transaction, which is `received_at` in its inbox; its
COMMIT is what PostgreSQL keeps with track_commit_timestamp; and `sent_at` is when the relay, after
the broker's confirm, began to move the event to the archive. SPDX-License-Identifier: MIT
"""

import statistics
import time
from typing import Callable

from database import SERVICES, schema
from waiting import wait_for
from world import World, must, order_request

WARM_UP = 20  # orders after the database's restart
PAUSE_S = 0.15  # far longer than an order takes
SENT = "the request is sent"
ANSWERED = "the answer is read"
INBOX = """SELECT type, extract(epoch FROM received_at)::float8,
    extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 FROM {schema}.inbox
    WHERE subject_id IN (0, %s) AND received_at >= to_timestamp(%s)"""
ARCHIVE = """SELECT type, extract(epoch FROM sent_at)::float8 FROM {schema}.sent
    WHERE correlation = %s"""


def _keep_commit_times(world: World) -> None:
    world.database.rows("ALTER SYSTEM SET track_commit_timestamp = on")
    world.stack.stop_database()
    world.stack.start_database()
    for service in SERVICES:
        wait_for(f"{service} is ready again", lambda api=world.apis[service]: api.get("/readyz"),
                 lambda answer: answer.status == 200)


def _order(world: World, body: dict) -> dict:
    """Place one and wait until all is over. Returns when what happened, in seconds."""
    began_s = time.time()
    order_id = must(world.apis["order"].post("/orders", body)).json["orderId"]
    moments = {SENT: began_s, ANSWERED: time.time()}
    time.sleep(PAUSE_S)
    for service in SERVICES:
        for kind, taken_s, committed_s in world.database.rows(
                INBOX.format(schema=schema(service)), order_id, began_s):
            moments[f"{service}: BEGIN for {kind}"] = taken_s
            moments[f"{service}: COMMIT for {kind}"] = committed_s
        for kind, sent_s in world.database.rows(ARCHIVE.format(schema=schema(service)),
                                                str(order_id)):
            moments[f"{service}: {kind} is confirmed"] = sent_s
    return moments


def measure_timeline(world: World, orders: int, say: Callable[[str], None]) -> dict:
    """Restarts the database. Returns "orders", and "moments": the median microseconds from the
    request to each moment, in their order."""
    say(f"the timeline: {orders} orders, one after the other")
    _keep_commit_times(world)
    body = order_request(world.consumer(), world.restaurant())
    for _ in range(WARM_UP):
        _order(world, body)
    found = [_order(world, body) for _ in range(orders)]
    medians = {moment: round(1e6 * statistics.median(each[moment] - each[SENT] for each in found))
               for moment in found[0] if all(moment in each for each in found)}
    return {"orders": orders, "moments": dict(sorted(medians.items(), key=lambda item: item[1]))}
