"""One process of a service that a test starts, watches and ends, beside those of the stack.

SPDX-License-Identifier: MIT
"""

import os
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Optional

from stack_ports import is_free
from stack_process import process_fields
from waiting import wait_for


def free_port(stack, service: str) -> int:
    """One of those that the stack has for further processes of the service."""
    return next(port for port in (stack.ports.service(service, replica) for replica in (1, 2))
                if is_free(port))


def settings(stack, service: str, port: int, **env: Optional[str]) -> dict:
    """The environment of a service of the stack; None leaves a variable out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BRIGADE_")}
    own = {"BRIGADE_HTTP_PORT": str(port), **stack.service_settings(service), **env}
    return {**kept, **{name: value for name, value in own.items() if value is not None}}


class Program:
    """`with Program(stack, programs, "order") as program:` is ready inside, and killed at the end
    unless it has ended."""

    def __init__(self, stack, programs: Path, service: str, **env: str):
        self.port = free_port(stack, service)
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen([programs / service], stdin=subprocess.DEVNULL,
                                         env=settings(stack, service, self.port, **env),
                                         stdout=self._log, stderr=subprocess.STDOUT)

    def __enter__(self) -> "Program":
        wait_for("the program is ready", self._is_ready)
        return self

    def __exit__(self, *_error) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def _is_ready(self) -> bool:
        assert self._process.poll() is None, f"it has ended:\n{self.output()}"
        try:
            url = f"http://127.0.0.1:{self.port}/readyz"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except urllib.error.HTTPError:
            return False

    def output(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def send(self, number: int) -> None:
        self._process.send_signal(number)

    def is_stopped(self) -> bool:
        """By SIGSTOP."""
        return process_fields(self._process.pid)[0] == "T"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def terminate(self, timeout_s: float, number: int = signal.SIGTERM) -> int:
        """Ask it to end. Returns its exit status; raises when it takes longer."""
        self._process.send_signal(number)
        return self._process.wait(timeout_s)


def run(stack, programs: Path, service: str, *arguments: str, **env: Optional[str]) -> tuple:
    """Run a program that ends by itself. Returns its exit status and all that it wrote."""
    done = subprocess.run([programs / service, *arguments], stdin=subprocess.DEVNULL,
                          env=settings(stack, service, free_port(stack, service), **env),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=15, check=False)
    return done.returncode, done.stdout.decode(errors="replace")
