#!/usr/bin/python3
"""Orders of several kinds, placed with real requests, and every event that they cause (`make
demo`).

Ends with a table of what became of each order in every service, and exits with 1 when that is not
what it should be. Uses the local stack when it runs; else starts one of its own and stops it at the
end. SPDX-License-Identifier: MIT
"""

import argparse
import fcntl
import json
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, NamedTuple, Optional

import pika.exceptions

from stack import Stack
from stack_ports import SERVICES
from stack_process import StackError, wait_until
from watch import Event, Watcher

SETTLE_S = 15  # an order that has not become what it should by then will not
QUIET_S = 0.3  # no event for so long: all of an order's events have passed

ADDRESS = {"street1": "1 High Street", "city": "Oakland", "state": "CA", "zip": "94619"}
MENU = [{"id": "vindaloo", "name": "Chicken Vindaloo", "price": "12.34"},
        {"id": "naan", "name": "Garlic Naan", "price": "3.50"}]
DINNER = [{"menuItemId": "vindaloo", "quantity": 5}]  # 61.70


class DemoError(Exception):
    """The demo cannot go on."""


class Fate(NamedTuple):
    """What became of an order, in each service's words. "-": nothing is there."""

    order: str
    ticket: str
    authorization: str
    notification: str


class Row(NamedTuple):
    """One line of the final table."""

    story: str
    order_id: Optional[int]
    expected: Fate
    found: Fate


def rejected(reason: str, authorization: str) -> Fate:
    return Fate(f"REJECTED {reason}", "CREATE_REJECTED", authorization, "ORDER_REJECTED")


APPROVED = Fate("APPROVED", "AWAITING_ACCEPTANCE", "AUTHORIZED 61.70", "ORDER_APPROVED")
REVISED = Fate("APPROVED", "PICKED_UP", "AUTHORIZED 65.20", "ORDER_APPROVED, ORDER_REVISED")
CANCELLED = Fate("CANCELLED CANCELLED_BY_CONSUMER", "CANCELLED", "REVERSED",
                 "ORDER_APPROVED, ORDER_CANCELLED")
NOTHING = Fate("-", "-", "-", "-")


def brief(body: Optional[dict]) -> str:
    """JSON in a line, cut where a person stops to read."""
    if not body:
        return ""
    text = json.dumps({name: body[name] for name in body if name not in ("type", "title")})
    return " " + (text if len(text) <= 120 else text[:117] + "...")


