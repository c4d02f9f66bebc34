"""What the figures were measured on: the machine, the servers' versions and settings.

SPDX-License-Identifier: MIT
"""

import os
import platform
import subprocess
from pathlib import Path

from world import World

ROOT = Path(__file__).resolve().parents[2]
POSTGRES_SETTINGS = ("synchronous_commit", "fsync", "full_page_writes", "wal_level",
                     "shared_buffers", "max_wal_size")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def commit() -> str:
    """Of this tree, with "+" when it was changed since; "unknown" outside of git."""
    done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty=+"], text=True,
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.strip() or "unknown"


def _queue_types(world: World) -> dict:
    """The inboxes' types, as the broker has them."""
    queues = world.broker.console("GET", "queues")
    return {each["name"]: each["type"] for each in queues if not each["name"].endswith(".dead")}


def facts(world: World) -> dict:
    overview = world.broker.console("GET", "overview")
    settings = {name: world.database.one(f"SHOW {name}") for name in POSTGRES_SETTINGS}
    return {"commit": commit(),
            "machine": {"cores": os.cpu_count(), "processor": _processor(),
                        "memory_gib": round(_memory_gib(), 1), "kernel": platform.release()},
            "postgresql": {"version": world.database.one("SHOW server_version"), **settings},
            "rabbitmq": {"version": overview["rabbitmq_version"],
                         "erlang": overview["erlang_version"], "queues": _queue_types(world)}}
