"""Faults of RabbitMQ: stopped, killed, its connections cut, short of memory, a binding lost.

SPDX-License-Identifier: MIT
"""

import time
from random import Random

from faults_database import BACK_LIMIT_S
from scene import Outcome, Scene
from truth import SUBSCRIPTIONS
from waiting import wait_for

REPAIRED_S = 45  # the services look every 30 s
BINDING_TRIES = 3
SETTLED_S = 2    # what has not arrived by then is lost
BLOCKED = "the broker takes no messages"
RELAY_BACK = {"msg": "works again", "what": "relay's broker connection"}


def _await_reconnected(logs: dict) -> None:
    """One that was started anew meanwhile, since another fault killed it, had nothing to notice."""
    for service, log in logs.items():
        wait_for(f"{service} has noticed and is connected again",
                 lambda each=log: each.count(**RELAY_BACK) or each.count(msg="relay is active"))


def restarted(scene: Scene, rng: Random, how: str) -> Outcome:
    logs = scene.logs()
    if how == "killed":
        scene.stack.rabbitmq.process.kill()
    else:
        scene.stack.rabbitmq.process.stop(grace_s=60)
    down_s = time.time()
    assert scene.stack.rabbitmq.process.pid() is None
    time.sleep(rng.uniform(1, 4))
    scene.stack.start_broker()
    back_s = time.time()
    _await_reconnected(logs)
    accepted = scene.load.accepted_between(down_s, back_s)
    return Outcome(f"away for {back_s - down_s:.1f} s, and all services tell of it", down_s, back_s,
                   BACK_LIMIT_S, accepted)


def connections_cut(scene: Scene, _rng: Random) -> Outcome:
    logs = scene.logs()
    down_s = time.time()
    scene.rabbitmqctl("close_all_connections", "fault suite")
    back_s = time.time()
    _await_reconnected(logs)
    return Outcome("all services tell that they are connected again", down_s, back_s, BACK_LIMIT_S)


def short_of_memory(scene: Scene, rng: Random) -> Outcome:
    """It says so to who publishes (connection.blocked), and takes no messages until it has memory
    again. Some service may have nothing to publish meanwhile, but the order service has."""
    logs = scene.logs()
    scene.rabbitmqctl("set_vm_memory_high_watermark", "0.00000001")
    try:
        wait_for("the order service is blocked", lambda: logs["order"].count(BLOCKED))
        down_s = time.time()
        time.sleep(rng.uniform(2, 4))
        accepted = scene.load.accepted_between(down_s, time.time())
        blocked = [service for service, log in logs.items() if log.count(BLOCKED)]
    finally:
        scene.rabbitmqctl("set_vm_memory_high_watermark", "0.4")
    back_s = time.time()
    for service in blocked:
        wait_for(f"{service} is not blocked any more",
                 lambda each=service: logs[each].count("the broker takes messages again"))
    return Outcome(f"blocked: {', '.join(blocked)}", down_s, back_s, BACK_LIMIT_S, accepted)


def _unbound_until_repaired(scene: Scene, service: str, kind: str) -> float:
    """Take a binding away. Returns when the service had restored it."""
    bindings = scene.broker.bindings(f"{service}.inbox")
    exchange = next(source for source, key in bindings if key == kind)
    scene.broker.console("DELETE", f"bindings/%2F/e/{exchange}/q/{service}.inbox/{kind}")
    wait_for(f"the binding of {service} to {kind} is restored",
             lambda: scene.broker.bindings(f"{service}.inbox"), lambda found: found == bindings,
             REPAIRED_S)
    return time.time()


def binding_lost(scene: Scene, _rng: Random, service: str, kind: str) -> Outcome:
    """The services find and repair it. What did not arrive meanwhile is sent again."""
    down_s = time.time()
    for _ in range(BINDING_TRIES):  # the repair may come before anything was lost
        lost_s, repaired_s = time.time(), _unbound_until_repaired(scene, service, kind)
        time.sleep(2 * SETTLED_S)  # what was sent just before the repair is then old enough too
        lost = scene.truth.undelivered(service, SETTLED_S)
        if lost:
            break
    assert lost, f"no {kind} was lost"
    back_s = time.time()
    done = scene.brigadectl("outbox", "replay", "--all", "--settle", str(SETTLED_S))
    assert done.returncode == 0, f"brigadectl outbox replay: {done.returncode}\n{done.stdout}"
    wait_for(f"{service} has all that it lacked",
             lambda: scene.truth.undelivered(service, SETTLED_S), lambda found: not found)
    evidence = (f"{kind} to {service}: repaired after {repaired_s - lost_s:.1f} s, {len(lost)} "
                "events sent again")
    return Outcome(evidence, down_s, back_s, BACK_LIMIT_S)


# Losing these would leave the order at its deadline; the others matter as much, and show less.
BINDINGS = [(service, kind) for service, kinds in sorted(SUBSCRIPTIONS.items()) for kind in kinds
            if kind in ("OrderCreated", "CreditCardAuthorized", "ConsumerVerified", "TicketCreated",
                        "OrderApproved", "OrderRejected", "OrderCancelRequested",
                        "TicketCancelled", "OrderRevisionProposed", "OrderRevised")]