class Demo:
    """The requests, and the events that are printed meanwhile."""

    def __init__(self, urls: dict, amqp_url: str):
        self._urls = urls
        self._colour = sys.stdout.isatty()
        self._since_s = self._last_event_s = time.monotonic()
        self._printing = threading.Lock()
        self._watcher = Watcher(amqp_url, self._show)
        self._thread = threading.Thread(target=self._watcher.run, daemon=True)

    def _show(self, event: Event) -> None:
        self._last_event_s = event.received_s
        self._print(event.line(self._since_s, self._colour))

    def _print(self, text: str) -> None:
        with self._printing:  # the events come on a thread of their own
            print(text, flush=True)

    def _send(self, method: str, service: str, path: str, body: Optional[dict] = None) -> tuple:
        """Returns the answer's status and its JSON."""
        request = urllib.request.Request(self._urls[service] + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")
        except (OSError, ValueError) as error:
            raise DemoError(f"{method} {self._urls[service]}{path}: {error}") from error

    def _do(self, method: str, service: str, path: str, body: Optional[dict] = None) -> tuple:
        """A request that the person who watches sees; the times of events count from it."""
        self._since_s = time.monotonic()
        self._print(f"\n{method} {self._urls[service]}{path}{brief(body)}")
        status, answer = self._send(method, service, path, body)
        self._print(f"    answered {status}{brief(answer)}")
        return status, answer

    def _must(self, method: str, service: str, path: str, body: Optional[dict] = None) -> dict:
        status, answer = self._do(method, service, path, body)
        if status not in (200, 201):
            raise DemoError(f"{method} {path} was answered {status}: {answer.get('detail')}")
        return answer

    def _get(self, service: str, path: str) -> Optional[dict]:
        status, answer = self._send("GET", service, path)
        return answer if status == 200 else None

    def _await(self, service: str, path: str) -> None:
        """An event has to reach `service` before it knows what `path` names."""
        if not wait_until(lambda: self._get(service, path) is not None, SETTLE_S):
            raise DemoError(f"{service} does not know {path} after {SETTLE_S} s")

    def _await_quiet(self) -> None:
        wait_until(lambda: time.monotonic() - max(self._last_event_s, self._since_s) > QUIET_S, 3)

    # What the stories need

    def _consumer(self, first_name: str, limit: Optional[str] = None) -> int:
        body = {"name": {"firstName": first_name, "lastName": "Doe"}}
        if limit:
            body["orderLimit"] = limit
        consumer_id = self._must("POST", "consumer", "/consumers", body)["consumerId"]
        self._await("accounting", f"/accounts/{consumer_id}")
        self._await_quiet()
        return consumer_id

    def _restaurant(self) -> int:
        body = {"name": "Ajanta", "menu": {"menuItems": MENU}, "address": ADDRESS}
        restaurant_id = self._must("POST", "kitchen", "/restaurants", body)["id"]
        self._await("order", f"/restaurants/{restaurant_id}")
        self._await_quiet()
        return restaurant_id

    def _order(self, consumer_id: int, restaurant_id: int, items: Optional[list] = None) -> tuple:
        delivery = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        return self._do("POST", "order", "/orders", {
            "consumerId": consumer_id, "restaurantId": restaurant_id,
            "lineItems": items or DINNER, "deliveryAddress": ADDRESS, "deliveryTime": delivery})

    def _fate(self, order_id: int) -> Fate:
        order = self._get("order", f"/orders/{order_id}") or {}
        ticket = self._get("kitchen", f"/tickets/{order_id}") or {}
        authorization = self._get("accounting", f"/authorizations/{order_id}") or {}
        charged = [authorization["amount"]] if authorization.get("state") == "AUTHORIZED" else []
        return Fate(
            f"{order.get('state', '-')} {order.get('reason', '')}".strip(),
            ticket.get("state", "-"),
            " ".join([authorization.get("state", "-"), *charged]),
            self._notifications(order.get("consumerId", 0), order_id) or "-")

    def _notifications(self, consumer_id: int, order_id: int) -> str:
        page = self._get("notifier", f"/notifications?consumerId={consumer_id}") or {}
        return ", ".join(each["kind"] for each in page.get("notifications", [])
                         if each["orderId"] == order_id)

    def _follow(self, story: str, answer: tuple, expected: Fate) -> Row:
        """Wait until the order has become what it should, or the time is over."""
        order_id = answer[1].get("orderId")
        if order_id is None:
            return Row(story, None, expected, NOTHING._replace(order=f"refused {answer[0]}"))
        wait_until(lambda: self._fate(order_id) == expected, SETTLE_S)
        self._await_quiet()
        return Row(story, order_id, expected, self._fate(order_id))

    # The stories

    def _approved(self, restaurant_id: int) -> Row:
        consumer_id = self._consumer("Ada")
        return self._follow("approved", self._order(consumer_id, restaurant_id), APPROVED)

    def _declined(self, restaurant_id: int) -> Row:
        consumer_id = self._consumer("Ben")
        self._must("PUT", "accounting", f"/accounts/{consumer_id}/card",
                   {"cardToken": "tok_declined"})
        self._await_quiet()
        return self._follow("card declined", self._order(consumer_id, restaurant_id),
                            rejected("CARD_DECLINED", "FAILED"))

    def _over_limit(self, restaurant_id: int) -> Row:
        consumer_id = self._consumer("Cem", limit="20.00")
        return self._follow("consumer may not order", self._order(consumer_id, restaurant_id),
                            rejected("ORDER_LIMIT_EXCEEDED", "VOIDED"))

    def _unknown_item(self, restaurant_id: int) -> Row:
        consumer_id = self._consumer("Dot")
        answer = self._order(consumer_id, restaurant_id, [{"menuItemId": "pizza", "quantity": 1}])
        return self._follow("unknown menu item", answer, NOTHING._replace(order="refused 422"))

    def _closed(self, restaurant_id: int) -> Row:
        consumer_id = self._consumer("Eve")
        self._must("PUT", "kitchen", f"/restaurants/{restaurant_id}/close")
        self._await_quiet()
        return self._follow("kitchen refuses: closed", self._order(consumer_id, restaurant_id),
                            rejected("RESTAURANT_CLOSED", "VOIDED"))

    def _approved_order(self, first_name: str, restaurant_id: int) -> int:
        """An order that can be changed."""
        _, answer = self._order(self._consumer(first_name), restaurant_id)
        order_id = answer.get("orderId", 0)
        if not wait_until(lambda: self._fate(order_id) == APPROVED, SETTLE_S):
            raise DemoError(f"order {order_id} is not approved: {self._fate(order_id)}")
        self._await_quiet()
        return order_id

    def _revised_and_cooked(self, restaurant_id: int) -> Row:
        order_id = self._approved_order("Fay", restaurant_id)
        answer = self._do("POST", "order", f"/orders/{order_id}/revise", {
            "revisedLineItems": [*DINNER, {"menuItemId": "naan", "quantity": 1}]})
        wait_until(lambda: self._fate(order_id).notification == REVISED.notification, SETTLE_S)
        self._await_quiet()
        ready_by = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1800))
        self._must("POST", "kitchen", f"/tickets/{order_id}/accept", {"readyBy": ready_by})
        self._await_quiet()
        for step in ("preparing", "ready", "picked-up"):
            self._must("POST", "kitchen", f"/tickets/{order_id}/{step}")
            self._await_quiet()
        return self._follow("revised, then cooked", answer, REVISED)

    def _cancelled(self, restaurant_id: int) -> Row:
        order_id = self._approved_order("Gil", restaurant_id)
        answer = self._do("POST", "order", f"/orders/{order_id}/cancel")
        return self._follow("cancelled", answer, CANCELLED)

    def run(self) -> list:
        """Tell all stories. Returns the rows of the table."""
        self._thread.start()
        restaurant_id = self._restaurant()
        rows = []
        for title, story in (
                ("An order that everybody agrees to", self._approved),
                ("An order that is revised, then cooked and picked up", self._revised_and_cooked),
                ("An order that is cancelled", self._cancelled),
                ("An order whose card is declined", self._declined),
                ("An order of a consumer who may not order for so much", self._over_limit),
                ("An order of something that is not on the menu", self._unknown_item),
                ("An order that the kitchen refuses, because the restaurant closed", self._closed)):
            print(f"\n=== {title} ===", flush=True)
            rows.append(story(restaurant_id))
        self._watcher.stop()
        self._thread.join(timeout=5)
        return rows


