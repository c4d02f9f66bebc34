"""Runs the load generator (load.c) against a stack, and measures what all processes use meanwhile.

SPDX-License-Identifier: MIT
"""

import json
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Callable

from database import SERVICES
from usage import Meter
from world import World

ROOT = Path(__file__).resolve().parents[2]
QUEUE = "bench.outcomes"
OUTCOMES = ("OrderApproved", "OrderRejected", "OrderCancelled", "OrderCancellationRejected")
GRACE_S = 120  # beyond the time that orders are planned: twice what orders and broker may take


class GeneratorError(Exception):
    """The load generator failed, in words for the person who ran it."""


class Generator:
    def __init__(self, world: World, requests: Path, mix: str, replicas: int,
                 say: Callable[[str], None]):
        self._world = world
        self._stack = world.stack
        self._replicas = range(replicas)
        self._say = say
        load = ROOT / "build" / self._stack.flavour / "tests" / "load"
        self._command = [str(load), "--amqp", self._stack.amqp_url, "--queue", QUEUE,
                         "--requests", str(requests), "--mix", mix]
        for replica in self._replicas:
            self._command += ["--url", self._stack.url("order", replica)]
        self.placed = 0  # orders in all runs, the warm-ups' included

    def _make_queue(self) -> None:
        """A queue that the broker keeps in memory, and deletes when the generator leaves it."""
        channel = self._world.broker.channel()
        channel.queue_declare(QUEUE, durable=False, auto_delete=True)
        for kind in OUTCOMES:
            channel.queue_bind(QUEUE, "order.events", kind)

    def _roots(self, generator_pid: int) -> dict:
        """The processes of each group."""
        stack = self._stack
        roots = {name: [stack.service(name, replica).process.pid() for replica in self._replicas]
                 for name in SERVICES}
        return {**roots, "PostgreSQL": [stack.postgres.process.pid()],
                "RabbitMQ": [stack.rabbitmq.process.pid(), stack.rabbitmq.epmd.pid()],
                "load generator": [generator_pid]}

    def _follow(self, process: subprocess.Popen) -> dict:
        """Pass on what it tells, until it ends. Returns what was used since its warm-up."""
        meter, told, measuring = Meter(self._roots(process.pid)), "", False
        for line in process.stderr:
            told = line.strip()
            if told == "measuring":
                meter.start()
                measuring = True
            else:
                self._say(f"  … {told}")
        if not measuring:
            raise GeneratorError(told or "the load generator ended before it measured anything")
        return meter.stop()

    def run(self, seconds: float, *options: str) -> dict:
        """Its report, and "usage" from the end of its warm-up to its end. It takes about
        `seconds`."""
        self._make_queue()
        with tempfile.TemporaryFile("w+") as out:
            with subprocess.Popen([*self._command, *options], stdout=out, stderr=subprocess.PIPE,
                                  text=True) as process:
                watchdog = threading.Timer(seconds + GRACE_S, process.kill)
                watchdog.start()
                try:
                    usage = self._follow(process)
                except BaseException:
                    process.kill()
                    raise
                finally:
                    watchdog.cancel()
            if process.returncode:
                raise GeneratorError(f"the load generator ended with {process.returncode}")
            out.seek(0)
            report = json.load(out)
        self.placed += report["placed"]
        return {**report, "usage": usage}
