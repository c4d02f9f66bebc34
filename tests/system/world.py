"""The whole suite as the tests use it: make a consumer, place an order, see what becomes of it.

SPDX-License-Identifier: MIT
"""

import uuid
from contextlib import contextmanager
from typing import Iterator, NamedTuple, Optional

from api import Answer, Api
from broker import Broker
from database import SERVICES, Database
from stack_ports import is_free
from waiting import wait_for
from wire import Wire

ADDRESS = {"street1": "9 Amazing View", "city": "Oakland", "state": "CA", "zip": "94612"}
MENU = [{"id": "vindaloo", "name": "Chicken Vindaloo", "price": "12.34"},
        {"id": "naan", "name": "Garlic Naan", "price": "3.50"}]
DINNER = [{"menuItemId": "vindaloo", "quantity": 5}]
DINNER_TOTAL = "61.70"
DELIVERY_TIME = "2030-11-21T19:30:00.000Z"


class Fate(NamedTuple):
    """What became of an order, in each service's words. "": there is nothing."""

    order: str
    ticket: str
    authorization: str
    notification: str


APPROVED = Fate("APPROVED", "AWAITING_ACCEPTANCE", "AUTHORIZED", "ORDER_APPROVED")


def rejected(reason: str, authorization: str) -> Fate:
    return Fate(f"REJECTED {reason}", "CREATE_REJECTED", authorization, "ORDER_REJECTED")


def order_request(consumer_id: int, restaurant_id: int, lines: Optional[list] = None) -> dict:
    return {"consumerId": consumer_id, "restaurantId": restaurant_id, "deliveryAddress": ADDRESS,
            "deliveryTime": DELIVERY_TIME, "lineItems": lines or DINNER}


def must(answer: Answer) -> Answer:
    """An answer that has to be 200 or 201."""
    assert answer.status in (200, 201), f"{answer.status}: {answer.body.decode(errors='replace')}"
    return answer


class World:
    def __init__(self, stack):
        self.stack = stack
        self.apis = {name: Api(stack.ports.service(name)) for name in SERVICES}
        self.broker = Broker(stack.amqp_url, stack.rabbitmq.console_url)
        self.database = Database(stack.dsn())
        self.wire = Wire(stack.amqp_url)

    def close(self) -> None:
        self.wire.stop()
        self.broker.close()
        self.database.close()
        for api in self.apis.values():
            api.close()

    def pid(self, service: str) -> Optional[int]:
        return self.stack.service(service).process.pid()

    # Consumers, restaurants, orders

    def consumer(self, limit: Optional[str] = None, card: Optional[str] = None,
                 wait: bool = True) -> int:
        """A new consumer, with an account unless told not to wait for it."""
        body = {"name": {"firstName": "Ada", "lastName": "Okafor"}}
        if limit is not None:
            body["orderLimit"] = limit
        consumer_id = must(self.apis["consumer"].post("/consumers", body)).json["consumerId"]
        if wait:
            self.await_found("accounting", f"/accounts/{consumer_id}")
        if card is not None:
            must(self.apis["accounting"].put(f"/accounts/{consumer_id}/card", {"cardToken": card}))
        return consumer_id

    def restaurant(self, menu: Optional[list] = None, wait: bool = True) -> int:
        """A new restaurant, in the order service's replica unless told not to wait for that."""
        body = {"name": "Ajanta", "address": ADDRESS, "menu": {"menuItems": menu or MENU}}
        restaurant_id = must(self.apis["kitchen"].post("/restaurants", body)).json["id"]
        if wait:
            self.await_found("order", f"/restaurants/{restaurant_id}")
        return restaurant_id

    def order(self, consumer_id: int, restaurant_id: int, lines: Optional[list] = None,
              headers: Optional[dict] = None) -> int:
        body = order_request(consumer_id, restaurant_id, lines)
        answer = self.apis["order"].post("/orders", body, headers=headers, key=str(uuid.uuid4()))
        return must(answer).json["orderId"]

    def await_found(self, service: str, path: str) -> dict:
        """An event has to reach the service before it knows what `path` names."""
        return wait_for(f"{service} knows {path}", lambda: self.apis[service].get(path),
                        lambda answer: answer.status == 200).json

    # What becomes of an order

    def find(self, service: str, path: str) -> dict:
        """What is there; {} for nothing."""
        answer = self.apis[service].get(path)
        return answer.json if answer.status == 200 else {}

    def notifications(self, consumer_id: int) -> list:
        path = f"/notifications?consumerId={consumer_id}&limit=50"
        return self.find("notifier", path).get("notifications", [])

    def fate(self, order_id: int) -> Fate:
        order = self.find("order", f"/orders/{order_id}")
        told = [each["kind"] for each in self.notifications(order.get("consumerId", 0))
                if each["orderId"] == order_id]
        return Fate(
            f"{order.get('state', '')} {order.get('reason', '')}".strip(),
            self.find("kitchen", f"/tickets/{order_id}").get("state", ""),
            self.find("accounting", f"/authorizations/{order_id}").get("state", ""),
            " ".join(told))

    def await_fate(self, order_id: int, expected: Fate) -> None:
        wait_for(f"order {order_id} becomes {expected}", lambda: self.fate(order_id),
                 lambda found: found == expected)

    def await_events(self, order_id: int, expected: set) -> list:
        """Wait until these types of events about an order are on the wire. Returns all types, as
        they arrived."""
        wait_for(f"the events of order {order_id} are on the wire: {sorted(expected)}",
                 lambda: {event.type for event in self.wire.of_order(order_id)},
                 lambda found: found >= expected)
        return [event.type for event in self.wire.of_order(order_id)]

    def await_done(self, service: str) -> None:
        """Wait until the service is done with all that is in its inbox now."""
        marker = self.broker.send_marker(service)
        wait_for(f"{service} has read its inbox up to {marker!r}",
                 lambda: self.database.parked(service, marker))

    # Services that are away, or run with other settings

    def kill(self, service: str) -> None:
        """SIGKILL."""
        self.stack.kill_service(service)
        self.await_dead(service)

    def await_dead(self, service: str) -> None:
        """Wait until nothing of the process is left: its threads may keep its port for a moment
        after it is gone."""
        wait_for(f"{service} is dead", lambda: self.pid(service) is None)
        wait_for(f"the port of {service} is free",
                 lambda: is_free(self.stack.ports.service(service)))

    def start(self, service: str, env: Optional[dict] = None) -> None:
        self.stack.start_service(service, env=env)

    def stop(self, service: str) -> None:
        self.stack.stop_service(service)

    @contextmanager
    def without(self, *services: str) -> Iterator[None]:
        """The services are stopped meanwhile."""
        for service in services:
            self.stop(service)
        try:
            yield
        finally:
            for service in services:
                self.start(service)

    @contextmanager
    def with_settings(self, service: str, **env: str) -> Iterator[None]:
        """The service runs with these settings meanwhile."""
        self.stop(service)
        try:
            self.start(service, env)
            yield
        finally:
            self.stop(service)
            self.start(service)