def print_table(rows: list) -> bool:
    """Returns whether all is as it should be. Below a row that is not, what was expected."""
    layout = "{:<5} {:<24} {:>6}  {:<31} {:<19} {:<17} {}"
    print()
    print(layout.format("", "story", "order", "state", "ticket", "authorization", "notified"))
    for row in rows:
        mark = "ok" if row.found == row.expected else "WRONG"
        print(layout.format(mark, row.story, row.order_id or "-", *row.found))
        if row.found != row.expected:
            print(layout.format("", "  expected:", "", *row.expected))
    wrong = sum(row.found != row.expected for row in rows)
    print(f"\n{wrong} of {len(rows)} differ." if wrong else "\nAll as it should be.")
    return not wrong


@contextmanager
def only_one(run_dir: Path) -> Iterator[None]:
    """Refuse to run beside another demo in the same checkout."""
    run_dir.parent.mkdir(parents=True, exist_ok=True)
    with open(run_dir.with_suffix(".lock"), "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError("another `make demo` runs here already") from None
        yield


@contextmanager
def a_stack() -> Iterator[Stack]:
    """The local stack when it runs; else one that is gone, with its data, after a success."""
    running = Stack()
    if running.is_running():
        running.up()
        yield running
        return
    run_dir = running.run_dir / "demo"
    with only_one(run_dir):
        Stack(run_dir).down(purge=True)  # what a demo left that was killed, or failed
        stack = Stack.private(run_dir, say=print)
        try:
            stack.up()
            yield stack
        except BaseException:
            stack.down()
            print(f"The logs are in {stack.logs_dir}", file=sys.stderr)
            raise
        stack.down(purge=True)


def demonstrate(urls: dict, amqp_url: str) -> None:
    if not print_table(Demo(urls, amqp_url).run()):
        raise DemoError("what happened is not what should have")


def main() -> int:
    parser = argparse.ArgumentParser(description="Place orders of several kinds and watch.")
    parser.add_argument("--amqp", metavar="URL", help="use a suite that runs, with this broker …")
    parser.add_argument("--host", default="127.0.0.1", help="… and its services on this host")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop what was started, then too
    try:
        if arguments.amqp:
            urls = {name: f"http://{arguments.host}:{port}" for name, port in SERVICES.items()}
            demonstrate(urls, arguments.amqp)
        else:
            with a_stack() as stack:
                demonstrate(stack.urls, stack.amqp_url)
    except (DemoError, StackError, pika.exceptions.AMQPError) as error:
        print(f"demo: {error or repr(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
