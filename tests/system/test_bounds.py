"""Memory under what strangers and a long day may bring: it stays small, and comes to rest.

SPDX-License-Identifier: MIT
"""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api import Api
from database import SERVICES
from stream import Stream
from world import World

ROUNDS = 3
CONNECTIONS = 2000
REQUESTS = 600
LARGEST = b'{"a":"' + b"x" * (64 * 1024 - 8) + b'"}'
RSS_MAX_KIB = 64 * 1024
# The allocator's pools fill up in the first rounds. A round sends each service 19 MB of bodies.
GROWTH_MAX_KIB = 8 * 1024


def rss_kib(world: World, service: str) -> int:
    status = Path(f"/proc/{world.pid(service)}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def idle_connections(port: int) -> None:
    idle = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(CONNECTIONS)]
    for connection in idle[::2]:
        connection.sendall(b"GET /livez HT")
    for connection in idle:
        connection.close()


def flood(port: int) -> None:
    """Bodies of the maximum size that are refused, and requests that find nothing."""
    def ask(number: int) -> int:
        api = Api(port)
        try:
            return (api.get("/nothing") if number % 2 else api.post("/nothing", LARGEST)).status
        finally:
            api.close()
    with ThreadPoolExecutor(10) as threads:
        assert set(threads.map(ask, range(REQUESTS))) == {404}


def burden(world: World) -> dict:
    """Orders, idle connections and floods for all. Returns the memory of each service, in KiB."""
    with Stream(world, threads=4) as stream:
        for service in SERVICES:
            idle_connections(world.apis[service].port)
            flood(world.apis[service].port)
        stream.await_more(50)
    assert not stream.refusals
    stream.await_ended()
    return {service: rss_kib(world, service) for service in SERVICES}


def test_memory_stays_flat(world, stack):
    """Run with -s to see the figures."""
    if stack.flavour in ("asan", "tsan"):
        pytest.skip("a sanitizer keeps what was freed")
    rounds = [burden(world) for _ in range(ROUNDS)]
    for service in SERVICES:
        sizes = [each[service] for each in rounds]
        print(f"{service}: RSS after each round {sizes} KiB")
        assert sizes[-1] < RSS_MAX_KIB
        assert sizes[-1] - sizes[-2] < GROWTH_MAX_KIB
