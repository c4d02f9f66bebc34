"""Servers of its own for each test, and the services of two builds. SPDX-License-Identifier: MIT"""

import shutil
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "system")]

from previous import NoPrevious, build_previous  # noqa: E402
from stack import Stack  # noqa: E402

KEPT_LOGS = ROOT / "build" / "upgrade-logs"
_told: dict = {}


@pytest.fixture(scope="session")
def previous() -> Path:
    """The source tree of the previous build, with its programs."""
    try:
        tree, _told["previous"] = build_previous()
        return tree
    except NoPrevious as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def stack(request):
    """PostgreSQL and RabbitMQ, with nothing in them."""
    failed_before = request.session.testsfailed
    run_dir = Path(tempfile.mkdtemp(prefix="brigade-upgrade-"))
    run_dir.chmod(0o711)
    made = Stack.private(run_dir)
    try:
        made.up(services=False)
        yield made
    finally:
        if request.session.testsfailed > failed_before:
            shutil.rmtree(KEPT_LOGS, ignore_errors=True)
            shutil.copytree(made.logs_dir, KEPT_LOGS)
            print(f"All logs are in {KEPT_LOGS}")
        for replica in made.replicas():
            replica.process.kill()
        made.down(purge=True)


def pytest_terminal_summary(terminalreporter):
    if _told:
        terminalreporter.write_line(f"The previous build: {_told['previous']}")
