"""What happens to an order after its approval, as the tests do it: cancel, revise, cook.

SPDX-License-Identifier: MIT
"""

import threading
from typing import Any, Callable, Optional

from api import Answer
from waiting import wait_for
from world import APPROVED, DINNER_TOTAL, World

READY_BY = "2031-01-01T18:30:00.000Z"
REVISED = APPROVED._replace(notification="ORDER_APPROVED ORDER_REVISED")
REFUSED_REVISION = "ORDER_APPROVED ORDER_REVISION_REJECTED"
CANCELLED = APPROVED._replace(order="CANCELLED CANCELLED_BY_CONSUMER", ticket="CANCELLED",
                              authorization="REVERSED",
                              notification="ORDER_APPROVED ORDER_CANCELLED")


def approve(world: World, restaurant_id: Optional[int] = None,
            consumer_id: Optional[int] = None) -> int:
    """A new order, as soon as it is approved: the kitchen may not have heard of that."""
    order_id = world.order(consumer_id or world.consumer(), restaurant_id or world.restaurant())
    wait_for(f"order {order_id} is approved", lambda: state_of(world, order_id),
             lambda state: state == "APPROVED")
    return order_id


def cancel(world: World, order_id: int) -> Answer:
    return world.apis["order"].post(f"/orders/{order_id}/cancel")


def lines_of(quantities: dict) -> list:
    return [{"menuItemId": item, "quantity": count} for item, count in quantities.items()]


def revise(world: World, order_id: int, **quantities: int) -> Answer:
    """revise(world, 42, vindaloo=6)"""
    return world.apis["order"].post(f"/orders/{order_id}/revise",
                                    {"revisedLineItems": lines_of(quantities)})


def accept(world: World, order_id: int, ready_by: str = READY_BY) -> Answer:
    return world.apis["kitchen"].post(f"/tickets/{order_id}/accept", {"readyBy": ready_by})


def move(world: World, order_id: int, where: str) -> Answer:
    """preparing, ready, picked-up"""
    return world.apis["kitchen"].post(f"/tickets/{order_id}/{where}")


def state_of(world: World, order_id: int) -> str:
    return world.find("order", f"/orders/{order_id}").get("state", "")


def ticket_state(world: World, order_id: int) -> str:
    return world.find("kitchen", f"/tickets/{order_id}").get("state", "")


def quantities_of(lines: list) -> dict:
    return {line["menuItemId"]: line["quantity"] for line in lines}


def assert_has(world: World, order_id: int, total: str, **quantities: int) -> None:
    """The order, its ticket and its charge agree on what is ordered. They may hear of it one after
    the other."""
    def found() -> tuple:
        order = world.find("order", f"/orders/{order_id}")
        ticket = world.find("kitchen", f"/tickets/{order_id}")
        return (order.get("orderTotal"), quantities_of(order.get("lineItems", [])),
                quantities_of(ticket.get("lineItems", [])),
                world.find("accounting", f"/authorizations/{order_id}").get("amount"))
    expected = (total, quantities, quantities, total)
    wait_for(f"order {order_id} is everywhere {expected}", found, lambda seen: seen == expected)


def assert_unchanged(world: World, order_id: int) -> None:
    assert_has(world, order_id, DINNER_TOTAL, vindaloo=5)


def count(world: World, order_id: int, event_type: str) -> int:
    return sum(event.type == event_type for event in world.wire.of_order(order_id))


def at_once(*actions: Callable[[], Any]) -> list:
    """Do them all at the same time, each on a thread of its own. Returns what they return."""
    together, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(number: int) -> None:
        together.wait(30)
        results[number] = actions[number]()

    threads = [threading.Thread(target=run, args=(number,), daemon=True)
               for number in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert None not in results, f"a request was not answered: {results}"
    return results


def await_all(world: World, orders: list, states: tuple) -> dict:
    """Wait until each of the orders is in one of the states. Returns their states."""
    return wait_for(
        f"all of {orders} are one of {states}",
        lambda: dict(world.database.rows(
            "SELECT id, state FROM brigade_order.orders WHERE id = ANY(%s)", orders)),
        lambda found: len(found) == len(orders) and set(found.values()) <= set(states))
