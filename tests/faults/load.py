"""A steady load of orders of all kinds, and the client's side of "no order is lost".

Every command carries an Idempotency-Key and is sent again, with the same key, while there is no
answer or one that says "later". So each order that was accepted must be there once, and end as its
kind says. SPDX-License-Identifier: MIT
"""

import heapq
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional

from api import Answer, Api
from database import Database
from world import DINNER, World, order_request

GIVE_UP_S = 90  # longer than any fault
REQUEST_S = 6   # then it is sent again: perhaps another process lives
TRIES = 40      # of a change whose time has not come
READY_BY = "2031-01-01T18:30:00.000Z"

TIMED_OUT = "REJECTED APPROVAL_TIMED_OUT"
APPROVED = {"APPROVED", TIMED_OUT}
CANCELLED = APPROVED | {"CANCELLED CANCELLED_BY_CONSUMER"}


class Kind(NamedTuple):
    """A kind of order: how often it comes, who orders where, what follows once it is approved, and
    how it may end."""

    weight: int
    ends: set
    consumer: str = "good"
    restaurant: str = "open"
    lines: list = DINNER
    changes: tuple = ()


COOKING = ("accept", "preparing", "ready", "picked-up")
KINDS = {
    "approved": Kind(30, APPROVED),
    "declined": Kind(8, {"REJECTED CARD_DECLINED", TIMED_OUT}, consumer="declined"),
    "too dear": Kind(8, {"REJECTED ORDER_LIMIT_EXCEEDED", TIMED_OUT}, consumer="limited"),
    "closed": Kind(8, {"REJECTED RESTAURANT_CLOSED", TIMED_OUT}, restaurant="closed"),
    "declined and closed": Kind(4, {"REJECTED CARD_DECLINED", "REJECTED RESTAURANT_CLOSED",
                                    TIMED_OUT}, consumer="declined", restaurant="closed"),
    "cancelled": Kind(12, CANCELLED, changes=("cancel",)),
    "revised": Kind(12, APPROVED, changes=("revise",)),
    "revised and cancelled": Kind(6, CANCELLED, changes=("revise", "cancel")),
    "cooked": Kind(8, APPROVED, changes=COOKING),
    "cooked and cancelled": Kind(4, CANCELLED | {"APPROVED PREPARATION_STARTED"},
                                 changes=("accept", "cancel", "preparing")),
}


@dataclass(order=True)
class Task:
    """The next change of an order, once its time has come."""

    due_s: float
    order_id: int = field(compare=False)
    changes: tuple = field(compare=False)
    tries: int = field(compare=False, default=0)


class Guests:
    """The consumers and restaurants of the load."""

    def __init__(self, world: World):
        self.consumers = {"good": [world.consumer(wait=False) for _ in range(20)],
                          "declined": [world.consumer(card="tok_declined") for _ in range(2)],
                          "limited": [world.consumer(limit="1.00", wait=False) for _ in range(2)]}
        self.restaurants = {"open": [world.restaurant() for _ in range(3)],
                            "closed": [world.restaurant()]}
        for closed in self.restaurants["closed"]:
            world.apis["kitchen"].put(f"/restaurants/{closed}/close")

    def all_consumers(self) -> list:
        return [number for group in self.consumers.values() for number in group]


class Client(threading.Thread):
    """One thread: it places orders at its pace, and changes them when their time has come."""

    def __init__(self, load: "Load", number: int):
        super().__init__(name=f"client-{number}", daemon=True)
        self._load = load
        self._rng = random.Random(f"{load.seed}/client/{number}")
        self._tasks: list = []
        self._apis = {service: [Api(load.world.stack.ports.service(service, replica), REQUEST_S)
                                for replica in range(2)] for service in ("order", "kitchen")}

    def run(self) -> None:
        next_order_s = time.monotonic() + self._rng.uniform(0, self._load.pause_s)
        while self._tasks or not self._load.stopping:
            now_s = time.monotonic()
            if self._tasks and self._tasks[0].due_s <= now_s:
                self._change(heapq.heappop(self._tasks))
            elif next_order_s <= now_s and not self._load.stopping:
                self._place()
                # Never in a rush to make good for the time of a fault: the load is bounded.
                next_order_s = max(next_order_s + self._load.pause_s, time.monotonic())
            else:
                time.sleep(0.01)

    def _command(self, service: str, path: str, body: Any) -> Optional[Answer]:
        """The answer to a command, however long it takes. None: there was none."""
        key, deadline_s = str(uuid.uuid4()), time.monotonic() + GIVE_UP_S
        turn = 0
        while time.monotonic() < deadline_s:
            apis = self._apis[service]
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

    def _place(self) -> None:
        name = self._rng.choices(list(KINDS), [kind.weight for kind in KINDS.values()])[0]
        kind, guests = KINDS[name], self._load.guests
        body = order_request(self._rng.choice(guests.consumers[kind.consumer]),
                             self._rng.choice(guests.restaurants[kind.restaurant]), kind.lines)
        answer = self._command("order", "/orders", body)
        if answer is None:
            return
        if answer.status != 200:
            self._load.failures.append(f"POST /orders: {answer.status} {answer.body[:200]!r}")
            return
        order_id = answer.json["orderId"]
        self._load.accepted(order_id, name)
        if kind.changes:
            self._later(Task(0, order_id, kind.changes))

    def _later(self, task: Task) -> None:
        task.due_s = time.monotonic() + self._rng.uniform(0.1, 0.8)
        heapq.heappush(self._tasks, task)

    def _change(self, task: Task) -> None:
        """Make the next change. One whose time has not come, or is over, is refused with 404 or
        409: then it is tried a few times more."""
        change = task.changes[0]
        service, path = ("order", f"/orders/{task.order_id}/{change}")
        if change in COOKING:
            service, path = ("kitchen", f"/tickets/{task.order_id}/{change}")
        answer = self._command(service, path, self._body(change))
        if answer is None:
            return
        if answer.status == 200:
            self._load.count(f"changed: {change}")
            if task.changes[1:]:
                self._later(Task(0, task.order_id, task.changes[1:]))
        elif answer.status not in (404, 409):
            self._load.failures.append(f"POST {path}: {answer.status} {answer.body[:200]!r}")
        elif task.tries < TRIES and not self._is_over(answer):
            self._later(Task(0, task.order_id, task.changes, task.tries + 1))
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

    def __init__(self, world: World, seed: int, per_s: float, threads: int = 8):
        self.world = world
        self.seed = seed
        self.pause_s = threads / per_s
        self.guests = Guests(world)
        self.stopping = False
        self.failures: list = []
        self._lock = threading.Lock()
        self._kinds: dict = {}  # of each order
        self._accepted_s: list = []
        self.counts: dict = {}
        self._clients = [Client(self, number) for number in range(threads)]

    def start(self) -> None:
        for client in self._clients:
            client.start()

    def stop(self) -> None:
        """No more orders. What is under way is finished."""
        self.stopping = True
        for client in self._clients:
            client.join(timeout=2 * GIVE_UP_S)
            if client.is_alive():
                self.failures.append(f"{client.name} does not come to its end")

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
                  if order_id in ends and not _may_end(KINDS[kind], ends[order_id])]
        return [*self.failures[:20], *sorted(found)[:20]]


def _may_end(kind: Kind, end: str) -> bool:
    """A reason that stays from a change that was refused does not matter to an approved order."""
    return end in kind.ends or (end.startswith("APPROVED ") and "APPROVED" in kind.ends)
