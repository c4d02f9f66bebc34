"""A stream of orders that goes on while things break. Each order is sent again, with its
Idempotency-Key, until it is taken: so there must be exactly one for each key.

SPDX-License-Identifier: MIT
"""

import threading
import time
import uuid

from api import Api
from waiting import wait_for
from world import World, order_request

GIVE_UP_S = 60
PAUSE_S = 0.03  # between two orders of one thread


class Stream:
    """`with Stream(world) as stream:` orders until the end of the block, and then checks that every
    order was taken once. `ports` are those of the order service's processes, taken in turn."""

    def __init__(self, world: World, threads: int = 2, ports: tuple = ()):
        self._world = world
        self._ports = ports or (world.apis["order"].port,)
        self._body = order_request(world.consumer(), world.restaurant())
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.order_ids: list = []
        self.failures: list = []  # keys that were never taken
        self.refusals: list = []  # answers that were not 2xx, on the way
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def __enter__(self) -> "Stream":
        for thread in self._threads:
            thread.start()
        self.await_more()
        return self

    def __exit__(self, kind, error, trace) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=GIVE_UP_S + 40)
        if kind is None:
            self._check()

    def _check(self) -> None:
        assert not self.failures, f"never taken within {GIVE_UP_S} s: {self.failures}"
        taken = self._world.database.rows(
            "SELECT id FROM brigade_order.orders WHERE consumer_id = %s", self._body["consumerId"])
        assert sorted(self.order_ids) == sorted(number for (number,) in taken)

    def _run(self) -> None:
        apis = [Api(port) for port in self._ports]
        turn = 0
        while not self._stopping.is_set():
            self._place(apis, turn)
            turn += 1
            time.sleep(PAUSE_S)
        for api in apis:
            api.close()

    def _place(self, apis: list, turn: int) -> None:
        key, deadline = str(uuid.uuid4()), time.monotonic() + GIVE_UP_S
        while time.monotonic() < deadline:
            try:
                answer = apis[turn % len(apis)].post("/orders", self._body, key=key)
            except OSError:
                turn += 1  # perhaps another process lives
                time.sleep(0.05)
                continue
            if answer.status in (200, 201):
                with self._lock:
                    self.order_ids.append(answer.json["orderId"])
                return
            with self._lock:
                self.refusals.append(answer)
            time.sleep(0.05)
        with self._lock:
            self.failures.append(key)

    def await_more(self, count: int = 10) -> None:
        """Wait until so many more orders were taken."""
        wanted = len(self.order_ids) + count
        wait_for(f"{count} more orders are taken", lambda: len(self.order_ids),
                 lambda taken: taken >= wanted, GIVE_UP_S)

    def await_ended(self) -> None:
        """Wait until every order has ended."""
        wait_for("all orders end", lambda: self._world.database.one(
            "SELECT count(*) FROM brigade_order.orders WHERE consumer_id = %s "
            "AND state = 'APPROVAL_PENDING'", self._body["consumerId"]), lambda count: count == 0)
