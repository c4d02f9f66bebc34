"""Services that are killed, restarted, doubled and stopped under a stream of orders: every order is
taken once and ends, and no invariant is violated. SPDX-License-Identifier: MIT
"""

import signal
from contextlib import ExitStack

import pytest

from database import SERVICES
from program import Program
from stream import Stream

STOPS_WITHIN_S = 5  # the services' own limit for a graceful stop


@pytest.mark.parametrize("service", SERVICES)
def test_killed_and_restarted(world, audit, service):
    with Stream(world) as stream:
        for _ in range(3):
            world.kill(service)
            assert world.pid(service) is None
            world.start(service)
            stream.await_more()
    stream.await_ended()
    audit.check()


def test_all_killed_at_once(world, stack, audit):
    with Stream(world) as stream:
        for service in SERVICES:
            world.kill(service)
        for service in SERVICES:
            stack.start_service(service, wait=False)
        stream.await_more()
    stream.await_ended()
    audit.check()


def test_two_processes_of_each_service(world, stack, programs, audit):
    """They share the work; when one of each is killed, the other one goes on with all of it."""
    with ExitStack() as second_ones:
        doubles = {service: second_ones.enter_context(Program(stack, programs, service))
                   for service in SERVICES}
        ports = (world.apis["order"].port, doubles["order"].port)
        with Stream(world, ports=ports) as stream:
            stream.await_more(100)
            for double in doubles.values():
                double.kill()
            stream.await_more()
        stream.await_ended()
    audit.check()


def test_the_second_process_takes_over(world, stack, programs, audit):
    """Its relay too: only one is active, and the database tells when that one is dead."""
    with ExitStack() as second_ones:
        doubles = {service: second_ones.enter_context(Program(stack, programs, service))
                   for service in SERVICES}
        with Stream(world, ports=(doubles["order"].port,)) as stream:
            for service in SERVICES:
                world.kill(service)
            stream.await_more(30)
            stream.await_ended()
            for service in SERVICES:
                world.start(service)
    stream.await_ended()
    audit.check()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("service", SERVICES)
def test_graceful_stop_under_load(world, stack, programs, service, number):
    """What it has taken is finished: it exits with 0, in time, and says so."""
    with Program(stack, programs, service) as double:
        ports = (double.port, world.apis["order"].port) if service == "order" else ()
        with Stream(world, ports=ports) as stream:
            stream.await_more()
            assert double.terminate(STOPS_WITHIN_S, number) == 0
            output = double.output()
            stream.await_more()
        stream.await_ended()
    assert "stopped" in output.splitlines()[-1]


def test_restarts_one_after_the_other(world, stack, programs, audit):
    """A rolling restart: nobody is told that anything happens."""
    with Program(stack, programs, "order") as double:
        with Stream(world, ports=(double.port,)) as stream:
            for service in SERVICES:
                world.stop(service)
                world.start(service)
            stream.await_more()
        assert not stream.refusals
        stream.await_ended()
    audit.check()
