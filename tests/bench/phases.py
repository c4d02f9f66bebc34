"""What the benchmarks share: a stack with guests, the load generator's phases, and the audit.

SPDX-License-Identifier: MIT
"""

import os
import time
from contextlib import closing, contextmanager
from typing import Iterator
from unittest.mock import patch

from audit import Audit
from generator import Generator
from guests import write_requests
from private import private_stack
from stack import Stack
from waiting import NotSo, wait_for
from world import World

IN_FLIGHT = 512    # of the peak: enough to keep every service busy
CONNECTIONS = 128
OPEN_CONNECTIONS = 512  # of the open loop, at most
QUIET_S = 600      # the audit of a million orders takes minutes
DAY_S = "86400"

_began_s = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - _began_s:7.1f}  {text}", flush=True)


@contextmanager
def running(stack: Stack, replicas: int = 1, **settings: str) -> Iterator[World]:
    """The stack with as many processes of each service, and settings beside the usual ones."""
    # As in the fault suite: else tickets that nobody accepts expire while others are measured.
    always = {"BRIGADE_TICKET_ACCEPTANCE_S": DAY_S, "BRIGADE_WATCH_QUEUE": "false"}
    with patch.dict(os.environ, {**always, **settings}):
        stack.up()
        for replica in range(1, replicas):
            stack.start_replicas(replica)
        with closing(World(stack)) as world:
            yield world


def make_generator(world: World, mix: str = "approved=1", replicas: int = 1) -> Generator:
    say("the guests arrive")
    requests = world.stack.run_dir / "requests.txt"
    write_requests(world, requests)
    return Generator(world, requests, mix, replicas, say)


def measure_unloaded(generator: Generator, orders: int) -> dict:
    say(f"unloaded: {orders} orders, one after the other")
    return generator.run(60, "--orders", str(orders), "--in-flight", "1", "--connections", "1",
                         "--seconds", "60")


def measure_closed(generator: Generator, seconds: int, warm_up_s: int) -> dict:
    return generator.run(seconds + warm_up_s, "--in-flight", str(IN_FLIGHT), "--connections",
                         str(CONNECTIONS), "--seconds", str(seconds), "--warm-up", str(warm_up_s))


def measure_open(generator: Generator, rate: int, seconds: int, warm_up_s: int,
                 *options: str) -> dict:
    return generator.run(3 * seconds, "--rate", str(rate), "--connections", str(OPEN_CONNECTIONS),
                         "--seconds", str(seconds), "--warm-up", str(warm_up_s), *options)


def audit(world: World) -> list:
    """Wait until all is at rest; then nothing may be violated. Returns what is."""
    checks = Audit(world)

    def violations() -> list:
        return checks.under_way() or checks.data() + checks.leftovers()
    try:
        wait_for("no invariant is violated", violations, lambda found: not found, QUIET_S)
    except NotSo:
        return violations()
    return []


def errors_of(phases: dict) -> list:
    return [f"{phase}: {count} × {error}" for phase, found in phases.items()
            for error, count in found["errors"].items() if count]


def missing(world: World, placed: int) -> list:
    stored = world.database.one("SELECT count(*) FROM brigade_order.orders")
    return [] if stored == placed else [f"{placed} orders were placed, {stored} are there"]
