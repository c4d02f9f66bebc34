"""The README is true where a program can tell: settings, links and make targets.

SPDX-License-Identifier: MIT
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / os.environ.get("BRIGADE_FLAVOUR", "release") / "bin"
SERVICES = ("order", "consumer", "kitchen", "accounting", "notifier")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "deploy" / "README.md"]


def settings_of_help(service: str) -> dict[str, tuple[str, str]]:
    text = subprocess.run([BIN / service, "--help"], capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^  (BRIGADE_\w+)\s{2,}(\(must be set\)|\S+)\s{2,}(.*)$", text, re.M)
    return {name: (default.strip("()"), what) for name, default, what in rows}


def settings_of_readme() -> dict[str, tuple[str, str]]:
    rows = re.findall(r"^\| `(BRIGADE_\w+)` \| (.*?) \| (.*?) \|$", (ROOT / "README.md").read_text(), re.M)
    return {name: (default, what) for name, default, what in rows}


def test_settings():
    programs = {name: value for service in SERVICES for name, value in settings_of_help(service).items()}
    readme = settings_of_readme()
    assert set(readme) == set(programs)
    for name, value in programs.items():
        if name != "BRIGADE_HTTP_PORT":  # differs from service to service
            assert readme[name] == value, name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links(document):
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text())
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:^    |`)make ([a-z-]+)", document.read_text(), re.M))
    assert named <= targets
