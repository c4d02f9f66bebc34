#!/usr/bin/python3
"""The local stack: a private PostgreSQL, a private RabbitMQ and the five services, all in the
background.

`make up`, `down`, `status` and `logs` run this program; the tests import its class Stack.
All its state is in one directory (.run), all its ports move with one offset, and it ends only what
it started. SPDX-License-Identifier: MIT
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator, Optional

from stack_ports import REPLICAS_MAX, SERVICES, Ports, reserve_offset
from stack_postgres import Postgres
from stack_process import StackError, started_processes
from stack_rabbitmq import PASSWORD, USER, Rabbitmq
from stack_services import Service
from stack_users import make_servers_dir, server_user, servers_dir

ROOT = Path(__file__).resolve().parent.parent


def _print(text: str) -> None:
    print(text, flush=True)


class Stack:
    """The servers and services of one run directory.

    up() and down() are for the whole. The tests also start, stop and kill its parts: see
    start_service() and what follows it, and the `process` of `postgres`, `rabbitmq` and
    service(), which has kill(), send() and pid().
    """

    def __init__(self, run_dir: Optional[Path] = None, port_offset: Optional[int] = None,
                 flavour: Optional[str] = None, say: Callable[[str], None] = _print):
        run_dir = run_dir or os.environ.get("BRIGADE_RUN_DIR") or ROOT / ".run"
        self.run_dir = Path(run_dir).absolute()
        self.logs_dir = self.run_dir / "logs"
        self.flavour = flavour or os.environ.get("BRIGADE_FLAVOUR") or "release"
        self.ports = Ports(self._port_offset(port_offset))
        self.builds: dict = {}  # where the programs of a replica are that is of another build
        self._say = say
        self._reservation = None  # a socket that keeps the ports for us
        users = {name: server_user(name) for name in ("postgres", "rabbitmq")}
        self._servers_dir = servers_dir(self.run_dir, list(users.values()))
        self.postgres = Postgres(self.run_dir, self._servers_dir / "postgres", self.ports,
                                 users["postgres"])
        self.rabbitmq = Rabbitmq(self.run_dir, self._servers_dir / "rabbitmq", self.ports,
                                 users["rabbitmq"])

    @classmethod
    def private(cls, run_dir: Path, flavour: Optional[str] = None,
                say: Callable[[str], None] = lambda text: None) -> "Stack":
        """A stack on ports that nobody else uses; silent unless `say` is given."""
        offset, reservation = reserve_offset()
        stack = cls(run_dir, offset, flavour, say)
        stack._reservation = reservation
        return stack

    # What runs, and where

    def _port_offset(self, wanted: Optional[int]) -> int:
        """As asked; else as what runs was started with; else from the environment; else 0."""
        if wanted is not None:
            return wanted
        try:
            record = json.loads((self.run_dir / "stack.json").read_text())
        except (OSError, ValueError):
            return offset_from_environment() or 0
        return record["port_offset"] if self.is_running() else offset_from_environment() or 0

    def service(self, name: str, replica: int = 0) -> Service:
        programs = self.builds.get(replica, ROOT / "build" / self.flavour / "bin")
        return Service(self.run_dir, programs, name, replica, self.ports)

    def replicas(self) -> list:
        """Every process of every service that was started and not stopped, and the usual ones."""
        return [self.service(name, replica) for name in SERVICES for replica in range(REPLICAS_MAX)
                if replica == 0 or self.service(name, replica).process.was_started()]

    def is_running(self) -> bool:
        """Whether anything of it runs."""
        return any(process.pid() for process in started_processes(self.run_dir))

    def url(self, name: str, replica: int = 0) -> str:
        return self.service(name, replica).url

    @property
    def urls(self) -> dict:
        return {name: self.url(name) for name in SERVICES}

    @property
    def amqp_url(self) -> str:
        """The administrator's."""
        return self.rabbitmq.url

    def service_amqp_url(self, service: str) -> str:
        return self.rabbitmq.service_url(service)

    def dsn(self, service: Optional[str] = None) -> str:
        """For libpq: a role's own by TCP, or the superuser's. The services use another one."""
        return self.postgres.dsn(service)

    def operator_settings(self) -> dict:
        """The environment of brigadectl."""
        return {**self._for_people(), "BRIGADE_DB_URL": self.dsn("operator"),
                "BRIGADE_AMQP_URL": self.rabbitmq.service_url("operator"),
                "BRIGADE_MANAGEMENT_URL": self.rabbitmq.management_url}

    # The whole

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let two `make up` at the same time run one after the other."""
        try:
            self.run_dir.mkdir(parents=True, exist_ok=True)
            make_servers_dir(self._servers_dir)
            with open(self.run_dir / "lock", "w", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except PermissionError as error:
            raise StackError(f"{error.filename} belongs to another user: run `make clean` as that "
                             "user, or choose another place with BRIGADE_RUN_DIR") from error

    def up(self, services: bool = True) -> bool:
        """Start what does not run, and wait until all is ready. Returns whether anything was
        started."""
        with self._locked():
            started = self._up_servers()
            if services:
                started = self._up_services() or started
        return started

    def _up_servers(self) -> bool:
        record = {"port_offset": self.ports.offset, "flavour": self.flavour}
        (self.run_dir / "stack.json").write_text(json.dumps(record))
        lines = [f"export {name}='{value}'\n" for name, value in self.operator_settings().items()]
        (self.run_dir / "operator.env").write_text("".join(lines))
        if self._servers_dir != self.run_dir:
            self._say(f"The servers' data is in {self._servers_dir}: their users cannot use "
                      f"{self.run_dir}.")
        started = [each for each in (self.postgres, self.rabbitmq) if self._start(each)]
        for each in started:
            each.wait()
            self._say(f"  {each.process.name} is ready")
        return bool(started)

    def _start(self, part, *arguments) -> bool:
        was_dead = part.process.died()
        if not part.start(*arguments):
            return False
        again = " again: it had died" if was_dead else ""
        self._say(f"Starting {part.process.name} on port {part.port}{again}")
        return True

    def _up_services(self) -> bool:
        started = []
        for name in SERVICES:
            each = self.service(name)
            if each.is_outdated():
                self._say(f"Stopping {name}: it was built anew")
                each.stop()
            if self._start(each, self.service_settings(name)):
                started.append(each)
        for each in started:
            each.wait()
            self._say(f"  {each.process.name} is ready")
        return bool(started)

    @staticmethod
    def _for_people() -> dict:
        """Here somebody wants to see the events."""
        return {"BRIGADE_WATCH_QUEUE": os.environ.get("BRIGADE_WATCH_QUEUE") or "true"}

    def service_settings(self, name: str) -> dict:
        """The environment of a service, but for its port."""
        return {**self._for_people(), "BRIGADE_DB_URL": self.postgres.service_url(name),
                "BRIGADE_AMQP_URL": self.service_amqp_url(name)}

    def down(self, purge: bool = False) -> bool:
        """Stop all of it. Returns whether anything ran. `purge` also forgets data and logs, so that
        the servers need not put them in order first."""
        stopped = []
        if self.run_dir.exists():
            with self._locked():
                stopped = self._down(hastily=purge)
        if purge:
            self._forget()
        if self._reservation:
            self._reservation.close()
        return bool(stopped)

    def _forget(self) -> None:
        """Remove what is ours from the directories; others keep their state in .run too."""
        for name in ("logs", "pids", "postgres", "rabbitmq", "lock", "demo.lock", "operator.env"):
            for path in (self._servers_dir / name, self.run_dir / name):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
        for directory in (self._servers_dir, self.run_dir):
            if directory.exists() and not any(directory.iterdir()):
                directory.rmdir()

    def _down(self, hastily: bool) -> list:
        replicas = self.replicas()
        parts = [*replicas, self.rabbitmq, self.postgres]
        running = [part for part in parts if part.process.pid()]
        for each in replicas:  # all at once; then wait for one after the other
            each.process.send(signal.SIGTERM)
        for each in parts:
            if hastily and each not in replicas:
                each.process.kill()
            each.stop()
            if each in running:
                self._say(f"  {each.process.name} is stopped")
        (self.run_dir / "stack.json").unlink(missing_ok=True)
        return running

    # Its parts, for the tests

    def start_service(self, name: str, replica: int = 0, env: Optional[dict] = None,
                      wait: bool = True) -> Service:
        """Start one process of a service with `env` beside its settings."""
        service = self.service(name, replica)
        service.start({**self.service_settings(name), **(env or {})})
        if wait:
            service.wait()
        return service

    def start_replicas(self, replica: int) -> None:
        """Start one process of every service, all at the same time."""
        for name in SERVICES:
            self.start_service(name, replica, wait=False)
        for name in SERVICES:
            self.service(name, replica).wait()

    def stop_service(self, name: str, replica: int = 0) -> None:
        self.service(name, replica).stop()

    def kill_service(self, name: str, replica: int = 0) -> None:
        self.service(name, replica).process.kill()

    def stop_broker(self) -> None:
        self.rabbitmq.stop()

    def start_broker(self) -> None:
        self.rabbitmq.start()
        self.rabbitmq.wait()

    def stop_database(self) -> None:
        self.postgres.stop()

    def start_database(self) -> None:
        self.postgres.start()
        self.postgres.wait()


def offset_from_environment() -> Optional[int]:
    text = os.environ.get("BRIGADE_PORT_OFFSET")
    if not text:
        return None
    if not text.isdigit() or int(text) > 40000:
        raise StackError(f'BRIGADE_PORT_OFFSET is "{text}": it must be between 0 and 40000')
    return int(text)


# The command line


def _print_guide(stack: Stack) -> None:
    for name in SERVICES:
        print(f"  {name:<11} {stack.url(name)}")
    print(f"""\
  RabbitMQ    {stack.rabbitmq.console_url}   login {USER}, password {PASSWORD}
  PostgreSQL  {stack.dsn("order")}   (one such role for each service)
  operator    . {os.path.relpath(stack.run_dir)}/operator.env; build/{stack.flavour}/bin/brigadectl --help

