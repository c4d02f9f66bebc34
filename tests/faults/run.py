#!/usr/bin/python3
"""The fault suite: real services, a real PostgreSQL and a real RabbitMQ under a steady load of
orders, everything that can break broken in an order that a seed gives, and then the audit.

`make faults` runs the short form, `make faults LONG=1` the long one. The report is also in
build/faults/report.json. SPDX-License-Identifier: MIT
"""

import argparse
import os
import random
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Iterable

ROOT = Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "tools"), str(ROOT / "tests" / "system")]

import plan  # noqa: E402
import recovery  # noqa: E402
from audit import Audit  # noqa: E402
from load import Load  # noqa: E402
from private import private_stack  # noqa: E402
from report import Report, keep_logs  # noqa: E402
from scene import Scene  # noqa: E402
from stack import Stack  # noqa: E402
from truth import Truth  # noqa: E402
from waiting import NotSo, wait_for  # noqa: E402
from world import World  # noqa: E402

PROGRESS_S = 10
WARM_UP_S = 5
QUIET_S = 300  # of a long run the audit alone takes a minute
HELPER_S = 300


class Run:
    def __init__(self, scene: Scene, report: Report, seed: int):
        self._scene = scene
        self._report = report
        self._seed = seed
        self._done = threading.Event()
        self._broken = False  # a fault went wrong: who knows what still runs

    def faults(self, steps: Iterable, seconds: float) -> None:
        """One step after the other, until the time is over and each kind was seen, or twice that
        time is over."""
        began_s = time.monotonic()
        for number, step in enumerate(steps):
            gone_s = time.monotonic() - began_s
            if gone_s > 2 * seconds or (gone_s > seconds and all(self._report.counts().values())):
                return
            self._step(number, step)

    def _step(self, number: int, step: tuple) -> None:
        """Several faults at once: all but the first on a thread of their own."""
        inflictions = [(fault, random.Random(f"{self._seed}/{number}/{fault.kind}"), len(step) == 1)
                       for fault in step]
        helpers = [threading.Thread(target=self._inflict, args=arguments, daemon=True)
                   for arguments in inflictions[1:]]
        for helper in helpers:
            helper.start()
        try:
            self._inflict(*inflictions[0])
        finally:
            for helper in helpers:
                helper.join(HELPER_S)
        if self._broken:
            self._scene.restore()
            self._broken = False

    def _inflict(self, fault: plan.Fault, rng: random.Random, alone: bool) -> None:
        report = self._report
        try:
            outcome = fault.run(self._scene, rng)
            report.add(fault.kind, fault.victim, outcome)
            took = ""
            if outcome.back_s:
                flights, took_s = recovery.measure(self._scene.truth, outcome)
                took = f"; {flights} sagas in flight, 99 % ended after {took_s:.2f} s"
                report.recovered(recovery.Recovery(fault.kind, fault.victim, flights, took_s,
                                                   outcome.limit_s, alone))
            more = "" if alone else " (with another)"
            report.say(f"{fault.kind}{more}: {fault.victim}: {outcome.evidence}{took}")
        except Exception as error:  # whatever went wrong, the run goes on and fails at its end
            report.violate(f"{fault.kind}: {fault.victim}: {type(error).__name__}: {error}")
            self._broken = True

    def progress(self) -> None:
        """A line every few seconds, on a thread of its own."""
        scene = self._scene
        while not self._done.wait(PROGRESS_S):
            try:
                pending = scene.database.pending_orders()
            except OSError:
                pending = "?"
            self._report.say(f"  … {scene.load.total()} orders accepted, {pending} pending, "
                             f"{len(self._report.happened)} faults, "
                             f"{len(self._report.violations)} violations")

    def audit(self) -> None:
        """Wait until all is at rest; then nothing may be violated."""
        scene, audit = self._scene, Audit(self._scene.world)

        def violations() -> list:
            return (audit.under_way() or audit.data() + audit.leftovers()
                    + scene.truth.violations() + scene.load.violations(scene.database))
        try:
            wait_for("no invariant is violated", violations, lambda found: not found, QUIET_S)
        except NotSo:
            for violation in violations():
                self._report.violate(violation)
        self._second_opinion()

    def _second_opinion(self) -> None:
        done = self._scene.brigadectl("audit", "--settle", "1")
        self._report.facts["brigadectl audit"] = f"exit status {done.returncode}"
        if done.returncode:
            self._report.violate(f"brigadectl audit: {done.returncode}\n{done.stdout}")

    def finish(self) -> None:
        """The load ends, then the audit."""
        scene, report = self._scene, self._report
        report.facts["memory at the end (MiB)"] = scene.memory_mib()
        report.say("the faults are over; the load comes to its end")
        scene.load.stop()
        self.audit()
        self._done.set()
        report.facts["orders"] = {"accepted": scene.load.total(), **scene.load.by_kind()}
        report.facts["requests"] = dict(sorted(scene.load.counts.items()))
        report.facts["ended by a deadline"] = scene.truth.deadlines()


