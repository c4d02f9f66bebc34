"""How long the sagas take that were under way when something came back.

SPDX-License-Identifier: MIT
"""

import math
import statistics
from typing import NamedTuple

from scene import Outcome
from truth import Truth
from waiting import NotSo, wait_for

SHARE = 0.99
GIVE_UP_S = 100  # beyond the orders' own deadline
TAIL_S = 5       # for the last of them, so that they do not count for the next fault


class Recovery(NamedTuple):
    """`took_s` from being back until 99 % of the `flights` had ended."""

    kind: str
    victim: str
    flights: int
    took_s: float
    limit_s: float
    alone: bool  # no other fault at the same time

    def is_late(self) -> bool:
        return self.alone and self.took_s > self.limit_s


def _ended(flights: list) -> list:
    return sorted(flight.ended_s for flight in flights if flight.ended_s)


def _wanted(flights: list) -> int:
    return math.ceil(SHARE * len(flights))


def measure(truth: Truth, outcome: Outcome) -> tuple:
    """Wait until the sagas that were in flight when it was back have ended. Returns how many there
    were and how long that took."""
    def look() -> list:
        return truth.in_flight(outcome.back_s)

    def open_ones() -> list:
        return [flight for flight in look() if flight.ended_s is None]
    flights = wait_for("the sagas in flight are known", look, lambda found: found is not None)
    spare = len(flights) - _wanted(flights)
    wait_for("the sagas in flight end", open_ones, lambda found: len(found) <= spare, GIVE_UP_S)
    flights = wait_for("their ends are known", look, lambda found: found is not None)
    if not flights:
        return 0, 0.0
    took_s = _ended(flights)[_wanted(flights) - 1] - outcome.back_s
    try:
        wait_for("the last ones end", open_ones, lambda found: not found, TAIL_S)
    except NotSo:
        pass  # the audit will tell
    return len(flights), took_s


def figures(recoveries: list) -> dict:
    """Count, median and maximum for each kind of fault that stood alone."""
    found = {}
    for kind in sorted({each.kind for each in recoveries if each.alone}):
        took = [each for each in recoveries if each.kind == kind and each.alone]
        found[kind] = {
            "count": len(took),
            "in_flight": sum(each.flights for each in took),
            "median_s": round(statistics.median(each.took_s for each in took), 2),
            "max_s": round(max(each.took_s for each in took), 2),
            "limit_s": took[0].limit_s,
        }
    return found


