"""Waiting for something to become so, with an end to it and words for what did not.

SPDX-License-Identifier: MIT
"""

import time
from typing import Any, Callable

TIMEOUT_S = 30.0
SHOWN = 3000  # characters of what was found instead


class NotSo(AssertionError):
    """What was awaited has not happened. Says what, and what is there instead."""


def wait_for(what: str, probe: Callable[[], Any], accept: Callable[[Any], bool] = bool,
             timeout_s: float = TIMEOUT_S) -> Any:
    """Call `probe` until `accept` takes what it returns, and return that. A probe that raises an
    OSError (nobody listens yet) is called again."""
    deadline = time.monotonic() + timeout_s
    pause_s = 0.005
    while True:
        late = time.monotonic() > deadline
        try:
            found = probe()
            if accept(found):
                return found
        except OSError as error:
            found = error
        if late:
            raise NotSo(f"after {timeout_s:.0f} s it is still not so: {what}\n"
                        f"last seen: {repr(found)[:SHOWN]}")
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, 0.2)
