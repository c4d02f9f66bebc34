"""Services that are killed, restarted, doubled and stopped under a stream of orders: every order is
taken once and ends, and no invariant is violated. SPDX-License-Identifier: MIT
"""

import signal
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from api import Api
from checks import assert_problem
from database import SERVICES
from program import Program
from stream import Stream
from waiting import wait_for
from world import APPROVED, must, order_request

STOPS_WITHIN_S = 5  # the services' own limit for a graceful stop


@pytest.mark.parametrize("service", SERVICES)
def test_killed_and_restarted(world, audit, service):
    with Stream(world) as stream:
        for _ in range(2):
            world.kill(service)
            assert world.pid(service) is None
            world.start(service)
            stream.await_more()
    stream.await_ended()
    audit.check()


def stands_still(pid: int) -> bool:
    """A signal to stop reaches one thread after the other."""
    threads = list(Path(f"/proc/{pid}/task").glob("*/stat"))
    return all(thread.read_text().rpartition(")")[2].split()[0] == "T" for thread in threads)


@pytest.mark.parametrize("service", SERVICES)
def test_hangs_for_a_while(world, stack, audit, service):
    """The others go on as far as they can."""
    process = stack.service(service).process
    with Stream(world) as stream:
        process.send(signal.SIGSTOP)
        try:
            wait_for("it stands still", lambda: stands_still(process.pid()))
            if service == "order":
                with pytest.raises(TimeoutError):
                    Api(world.apis["order"].port, timeout_s=1).get("/livez")
            else:
                stream.await_more(30)
        finally:
            process.send(signal.SIGCONT)
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


def test_a_key_is_known_after_a_crash(world):
    body, key = order_request(world.consumer(), world.restaurant()), str(uuid.uuid4())
    first = must(world.apis["order"].post("/orders", body, key=key))
    world.kill("order")
    world.start("order")
    again = must(world.apis["order"].post("/orders", body, key=key))
    assert again.json == first.json
    other = world.apis["order"].post("/orders", order_request(1, 1), key=key)
    assert_problem(other, 422, "Idempotency-Key")


def test_a_key_that_an_older_version_has_left_is_free(world):
    """It claimed keys before it had an answer, with the status 0, and may have died since."""
    body, key = order_request(world.consumer(), world.restaurant()), str(uuid.uuid4())
    world.database.rows(
        "INSERT INTO brigade_order.idempotency (key, fingerprint, status, body, location, "
        "created_at) VALUES (%s, '', 0, '', '', now() - interval '2 minutes')", key)
    first = must(world.apis["order"].post("/orders", body, key=key))
    again = must(world.apis["order"].post("/orders", body, key=key))
    assert again.json == first.json


def test_one_key_at_two_processes(world, stack, programs):
    """Ten copies to each at once: one order."""
    body, key = order_request(world.consumer(), world.restaurant()), str(uuid.uuid4())
    with Program(stack, programs, "order") as double, ThreadPoolExecutor(20) as threads:
        apis = [Api(port) for port in (double.port, world.apis["order"].port)] * 10
        together = threading.Barrier(len(apis))

        def place(api: Api):
            together.wait()
            try:
                return api.post("/orders", body, key=key)
            finally:
                api.close()
        answers = list(threads.map(place, apis))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["orderId"] for answer in answers}) == 1
    assert world.database.one("SELECT count(*) FROM brigade_order.orders WHERE consumer_id = %s",
                              body["consumerId"]) == 1


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


def test_what_the_second_process_commits_is_sent_at_once(world, stack, programs):
    """It tells the first one, whose relay is active and would else look once a minute."""
    rarely = {"BRIGADE_RELAY_POLL_MS": "60000"}
    with world.with_settings("order", **rarely), \
            Program(stack, programs, "order", **rarely) as second:
        api, body = Api(second.port), order_request(world.consumer(), world.restaurant())
        for _ in range(5):
            order_id = must(api.post("/orders", body)).json["orderId"]
            world.await_fate(order_id, APPROVED)
        api.close()


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


@pytest.mark.parametrize("service,number", [
    *[(service, signal.SIGTERM) for service in SERVICES], ("order", signal.SIGINT)])
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
