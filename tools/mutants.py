#!/usr/bin/env python3
"""Checks the tests: does any of them notice a bug? Each patch in tests/mutants puts one into the
services; the unit tables of the rules that it touches must fail, or else the model checker.

    mutants.py [--tables-only | --model-only] [--only NAME]...

Works in a copy of the tree under build/mutants, with the objects that are built already, so that a
mutant costs the compilation of what it changes. What is run on a mutant must pass without it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

ROOT = Path(__file__).resolve().parent.parent
TREE = ROOT / "build/mutants"
FLAVOUR = os.environ.get("BRIGADE_FLAVOUR", "release")
PROGRAMS = f"build/{FLAVOUR}/tests"
MODEL = f"{PROGRAMS}/model/model"
STORIES = "tests/model/stories"
COPIED = ("Makefile", "common", "schemas", "services", "tests", "tools", "build/gen",
          f"build/{FLAVOUR}")
JOBS = "2"
BUILD_LIMIT_S, TABLE_LIMIT_S, MODEL_LIMIT_S = 600, 60, 900

# The unit tables of each service's rules.
TABLES = {
    "order": ("test_order_*",),
    "kitchen": ("test_kitchen_*", "test_ticket_*"),
    "accounting": ("test_accounting_*", "test_authorization_*"),
    "consumer": ("test_consumer_*",),
    "notifier": ("test_notifier_*",),
}

# From the cheapest to the dearest: each is asked only about what those before it let pass.
MODEL_RUNS = (
    ("model --quick", [MODEL, "--quick", "--jobs", JOBS]),
    ("stories", [MODEL, "--stories", STORIES]),
    ("model", [MODEL, "--jobs", JOBS]),
)


class MutantError(Exception):
    """Why nothing can be said about a mutant, or about all of them."""


@dataclass
class Mutant:
    name: str
    patch: Path
    sources: list[str]

    def tables(self) -> list[str]:
        """The test programs of the rules that it touches; none when it is about the wiring."""
        rules = re.findall(r"^services/(\w+)/decide\w*\.c$", "\n".join(self.sources), re.MULTILINE)
        patterns = [pattern + ".c" for service in set(rules) for pattern in TABLES[service]]
        sources = [path for pattern in patterns for path in (TREE / "tests/unit").glob(pattern)]
        return sorted(path.stem for path in sources)


def read_mutant(patch: Path) -> Mutant:
    text = patch.read_text()
    sources = re.findall(r"^\+\+\+ b/(\S+)", text, re.MULTILINE)
    if text.startswith("---") or not sources:
        raise MutantError(f"{patch.name}: wants a line about the bug, then a unified diff (a/, b/)")
    return Mutant(patch.stem, patch, sources)


def run(command: list[str], limit_s: int) -> subprocess.CompletedProcess:
    """In the copy, as if nobody had called make before. What takes too long has failed."""
    env = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS")}
    env["MAKELEVEL"] = "1"
    try:
        return subprocess.run(command, cwd=TREE, env=env, timeout=limit_s, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, f"took more than {limit_s} s")


def build(targets: list[str]) -> None:
    """A compiler's warning ends it too: `make check` would have caught that, not a test."""
    done = run(["make", "-j" + JOBS, f"FLAVOUR={FLAVOUR}", *targets], BUILD_LIMIT_S)
    warning = re.search(r"^.*(?:warning|error): .*$", done.stdout, re.MULTILINE)
    if done.returncode != 0 or warning:
        raise MutantError("does not build: " + (warning[0] if warning else done.stdout[-500:]))


def copy_tree() -> None:
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, TREE / name)
        elif (ROOT / name).exists():
            shutil.copy2(ROOT / name, TREE / name)


def why_broken(output: str) -> str:
    """The rule of the shortest story that the model tells, and in which scenario; or what else it
    has to say."""
    found = re.findall(r"^(\S+) [^\n]*\n\nBROKEN: ([^\n]*)\n(.*?)(?=^\S+ +\d+ +\d+ |\Z)", output,
                       re.MULTILINE | re.DOTALL)
    if found:
        scenario, rule, _ = min(found, key=lambda one: one[2].count("\n"))
        return f"{rule} ({scenario})"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [place for place, line in enumerate(lines)
               if re.search("tells another story|^Not everything|^model: |died$", line)]
    place = telling[0] if telling else len(lines) - 1
    told = " ".join(lines[place:place + (2 if "Not everything" in lines[place] else 1)])
    return re.sub(r"  +", " ", told.replace("; now it goes:", "")).removeprefix("model: ")[:120]


