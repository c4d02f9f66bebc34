#!/usr/bin/env python3
"""Fill docs/architecture.md with the golden stories, and with the state diagrams of the model.

usage: tools/architecture.py [--write] MODEL

A part of the page that begins with `<!-- story NAME -->` or `<!-- states KIND -->` and ends with
`<!-- end -->` is made here. Without --write the page is only compared. MODEL is the model checker's
program. SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
STORIES = ROOT / "tests" / "model" / "stories"
PART = re.compile(r"(<!-- (story|states) (\S+) -->\n).*?(<!-- end -->)", re.S)


def diagrams(model: Path) -> dict[str, str]:
    """The state diagrams by the kind of aggregate."""
    run = subprocess.run([model, "--diagrams"], capture_output=True, text=True, check=True)
    found = {}
    for block in run.stdout.strip().split("\n\n"):
        kind, diagram = block.split("\n", 1)
        found[kind] = diagram
    return found


def story(name: str) -> str:
    """A story as it stands in its file: a title, and the lines below it."""
    title, lines = (STORIES / f"{name}.txt").read_text().split("\n\n", 1)
    return f"**{title}**\n\n```text\n{lines}```\n"


def filled(page: str, states: dict[str, str]) -> str:
    """The page with every part as it should be."""

    def part(match: re.Match[str]) -> str:
        begin, what, name, end = match.groups()
        made = story(name) if what == "story" else f"```mermaid\n{states[name]}\n```\n"
        return f"{begin}{made}{end}"

    return PART.sub(part, page)


def parts(page: str) -> set[tuple[str, str]]:
    """What the page shows: ("story", "cancel"), ("states", "Order") …"""
    return {(what, name) for _, what, name, _ in PART.findall(page)}


def main(arguments: list[str]) -> int:
    write = arguments[:1] == ["--write"]
    model, = arguments[write:]
    page = PAGE.read_text()
    made = filled(page, diagrams(Path(model).resolve()))
    if write:
        PAGE.write_text(made)
    elif made != page:
        print("docs/architecture.md tells something else: make stories WRITE=1", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
