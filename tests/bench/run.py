#!/usr/bin/python3
"""The benchmark: how many orders a second a private stack takes to their approval, how long that
takes at half of it, what it costs each process, and what share of the machine's own limit it is.

`make bench` runs it; docs/benchmarks.md says what the figures mean. They are also in
build/bench/report.json, and drawn in build/bench/bench.svg. SPDX-License-Identifier: MIT
"""

import argparse
import json
import shutil
import signal
import sys
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from statistics import fmean
from typing import Iterator

ROOT = Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "tools"), str(ROOT / "tests" / "system")]

import machine  # noqa: E402
import table  # noqa: E402
from database import SERVICES  # noqa: E402
from generator import Generator, GeneratorError  # noqa: E402
from limit import Limit, LimitError  # noqa: E402
from phases import (CONNECTIONS, IN_FLIGHT, audit, errors_of, make_generator,  # noqa: E402
                    measure_closed, measure_open, measure_unloaded, missing, running, say)
from plot import draw  # noqa: E402
from private import private_stack  # noqa: E402
from stack import Stack, StackError  # noqa: E402
from stack_ports import REPLICAS_MAX  # noqa: E402
from timeline import measure_timeline  # noqa: E402

OUT = ROOT / "build" / "bench"
# Far from what is measured, for these ratios hardly depend on the machine: who breaks them has made
# something much worse.
SHARE_MIN = 0.3           # of the limit
SERVICES_SHARE_MAX = 0.4  # of all CPU time at the peak


class Lengths:
    """How long each part takes."""

    def __init__(self, arguments: argparse.Namespace):
        quick = arguments.quick
        self.seconds = arguments.seconds or (8 if quick else 60)
        self.first_warm_up_s = 3 if quick else 10
        self.warm_up_s = 2 if quick else 5
        self.rounds = 1 if quick else 3  # of the peak between two limits: an odd number
        self.unloaded_orders = 100 if quick else 300
        self.limit_s = 4 if quick else 15
        self.timeline_orders = 20 if quick else 100


def checked(phase: str, found: dict) -> dict:
    """What was found. Orders that failed may hang, and the rest would wait for them in vain."""
    errors = errors_of({phase: found})
    if errors:
        raise GeneratorError("; ".join(errors))
    return found


@contextmanager
def observed_limit(stack: Stack, lengths: Lengths, replicas: int) -> Iterator[tuple]:
    """The limit, and what an order costs: of one process of each service."""
    for replica in range(1, replicas):
        for service in SERVICES:
            stack.stop_service(service, replica)
    with closing(Limit(stack, lengths.limit_s, say)) as limit:
        workload = limit.observe()
        for replica in range(1, replicas):
            stack.start_replicas(replica)
        yield limit, workload


def compare(peak: dict, limits: list) -> dict:
    """The peak with the limits before and after it."""
    limit = fmean(each["orders_per_s"] for each in limits)
    return {"orders_per_s": peak["orders_per_s"], "limit_orders_per_s": limit,
            "share": peak["orders_per_s"] / limit, "probe_ms": peak["usage"]["probe_ms"],
            "limit_probe_ms": fmean(each["probe_ms"] for each in limits)}


