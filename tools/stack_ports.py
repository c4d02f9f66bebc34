"""The ports of the local stack: which they are, whether they are free, and who has them.

SPDX-License-Identifier: MIT
"""

import os
import socket
from pathlib import Path
from typing import Optional

from stack_process import StackError

SERVICES = {"consumer": 8081, "order": 8082, "kitchen": 8083, "accounting": 8085, "notifier": 8088}
SERVERS = {"postgres": 18432, "amqp": 18672, "console": 18673, "distribution": 18674,
           "epmd": 18675}
REPLICA_STEP = 100  # a second process of a service listens this much higher, and so on
REPLICAS_MAX = 4    # processes of each service


class Ports:
    """All ports of one stack: the defaults plus an offset."""

    def __init__(self, offset: int):
        self.offset = offset

    def service(self, name: str, replica: int = 0) -> int:
        return SERVICES[name] + REPLICA_STEP * replica + self.offset

    def server(self, name: str) -> int:
        return SERVERS[name] + self.offset

    def all(self) -> list:
        services = [self.service(name, replica) for name in SERVICES for replica in range(REPLICAS_MAX)]
        return services + [self.server(name) for name in SERVERS]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def _listening_inode(port: int) -> Optional[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                return fields[9]
    return None


def _owner(port: int) -> str:
    """Who listens on the port, as far as this user may see it."""
    inode = _listening_inode(port)
    for directory in Path("/proc").glob("[0-9]*/fd"):
        try:
            if any(os.readlink(entry) == f"socket:[{inode}]" for entry in directory.iterdir()):
                name = (directory.parent / "comm").read_text().strip()
                return f"process {directory.parent.name} ({name})"
        except OSError:
            continue  # gone, or another user's
    return "a process of another user"


def require_free(port: int, what: str) -> None:
    """Raise a StackError that names the port and its owner, unless the port is free."""
    if not is_free(port):
        raise StackError(f"port {port}, which {what} needs, is in use by {_owner(port)}. End it, "
                         "or move the whole stack: BRIGADE_PORT_OFFSET=100 make up")


def reserve_offset() -> tuple:
    """Find an offset whose ports are all free. Returns it with a socket that reserves it among
    the programs that call this, until the socket is closed."""
    for offset in range(3000, 6000, 10):
        lock = socket.socket(socket.AF_UNIX)
        try:
            lock.bind(f"\0brigade-offset-{offset}")
        except OSError:
            lock.close()
            continue
        if all(is_free(port) for port in Ports(offset).all()):
            return offset, lock
        lock.close()
    raise StackError("no free block of ports between 11000 and 25000")