class Checks:
    """What is run on a mutant. Each must pass on the tree as it is: that is seen to when it is
    first asked for, so nothing is run in vain."""

    def __init__(self, tables: bool, model: bool) -> None:
        self.tables, self.model = tables, model
        self.sound: set[str] = set()

    def catch_by_tables(self, mutant: Mutant) -> Optional[str]:
        programs = mutant.tables()
        build([f"{PROGRAMS}/{program}" for program in programs])
        failed = [program for program in programs
                  if run([f"{PROGRAMS}/{program}"], TABLE_LIMIT_S).returncode != 0]
        return ", ".join(failed) or None

    def catch_by_model(self, name: str, command: list[str]) -> Optional[str]:
        build([MODEL])
        done = run(command, MODEL_LIMIT_S)
        return None if done.returncode == 0 else f"{name}: {why_broken(done.stdout)}"

    def of(self, mutant: Mutant) -> list[tuple[str, Callable[[], Optional[str]]]]:
        """The checks that a mutant must face, by name."""
        checks: list[tuple[str, Callable[[], Optional[str]]]] = []
        if self.tables and mutant.tables():
            checks.append((" ".join(mutant.tables()), lambda: self.catch_by_tables(mutant)))
        for name, command in MODEL_RUNS if self.model else ():
            if name != "stories" or (TREE / STORIES).is_dir():
                checks.append((name, lambda n=name, c=command: self.catch_by_model(n, c)))
        return checks

    def see_sound(self, name: str, check: Callable[[], Optional[str]]) -> None:
        if name in self.sound:
            return
        found = check()
        if found:
            raise SystemExit(f"mutants: fails without any mutant: {found}")
        self.sound.add(name)


def apply(mutant: Mutant) -> dict[str, str]:
    """What it changed, as it was."""
    before = {source: (TREE / source).read_text() for source in mutant.sources}
    done = run(["patch", "-p1", "--batch", "--forward", "--fuzz=0", "--no-backup-if-mismatch",
                "--reject-file=-", "--input", str(mutant.patch)], TABLE_LIMIT_S)
    if done.returncode != 0:
        raise MutantError("does not apply: the code has changed")
    return before


def revert(before: dict[str, str]) -> None:
    """With a new time, so that make compiles it again."""
    for source, text in before.items():
        (TREE / source).write_text(text)


def catch(mutant: Mutant, checks: Checks) -> Optional[str]:
    """Who notices it; None when it survives."""
    for name, check in checks.of(mutant):
        checks.see_sound(name, check)
        before = apply(mutant)
        try:
            found = check()
        finally:
            revert(before)
        if found:
            return found
    return None


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Do the tests notice bugs?")
    parser.add_argument("--only", action="append", metavar="NAME", default=[],
                        help="mutants whose name contains this; may be repeated")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--tables-only", action="store_true", help="ask the unit tables only")
    which.add_argument("--model-only", action="store_true", help="ask the model only")
    return parser.parse_args()


def check_one(mutant: Mutant, checks: Checks) -> bool:
    began = time.monotonic()
    try:
        found = catch(mutant, checks)
        verdict = found or "SURVIVED"
    except MutantError as error:
        found, verdict = None, f"FAILED: {error}"
    print(f"{mutant.name:44} {time.monotonic() - began:6.1f}  {verdict}", flush=True)
    return found is not None


def main() -> int:
    args = parse()
    mutants = [read_mutant(patch) for patch in sorted((ROOT / "tests/mutants").glob("*.patch"))
               if not args.only or any(part in patch.stem for part in args.only)]
    if not mutants:
        print("mutants: there is none", file=sys.stderr)
        return 2
    copy_tree()
    checks = Checks(tables=not args.model_only, model=not args.tables_only)
    if args.tables_only:
        mutants = [mutant for mutant in mutants if mutant.tables()]
    print(f"{'mutant':44} {'s':>6}  caught by", flush=True)
    missed = [mutant.name for mutant in mutants if not check_one(mutant, checks)]
    print(f"\n{len(mutants) - len(missed)} of {len(mutants)} caught")
    if missed:
        print("not caught: " + " ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MutantError as problem:
        sys.exit(f"mutants: {problem}")
