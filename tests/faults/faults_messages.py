"""Faults of messages: duplicated, reordered, and such as nobody can take.

SPDX-License-Identifier: MIT
"""

import json
from random import Random
from typing import Callable

import pika

from database import SERVICES
from events import envelope, example, fictitious_id
from faults_process import KILL_LIMIT_S, stopped_with_messages
from scene import Outcome, Scene
from truth import subscribers
from waiting import wait_for

ENVELOPE_MAX = 64 * 1024
WATCHED = "brigade.watch"  # the latest 1,000 events


def duplicated(scene: Scene, rng: Random) -> Outcome:
    """Copies of what was taken a while ago come again, in any order."""
    before = sum(_dropped(scene, service) for service in SERVICES)
    copies = [(service, body, properties)
              for _, properties, body in scene.broker.take(WATCHED, 300)
              for service in subscribers(properties.type) for _ in range(rng.randint(1, 2))]
    assert copies, f"{WATCHED} was empty"
    rng.shuffle(copies)
    for service, body, properties in copies:
        scene.broker.publish(f"{service}.inbox", body, properties)
    dropped = wait_for("the copies are dropped", lambda: sum(
        _dropped(scene, service) for service in SERVICES) - before,
        lambda count: count >= len(copies) * 0.9)  # the relays' own copies may count too
    return Outcome(f"{len(copies)} copies sent, {dropped:.0f} dropped")


def _dropped(scene: Scene, service: str) -> float:
    return scene.sample(service, "brigade_inputs_total", outcome="duplicate")


def reordered(scene: Scene, rng: Random, service: str) -> Outcome:
    """What has gathered in the inbox of a service that is away comes in another order, some of it
    twice."""
    queue = f"{service}.inbox"
    down_s = stopped_with_messages(scene, service)
    moved = _shuffle(scene.broker.channel(), queue, rng)
    return Outcome(f"{moved} messages shuffled", down_s, scene.start(service), KILL_LIMIT_S)


def _shuffle(channel, queue: str, rng: Random) -> int:
    """The originals are acknowledged when their copies are safe."""
    taken = []
    for _ in range(200):
        method, properties, body = channel.basic_get(queue)
        if method is None:
            break
        taken.append((properties, body))
    copies = taken + rng.sample(taken, len(taken) // 4)
    rng.shuffle(copies)
    for properties, body in copies:
        channel.basic_publish("", queue, body, properties, mandatory=True)
    channel.basic_ack(0, multiple=True)
    return len(taken)


# Poison: for a service and a message that it could take, the bytes of one that nobody can.
def _changed(**changes) -> Callable[[dict], bytes]:
    return lambda event: json.dumps({**event, **changes}).encode()


POISON = {
    "not JSON": lambda event: b"junk " + event["id"].encode(),
    "cut short": lambda event: json.dumps(event).encode()[:-1],
    "wrong schema": lambda event: _changed(data={**event["data"], "orderId": "42"})(event),
    "no data": _changed(data={}),
    "unknown type": _changed(type="OrderEaten"),
    "bad envelope": _changed(specversion="0.3"),
    "forged": _changed(source="/brigade/mallory"),
    "far too large": lambda event: _changed(data={**event["data"], "padding": "x" * 200_000})(
        event),
}


def poisoned(scene: Scene, rng: Random, service: str) -> Outcome:
    """All kinds, in any order, each parked with its reason."""
    kind = "OrderRejected"  # parked before anybody asks whether the service takes it
    kinds = rng.sample(list(POISON), len(POISON))
    kept = []
    for poison in kinds:
        body = POISON[poison](envelope(kind, example(kind, orderId=fictitious_id())))
        kept.append(body if len(body) <= ENVELOPE_MAX else body[:ENVELOPE_MAX + 1])
        scene.broker.poison.add((service, kept[-1]))
        scene.broker.publish(f"{service}.inbox", body, pika.BasicProperties(delivery_mode=2))
    for poison, body in zip(kinds, kept):
        wait_for(f"{service} parks what is {poison}",
                 lambda each=body: scene.database.parked(service, each))
    return Outcome(f"parked: {', '.join(kinds)}")
