"""Slow, idle and many clients; settings that are wrong; what people look at.

SPDX-License-Identifier: MIT
"""

import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from api import Api
from database import AGGREGATES, SERVICES, Database
from program import Program, run
from waiting import wait_for
from world import APPROVED, must

DEADLINE_MS = 1000
CUT_WITHIN_S = 20  # far more than the deadline, far less than it takes to drip the request
DRIPS = {
    "request line": b"GET /" + b"x" * 10000,
    "headers": b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"X-A: y\r\n" * 2000,
    "body": (b"POST /consumers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
             b"Content-Length: 10000\r\n\r\n" + b" " * 9999),
    "chunks": (b"POST /consumers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
               b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 2000),
}


@pytest.fixture(scope="module")
def hasty(stack, programs):
    """A process that gives a request little time."""
    with Program(stack, programs, "consumer",
                 BRIGADE_REQUEST_TIMEOUT_MS=str(DEADLINE_MS)) as program:
        yield program


def is_cut(connection: socket.socket) -> bool:
    """Has the other side closed? Reads what it has sent before."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            continue
        return True
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        connection.setblocking(True)


def drip(port: int, request: bytes) -> float:
    """Send a byte now and then until the other side closes. Returns after how many seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        started = time.monotonic()
        connection.sendall(request[:64])
        for number in range(64, len(request)):
            if is_cut(connection):
                break
            try:
                connection.send(request[number:number + 1])
            except ConnectionError:
                break
            time.sleep(0.05)
        return time.monotonic() - started


def test_slow_clients_are_cut_while_others_are_served(hasty):
    api = Api(hasty.port)
    with ThreadPoolExecutor(4 * len(DRIPS)) as threads:
        slow = [threads.submit(drip, hasty.port, request) for request in list(DRIPS.values()) * 4]
        while not all(each.done() for each in slow):
            assert api.get("/livez").status == 200
            assert api.post("/consumers", {}).status == 200
            time.sleep(0.02)  # to leave the others some of the processor
    api.close()
    assert max(each.result() for each in slow) < CUT_WITHIN_S


def test_client_that_does_not_read_is_cut(hasty):
    """It asks for the document again and again, and never takes an answer."""
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=30) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(0.2)
        request = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"

        def send_more() -> bool:
            try:
                connection.send(request * 50)
            except ConnectionError:
                return True
            except TimeoutError:
                pass
            return False
        wait_for("the connection is cut", send_more)
    assert Api(hasty.port).get("/livez").status == 200


def test_many_idle_connections(world, apis):
    """Those that say nothing, and those that have begun a request, keep nobody out."""
    port = apis["order"].port
    idle = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(2000)]
    try:
        for connection in idle[::2]:
            connection.sendall(b"GET /livez HT")
        world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
        for connection in idle[::2]:
            connection.sendall(b"TP/1.1\r\nHost: x\r\n\r\n")
        for connection in idle[::2]:
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    finally:
        for connection in idle:
            connection.close()


def test_flood_of_requests(world, apis):
    """All are answered, and all that were answered with success are there."""
    before = world.database.counts("consumer")["consumers"]
    path = f"/consumers/{world.consumer()}"

    def ask(number: int) -> tuple:
        if number % 2:
            return "GET", apis["consumer"].get(path).status
        return "POST", apis["consumer"].post("/consumers", {}).status

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(ask, range(2000)))
    assert set(answers) == {("GET", 200), ("POST", 200)}
    assert world.database.counts("consumer")["consumers"] == before + 1 + 1000
    wait_for("all accounts are open", lambda: world.database.rows(
        "SELECT id FROM brigade_consumer.consumers EXCEPT "
        "SELECT id FROM brigade_accounting.accounts"), lambda missing: not missing)


def test_more_connections_than_allowed(stack, programs):
    """Those beyond the limit are turned away; when some leave, there is room again."""
    with Program(stack, programs, "notifier", BRIGADE_HTTP_CONNECTIONS="16") as program:
        held = [socket.create_connection(("127.0.0.1", program.port), timeout=30)
                for _ in range(40)]
        for connection in held:
            connection.close()

        def answers() -> bool:
            api = Api(program.port)
            try:
                return api.get("/livez").status == 200
            finally:
                api.close()
        wait_for("there is room again", answers)


def test_too_many_commands_are_refused_with_503(world, stack, programs):
    """Instead of letting them wait for ever. Those that hold the engine wait for their account."""
    with Program(stack, programs, "accounting", BRIGADE_COMMANDS_MAX="1") as program:
        def disable(number: int) -> tuple:
            api = Api(program.port)
            answer = api.put(f"/accounts/{2147483000 + number % 100}/disable")
            api.close()
            return answer.status, answer.headers.get("retry-after", "") != ""
        with ThreadPoolExecutor(30) as threads:
            answers = set(threads.map(disable, range(60)))
        assert answers <= {(404, False), (503, True)}
        assert Api(program.port).get("/livez").status == 200


# Programs and their settings


@pytest.mark.parametrize("service", SERVICES)
def test_help_lists_all_settings(stack, programs, service):
    status, output = run(stack, programs, service, "--help")
    assert status == 0
    for name in ("BRIGADE_HTTP_PORT", "BRIGADE_DB_URL", "BRIGADE_AMQP_URL", "BRIGADE_LOG_LEVEL"):
        assert name in output
    assert ("BRIGADE_ORDER_APPROVAL_S" in output) == (service == "order")


