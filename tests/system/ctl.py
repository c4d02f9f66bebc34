"""brigadectl as a test runs it. SPDX-License-Identifier: MIT"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from waiting import wait_for

LIMIT_S = 120


class Said(NamedTuple):
    """How it ended, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Ctl:
    def __init__(self, stack, programs: Path):
        self._program = programs / "brigadectl"
        self._settings = stack.operator_settings()

    def __call__(self, *arguments: Any, **env: str) -> Said:
        """Run it with the operator's settings, and with `env` in their place."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("BRIGADE_")}
        done = subprocess.run([self._program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                              env={**kept, **self._settings, **env}, capture_output=True,
                              text=True, timeout=LIMIT_S, check=False)
        return Said(done.returncode, done.stdout, done.stderr)


def await_verdict(ctl: Ctl, order_id: int, expected: str, why: str = "") -> dict:
    """The queues' figures are up to 5 s old, and not all of one moment. Returns the whole answer,
    with `why` among its words."""
    return wait_for(f"the verdict on order {order_id} is {expected}: {why}",
                    lambda: ctl("--json", "saga", "why", order_id).json,
                    lambda told: told["verdict"] == expected and why in told["why"])
