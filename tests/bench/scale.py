#!/usr/bin/python3
"""How the throughput behaves when something grows: the processes of each service, the rate of a burst,
the age of the oldest transaction, the outbox of a service whose relay was away, the orders that are
stored.

`make bench-scale` runs all of it, each on a private stack that an audit has to pass at the end;
docs/benchmarks.md says what the figures mean. They are also in build/bench/scale.json.
SPDX-License-Identifier: MIT
"""

import argparse
import json
import signal
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Callable, Iterator

import psycopg2

ROOT = Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "tools"), str(ROOT / "tests" / "system")]

import machine  # noqa: E402
import table  # noqa: E402
from database import SERVICES  # noqa: E402
from generator import GeneratorError  # noqa: E402
from phases import (DAY_S, audit, errors_of, make_generator, measure_closed, measure_open,  # noqa: E402
                    measure_unloaded, missing, running, say)
from private import private_stack  # noqa: E402
from stack import Stack, StackError  # noqa: E402
from waiting import NotSo, wait_for  # noqa: E402
from world import World  # noqa: E402

OUT = ROOT / "build" / "bench" / "scale.json"
WARM_UP_S = 5
MEASURED_S = 20
UNLOADED_ORDERS = 100
CHUNK_S = 60        # of the growing history
DUMP_PARTS = 6
DRAIN_MAX_S = 900


def cpu_s(phase: dict) -> float:
    """For 1,000 orders, all processes together."""
    return sum(map(sum, table.cpu_per_1000_s(phase).values()))


def ms(phase: dict, quantile: str) -> float:
    return phase["outcome_us"][quantile] / 1000


def measure_processes(count: int) -> Callable[[Stack, argparse.Namespace], tuple]:
    def measure(stack: Stack, _arguments: argparse.Namespace) -> tuple:
        with running(stack, count) as world:
            generator = make_generator(world, replicas=count)
            phases = {"warm-up": measure_closed(generator, WARM_UP_S, 0),
                      "unloaded": measure_unloaded(generator, UNLOADED_ORDERS),
                      "peak": measure_closed(generator, MEASURED_S, WARM_UP_S)}
            phases["half"] = measure_open(generator, round(phases["peak"]["orders_per_s"] / 2),
                                          MEASURED_S, WARM_UP_S)
            violations = errors_of(phases) + missing(world, generator.placed) + audit(world)
        found = {"orders_per_s": phases["peak"]["orders_per_s"],
                 "cpu_s_per_1000": cpu_s(phases["peak"]),
                 "unloaded_p50_ms": ms(phases["unloaded"], "p50"),
                 "half_p50_ms": ms(phases["half"], "p50"),
                 "half_p99_ms": ms(phases["half"], "p99")}
        return found, violations
    return measure


def measure_burst(stack: Stack, _arguments: argparse.Namespace) -> tuple:
    """Ten times as much for 10 s is twice the peak."""
    with running(stack) as world:
        generator = make_generator(world)
        peak = measure_closed(generator, MEASURED_S, WARM_UP_S)
        rate = max(1, round(peak["orders_per_s"] / 5))
        say(f"burst: {rate} a second, ten times as many for 10 s, and as before")
        burst = measure_open(generator, rate, 30, WARM_UP_S, "--burst")
        violations = (errors_of({"peak": peak, "burst": burst})
                      + missing(world, generator.placed) + audit(world))
    return {"rate": rate, "peak_orders_per_s": peak["orders_per_s"],
            "answer_max_ms": burst["answer_us"]["max"] / 1000,
            "outcome_max_ms": ms(burst, "max"),
            "completed_each_s": [second["completed"] for second in burst["seconds"]],
            "p99_ms_each_s": [second["p99_us"] / 1000 for second in burst["seconds"]]}, violations


def measure_history(stack: Stack, arguments: argparse.Namespace) -> tuple:
    """The same load until so many orders are stored."""
    with running(stack) as world:
        generator = make_generator(world)
        violations = errors_of({"warm-up": measure_closed(generator, WARM_UP_S, 0)})
        chunks = []
        while generator.placed < arguments.orders and not violations:
            stored = generator.placed
            chunk = measure_closed(generator, CHUNK_S, 0)
            violations = errors_of({f"after {stored} orders": chunk})
            chunks.append({"stored": stored, "orders_per_s": chunk["orders_per_s"],
                           "cpu_s_per_1000": cpu_s(chunk)})
            say(f"{stored} orders stored: {chunk['orders_per_s']:.0f} orders/s")
        violations += missing(world, generator.placed) + audit(world)
    return {"chunks": chunks}, violations


