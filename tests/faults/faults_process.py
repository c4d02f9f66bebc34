"""Faults of the services' processes: killed at a named point or at any, stopped for a while,
doubled. SPDX-License-Identifier: MIT
"""

import os
import signal
import time
from contextlib import contextmanager
from random import Random
from typing import Iterator

from database import SERVICES
from scene import Outcome, Scene
from waiting import wait_for

KILL_LIMIT_S = 5  # after the restart, for 99 % of the sagas in flight

ENGINE = ["inbox_before", "inbox_after", "decided", "commit_sent", "commit_answered"]
RELAY = ["published", "confirmed", "outbox_deleted"]
SUBSCRIBER = ["ack_before", "ack_after"]
DECIDING = "deciding"
FAILPOINTS = [*ENGINE, *RELAY, *SUBSCRIBER, DECIDING]
GATHERED = 30        # messages
SILENT = "notifier"  # publishes nothing


def victims(failpoint: str) -> list:
    """The services that pass the point."""
    return [service for service in SERVICES if service != SILENT or failpoint not in RELAY]


def killed_at(scene: Scene, rng: Random, service: str, failpoint: str) -> Outcome:
    """It kills itself there, and is started again without that."""
    if failpoint == DECIDING:
        stopped_with_messages(scene, service)
        where = f"@{_next_message(scene, service)}"
    else:
        scene.stack.stop_service(service)
        where = f":{rng.randint(1, 20)}"
    log = scene.log(service)
    scene.stack.start_service(service, env={"BRIGADE_FAILPOINT": failpoint + where}, wait=False)
    down_s = scene.await_end(service, -signal.SIGKILL)
    assert log.count("failpoint reached", failpoint=failpoint) == 1, \
        f"{service} died, but did not log that it was at {failpoint}"
    back_s = scene.start(service)
    return Outcome(f"died at {failpoint}{where}", down_s, back_s, KILL_LIMIT_S)


def stopped_with_messages(scene: Scene, service: str) -> float:
    """Stop the service, and let messages gather in its inbox. Returns when it was stopped."""
    queue = f"{service}.inbox"
    with _source_held_back(scene, service):
        scene.stack.stop_service(service)
        down_s = time.time()
    wait_for(f"messages gather in {queue}", lambda: scene.broker.count(queue),
             lambda count: count >= GATHERED)
    return down_s


@contextmanager
def _source_held_back(scene: Scene, service: str) -> Iterator[None]:
    """Without the order service there are no new orders of which it could hear: so accounting is
    to have some charges to tell of when it is away."""
    if service == "order":
        scene.stack.stop_service("accounting")
        before = scene.load.total()
        wait_for("orders wait for their charge", lambda: scene.load.total() - before,
                 lambda count: count > 2 * GATHERED)
    yield
    if service == "order":
        scene.start("accounting")


def _next_message(scene: Scene, service: str) -> str:
    """The id of a message in the inbox that is not there for the second time."""
    for _, properties, _ in scene.broker.take(f"{service}.inbox", GATHERED):
        if not scene.database.in_inbox(service, properties.message_id):
            return properties.message_id
    raise AssertionError(f"{service} knows all messages in its inbox")


def killed(scene: Scene, rng: Random, service: str) -> Outcome:
    time.sleep(rng.uniform(0, 1))
    scene.process(service).kill()
    down_s = scene.await_end(service, -signal.SIGKILL)
    time.sleep(rng.uniform(0, 1))
    back_s = scene.start(service)
    return Outcome("died by SIGKILL", down_s, back_s, KILL_LIMIT_S)


def all_killed(scene: Scene, rng: Random) -> Outcome:
    """At once, and started again in any order."""
    for service in SERVICES:
        scene.process(service).kill()
    down_s = max(scene.await_end(service, -signal.SIGKILL) for service in SERVICES)
    back_s = time.time()
    for service in rng.sample(SERVICES, len(SERVICES)):
        scene.stack.start_service(service, wait=False)
    for service in SERVICES:
        scene.stack.service(service).wait()
    return Outcome("all five died by SIGKILL", down_s, back_s, KILL_LIMIT_S)


def _state(pid: int) -> str:
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[0]


def hangs(scene: Scene, rng: Random, service: str, longest_s: float = 4) -> Outcome:
    """SIGSTOP, and SIGCONT after a while."""
    process = scene.process(service)
    pid = process.pid()
    down_s = time.time()
    process.send(signal.SIGSTOP)
    try:
        wait_for(f"{service} is stopped", lambda: _state(pid) == "T")
        time.sleep(rng.uniform(1, longest_s))
        assert _state(pid) == "T"
    finally:
        back_s = time.time()
        os.kill(pid, signal.SIGCONT)
    wait_for(f"{service} goes on", lambda: _state(pid) != "T")
    return Outcome(f"stood still for {back_s - down_s:.1f} s", down_s, back_s, KILL_LIMIT_S)


def doubled(scene: Scene, rng: Random, services: list) -> Outcome:
    """A second process of each joins, takes its share of the work, and leaves: asked to, or
    killed."""
    for service in services:
        scene.stack.start_service(service, replica=1, wait=False)
    taken = {}
    for service in services:
        scene.stack.service(service, 1).wait()
        taken[service] = wait_for(
            f"the second {service} has work",
            lambda each=service: scene.sample(each, "messaging_client_consumed_messages_total", 1))
    time.sleep(rng.uniform(0.5, 2))
    down_s = time.time()
    ends = [_leave(scene, service, rng.choice(["killed", "stopped"])) for service in services]
    return Outcome(f"second processes took messages, then: {', '.join(ends)}", down_s, time.time(),
                   KILL_LIMIT_S)


def _leave(scene: Scene, service: str, how: str) -> str:
    process = scene.process(service, 1)
    if how == "killed":
        process.kill()
    else:
        process.send(signal.SIGTERM)
    scene.await_end(service, -signal.SIGKILL if how == "killed" else 0, replica=1)
    process.stop()  # forget it
    return f"{service} {how}"


def stopped(scene: Scene, _rng: Random, service: str) -> Outcome:
    """SIGTERM under load, and started again."""
    asked_s = time.time()
    scene.process(service).send(signal.SIGTERM)
    down_s = scene.await_end(service, 0)
    return Outcome(f"stopped within {down_s - asked_s:.1f} s", down_s, scene.start(service),
                   KILL_LIMIT_S)
