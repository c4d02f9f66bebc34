"""What each group of processes uses of the machine, from /proc, and how fast that is meanwhile.

SPDX-License-Identifier: MIT
"""

import os
import threading
import time
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from stack_process import process_children, process_fields, process_tree

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
SAMPLE_S = 2
PROBE_S = 0.2
PROBE_WORK = range(200_000)  # a few milliseconds, so that a cold cache does not count
BUSY = (0, 1, 2, 5, 6, 7)  # of /proc/stat's times: all but idle, waiting for disks, and guests


class Cpu(NamedTuple):
    user_s: float
    system_s: float

    def since(self, before: "Cpu") -> "Cpu":
        return Cpu(self.user_s - before.user_s, self.system_s - before.system_s)


def _cpu(pids: list) -> Cpu:
    """Of these processes, and of their children that have ended. One that has ended counts until
    its parent has taken notice."""
    all_fields = [fields for fields in map(process_fields, pids) if fields]
    user, system = (sum(int(fields[own]) + int(fields[own + 2]) for fields in all_fields)
                    for own in (11, 12))
    return Cpu(user / TICKS_PER_S, system / TICKS_PER_S)


def _machine_s() -> float:
    """The seconds that all processors together were busy, whoever kept them so."""
    times = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    return sum(int(times[index]) for index in BUSY) / TICKS_PER_S


def _memory_mib(pids: list) -> float:
    """Resident memory without the programs' files: what each has for itself, and once what they
    share (PostgreSQL's buffers)."""
    own_kib, shared_kib = 0, [0]
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        sizes = {words[0]: int(words[1]) for words in map(str.split, lines)
                 if words and words[0] in ("RssAnon:", "RssShmem:")}
        own_kib += sizes.get("RssAnon:", 0)
        shared_kib.append(sizes.get("RssShmem:", 0))
    return (own_kib + max(shared_kib)) / 1024


class Meter:
    """Between start() and stop(): the CPU time of each group and the most memory it had. `roots`
    has a list of pids for each group; their descendants belong to it. And the CPU time that the
    same piece of work takes again and again: a virtual machine's cores run at half their speed
    while others use the other halves of them, and nothing else tells so."""

    def __init__(self, roots: dict):
        self._roots = roots
        self._before: dict = {}
        self._machine_before_s = self._began_s = 0.0
        self._peaks = {group: 0.0 for group in roots}
        self._stopping = threading.Event()
        self._probes_s: list = []
        self._threads = [threading.Thread(target=target, daemon=True)
                         for target in (self._sample, self._probe)]

    def _members(self) -> dict:
        children = process_children()
        return {group: [pid for root in roots for pid in process_tree(root, children)]
                for group, roots in self._roots.items()}

    def _sample(self) -> None:
        while True:
            for group, pids in self._members().items():
                self._peaks[group] = max(self._peaks[group], _memory_mib(pids))
            if self._stopping.wait(SAMPLE_S):
                return

    def _probe(self) -> None:
        while True:
            began_s = time.thread_time()
            sum(PROBE_WORK)
            self._probes_s.append(time.thread_time() - began_s)
            if self._stopping.wait(PROBE_S):
                return

    def start(self) -> None:
        self._before = {group: _cpu(pids) for group, pids in self._members().items()}
        self._machine_before_s, self._began_s = _machine_s(), time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> dict:
        """{"groups": {group: {user_s, system_s, peak_mib}}, "others_s": what was used beside the
        groups, by whomever, "wall_s": how long it was, "probe_ms": the mean of the piece of work}."""
        after = {group: _cpu(pids) for group, pids in self._members().items()}
        machine_s = _machine_s() - self._machine_before_s
        wall_s = time.monotonic() - self._began_s
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        used = {group: cpu.since(self._before[group]) for group, cpu in after.items()}
        groups = {group: {"user_s": round(cpu.user_s, 2), "system_s": round(cpu.system_s, 2),
                          "peak_mib": round(self._peaks[group], 1)}
                  for group, cpu in used.items()}
        others_s = machine_s - sum(cpu.user_s + cpu.system_s for cpu in used.values())
        return {"groups": groups, "others_s": round(max(0.0, others_s), 2),
                "wall_s": round(wall_s, 2), "probe_ms": round(1000 * fmean(self._probes_s), 4)}