WRONG_SETTINGS = [
    ("BRIGADE_DB_URL", None), ("BRIGADE_DB_URL", ""), ("BRIGADE_AMQP_URL", None),
    ("BRIGADE_AMQP_URL", "nonsense"), ("BRIGADE_AMQP_URL", "http://127.0.0.1:5672"),
    ("BRIGADE_DB_URL", "mysql://127.0.0.1/brigade"), ("BRIGADE_HTTP_PORT", "0"),
    ("BRIGADE_HTTP_PORT", "65536"), ("BRIGADE_HTTP_PORT", "http"), ("BRIGADE_HTTP_PORT", "80 80"),
    ("BRIGADE_HTTP_PORT", "99999999999999999999"), ("BRIGADE_LOG_LEVEL", "loud"),
    ("BRIGADE_WATCH_QUEUE", "yes"), ("BRIGADE_ORDER_APPROVAL_S", "0"),
    ("BRIGADE_ORDER_APPROVAL_S", "-1"), ("BRIGADE_ORDER_APPROVAL_S", "1.5"),
    ("BRIGADE_PREFETCH", "0"), ("BRIGADE_BATCH_MAX", " 12"), ("BRIGADE_HTTP_THREADS", "65"),
    ("BRIGADE_REQUEST_TIMEOUT_MS", "99"), ("BRIGADE_DB_URL_FILE", "/nowhere")]


@pytest.mark.parametrize("count", (127, 128, 129))
def test_requests_that_come_at_once_are_answered_at_once(stack, programs, count):
    """With epoll libmicrohttpd 0.9.75 answers 128 of them when something else happens."""
    request = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    with Program(stack, programs, "notifier", BRIGADE_HTTP_THREADS="1") as program, \
            ExitStack() as opened:
        connections = [opened.enter_context(
            socket.create_connection(("127.0.0.1", program.port), timeout=5))
            for _ in range(count)]
        for connection in connections:  # so that it knows all of them
            connection.sendall(request)
            assert connection.recv(4096)
        program.send(signal.SIGSTOP)
        wait_for("it is stopped", program.is_stopped)
        for connection in connections:
            connection.sendall(request)
        program.send(signal.SIGCONT)
        for connection in connections:
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
    except ConnectionRefusedError:
        return True
    except TimeoutError:  # its handshake is not answered
        return False
    return False


def test_who_connects_while_it_stops_is_refused(stack, programs):
    """And not left without an answer until it has stopped: a request is still under way."""
    with Program(stack, programs, "notifier") as program, \
            socket.create_connection(("127.0.0.1", program.port), timeout=5) as slow:
        slow.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
        time.sleep(0.2)
        program.send(signal.SIGTERM)
        wait_for("new connections are refused", lambda: is_refused(program.port), timeout_s=3)
        slow.sendall(b"}")
        assert slow.recv(4096).startswith(b"HTTP/1.1 400"), "it has not ended meanwhile"


@pytest.mark.parametrize("name,value", WRONG_SETTINGS)
def test_wrong_settings_are_refused(stack, programs, name, value):
    status, output = run(stack, programs, "order",
                         **{"BRIGADE_DB_URL": stack.dsn("order"), name: value})
    assert status == 2, output
    assert name in output and len(output.splitlines()) == 1
    assert "brigade_order:" not in output, "it shows a password"


def test_secrets_from_files(stack, programs, tmp_path):
    (tmp_path / "db").write_text(f"{stack.dsn('notifier')}\n")
    (tmp_path / "amqp").write_text(stack.service_amqp_url("notifier"))
    with Program(stack, programs, "notifier", BRIGADE_DB_URL=None, BRIGADE_AMQP_URL=None,
                 BRIGADE_DB_URL_FILE=str(tmp_path / "db"),
                 BRIGADE_AMQP_URL_FILE=str(tmp_path / "amqp")) as program:
        assert Api(program.port).get("/readyz").status == 200


@pytest.mark.parametrize("argument", ["-x", "run", "--verbose"])
def test_unknown_arguments_are_refused(stack, programs, argument):
    assert run(stack, programs, "kitchen", argument)[0] == 2


def test_port_in_use(world, stack, programs):
    port = str(world.apis["order"].port)
    status, output = run(stack, programs, "order", BRIGADE_HTTP_PORT=port)
    assert status == 1
    assert f"port {port} is in use" in output and "BRIGADE_HTTP_PORT" in output
    assert world.apis["order"].get("/livez").status == 200


# What people look at


def test_watch_queue_holds_readable_events(world):
    """For people at the console, who see the latest 1,000."""
    order_id = world.order(world.consumer(), world.restaurant())
    world.await_events(order_id, {"OrderApproved"})
    for method, properties, body in world.broker.take("brigade.watch", 50):
        event = json.loads(body)
        assert event["type"] == properties.type == method.routing_key
        assert event["specversion"] == "1.0"
    assert 0 < world.broker.count("brigade.watch") <= 1000


def test_watch_queue_can_be_left_out(world):
    def bound() -> bool:
        return ("notifier.events", "#") in world.broker.bindings("brigade.watch")
    wait_for("the queue is bound", bound)
    with world.with_settings("notifier", BRIGADE_WATCH_QUEUE="false"):
        wait_for("the queue is not bound any more", lambda: not bound())
    wait_for("the queue is bound again", bound)


def test_service_roles_see_only_their_schema(world, stack):
    """Each role may use its own schema, and nothing of the others'."""
    for role in SERVICES:
        own = Database(stack.dsn(role))
        for service, tables in AGGREGATES.items():
            if service != role:
                with pytest.raises(Exception, match="permission denied"):
                    own.rows(f"SELECT 1 FROM brigade_{service}.{tables[0]}")
        assert must(world.apis[role].get("/livez"))
        own.close()