def measure_peaks(stack: Stack, generator: Generator, lengths: Lengths, replicas: int) -> dict:
    """The peak, and how it compares with what the machine can do with the same messages and rows
    without our services: measured before and after it, and all of that several times, since a
    machine may change its speed meanwhile. The peak in the middle is the one that counts."""
    with observed_limit(stack, lengths, replicas) as (limit, workload):
        alone = {sides: limit.measure(sides) for sides in ("broker", "database")}
        limits, rounds = [limit.measure("both")], []
        for number in range(1, lengths.rounds + 1):
            say(f"peak {number} of {lengths.rounds}: {IN_FLIGHT} orders under way, "
                f"{lengths.seconds} s")
            peak = checked("peak", measure_closed(generator, lengths.seconds, lengths.warm_up_s))
            limits.append(limit.measure("both"))
            rounds.append((compare(peak, limits[-2:]), peak))
    middle, peak = sorted(rounds, key=lambda each: each[0]["share"])[len(rounds) // 2]
    return {"peak": peak, "round": middle, "rounds": [each for each, _ in rounds],
            "limit": {"both": limits, **alone, "workload": workload}}


def measure(stack: Stack, generator: Generator, lengths: Lengths,
            arguments: argparse.Namespace) -> dict:
    """One part after the other."""
    say(f"warm-up: {IN_FLIGHT} orders under way, {lengths.first_warm_up_s} s")
    checked("warm-up", measure_closed(generator, lengths.first_warm_up_s, 0))
    phases = {"unloaded": checked("unloaded",
                                  measure_unloaded(generator, lengths.unloaded_orders))}
    found = measure_peaks(stack, generator, lengths, arguments.replicas)
    phases["peak"] = found.pop("peak")
    peak = phases["peak"]["orders_per_s"]
    rate = arguments.rate or max(1, round(peak / 2))
    say(f"the peak was {peak:.0f} orders a second; open loop: {rate} a second, "
        f"{lengths.seconds} s")
    phases["open loop"] = {"rate": rate, **measure_open(generator, rate, lengths.seconds,
                                                        lengths.warm_up_s)}
    if arguments.burst:
        say(f"burst: {arguments.burst} a second, ten times as many for 10 s, and as before")
        phases["burst"] = {"rate": arguments.burst,
                           **measure_open(generator, arguments.burst, lengths.seconds,
                                          lengths.warm_up_s, "--burst")}
    return {"phases": phases, **found}


def out_of_bounds(report: dict) -> list:
    """What is much worse than it was."""
    costs = {group: sum(both) for group, both in
             table.cpu_per_1000_s(report["phases"]["peak"]).items()}
    share = sum(costs[service] for service in SERVICES) / sum(costs.values())
    found = []
    if report["round"]["share"] < SHARE_MIN:
        found.append(f"the peak is {report['round']['share']:.0%} of the limit, less than {SHARE_MIN:.0%}")
    if share > SERVICES_SHARE_MAX:
        found.append(f"the services use {share:.0%} of the CPU time, more than "
                     f"{SERVICES_SHARE_MAX:.0%}")
    return found


def bench(stack: Stack, arguments: argparse.Namespace) -> dict:
    """Returns the report."""
    lengths = Lengths(arguments)
    with running(stack, arguments.replicas) as world:
        report = {"at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                  "settings": {"replicas": arguments.replicas, "mix": arguments.mix,
                               "in_flight": IN_FLIGHT, "connections": CONNECTIONS,
                               **vars(lengths)},
                  **machine.facts(world)}
        print(table.machine_text(report), flush=True)
        generator = make_generator(world, arguments.mix, arguments.replicas)
        report.update(measure(stack, generator, lengths, arguments))
        placed = generator.placed + report["limit"]["workload"]["orders"]
        violations = errors_of(report["phases"]) + missing(world, placed)
        if not violations:  # else it would wait in vain for orders that hang
            report["timeline"] = measure_timeline(world, lengths.timeline_orders, say)
            violations = out_of_bounds(report)
        say("the audit")
        report["violations"] = violations + audit(world)
    return report


def write(report: dict) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    draw(report, OUT / "bench.svg")
    print(table.figures_text(report), flush=True)
    for path in ("report.json", "bench.svg"):
        print(f"{OUT.relative_to(ROOT) / path}")


def keep_logs(stack: Stack) -> None:
    """For whoever looks for the cause. There are none when nothing could be started."""
    shutil.rmtree(OUT / "logs", ignore_errors=True)
    if stack.logs_dir.exists():
        shutil.copytree(stack.logs_dir, OUT / "logs")


def measured(arguments: argparse.Namespace) -> dict:
    """The report of a stack of its own, whose logs stay when it failed or was stopped."""
    with private_stack("bench") as stack:
        try:
            report = bench(stack, arguments)
        except BaseException:
            keep_logs(stack)
            raise
        if report["violations"]:
            keep_logs(stack)
    return report


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure throughput, latency and cost of orders.")
    parser.add_argument("--quick", action="store_true", help="40 s of load, not several minutes")
    parser.add_argument("--seconds", type=int, help="of each phase (default 60; 8 when quick)")
    parser.add_argument("--rate", type=int, help="of the open loop (default: half the peak)")
    parser.add_argument("--burst", type=int, metavar="RATE",
                        help="one more phase: this rate, ten times as much for 10 s, this rate")
    parser.add_argument("--mix", default="approved=1",
                        help="weights of the kinds, like approved=90,declined=5,cancelled=5")
    parser.add_argument("--replicas", type=int, default=1, choices=range(1, REPLICAS_MAX + 1),
                        help="processes of each service")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report = measured(arguments)
    except (GeneratorError, LimitError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    write(report)
    for violation in report["violations"]:
        print(f"VIOLATION  {violation}")
    return 1 if report["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
