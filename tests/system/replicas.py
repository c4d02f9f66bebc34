"""Several processes of each service as a client sees them, and a steady load on all of them.

SPDX-License-Identifier: MIT
"""

import http.client
import itertools
import json
import select
import threading
import time
import uuid
from typing import Any, Optional

from database import SERVICES
from waiting import wait_for
from world import World, order_request

ANSWER_S = 30  # far above the service's own deadline for a request
PAUSE_S = 0.005  # between two rounds of one thread


def _was_closed(connection: http.client.HTTPConnection) -> bool:
    """Has the other side closed this idle connection?"""
    return bool(select.select([connection.sock], [], [], 0)[0])


class Client:
    """Takes the processes of one service in turn, on a connection that it keeps to each, or on a
    new one for each request. It goes on to the next process only when a connection is refused,
    before it has sent anything: what was sent must be answered. For one thread."""

    def __init__(self, ports: list, keep: bool):
        self._keep = keep
        self._turns = itertools.cycle(ports)
        self._count = len(ports)
        self._kept: dict = {}

    def close(self) -> None:
        for connection in self._kept.values():
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        for port in itertools.islice(self._turns, self._count):
            kept = self._kept.pop(port, None)
            if kept is not None and not _was_closed(kept):
                return kept
            try:
                made = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
                made.connect()
                return made
            except ConnectionRefusedError:
                continue
        raise ConnectionRefusedError("no process of the service listens")

    def request(self, method: str, path: str, body: Optional[dict] = None) -> tuple:
        """Returns the status and the decoded body. Raises an OSError or HTTPException when there is
        no answer."""
        headers = {}
        if body is not None:
            headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        connection = self._connect()
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        content = answer.read()
        if self._keep and not answer.will_close:
            self._kept[connection.port] = connection
        else:
            connection.close()
        return answer.status, json.loads(content)


class Load:
    """`with Load(world, ports) as load:` sends requests to all processes of all services until the
    end of the block: orders, and reads of what is known of them. `ports` has a list for each
    service. Every request must be answered with 200."""

    def __init__(self, world: World, ports: dict, threads: int = 6):
        self._world = world
        self._ports = ports
        self._body = order_request(world.consumer(), world.restaurant())
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.order_ids: list = []
        self.answered = 0
        self.failures: list = []
        self._threads = [threading.Thread(target=self._run, args=(number % 2 == 0,), daemon=True)
                         for number in range(threads)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        self.await_more()
        return self

    def __exit__(self, kind, error, trace) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=2 * ANSWER_S)
        if kind is None:
            self.check()

    def check(self) -> None:
        """No request failed, and no order was lost or made twice."""
        assert not self.failures, self.failures[:10]
        taken = self._world.database.rows(
            "SELECT id FROM brigade_order.orders WHERE consumer_id = %s", self._body["consumerId"])
        assert sorted(self.order_ids) == sorted(number for (number,) in taken)

    def _run(self, keep: bool) -> None:
        clients = {service: Client(self._ports[service], keep) for service in SERVICES}
        while not self._stopping.is_set():
            self._round(clients)
            time.sleep(PAUSE_S)
        for client in clients.values():
            client.close()

    def _round(self, clients: dict) -> None:
        """An order, and a look at each service."""
        consumer_id, restaurant_id = self._body["consumerId"], self._body["restaurantId"]
        placed = self._send(clients, "order", "POST", "/orders", self._body)
        if placed is not None:
            with self._lock:
                self.order_ids.append(placed["orderId"])
            self._send(clients, "order", "GET", f"/orders/{placed['orderId']}")
        self._send(clients, "consumer", "GET", f"/consumers/{consumer_id}")
        self._send(clients, "kitchen", "GET", f"/restaurants/{restaurant_id}")
        self._send(clients, "accounting", "GET", f"/accounts/{consumer_id}")
        self._send(clients, "notifier", "GET", f"/notifications?consumerId={consumer_id}&limit=1")

    def _send(self, clients: dict, service: str, method: str, path: str,
              body: Optional[dict] = None) -> Any:
        """The answer's body, if it was 200."""
        try:
            status, content = clients[service].request(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            status, content = 0, repr(error)
        with self._lock:
            self.answered += status == 200
            if status != 200:
                self.failures.append(f"{time.strftime('%T')} {method} {path} of {service}: "
                                     f"{status} {content}")
        return content if status == 200 else None

    def await_more(self, count: int = 10) -> None:
        """Wait until so many more orders were taken."""
        wanted = len(self.order_ids) + count
        wait_for(f"{count} more orders are taken", lambda: len(self.order_ids),
                 lambda taken: taken >= wanted, 60)
