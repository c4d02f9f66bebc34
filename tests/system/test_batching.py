"""How inputs share transactions: under load they wait for each other, alone they wait for nothing.

SPDX-License-Identifier: MIT
"""

import signal
import time
from contextlib import ExitStack

import pytest

from checks import sample
from database import SERVICES
from stream import Stream
from world import APPROVED

INTERVAL_S = 1
CLIENTS = 12


@pytest.fixture(name="patient", scope="module")
def fixture_patient(world):
    """Services whose batches begin a second apart under load."""
    with ExitStack() as settings:
        for service in SERVICES:
            settings.enter_context(world.with_settings(
                service, BRIGADE_BATCH_INTERVAL_MS=str(1000 * INTERVAL_S)))
        yield world


def transactions(world) -> float:
    """Of the order service's engine, but for those of its timers."""
    return sample(world, "order", "brigade_batch_duration_seconds_count")


def gather(world) -> None:
    """Let an order of each client come at the same moment; else they may go on one by one."""
    order = world.stack.service("order").process
    order.send(signal.SIGSTOP)
    time.sleep(0.5)
    order.send(signal.SIGCONT)


def test_an_order_alone_waits_for_nothing(patient):
    consumer_id, restaurant_id = patient.consumer(), patient.restaurant()
    times_s = []
    for _ in range(3):
        began_s = time.monotonic()
        patient.await_fate(patient.order(consumer_id, restaurant_id), APPROVED)
        times_s.append(time.monotonic() - began_s)
    assert min(times_s) < INTERVAL_S, times_s


def test_orders_that_come_together_share_transactions(patient):
    with Stream(patient, threads=CLIENTS) as stream:
        stream.await_more(CLIENTS)  # all have begun
        gather(patient)
        began_s, before = time.monotonic(), transactions(patient)
        stream.await_more(3 * CLIENTS)
        intervals = (time.monotonic() - began_s) / INTERVAL_S
        count = transactions(patient) - before
    assert not stream.refusals
    stream.await_ended()
    # Who is answered sends its next order at once: some of what comes first may still be alone.
    assert count < 5 * (intervals + 1), f"{count} in {intervals:.1f} intervals"