Watch the events: make watch   The logs: make logs   Who runs: make status   Stop: make down""")


def command_up(stack: Stack, arguments: argparse.Namespace) -> None:
    asked = offset_from_environment()
    if asked not in (None, stack.ports.offset):
        raise StackError(f"the stack runs with BRIGADE_PORT_OFFSET={stack.ports.offset}: "
                         "`make down` first, to move it")
    started = stack.up(services=not arguments.servers_only)
    print("Everything runs." if started else "Everything runs already; nothing was changed.")
    _print_guide(stack)


def command_down(stack: Stack, arguments: argparse.Namespace) -> None:
    if not stack.down(purge=arguments.purge):
        print("Nothing was running.")


def command_status(stack: Stack, _arguments: argparse.Namespace) -> None:
    rows = [(each.process, each.port, each.state()) for each in (stack.postgres, stack.rabbitmq)]
    rows += [(each.process, each.port, each.state()) for each in stack.replicas()]
    print(f"{'process':<13}{'pid':>8}{'port':>7}{'MiB':>6}  state")
    for process, port, state in rows:
        memory = f"{process.memory_kib() / 1024:.0f}" if process.pid() else "-"
        print(f"{process.name:<13}{process.pid() or '-':>8}{port:>7}{memory:>6}  {state}")


def command_logs(stack: Stack, _arguments: argparse.Namespace) -> None:
    logs = sorted(stack.logs_dir.glob("*.log"))
    if not logs:
        raise StackError(f"there are no logs in {stack.logs_dir}: `make up` first")
    os.execvp("tail", ["tail", "-n", "10", "-F", *map(str, logs)])


def main() -> int:
    parser = argparse.ArgumentParser(description="The local stack of Brigade.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start what does not run, wait until it is ready")
    up.add_argument("--servers-only", action="store_true", help="PostgreSQL and RabbitMQ only")
    up.set_defaults(run=command_up)
    down = commands.add_parser("down", help="stop all of it")
    down.add_argument("--purge", action="store_true", help="and forget its data and logs")
    down.set_defaults(run=command_down)
    commands.add_parser("status", help="who runs").set_defaults(run=command_status)
    commands.add_parser("logs", help="follow all logs").set_defaults(run=command_logs)
    arguments = parser.parse_args()
    try:
        arguments.run(Stack(), arguments)
    except StackError as error:
        print(f"stack: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