def prepare(stack: Stack, arguments: argparse.Namespace, report: Report) -> Scene:
    """Everything runs, and orders come in. No ticket expires: who is not cooked stays approved."""
    os.environ["BRIGADE_TICKET_ACCEPTANCE_S"] = "86400"
    stack.up()
    world = World(stack)
    Truth(world.database).install()
    load = Load(world, arguments.seed, arguments.rate)
    scene = Scene(stack, load, world)
    load.start()
    time.sleep(WARM_UP_S)
    report.facts["memory at the beginning (MiB)"] = scene.memory_mib()
    report.say(f"{arguments.rate:.0f} orders a second come in")
    return scene


def is_meant(arguments: argparse.Namespace, fault: plan.Fault) -> bool:
    return arguments.only in f"{fault.kind} {fault.victim}"


def steps(arguments: argparse.Namespace) -> Iterable:
    rng = random.Random(arguments.seed)
    chosen = plan.long(rng) if arguments.long else plan.short(rng)
    for step in chosen:
        if any(is_meant(arguments, fault) for fault in step):
            yield step


def run(stack: Stack, arguments: argparse.Namespace) -> Report:
    report = Report(arguments.seed, plan.KINDS)
    scene = prepare(stack, arguments, report)
    try:
        going = Run(scene, report, arguments.seed)
        threading.Thread(target=going.progress, daemon=True).start()
        minutes = arguments.minutes if arguments.long else 24 * 60
        going.faults(steps(arguments), 60 * minutes)
        if not arguments.only:
            report.check_kinds()
        going.finish()
    except Exception:
        report.violate(f"the run broke off:\n{traceback.format_exc()}")
    finally:
        report.write()
        scene.world.close()
    report.print_table()
    if report.violations:
        keep_logs(stack.logs_dir)
    return report


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Break everything, then audit.")
    parser.add_argument("--long", action="store_true", help="rounds of every fault at everyone")
    parser.add_argument("--minutes", type=float, default=30, help="of a long run (default 30)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--rate", type=float, default=40, help="orders a second (default 40)")
    parser.add_argument("--only", default="", help="faults with this in their name or victim")
    arguments = parser.parse_args()
    if not any(is_meant(arguments, fault) for fault in plan.everything(random.Random(0))):
        parser.error(f"no fault has {arguments.only!r} in its name or victim")
    return arguments


def main() -> int:
    arguments = parse_arguments()
    print(f"The seed is {arguments.seed}.", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with private_stack("faults") as stack:
            report = run(stack, arguments)
    except KeyboardInterrupt:
        print(f"Interrupted. The seed was {arguments.seed}.")
        return 130
    for violation in report.violations:
        print(f"VIOLATION  {violation}")
    print(f"{'FAILED' if report.violations else 'Passed'}. The seed was {arguments.seed}.")
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