def measure_dump(stack: Stack, _arguments: argparse.Namespace) -> tuple:
    """Beside a transaction that stays open, as a dump's: nothing that is deleted goes away."""
    with running(stack) as world:
        generator = make_generator(world)
        before = measure_closed(generator, MEASURED_S, WARM_UP_S)
        with closing(psycopg2.connect(stack.dsn())) as dump:
            dump.set_session(isolation_level="REPEATABLE READ", readonly=True)
            dump.cursor().execute("SELECT count(*) FROM brigade_order.orders")
            beside = [measure_closed(generator, MEASURED_S, 0) for _ in range(DUMP_PARTS)]
        parts = {f"part {number}": part for number, part in enumerate([before, *beside])}
        violations = errors_of(parts) + missing(world, generator.placed) + audit(world)
    return {"orders_per_s_before": before["orders_per_s"],
            "orders_per_s_first": beside[0]["orders_per_s"],
            "orders_per_s_last": beside[-1]["orders_per_s"],
            "seconds": DUMP_PARTS * MEASURED_S}, violations


@contextmanager
def relay_away(world: World) -> Iterator[None]:
    """The events of the order service stay in its outbox: we have the lock of its relay."""
    world.stop("order")
    lock = psycopg2.connect(world.stack.dsn())
    try:
        lock.cursor().execute(
            "SELECT pg_advisory_lock(hashtextextended('brigade.relay.brigade_order', 0))")
        world.start("order")
        yield
    finally:
        lock.close()


def drain(world: World) -> dict:
    """How fast all that is in the outbox now leaves it."""
    backlog, last_id = world.database.rows(
        "SELECT count(*), max(id) FROM brigade_order.outbox")[0]
    say(f"{backlog} events wait, and may leave now")
    began_s = time.monotonic()
    wait_for("the backlog is sent",
             lambda: world.database.one("SELECT min(id) FROM brigade_order.outbox"),
             lambda first_id: first_id is None or first_id > last_id, DRAIN_MAX_S)
    took_s = time.monotonic() - began_s
    say(f"they left in {took_s:.1f} s")
    return {"events": backlog, "seconds": took_s, "events_per_s": backlog / took_s}


def measure_backlog(others: bool) -> Callable[[Stack, argparse.Namespace], tuple]:
    """How fast the outbox empties: while the other services take the events and the orders go on
    their way, or while those services are stopped and the events wait in their inboxes."""
    away = [] if others else [name for name in SERVICES if name != "order"]

    def measure(stack: Stack, arguments: argparse.Namespace) -> tuple:
        with running(stack, BRIGADE_OUTBOX_MAX=str(10 * arguments.events),
                     BRIGADE_ORDER_APPROVAL_S=DAY_S) as world:
            generator = make_generator(world)
            peak = measure_closed(generator, MEASURED_S, WARM_UP_S)
            rate = round(1.5 * peak["orders_per_s"])
            with relay_away(world):
                say(f"{arguments.events} orders, {rate} a second, whose events stay in the outbox")
                filled = measure_open(generator, rate, -(-arguments.events // rate), 0)
                for service in away:
                    world.stop(service)
            found = drain(world)
            for service in away:
                world.start(service)
            filled["errors"]["no_outcome"] = 0  # they could not have one
            violations = (errors_of({"peak": peak, "filling": filled})
                          + missing(world, generator.placed) + audit(world))
        return {**found, "peak_orders_per_s": peak["orders_per_s"]}, violations
    return measure


EXPERIMENTS = {"processes-1": measure_processes(1), "processes-2": measure_processes(2),
               "processes-4": measure_processes(4), "burst": measure_burst, "dump": measure_dump,
               "backlog": measure_backlog(others=True),
               "backlog-alone": measure_backlog(others=False), "history": measure_history}


def text_of(name: str, found: dict) -> list:
    """What was found, for people."""
    if "chunks" in found:
        return [f"{name}: after {chunk['stored']:>8} orders {chunk['orders_per_s']:>7.0f} orders/s, "
                f"{chunk['cpu_s_per_1000']:.2f} s for 1,000" for chunk in found["chunks"]]
    figures = ", ".join(f"{what} {value:.4g}" for what, value in found.items()
                        if not isinstance(value, list))
    return [f"{name}: {figures}"]


def measured(name: str, arguments: argparse.Namespace) -> list:
    """Write down what one experiment finds. Returns what is violated."""
    say(f"== {name}")
    with private_stack("scale") as stack:
        found, violations = EXPERIMENTS[name](stack, arguments)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    report = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    report[name] = {**found, "commit": machine.commit(), "violations": violations}
    OUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print("\n".join(text_of(name, found)), flush=True)
    return violations


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how the throughput scales.")
    parser.add_argument("--only", choices=EXPERIMENTS, help="one of the experiments")
    parser.add_argument("--orders", type=int, default=1_000_000, help="of the history")
    parser.add_argument("--events", type=int, default=300_000, help="of the backlog")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    violations = []
    try:
        for name in [arguments.only] if arguments.only else EXPERIMENTS:
            violations += measured(name, arguments)
    except (GeneratorError, StackError, NotSo) as error:
        print(f"bench-scale: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    for violation in violations:
        print(f"VIOLATION  {violation}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
