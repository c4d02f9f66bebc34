"""Where the faults happen: the stack, the load on it, and what each service has logged.

SPDX-License-Identifier: MIT
"""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional

from broker import Broker
from checks import parse_metrics
from database import SERVICES, Database
from load import Load
from truth import Truth
from waiting import wait_for
from world import World

ROOT = Path(__file__).resolve().parents[2]
BRIGADECTL = ROOT / "build" / "release" / "bin" / "brigadectl"
RABBITMQCTL = "/usr/lib/rabbitmq/bin/rabbitmqctl"  # that in /usr/sbin wants to be another user


class Outcome(NamedTuple):
    """What a fault did. `evidence` is what was seen, not what was meant. `back_s` is when that
    which was away began to be there again, and 0 when nothing is to be measured from there."""

    evidence: str
    down_s: float = 0
    back_s: float = 0
    limit_s: float = 0  # for 99 % of the sagas in flight
    accepted: Optional[int] = None  # orders that were accepted meanwhile


class Log:
    """What a process logs from now on."""

    def __init__(self, path: Path):
        self._path = path
        self._from = path.stat().st_size if path.exists() else 0

    def lines(self) -> Iterator[dict]:
        try:
            with open(self._path, "rb") as file:
                file.seek(self._from)
                content = file.read()
        except FileNotFoundError:
            return
        for line in content.splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue  # the end is still being written

    def count(self, msg: str, **fields: Any) -> int:
        wanted = {"msg": msg, **fields}.items()
        return sum(wanted <= line.items() for line in self.lines())


class Scene:
    """All of it. Broker and database are each thread's own."""

    def __init__(self, stack, load: Load, world: World):
        self.stack = stack
        self.load = load
        self.world = world
        self._own = threading.local()

    @property
    def broker(self) -> Broker:
        if not hasattr(self._own, "broker"):
            self._own.broker = Broker(self.stack.amqp_url, self.stack.rabbitmq.console_url)
            self._own.broker.poison = self.world.broker.poison  # what the audit is told of
        return self._own.broker

    @property
    def database(self) -> Database:
        if not hasattr(self._own, "database"):
            self._own.database = Database(self.stack.dsn())
        return self._own.database

    @property
    def truth(self) -> Truth:
        return Truth(self.database)

    # Services

    def process(self, service: str, replica: int = 0):
        return self.stack.service(service, replica).process

    def log(self, service: str, replica: int = 0) -> Log:
        return Log(self.process(service, replica).log)

    def logs(self) -> dict:
        return {service: self.log(service) for service in SERVICES}

    def start(self, service: str, env: Optional[dict] = None) -> float:
        """Start a service and wait until it is ready. Returns when that began."""
        began_s = time.time()
        self.stack.start_service(service, env=env)
        return began_s

    def await_end(self, service: str, expected: int, replica: int = 0) -> float:
        """Wait until the process has ended, with this status. Returns when that was seen."""
        process = self.process(service, replica)
        status = wait_for(f"{process.name} ends", process.exit_status,
                          lambda found: found is not None)
        assert status == expected, f"{process.name} ended with {status}, not {expected}"
        return time.time()

    def sample(self, service: str, name: str, replica: int = 0, **labels: str) -> float:
        """The sum of a metric over all its samples that have these labels."""
        url = f"{self.stack.url(service, replica)}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            _, samples = parse_metrics(answer.read().decode())
        return sum(value for (found, has), value in samples.items()
                   if found == name and set(labels.items()) <= set(has))

    def memory_mib(self) -> dict:
        return {service: round(self.process(service).memory_kib() / 1024, 1)
                for service in SERVICES}

    def restore(self) -> None:
        """Let everything run again, after a fault that went wrong."""
        for part in (self.stack.postgres, self.stack.rabbitmq):
            part.start()
            part.wait()
        self.rabbitmqctl("set_vm_memory_high_watermark", "0.4")
        for service in SERVICES:
            self.process(service).send(signal.SIGCONT)
            self.stack.start_service(service)

    # What operators have

    def rabbitmqctl(self, *arguments: str) -> None:
        subprocess.run([RABBITMQCTL, *arguments], env=self.stack.rabbitmq.environment(),
                       check=True, timeout=90, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def brigadectl(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([BRIGADECTL, *arguments], text=True, timeout=300, check=False,
                              env={**os.environ, **self.stack.operator_settings()},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
