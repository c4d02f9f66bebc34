"""SIGTERM while orders stream in: the service ends in time, and nothing that it was sent, or that the
broker had reserved for it, is redelivered to anybody. SPDX-License-Identifier: MIT
"""

import time

import pytest

from api import Api
from checks import parse_metrics
from database import SERVICES
from events import SUBSCRIPTIONS
from program import Program
from stream import Stream

STOPS_WITHIN_S = 5
TIMES = 2
THREADS = 8


def redelivered(api: Api) -> float:
    _, samples = parse_metrics(api.get("/metrics").body.decode())
    return samples["brigade_redelivered_total", ()]


def stop_in_time(world, service: str) -> None:
    started = time.monotonic()
    world.stop(service)
    assert time.monotonic() - started < STOPS_WITHIN_S


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_redelivered(world, audit, service):
    """What was flagged would come to the next process, which counts from 0."""
    audit.await_quiet()
    with Stream(world, threads=THREADS) as stream:
        for _ in range(TIMES):
            stop_in_time(world, service)
            world.start(service)
            stream.await_more(50)
            assert redelivered(world.apis[service]) == 0
    stream.await_ended()
    assert redelivered(world.apis[service]) == 0
    audit.check()


@pytest.mark.parametrize("service", SUBSCRIPTIONS)
def test_nothing_is_redelivered_to_a_second_process(world, stack, programs, audit, service):
    """Both take from one queue: what the one leaves behind would come to the other at once."""
    audit.await_quiet()
    with Program(stack, programs, service) as double:
        other = Api(double.port)
        ports = (double.port,) if service == "order" else ()
        with Stream(world, threads=THREADS, ports=ports) as stream:
            for _ in range(TIMES):
                stream.await_more(50)
                stop_in_time(world, service)
                world.start(service)
                assert redelivered(world.apis[service]) == redelivered(other) == 0
            stream.await_more(50)
        stream.await_ended()
        assert redelivered(other) == 0
        other.close()
    audit.check()
