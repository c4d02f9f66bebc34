"""The consumers and restaurants of the load, and the orders that they may place.

SPDX-License-Identifier: MIT
"""

import json
import random
from pathlib import Path

from world import World, order_request

RESTAURANTS = 30
CONSUMERS = {"approved": 300, "declined": 100, "cancelled": 100}
REQUESTS = 1000  # of each kind
SEED = 20261121


def _consumers(world: World, kind: str) -> list:
    """Those whose card is declined have to have an account before it is set."""
    card = "tok_declined" if kind == "declined" else None
    return [world.consumer(card=card, wait=card is not None) for _ in range(CONSUMERS[kind])]


def write_requests(world: World, path: Path) -> None:
    """Make the guests, and write for the load generator what they may order."""
    rng = random.Random(SEED)
    restaurants = [world.restaurant() for _ in range(RESTAURANTS)]
    lines = []
    for kind in CONSUMERS:
        consumers = _consumers(world, kind)
        for _ in range(REQUESTS):
            body = order_request(rng.choice(consumers), rng.choice(restaurants))
            lines.append(f"{kind} {json.dumps(body, separators=(',', ':'))}\n")
        world.await_found("accounting", f"/accounts/{consumers[-1]}")
    path.write_text("".join(lines), encoding="utf-8")
