"""Which faults, to whom, in which order: from the seed alone. SPDX-License-Identifier: MIT"""

from random import Random
from typing import Callable, Iterator, NamedTuple

import faults_broker
import faults_database
import faults_messages
import faults_process
from database import SERVICES
from scene import Outcome, Scene

OVERLAPPING = 0.15  # of the steps of a long run


class Fault(NamedTuple):
    """`run` is called with the scene and random numbers of its own."""

    kind: str
    victim: str
    run: Callable[[Scene, Random], Outcome]


def _fault(kind: str, victim: str, what: Callable, *arguments) -> Fault:
    return Fault(kind, victim, lambda scene, rng: what(scene, rng, *arguments))


def killed_at(failpoint: str, service: str) -> Fault:
    return _fault(f"killed at {failpoint}", service, faults_process.killed_at, service, failpoint)


def at_servers() -> list:
    """Those that all services feel, each once."""
    return [
        *[_fault(f"broker {how}", "broker", faults_broker.restarted, how)
          for how in ("stopped", "killed")],
        _fault("connections cut", "broker", faults_broker.connections_cut),
        _fault("memory alarm", "broker", faults_broker.short_of_memory),
        *[_fault(f"database {how}", "database", faults_database.restarted, how)
          for how in faults_database.WAYS],
        _fault("sessions ended", "database", faults_database.sessions_ended),
    ]


def at_processes(service: str) -> list:
    return [_fault("killed", service, faults_process.killed, service),
            _fault("hangs", service, faults_process.hangs, service),
            _fault("stopped", service, faults_process.stopped, service)]


def at_messages(rng: Random, service: str) -> list:
    lost = rng.choice([each for each in faults_broker.BINDINGS if each[0] == service])
    return [_fault("commits unanswered", service, faults_database.commits_unanswered, service),
            _fault("reordered", service, faults_messages.reordered, service),
            _fault("poison", service, faults_messages.poisoned, service),
            _fault("binding lost", service, faults_broker.binding_lost, *lost)]


def at_all() -> list:
    return [_fault("all killed", "all", faults_process.all_killed),
            _fault("two of each", "all", faults_process.doubled, SERVICES),
            _fault("duplicated", "all", faults_messages.duplicated)]


def everything(rng: Random) -> list:
    """Every fault at everyone."""
    found = at_servers() + at_all()
    for service in SERVICES:
        found += at_processes(service) + at_messages(rng, service)
    return found + [killed_at(failpoint, service) for failpoint in faults_process.FAILPOINTS
                    for service in faults_process.victims(failpoint)]


KINDS = sorted({fault.kind for fault in everything(Random(0))})


def short(rng: Random) -> list:
    """Every kind once; every service is killed somewhere, and at a failpoint twice."""
    found, killed = at_servers() + at_all(), dict.fromkeys(SERVICES, 0)
    for failpoint in rng.sample(faults_process.FAILPOINTS, len(faults_process.FAILPOINTS)):
        candidates = faults_process.victims(failpoint)
        service = min(rng.sample(candidates, len(candidates)), key=lambda each: killed[each])
        killed[service] += 1
        found.append(killed_at(failpoint, service))
    found += [at_processes(service)[0] for service in SERVICES]
    for position in (1, 2):
        found.append(at_processes(rng.choice(SERVICES))[position])
    for position in range(len(at_messages(rng, "order"))):
        found.append(at_messages(rng, rng.choice(SERVICES))[position])
    rng.shuffle(found)
    return [(fault,) for fault in found]


def long(rng: Random) -> Iterator[tuple]:
    """Rounds without end of every fault at everyone; now and then two at once."""
    while True:
        faults = everything(rng)
        rng.shuffle(faults)
        for fault in faults:
            if rng.random() < OVERLAPPING:
                service = rng.choice(SERVICES)
                yield (rng.choice(at_servers()), rng.choice(at_processes(service)))
            yield (fault,)
