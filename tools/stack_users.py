"""Which users the servers of the local stack run as, and directories that those can use.

PostgreSQL refuses to run as root, and RabbitMQ should not: as root they run as the users that their
packages made; otherwise as the user who runs the stack. SPDX-License-Identifier: MIT
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Optional

from stack_process import StackError

SOCKET_PATH_MAX = 107 - len("/postgres/socket/.s.PGSQL.65535")  # of sockaddr_un


def server_user(package_user: str) -> Optional[str]:
    """The user for a server: `package_user` when this is root, else None for this user."""
    return package_user if os.geteuid() == 0 else None


def identity(user: Optional[str]) -> dict:
    """The options of subprocess that run a program as `user`; none for None."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid,
            "extra_groups": os.getgrouplist(user, entry.pw_gid)}


def _can_enter(directory: Path, user: Optional[str]) -> bool:
    """Whether `user` may pass through the directory, or through the nearest parent that exists."""
    while not directory.exists():
        directory = directory.parent
    try:
        options = identity(user)
    except KeyError:
        return True  # its package is not installed; starting the server will say so
    return subprocess.run(["test", "-x", directory], check=False, **options).returncode == 0


def servers_dir(run_dir: Path, users: list) -> Path:
    """Where the servers' data is: the run directory; or a place in /var/tmp named for it, when the
    users cannot reach it (below /root, say) or its path is too long for the name of a socket."""
    if len(str(run_dir)) <= SOCKET_PATH_MAX and all(_can_enter(run_dir, user) for user in users):
        return run_dir
    digest = hashlib.sha256(str(run_dir).encode()).hexdigest()[:12]
    return Path(f"/var/tmp/brigade-{os.geteuid()}-{digest}")


def make_servers_dir(directory: Path) -> None:
    """Make it so that the servers' users may pass through; refuse one that another user made."""
    directory.mkdir(mode=0o711, parents=True, exist_ok=True)
    if directory.is_symlink() or directory.stat().st_uid != os.geteuid():
        raise StackError(f"{directory} belongs to another user: remove it")


def make_private_dir(directory: Path, user: Optional[str]) -> None:
    """Make a directory that only `user` (None: this one), and root, can enter."""
    directory.mkdir(mode=0o700, exist_ok=True)
    if user:
        shutil.chown(directory, user, pwd.getpwnam(user).pw_gid)
