"""The kinds of orders of the load, who places them, and how each may end.

SPDX-License-Identifier: MIT
"""

from typing import NamedTuple

from world import DINNER, World

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

    def may_end(self, end: str) -> bool:
        """A reason that stays from a change that was refused does not matter to an approved
        order."""
        return end in self.ends or (end.startswith("APPROVED ") and "APPROVED" in self.ends)


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
