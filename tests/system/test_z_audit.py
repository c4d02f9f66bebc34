"""After all other tests: everything comes to rest, no invariant of the suite is violated, and the
logs are what they should be.

SPDX-License-Identifier: MIT
"""

import json

from database import SERVICES


def test_all_services_live(world):
    for service in SERVICES:
        assert world.pid(service) is not None, f"{service} is dead"
        assert world.apis[service].get("/readyz").status == 200


def test_invariants(world, audit):
    audit.check()
    assert world.wire.events(), "there was nothing to check"


def test_logs_are_json_lines(stack):
    for service in SERVICES:
        lines = (stack.logs_dir / f"{service}.log").read_text().splitlines()
        assert lines
        for line in lines:
            record = json.loads(line)
            assert {"ts", "level", "service", "msg"} <= set(record)
            assert record["service"] == service


def test_no_secrets_in_logs(world, stack):
    token = "tok_canary_2f9d1c"
    world.consumer(card=token)
    for service in SERVICES:
        text = (stack.logs_dir / f"{service}.log").read_text()
        for secret in (token, f":brigade_{service}@", "brigade:brigade@"):
            assert secret not in text
