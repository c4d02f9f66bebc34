"""After all other tests: everything comes to rest, and no invariant of the suite is violated.

SPDX-License-Identifier: MIT
"""

from database import SERVICES


def test_all_services_live(world):
    for service in SERVICES:
        assert world.pid(service) is not None, f"{service} is dead"
        assert world.apis[service].get("/readyz").status == 200


def test_invariants(world, audit):
    audit.check()
    assert world.wire.events(), "there was nothing to check"
