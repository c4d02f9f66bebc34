"""A steady load of orders of all kinds, and the client's side of "no order is lost".

Every command carries an Idempotency-Key and is sent again, with the same key, while there is no
answer or one that says "later". So each order that was accepted must be there once, and end as its
kind says. SPDX-License-Identifier: MIT
"""

import queue
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Optional

from api import Answer, Api
from database import Database
from orders import COOKING, KINDS, Guests
from world import World, order_request

GIVE_UP_S = 90  # longer than any fault
REQUEST_S = 6   # then it is sent again: perhaps another process lives
TRIES = 40      # of a change whose time has not come
READY_BY = "2031-01-01T18:30:00.000Z"


@dataclass(order=True)
class Task:
    """The next change of an order, once its time has come."""

    due_s: float
    order_id: int = field(compare=False)
    changes: tuple = field(compare=False)
    tries: int = field(compare=False, default=0)

    @classmethod
    def later(cls, rng: random.Random, order_id: int, changes: tuple, tries: int = 0) -> "Task":
        return cls(time.monotonic() + rng.uniform(0.1, 0.8), order_id, changes, tries)


class Client(threading.Thread):
    """One thread that sends commands."""

    def __init__(self, load: "Load", name: str):
        super().__init__(name=name, daemon=True)
        self._load = load
        self._rng = random.Random(f"{load.seed}/{name}")
        self._apis = {service: [Api(load.world.stack.ports.service(service, replica), REQUEST_S)
                                for replica in range(2)] for service in ("order", "kitchen")}

    def _command(self, service: str, path: str, body: Any) -> Optional[Answer]:
        """The answer to a command, however long it takes. None: there was none."""
        key, deadline_s, turn = str(uuid.uuid4()), time.monotonic() + GIVE_UP_S, 0
        apis = self._apis[service]
        while time.monotonic() < deadline_s:
            try:
                answer = apis[turn % len(apis)].post(path, body, key=key)
            except OSError:
                turn += 1  # perhaps another process lives
                self._load.count("no answer")
            else:
                if answer.status != 503:
                    return answer
                self._load.count("answered 503")
            time.sleep(self._rng.uniform(0.02, 0.2))
        self._load.failures.append(f"POST {path}: no answer within {GIVE_UP_S} s, key {key}")
        return None

    def _accept(self, path: str, answer: Optional[Answer]) -> bool:
        """Is the answer 200? One that nobody expects is a failure of the run."""
        if answer is not None and answer.status not in (200, 404, 409):
            self._load.failures.append(f"POST {path}: {answer.status} {answer.body[:200]!r}")
        return answer is not None and answer.status == 200


class Orderer(Client):
    """Places orders at a steady pace."""

    def run(self) -> None:
        next_s = time.monotonic() + self._rng.uniform(0, self._load.pause_s)
        while not self._load.stopping:
            time.sleep(max(0.0, next_s - time.monotonic()))
            self._place()
            # Never in a rush to make good for the time of a fault: the load is bounded.
            next_s = max(next_s + self._load.pause_s, time.monotonic())

    def _place(self) -> None:
        name = self._rng.choices(list(KINDS), [kind.weight for kind in KINDS.values()])[0]
        kind, guests = KINDS[name], self._load.guests
        body = order_request(self._rng.choice(guests.consumers[kind.consumer]),
                             self._rng.choice(guests.restaurants[kind.restaurant]), kind.lines)
        answer = self._command("order", "/orders", body)
        if self._accept("/orders", answer):
            self._load.accepted(answer.json["orderId"], name)
            if kind.changes:
                self._load.tasks.put(Task.later(self._rng, answer.json["orderId"], kind.changes))
        elif answer is not None:
            self._load.failures.append(f"POST /orders: {answer.status}")


