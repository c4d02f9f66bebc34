"""The services of the local stack as background processes. SPDX-License-Identifier: MIT"""

import json
import os
import urllib.error
import urllib.request
from pathlib import Path

from stack_ports import Ports, require_free
from stack_process import Process, StackError, wait_until

READY_S = 30
STOP_S = 10


def _stamp(program: Path) -> str:
    """Changes when the program is built anew."""
    status = program.stat()
    return f"{status.st_ino}-{status.st_mtime_ns}"


class Service:
    """One process of a service. Replica 0 is the usual one; others share its schema and queue."""

    def __init__(self, run_dir: Path, programs: Path, name: str, replica: int, ports: Ports):
        label = name if replica == 0 else f"{name}-{replica}"
        self.process = Process(label, run_dir)
        self.port = ports.service(name, replica)
        self.url = f"http://127.0.0.1:{self.port}"
        self._program = programs / name

    def _require_program(self) -> None:
        if not self._program.exists():
            raise StackError(f"{self._program} is missing: run `make` first")

    def is_outdated(self) -> bool:
        """It runs, but its program was built anew since it started."""
        return (self.process.pid() is not None and self._program.exists()
                and self.process.stamp() != _stamp(self._program))

    def start(self, settings: dict) -> bool:
        """Start it unless it runs. Returns whether it was started; wait() waits for it. The
        caller's own BRIGADE_ variables (a log level, say) reach the service; `settings` win."""
        if self.process.pid():
            return False
        self._require_program()
        require_free(self.port, self.process.name)
        self.process.start([self._program],
                           {**os.environ, "BRIGADE_HTTP_PORT": str(self.port), **settings},
                           stamp=_stamp(self._program))
        return True

    def state(self) -> str:
        """"ready", "unready: why", "starting", "dead" (it ended by itself) or "stopped"."""
        if self.process.pid() is None:
            return self.process.state()
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):
                return "ready"
        except urllib.error.HTTPError as error:
            return f"unready: {_reasons(error.read())}"
        except OSError:
            return "starting"

    def wait(self) -> None:
        """Wait until it is ready."""
        done = ("ready", "dead")
        wait_until(lambda: self.state() in done, READY_S)
        state = self.state()
        if state == "dead":
            raise self.process.failure("ended")
        if state != "ready":
            raise self.process.failure(f"is {state} after {READY_S} s")

    def stop(self) -> bool:
        return self.process.stop(grace_s=STOP_S)


def _reasons(body: bytes) -> str:
    """What /readyz says is missing, in one line."""
    try:
        answer = json.loads(body)
    except ValueError:
        return "no reason given"
    return ", ".join(f"{key}: {value}" for key, value in answer.items() if key != "status")

