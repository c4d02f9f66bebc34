"""One stack for all system tests of a process: private PostgreSQL and RabbitMQ, the five services,
and a queue that sees every event. `make system` runs two processes, each with tests of its own: they
mostly wait. SPDX-License-Identifier: MIT
"""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

pytest.register_assert_rewrite("checks", "final", "stream")
from audit import Audit  # noqa: E402
from ctl import Ctl  # noqa: E402
from database import SERVICES  # noqa: E402
from final import check_all  # noqa: E402
from stack import Stack  # noqa: E402
from world import World  # noqa: E402

KEPT_LOGS = ROOT / "build" / "system-logs"
INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "main")
LINES_SHOWN = 25
_logs = {"dir": None, "sizes": {}}
_state = {"interrupted": False, "failed_at_end": False}


@pytest.fixture(scope="session")
def stack(request):
    # Not below tmp_path_factory's private directory: the servers run as users of their own.
    run_dir = Path(tempfile.mkdtemp(prefix="brigade-system-"))
    run_dir.chmod(0o711)
    made = Stack.private(run_dir)
    made.rabbitmq.statistics_ms = 500  # what brigadectl tells of queues comes from there
    _logs["dir"] = made.logs_dir
    try:
        made.up()
        yield made
    finally:
        if _state["interrupted"]:  # being asked again must not keep this from its end
            for number in INTERRUPTS:
                signal.signal(number, signal.SIG_IGN)
        shutil.rmtree(KEPT_LOGS / PROCESS, ignore_errors=True)
        failed = request.session.testsfailed or _state["failed_at_end"]
        if failed and made.logs_dir.exists():
            shutil.copytree(made.logs_dir, KEPT_LOGS / PROCESS)
        for name in SERVICES:  # which would wait for the servers that are killed next
            made.kill_service(name)
        made.down(purge=True)


@pytest.fixture(scope="session", autouse=True)
def world(stack):
    """Of every test: else the first ones' events would be missed. After the last one all is looked
    at again."""
    made = World(stack)
    made.wire.start()
    yield made
    try:
        if not _state["interrupted"]:
            check_all(made)
    except BaseException:
        _state["failed_at_end"] = True
        raise
    finally:
        made.close()


@pytest.fixture(scope="session")
def audit(world):
    return Audit(world)


@pytest.fixture(scope="session")
def programs(stack):
    """Where the services' programs are."""
    return ROOT / "build" / stack.flavour / "bin"


@pytest.fixture(scope="session")
def ctl(stack, programs):
    """brigadectl, as the operator."""
    return Ctl(stack, programs)


@pytest.fixture
def apis(world):
    return world.apis


@pytest.fixture(autouse=True)
def all_services_live(stack):
    """A service that died fails the test during which it did, and that one alone."""
    yield
    dead = [name for name in SERVICES if stack.service(name).process.pid() is None]
    for name in dead:
        stack.start_service(name)
    assert not dead, f"died, and were started again: {dead}"


def _interrupt(number, frame):
    _state["interrupted"] = True
    signal.default_int_handler(number, frame)


def pytest_configure():
    """Stop the stack after Ctrl-C and the like, and look at nothing any more."""
    for number in INTERRUPTS:
        signal.signal(number, _interrupt)


# What the services logged during a test that failed

def pytest_runtest_setup():
    if _logs["dir"] is not None:
        _logs["sizes"] = {log: log.stat().st_size for log in _logs["dir"].glob("*.log")}


def _logged_since(log: Path, size: int) -> str:
    with open(log, "rb") as file:
        file.seek(size)
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-LINES_SHOWN:])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    outcome = yield
    report = outcome.get_result()
    if not report.failed or _logs["dir"] is None or not _logs["dir"].exists():
        return
    for log in sorted(_logs["dir"].glob("*.log")):
        text = _logged_since(log, _logs["sizes"].get(log, 0))
        if text and log.stem not in ("postgres", "rabbitmq", "epmd"):
            report.sections.append((f"{log.stem} logged", text))


def pytest_terminal_summary(terminalreporter):
    stats = terminalreporter.stats
    if KEPT_LOGS.exists() and (stats.get("failed") or stats.get("error")):
        terminalreporter.write_line(f"All logs are in {os.path.relpath(KEPT_LOGS)}")
