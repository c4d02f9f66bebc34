"""A rolling restart: two processes of each service, each restarted in turn under load. No request
fails and no order is lost. SPDX-License-Identifier: MIT
"""

import time
from contextlib import contextmanager
from typing import Iterator

from database import SERVICES
from replicas import Load

REPLICAS = (0, 1)
STOPS_WITHIN_S = 5


@contextmanager
def second_replicas(stack) -> Iterator[dict]:
    """Two processes of each service run meanwhile. Gives their ports."""
    try:
        stack.start_replicas(1)
        yield {service: [stack.ports.service(service, replica) for replica in REPLICAS]
               for service in SERVICES}
    finally:
        for service in SERVICES:
            stack.stop_service(service, replica=1)


def restart(stack, service: str, replica: int) -> float:
    """SIGTERM, and a new one when it has ended. Returns how many seconds it took to end."""
    began = time.monotonic()
    stack.stop_service(service, replica)
    took_s = time.monotonic() - began
    stack.start_service(service, replica)
    return took_s


def test_rolling_restart(world, stack, audit):
    with second_replicas(stack) as ports:
        with Load(world, ports) as load:
            for replica in REPLICAS:
                for service in SERVICES:
                    assert restart(stack, service, replica) < STOPS_WITHIN_S, service
                    load.await_more()
    audit.check()
