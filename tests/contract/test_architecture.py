"""docs/architecture.md shows what the model tells now; it and docs/reliability.md name files and
tests that exist.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "build" / os.environ.get("BRIGADE_FLAVOUR", "release") / "tests" / "model" / "model"
PAGE = ROOT / "docs" / "architecture.md"
PROMISES = ROOT / "docs" / "reliability.md"
PAGES = (PAGE, PROMISES)
STORIES = ROOT / "tests" / "model" / "stories"

sys.path.insert(0, str(ROOT / "tools"))
import architecture  # noqa: E402


@pytest.fixture(scope="module")
def states() -> dict[str, str]:
    return architecture.diagrams(MODEL)


def test_stories_are_told_so():
    subprocess.run([MODEL, "--stories", STORIES], check=True)


def test_page_is_filled(states):
    page = PAGE.read_text()
    assert architecture.filled(page, states) == page, "make stories WRITE=1"


def test_page_shows_all_stories_and_states(states):
    stories = {("story", path.stem) for path in STORIES.glob("*.txt")}
    assert architecture.parts(PAGE.read_text()) == stories | {("states", kind) for kind in states}


def test_every_state_is_in_a_diagram(states):
    """The diagrams come from what the model has seen: no state of an enumeration may be missing."""
    for kind, diagram in states.items():
        schema = (ROOT / "schemas" / "types" / f"{kind}State.json").read_text()
        names = set(re.findall(r'"([A-Z_]+)"', schema))
        assert names and names <= set(re.findall(r"\b[A-Z_]+\b", diagram)), kind


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page):
    folders = "common|services|tests|tools|docs|schemas"
    named = re.findall(rf"`((?:{folders})/[\w/.*-]+)`", page.read_text())
    assert named
    missing = [name for name in named if not any(ROOT.glob(name.rstrip("/")))]
    assert not missing


def test_tests_that_are_promised_exist():
    """Written as `tests/system/test_sagas.py::test_approved`."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PROMISES.read_text())
    assert named
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(), f"{path}::{name}"
