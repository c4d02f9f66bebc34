"""What a run tells: a line for each fault as it happens, the final table, and the same as JSON.

SPDX-License-Identifier: MIT
"""

import json
import shutil
import threading
import time
from pathlib import Path
from typing import NamedTuple

from recovery import Recovery, figures
from scene import ROOT, Outcome

OUT = ROOT / "build" / "faults"
LINES_SHOWN = 40
TEXT_MAX = 6000  # of a violation


class Happened(NamedTuple):
    at_s: float  # since the beginning
    kind: str
    victim: str
    evidence: str


class Report:
    """Thread-safe."""

    def __init__(self, seed: int, kinds: list):
        self._began_s = time.time()
        self._lock = threading.Lock()
        self._kinds = kinds
        self.happened: list = []
        self.recoveries: list = []
        self.accepted_while_away: dict = {}
        self.violations: list = []
        self.facts: dict = {"seed": seed}

    def say(self, text: str) -> None:
        with self._lock:
            print(f"{time.time() - self._began_s:7.1f}  {text}", flush=True)

    def add(self, kind: str, victim: str, outcome: Outcome) -> None:
        self.happened.append(Happened(round(time.time() - self._began_s, 1), kind, victim,
                                      outcome.evidence))
        if outcome.accepted is not None:
            self.accepted_while_away.setdefault(kind, []).append(outcome.accepted)
            if outcome.accepted == 0:
                self.violate(f"{kind}: no order was accepted meanwhile")

    def recovered(self, recovery: Recovery) -> None:
        self.recoveries.append(recovery)
        if recovery.is_late():
            self.violate(f"{recovery.kind} ({recovery.victim}): 99 % of {recovery.flights} sagas "
                         f"took {recovery.took_s:.1f} s, not {recovery.limit_s:.0f} s")

    def violate(self, what: str) -> None:
        what = what[:TEXT_MAX]
        self.violations.append(what)
        self.say(f"VIOLATION  {what}")

    def counts(self) -> dict:
        """How often each kind of fault was seen to happen."""
        seen = [each.kind for each in self.happened]
        return {kind: seen.count(kind) for kind in self._kinds}

    def check_kinds(self) -> None:
        for kind, count in self.counts().items():
            if count == 0:
                self.violate(f"it never happened: {kind}")

    def write(self) -> None:
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / "report.json").write_text(json.dumps({
            **self.facts,
            "seconds": round(time.time() - self._began_s),
            "faults": self.counts(),
            "recovery": figures(self.recoveries),
            "accepted_while_away": self.accepted_while_away,
            "violations": self.violations,
            "happened": [each._asdict() for each in self.happened],
            "recoveries": [each._asdict() for each in self.recoveries],
        }, indent=2) + "\n", encoding="utf-8")

    def print_table(self) -> None:
        recovery = figures(self.recoveries)
        print(f"\n{'fault':<26}{'seen':>5}   99 % of the sagas in flight ended after")
        for kind, count in self.counts().items():
            took = recovery.get(kind)
            text = (f"   median {took['median_s']:5.2f} s, at most {took['max_s']:5.2f} s of "
                    f"{took['limit_s']:2.0f} s ({took['in_flight']} sagas)") if took else ""
            print(f"{kind:<26}{count:>5}{text}")
        for kind, accepted in sorted(self.accepted_while_away.items()):
            print(f"accepted meanwhile, {kind}: {', '.join(map(str, accepted))}")
        for name, fact in self.facts.items():
            print(f"{name}: {fact}")
        print(flush=True)


def keep_logs(logs_dir: Path) -> None:
    """For whoever looks for the cause: all logs stay, their ends are shown."""
    kept = OUT / "logs"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(logs_dir, kept)
    for log in sorted(kept.glob("*.log")):
        if log.stem in ("rabbitmq", "epmd", "postgres"):
            continue
        lines = log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
        print(f"--- the end of {log.relative_to(ROOT)}", *(line[:300] for line in lines), sep="\n")
