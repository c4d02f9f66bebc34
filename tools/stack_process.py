"""Background processes of the local stack: started, found again by their pid files, and stopped.

A pid file names a process by its pid and its start time, so that a pid that was given to another
program meanwhile is never signalled. SPDX-License-Identifier: MIT
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Callable, Optional


class StackError(Exception):
    """What stops the stack, in words for the person who ran it."""


def _stat(pid: int) -> Optional[list]:
    """The fields of /proc/PID/stat after the program's name (index 0 is field 3), or None."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _start_ticks(pid: int) -> Optional[int]:
    """When the process started, in clock ticks since the boot; None when it is gone."""
    _reap(pid)
    fields = _stat(pid)
    return int(fields[19]) if fields and fields[0] not in "ZX" else None


_statuses: dict = {}  # how our own children ended, by pid


def _reap(pid: int) -> None:
    """Let go of a child that has ended (the tests start the stack in their own process)."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except OSError:
        return  # not our child
    if ended:
        _statuses[pid] = os.waitstatus_to_exitcode(status)


def _tree(pid: int) -> list:
    """The pids of a process and all its descendants."""
    children: dict = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found.extend(children.get(each, []))
    return found


def _own_memory_kib(pid: int) -> int:
    """Resident memory that it shares with nobody: PostgreSQL's processes share most of theirs."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    sizes = (line.split() for line in lines)
    return sum(int(each[1]) for each in sizes if each[0] == "RssAnon:")


def _own_cpu_s(pid: int) -> float:
    """CPU seconds of it, and of those of its children that have ended."""
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") if fields else 0


def wait_until(check: Callable[[], bool], timeout_s: float, interval_s: float = 0.05) -> bool:
    """Call `check` until it is true. False when the time is over."""
    deadline = time.monotonic() + timeout_s
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval_s)
    return True


class Process:
    """One background process with its pid file and its log."""

    def __init__(self, name: str, run_dir: Path):
        self.name = name
        self.log = run_dir / "logs" / f"{name}.log"
        self._file = run_dir / "pids" / f"{name}.json"

    def start(self, command: list, env: dict, identity: Optional[dict] = None,
              stamp: str = "") -> None:
        """Start it in a session of its own, as the user of `identity` (stack_users.identity) when
        given. `stamp` is kept for stamp()."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            child = subprocess.Popen([str(word) for word in command], env=env, cwd="/", stdout=log,
                                     stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                                     start_new_session=True, **(identity or {}))
        child.returncode = 0  # it outlives this object: no warning that nobody waited for it
        record = {"pid": child.pid, "start_ticks": _start_ticks(child.pid), "stamp": stamp}
        self._file.write_text(json.dumps(record))

    def _record(self) -> dict:
        try:
            return json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}

    def pid(self) -> Optional[int]:
        """Its pid while it runs, else None."""
        record = self._record()
        ticks = record.get("start_ticks")
        if ticks is None or _start_ticks(record["pid"]) != ticks:
            return None
        return record["pid"]

    def was_started(self) -> bool:
        """It was started and not stopped: it runs, or it died."""
        return bool(self._record())

    def died(self) -> bool:
        return self.was_started() and self.pid() is None

    def exit_status(self) -> Optional[int]:
        """How it ended by itself, when this program has started it: as subprocess's returncode."""
        return _statuses.get(self._record()["pid"]) if self.died() else None

    def state(self) -> str:
        """"runs", "dead" (it ended by itself) or "stopped"."""
        if self.pid():
            return "runs"
        return "dead" if self.was_started() else "stopped"

    def stamp(self) -> str:
        return self._record().get("stamp", "")

    def memory_kib(self) -> int:
        pid = self.pid()
        return sum(_own_memory_kib(each) for each in _tree(pid)) if pid else 0

    def cpu_s(self) -> float:
        """CPU seconds of it and all its descendants since they were started."""
        pid = self.pid()
        return sum(_own_cpu_s(each) for each in _tree(pid)) if pid else 0

    def send(self, number: int) -> None:
        pid = self.pid()
        if pid:
            os.kill(pid, number)

    def stop(self, number: int = signal.SIGTERM, grace_s: float = 10) -> bool:
        """End it: by signal `number`, by SIGKILL after `grace_s`. False when it did not run."""
        running = self.pid() is not None
        if running:
            self.send(number)
            if not wait_until(lambda: self.pid() is None, grace_s):
                self.kill()
        self._file.unlink(missing_ok=True)
        return running

    def kill(self) -> None:
        """SIGKILL to it and to all that it started; returns when they are gone."""
        pid = self.pid()
        if pid is None:
            return
        victims = [(each, _start_ticks(each)) for each in _tree(pid)]
        for victim, ticks in victims:
            if ticks is not None and _start_ticks(victim) == ticks:
                os.kill(victim, signal.SIGKILL)
        wait_until(lambda: not any(ticks is not None and _start_ticks(victim) == ticks
                                   for victim, ticks in victims), 10)

    def last_lines(self, count: int = 15) -> str:
        try:
            lines = self.log.read_text(errors="replace").split("\n")
        except OSError:
            return "    (no log)"
        return "\n".join(f"    {line}" for line in list(filter(str.strip, lines))[-count:])

    def failure(self, what: str) -> StackError:
        """An error that names the log and shows its end."""
        return StackError(f"{self.name} {what}. Its log, {self.log}, ends with:\n"
                          f"{self.last_lines()}")


def started_processes(run_dir: Path) -> list:
    """All processes that were started in this run directory and not stopped."""
    return [Process(path.stem, run_dir) for path in sorted((run_dir / "pids").glob("*.json"))]
