"""After the last test: everything comes to rest, no invariant of the suite is violated, and the logs
are what they should be. SPDX-License-Identifier: MIT
"""

import json

from audit import Audit
from database import SERVICES
from world import APPROVED, World


def _check_services(world: World) -> None:
    for service in SERVICES:
        assert world.pid(service) is not None, f"{service} is dead"
        assert world.apis[service].get("/readyz").status == 200


def _check_invariants(world: World) -> None:
    world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
    Audit(world).check()
    assert world.wire.events(), "there was nothing to check"


def _check_logs(world: World) -> None:
    """Lines of JSON, and no secrets in them."""
    token = "tok_canary_2f9d1c"
    world.consumer(card=token)
    for service in SERVICES:
        text = (world.stack.logs_dir / f"{service}.log").read_text()
        assert text
        for line in text.splitlines():
            record = json.loads(line)
            assert {"ts", "level", "service", "msg"} <= set(record)
            assert record["service"] == service
        for secret in (token, f":brigade_{service}@", "brigade:brigade@"):
            assert secret not in text


def check_all(world: World) -> None:
    _check_services(world)
    _check_invariants(world)
    _check_logs(world)
