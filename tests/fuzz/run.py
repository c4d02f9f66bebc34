"""Runs the fuzz targets, two at a time, and says what each has reached.

Fails on a crash, a leak, an input that takes a second, too much memory, and on a goal that was not
reached. What a target finds new stays in build/fuzz/corpus for the next run; an input that fails is
kept in build/fuzz/failures. To try it alone: build/fuzz/tests/fuzz_TARGET FILE

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import seeds  # noqa: E402

BUILD = seeds.ROOT / "build" / "fuzz"
KEPT = seeds.ROOT / "tests" / "fuzz" / "corpus"  # inputs that once failed, or that are hard to find
SYMBOLIZER = shutil.which("llvm-symbolizer-14") or ""
# Longer inputs are slower and reach nothing more, but for the longest texts and lists.
INPUT_BYTES_MAX = {"decide": 2048, "http": 2048, "config": 1024}
AT_ONCE = 2


@dataclass
class Result:
    target: str
    status: int
    output: str
    failures: list[Path]

    def number(self, pattern: str) -> int:
        found = re.findall(pattern, self.output)
        return int(found[-1]) if found else 0

    def stat(self, name: str) -> int:
        return self.number(rf"stat::{name}:\s+(\d+)")

    def missed(self) -> list[str]:
        return re.findall(r"^goal missed: (.*)$", self.output, re.MULTILINE)

    def good(self) -> bool:
        return self.status == 0 and self.goals()[1] > 0 and not self.missed()

    def goals(self) -> tuple[int, int]:
        return self.number(r"(?m)^goals: (\d+) of"), self.number(r"(?m)^goals: \d+ of (\d+)")


def command(target: str, seconds: int, failures: Path) -> list[str]:
    folders = [BUILD / "corpus" / target, BUILD / "seeds" / target, KEPT / target]
    for folder in [folders[0], failures]:
        folder.mkdir(parents=True, exist_ok=True)
    return [
        str(BUILD / "tests" / f"fuzz_{target}"), f"-max_total_time={seconds}", "-print_final_stats=1",
        "-timeout=1", "-rss_limit_mb=1024", f"-max_len={INPUT_BYTES_MAX.get(target, 8192)}",
        f"-artifact_prefix={failures}/", f"-dict={BUILD / 'seeds' / 'words.dict'}",
        *[str(folder) for folder in folders if folder.is_dir()],
    ]


def run(target: str, seconds: int) -> Result:
    failures = BUILD / "failures" / target
    shutil.rmtree(failures, ignore_errors=True)
    environment = os.environ | {"ASAN_SYMBOLIZER_PATH": SYMBOLIZER, "ASAN_OPTIONS": "quarantine_size_mb=16"}
    ended = subprocess.run(
        command(target, seconds, failures), env=environment, cwd=BUILD, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    output = ended.stdout.decode(errors="replace")
    (BUILD / f"{target}.log").write_text(output, encoding="utf-8")
    return Result(target, ended.returncode, output, sorted(failures.iterdir()))


def tell(result: Result) -> None:
    met, total = result.goals()
    runs, edges = result.stat("number_of_executed_units"), result.number(r"cov: (\d+)")
    added, peak_mb = result.stat("new_units_added"), result.stat("peak_rss_mb")
    print(
        f"  {'ok  ' if result.good() else 'FAIL'} {result.target:9}{runs:10} runs{edges:6} edges"
        f"{added:6} new inputs{peak_mb:5} MB   reached {met} of {total}",
        flush=True,
    )
    for goal in result.missed():
        print(f"       not reached: {goal}")
    if result.status != 0:
        print("".join(f"       {line}\n" for line in result.output.splitlines() if line[:1] != "#")[-6000:])
    for path in result.failures:
        print(f"       the input: {path}\n       {path.read_bytes()[:400]!r}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the fuzz targets.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--only", default="", help="only targets whose name has this in it")
    args = parser.parse_args()
    shutil.rmtree(BUILD / "seeds", ignore_errors=True)
    seeds.write(BUILD / "seeds")
    programs = sorted(path.stem for path in (seeds.ROOT / "tests" / "fuzz").glob("fuzz_*.c"))
    targets = [name.removeprefix("fuzz_") for name in programs if args.only in name]
    if not targets:
        parser.error(f"no target has {args.only} in its name")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = [pool.submit(run, target, args.seconds) for target in targets]
        failed = 0
        for result in results:
            tell(result.result())
            failed += not result.result().good()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