class Changer(Client):
    """Changes orders when their time has come, until there is nothing more to change."""

    def run(self) -> None:
        while not self._load.is_over():
            try:
                task = self._load.tasks.get(timeout=0.2)
            except queue.Empty:
                continue
            time.sleep(max(0.0, task.due_s - time.monotonic()))
            self._change(task)

    def _change(self, task: Task) -> None:
        """Make the next change. One whose time has not come, or is over, is refused with 404 or
        409: then it is tried a few times more."""
        change = task.changes[0]
        service, path = ("order", f"/orders/{task.order_id}/{change}")
        if change in COOKING:
            service, path = ("kitchen", f"/tickets/{task.order_id}/{change}")
        answer = self._command(service, path, self._body(change))
        if self._accept(path, answer):
            self._load.count(f"changed: {change}")
            if task.changes[1:]:
                self._load.tasks.put(Task.later(self._rng, task.order_id, task.changes[1:]))
        elif answer is not None and task.tries < TRIES and not self._is_over(answer):
            self._load.tasks.put(
                Task.later(self._rng, task.order_id, task.changes, task.tries + 1))
        else:
            self._load.count(f"refused: {change}")

    @staticmethod
    def _is_over(answer: Answer) -> bool:
        """Is the order at its end, so that nothing changes it any more?"""
        return any(state in answer.body for state in (b"REJECTED", b"CANCELLED", b"PREPARING"))

    def _body(self, change: str) -> Optional[dict]:
        if change == "revise":
            lines = [{"menuItemId": "vindaloo", "quantity": self._rng.randint(1, 9)}]
            return {"revisedLineItems": lines}
        return {"readyBy": READY_BY} if change == "accept" else None


class Load:
    """start(), then stop(), then violations()."""

    def __init__(self, world: World, seed: int, per_s: float, orderers: int = 8,
                 changers: int = 24):
        self.world = world
        self.seed = seed
        self.pause_s = orderers / per_s
        self.tasks: queue.PriorityQueue = queue.PriorityQueue()
        self.guests = Guests(world)
        self.stopping = False
        self.failures: list = []
        self._lock = threading.Lock()
        self._kinds: dict = {}  # of each order
        self._accepted_s: list = []
        self.counts: dict = {}
        self._orderers = [Orderer(self, f"orderer-{number}") for number in range(orderers)]
        self._changers = [Changer(self, f"changer-{number}") for number in range(changers)]

    def start(self) -> None:
        for client in [*self._orderers, *self._changers]:
            client.start()

    def stop(self) -> None:
        """No more orders. What is under way is finished."""
        self.stopping = True
        deadline_s = time.monotonic() + 2 * GIVE_UP_S
        for client in [*self._orderers, *self._changers]:
            client.join(timeout=max(0, deadline_s - time.monotonic()))
            if client.is_alive():
                self.failures.append(f"{client.name} does not come to its end")

    def is_over(self) -> bool:
        """Will there be no more orders, and no change of one?"""
        return (self.stopping and self.tasks.empty()
                and not any(orderer.is_alive() for orderer in self._orderers))

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def accepted(self, order_id: int, kind: str) -> None:
        with self._lock:
            if order_id in self._kinds:
                self.failures.append(f"order {order_id} was answered to two keys")
            self._kinds[order_id] = kind
            self._accepted_s.append(time.time())

    def total(self) -> int:
        return len(self._accepted_s)

    def accepted_between(self, from_s: float, until_s: float) -> int:
        """How many orders were accepted meanwhile."""
        with self._lock:
            return sum(from_s <= at_s < until_s for at_s in self._accepted_s)

    def by_kind(self) -> dict:
        with self._lock:
            found = list(self._kinds.values())
        return {kind: found.count(kind) for kind in KINDS}

    def violations(self, database: Database) -> list:
        """Each accepted order is there once, and has ended as its kind may; and no other is."""
        rows = database.rows("SELECT id, state || coalesce(' ' || reason, '') "
                             "FROM brigade_order.orders WHERE consumer_id = ANY(%s)",
                             self.guests.all_consumers())
        ends = dict(rows)
        found = [f"order {order_id} was accepted and is lost"
                 for order_id in self._kinds.keys() - ends.keys()]
        found += [f"order {order_id} was never asked for, or is there twice"
                  for order_id in ends.keys() - self._kinds.keys()]
        found += [f"order {order_id} ({kind}) ended as {ends[order_id]}"
                  for order_id, kind in self._kinds.items()
                  if order_id in ends and not KINDS[kind].may_end(ends[order_id])]
        return [*self.failures[:20], *sorted(found)[:20]]
