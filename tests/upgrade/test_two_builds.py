"""The previous commit's services beside these, on the same schemas and broker: an upgrade, and one
that is taken back. With both under load no request fails, no order is lost, and no invariant is
violated.

SPDX-License-Identifier: MIT
"""

import json
from pathlib import Path

import pytest

from api import Api
from audit import Audit
from checks import parse_metrics
from database import SERVICES
from lifecycle import CANCELLED, REVISED, approve, cancel, revise
from previous import SOURCES
from replicas import Load
from world import APPROVED, World, must

CURRENT, PREVIOUS = 0, 1  # which replica of each service is of which build
DEFINITIONS = Path("deploy", "rabbitmq", "definitions.json")
ROOT = Path(__file__).resolve().parents[2]


def grant_rights(world: World, tree: Path) -> None:
    """The broker users' rights as this tree has them: a release that needs fewer of them gives them
    back when the one before is gone."""
    definitions = json.loads((tree / DEFINITIONS).read_text(encoding="utf-8"))
    for each in definitions["permissions"]:
        world.broker.console("PUT", f"permissions/%2F/{each['user']}",
                             {kind: each[kind] for kind in ("configure", "write", "read")})


def live_all_lives(world: World) -> None:
    """An order of each kind, by each build in turn."""
    restaurant_id = world.restaurant()
    declined = world.order(world.consumer(card="tok_declined"), restaurant_id)
    approved, cancelled, revised = (approve(world, restaurant_id) for _ in range(3))
    must(cancel(world, cancelled))
    must(revise(world, revised, vindaloo=6))
    world.await_fate(approved, APPROVED)
    world.await_fate(cancelled, CANCELLED)
    world.await_fate(revised, REVISED)
    assert world.await_events(declined, {"OrderRejected"})


def assert_took_part(stack, service: str, replica: int) -> None:
    """It has taken messages."""
    api = Api(stack.ports.service(service, replica))
    _, samples = parse_metrics(api.get("/metrics").body.decode())
    api.close()
    taken = sum(value for (name, _), value in samples.items()
                if name == "messaging_client_consumed_messages_total")
    assert taken > 0, f"replica {replica} of {service} has taken no message"


def use(world: World, stack, replica: int) -> None:
    """Commands and queries go to this build from now on."""
    world.apis = {service: Api(stack.ports.service(service, replica)) for service in SERVICES}


def sources(tree: Path) -> dict:
    """The text of each file that the programs are made of."""
    return {path.relative_to(tree): path.read_bytes() for folder in SOURCES
            for path in sorted((tree / folder).rglob("*")) if path.is_file()}


def test_the_builds_differ(previous):
    """Else the other tests would prove nothing."""
    assert sources(previous) != sources(ROOT)


@pytest.mark.parametrize("first, second", [(PREVIOUS, CURRENT), (CURRENT, PREVIOUS)],
                         ids=["upgrade", "taken back"])
def test_two_builds_side_by_side(previous, stack, first, second):
    """The one that starts first makes the tables, the other one finds them; in the end the first
    one goes."""
    stack.builds[PREVIOUS] = previous / "build" / "release" / "bin"
    world = World(stack)
    audit = Audit(world)
    grant_rights(world, previous)
    stack.start_replicas(first)
    world.wire.start()
    use(world, stack, first)
    live_all_lives(world)
    stack.start_replicas(second)
    ports = {service: [stack.ports.service(service, replica) for replica in (CURRENT, PREVIOUS)]
             for service in SERVICES}
    with Load(world, ports) as load:
        for replica in (first, second):
            use(world, stack, replica)
            live_all_lives(world)
        load.await_more(200)
        for service in SERVICES:
            for replica in (CURRENT, PREVIOUS):
                assert_took_part(stack, service, replica)
    for service in SERVICES:  # not under load: how the previous build stops is not tested here
        stack.stop_service(service, first)
    if second == CURRENT:
        grant_rights(world, ROOT)
        for service in SERVICES:
            world.broker.close_connections(service)
    live_all_lives(world)
    audit.check()
    world.close()
