#!/usr/bin/python3
"""The limit that Brigade's throughput is a share of: the same messages through the same queues and
the same rows through PostgreSQL, batched as well as it can be, with no services in between.

    limit.py --seconds 10 --orders 500       on a private stack of its own; prints a table

The benchmark has it measured on its stack. SPDX-License-Identifier: MIT
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Callable, Iterator, Optional

ROOT = Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "tools"), str(ROOT / "tests" / "system")]

from database import SERVICES  # noqa: E402
from limit_journal import SCHEMA, Journal, JournalError  # noqa: E402
from limit_workload import Workload  # noqa: E402
from private import private_stack  # noqa: E402
from stack import Stack  # noqa: E402
from stack_ports import REPLICAS_MAX  # noqa: E402
from stack_process import StackError  # noqa: E402
from usage import Meter  # noqa: E402
from waiting import NotSo, wait_for  # noqa: E402
from wire import QUEUE as WIRE_QUEUE  # noqa: E402
from world import World  # noqa: E402

SIDES = ("broker", "database", "both")
ORDERS = 500         # of a round, which is a transaction of each service
AT_ONCE = 32         # so many orders are placed at the same time: the services batch as under load
CONSUMERS, RESTAURANTS = 20, 3
QUIET_S = 120
STILL_S = 1.0        # as long nothing may have happened
GRACE_S = 90         # beyond the seconds of a run; the program ends itself before
INBOXES = [f"{service}.inbox" for service in SERVICES]


class LimitError(Exception):
    """Why there is no limit, in words for the person who runs the benchmark."""


class Limit:
    """What broker and database of a stack can do without the services, again and again. observe()
    has orders placed to see what one costs; measure() stops the services meanwhile. The real tables
    keep those orders and are otherwise left alone. Raises a LimitError."""

    def __init__(self, stack: Stack, seconds: int, say: Callable[[str], None] = print):
        self._stack = stack
        self._world = World(stack)
        self._seconds = seconds
        self._say = say
        self._journal = Journal(self._world.database)
        self._directory = Path(tempfile.mkdtemp(prefix="brigade-limit-"))
        self._workload: Optional[Workload] = None

    def close(self) -> None:
        """All is as if nothing had been, but for the orders."""
        shutil.rmtree(self._directory, ignore_errors=True)
        self._journal.remove()
        self._stop_wire()
        self._world.close()

    def observe(self, orders: int = ORDERS) -> dict:
        """What an order costs, seen at `orders` of them that are all approved. One process of each
        service runs, and nothing else is under way."""
        self._say(f"the limit: {orders} orders, to see what one costs")
        with _as_limit_errors():
            self._workload = self._observe(orders)
            self._workload.write(self._path, self._stack)
        return self._workload.figures()

    def measure(self, sides: str) -> dict:
        """Orders per second of one of SIDES for as long as was said, with the CPU seconds of each
        process."""
        self._say(f"the limit: {sides}, {self._seconds} s")
        with _as_limit_errors():
            self._await_quiet()
            with self._services_away(), self._tables():
                return self._run(sides)

    @property
    def _path(self) -> Path:
        return self._directory / "workload"

    # What orders cost

    def _observe(self, orders: int) -> Workload:
        """Have orders placed that are approved, each with an Idempotency-Key, as fast as they are
        taken, and keep all that they cause."""
        world = self._world
        consumers = [world.consumer() for _ in range(CONSUMERS)]
        restaurants = [world.restaurant() for _ in range(RESTAURANTS)]

        def order(number: int) -> None:
            world.order(consumers[number % CONSUMERS], restaurants[number % RESTAURANTS])
        self._await_quiet()
        world.wire.start()
        self._journal.install()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(order, range(orders)))
        self._await_quiet(self._journal.size)
        world.wire.catch_up(world.broker)
        self._stop_wire()
        self._journal.close()
        bindings = {queue: world.broker.bindings(queue) for queue in INBOXES}
        return Workload(orders, self._journal, world.wire.events(), bindings)

    def _await_quiet(self, size: Callable[[], int] = lambda: 0) -> None:
        """Wait until nothing is under way, and nothing has been written for a moment."""
        def under_way() -> dict:
            before = size()
            time.sleep(STILL_S)
            found = {"orders": self._world.database.pending_orders(), "changes": size() - before,
                     "outboxes": sum(self._world.database.outbox_sizes().values()),
                     **self._waiting()}
            return {what: count for what, count in found.items() if count}
        wait_for("nothing is under way, for the limit", under_way, lambda found: not found, QUIET_S)

    def _waiting(self) -> dict:
        """Messages in the inboxes."""
        return {queue: self._world.broker.count(queue) for queue in INBOXES}

    # The stack meanwhile

    @contextmanager
    def _services_away(self) -> Iterator[None]:
        """All processes of services that run now run afterwards."""
        running = [(name, replica) for name in SERVICES for replica in range(REPLICAS_MAX)
                   if self._stack.service(name, replica).process.pid()]
        if {name for name, replica in running if replica == 0} != set(SERVICES):
            raise LimitError("not all services run: start them with Stack.up() before the limit")
        try:
            self._stop_services()
            yield
        finally:
            self._clear_queues()
            for name, replica in running:
                self._stack.start_service(name, replica)

    def _stop_services(self) -> None:
        for service in self._stack.replicas():
            service.stop()
        wait_for("the inboxes are empty", lambda: any(self._waiting().values()),
                 lambda waiting: not waiting)

    def _stop_wire(self) -> None:
        """With its queue, which else would get all messages of the limit as well."""
        self._world.wire.stop()
        self._delete(WIRE_QUEUE)

    def _clear_queues(self) -> None:
        """The program leaves them empty, unless it was interrupted."""
        for queue, count in self._waiting().items():
            if count:
                self._say(f"the limit: throws away {count} messages that were left in {queue}")
                self._delete(f"{queue}/contents")

    def _delete(self, what: str) -> None:
        path = f"queues/%2F/{what}"
        try:
            self._world.broker.console("DELETE", path)
        except urllib.error.HTTPError as error:
            if error.code != 404:  # there is no such queue
                raise

    @contextmanager
    def _tables(self) -> Iterator[None]:
        """Empty ones, with the indexes, constraints and storage parameters of the real ones; and
        no work of before is left to the database, which else does it meanwhile."""
        rows = self._world.database.rows
        self._journal.remove()  # whose triggers are on the services' tables
        rows(f"CREATE SCHEMA {SCHEMA}")
        try:
            for table in self._workload.tables.values():
                rows(f"CREATE TABLE {table.copy} (LIKE {table.real} INCLUDING ALL)")
                if table.options:
                    rows(f"ALTER TABLE {table.copy} SET ({', '.join(table.options)})")
            rows("VACUUM ANALYZE")
            rows("CHECKPOINT")
            yield
        finally:
            self._journal.remove()

    # The program

    def _run(self, sides: str) -> dict:
        program = ROOT / "build" / self._stack.flavour / "tests" / "limit"
        if not program.exists():
            raise LimitError(f"{program} is missing: run `make tests` first")
        meter = Meter({"postgres": [self._stack.postgres.process.pid()],
                       "rabbitmq": [self._stack.rabbitmq.process.pid()]})
        meter.start()
        done = subprocess.run([program, sides, str(self._seconds), self._path], text=True, check=False,
                              capture_output=True, timeout=self._seconds + GRACE_S,
                              env={**os.environ, "BRIGADE_DB_URL": self._stack.dsn()})
        if done.returncode == -signal.SIGALRM:
            raise LimitError(f"{sides}: the program did not come to its end; the servers' logs are "
                             f"in {self._stack.logs_dir}")
        if done.returncode:
            raise LimitError(f"{sides}: {done.stderr.strip() or f'status {done.returncode}'}")
        found = json.loads(done.stdout)
        usage = meter.stop()
        found["probe_ms"] = usage["probe_ms"]
        found["cpu_s"] = {name: round(used["user_s"] + used["system_s"], 2)
                          for name, used in usage["groups"].items()}
        found["cpu_s"]["limit"] = round(found["user_s"] + found["system_s"], 2)
        left = {queue: count for queue, count in self._waiting().items() if count}
        if left:
            raise LimitError(f"{sides}: its queues are not empty at the end: {left}")
        return found


@contextmanager
def _as_limit_errors() -> Iterator[None]:
    try:
        yield
    except (JournalError, NotSo) as error:
        raise LimitError(str(error)) from error


# The command line


def _print_workload(workload: dict) -> None:
    print(f"\nAn order costs (mean of {workload['orders']}):")
    print(f"{'published':<56}{'messages':>9}{'bytes':>8}")
    for each in workload["publishes"]:
        name = f"{each['exchange']} {each['key']}"
        print(f"  {name:<54}{each['per_order']:>9.2f}{each['body_bytes']:>8}")
    print("delivered")
    for queue, count in workload["deliveries"].items():
        print(f"  {queue:<54}{count:>9.2f}")
    print(f"{'rows':<56}{'insert':>9}{'update':>8}{'delete':>8}")
    for each in workload["tables"]:
        name = f"{each['schema']}.{each['table']}"
        print(f"  {name:<54}{each['inserts']:>9.2f}{each['updates']:>8.2f}{each['deletes']:>8.2f}")


def print_table(workload: dict, runs: dict) -> None:
    _print_workload(workload)
    print(f"\n{'limit':<12}{'orders/s':>10}{'orders':>9}   CPU s per 1,000 orders")
    for sides, run in runs.items():
        cpu = ", ".join(f"{name} {1000 * cpu_s / run['orders']:.2f}"
                        for name, cpu_s in run["cpu_s"].items())
        print(f"{sides:<12}{run['orders_per_s']:>10.0f}{run['orders']:>9}   {cpu}")
    for table, count in workload["changes_left_out"].items():
        print(f"left out: {count} changes of rows of {table} that were there before")


def main() -> int:
    parser = argparse.ArgumentParser(description="The limit of this machine, without services.")
    parser.add_argument("--seconds", type=int, default=10, help="of each of the three runs")
    parser.add_argument("--orders", type=int, default=ORDERS, help="in a transaction")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ["BRIGADE_WATCH_QUEUE"] = "false"
    try:
        with private_stack("limit-stack", print) as stack:
            stack.up()
            with closing(Limit(stack, arguments.seconds)) as limit:
                workload = limit.observe(arguments.orders)
                print_table(workload, {sides: limit.measure(sides) for sides in SIDES})
    except (LimitError, StackError) as error:
        print(f"limit: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
