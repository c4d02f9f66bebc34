"""The local stack's own PostgreSQL: one server, the database `brigade`, a role and schema for each
service. SPDX-License-Identifier: MIT
"""

import shutil
import signal
import subprocess
from pathlib import Path
from typing import Optional
from urllib.parse import quote

from stack_ports import SERVICES, Ports, require_free
from stack_process import Process, StackError, wait_until
from stack_users import identity, make_private_dir

READY_S = 30
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "5"}

# Whoever can enter the socket's directory is whom he says: the services on this machine come that
# way, and the superuser does. By TCP a role has a password, and reaches nothing but its database.
HBA = """\
local  all      all                trust
host   brigade  all  127.0.0.1/32  scram-sha-256
"""

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "fsync": "on",
    "synchronous_commit": "on",
    "log_line_prefix": "%m [%p] %q%u ",
}

ROLE_SQL = """\
DO $$ BEGIN
    CREATE ROLE {role} LOGIN PASSWORD '{role}';
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
ALTER ROLE {role} SET search_path = {role};
GRANT CONNECT ON DATABASE brigade TO {role};
CREATE SCHEMA IF NOT EXISTS {role} AUTHORIZATION {role};
"""

# What it may do in each schema, that schema's migrations say.
OPERATOR_SQL = """\
DO $$ BEGIN
    CREATE ROLE brigade_operator LOGIN PASSWORD 'brigade_operator';
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
GRANT CONNECT ON DATABASE brigade TO brigade_operator;
"""

CLOSE_SQL = """\
REVOKE ALL ON DATABASE brigade FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
"""


def _newest(paths) -> Optional[Path]:
    return max(paths, key=lambda path: float(path.parent.parent.name), default=None)


def _programs(data: Path) -> Path:
    """The directory of the server programs: of the version that made `data`, else the newest."""
    version = data / "PG_VERSION"
    wanted = version.read_text().strip() if version.exists() else "*"
    found = _newest(Path("/usr/lib/postgresql").glob(f"{wanted}/bin/postgres"))
    if found:
        return found.parent
    if wanted == "*" and shutil.which("postgres"):
        return Path(shutil.which("postgres")).parent
    if wanted == "*":
        raise StackError("PostgreSQL is not installed: tools/deps.sh run (package postgresql)")
    raise StackError(f"{data} was made by PostgreSQL {wanted}, which is not installed any more: "
                     "`make clean` forgets the data")


class Postgres:
    """`directory` belongs to `user`, which the server runs as (None: as this user)."""

    def __init__(self, run_dir: Path, directory: Path, ports: Ports, user: Optional[str]):
        self.process = Process("postgres", run_dir)
        self.port = ports.server("postgres")
        self._directory = directory
        self._data = directory / "data"
        self.socket_dir = directory / "socket"
        self._user = user

    def _run(self, command: list, **options) -> subprocess.CompletedProcess:
        """Run one of PostgreSQL's programs as the server's user."""
        command = [str(word) for word in command]
        return subprocess.run(command, text=True, stdout=subprocess.PIPE, cwd="/", check=False,
                              stderr=subprocess.STDOUT, env=ENVIRONMENT, **identity(self._user),
                              **options)

    def _initialize(self) -> None:
        complete = self._directory / "initialized"  # else an initdb was interrupted
        if complete.exists():
            return
        shutil.rmtree(self._data, ignore_errors=True)
        result = self._run([_programs(self._data) / "initdb", "-D", self._data, "-U", "postgres",
                            "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
        if result.returncode:
            raise StackError(f"initdb failed:\n{result.stdout}")
        (self._data / "pg_hba.conf").write_text(HBA)
        complete.touch()

    def start(self) -> bool:
        """Start it unless it runs. Returns whether it was started; wait() waits for it."""
        if self.process.pid():
            return False
        programs = _programs(self._data)
        require_free(self.port, "PostgreSQL")
        make_private_dir(self._directory, self._user)
        make_private_dir(self.socket_dir, self._user)
        self._initialize()
        command = [programs / "postgres", "-D", self._data, "-p", self.port, "-k", self.socket_dir]
        for name, value in SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        self.process.start(command, ENVIRONMENT, identity(self._user))
        return True

    def _is_ready(self) -> bool:
        command = [_programs(self._data) / "pg_isready", "-q", "-h", self.socket_dir,
                   "-p", self.port]
        return self._run(command).returncode == 0

    def wait(self) -> None:
        """Wait until it answers, and make the database, roles and schemas that are not there."""
        wait_until(lambda: self.process.pid() is None or self._is_ready(), READY_S)
        if self.process.pid() is None:
            raise self.process.failure("ended instead of starting")
        if not self._is_ready():
            raise self.process.failure(f"did not start within {READY_S} s")
        if not self._sql("postgres", "SELECT 1 FROM pg_database WHERE datname = 'brigade'").strip():
            self._sql("postgres", "CREATE DATABASE brigade")
        roles = [ROLE_SQL.format(role=f"brigade_{name}") for name in SERVICES]
        self._sql("brigade", CLOSE_SQL + OPERATOR_SQL + "".join(roles))

    def _sql(self, database: str, text: str) -> str:
        result = self._run([_programs(self._data) / "psql", "-h", self.socket_dir, "-p", self.port,
                            "-U", "postgres", "-d", database, "-XAtq", "-v", "ON_ERROR_STOP=1"],
                           input=f"SET client_min_messages = warning;\n{text};\n")
        if result.returncode:
            raise StackError(f"PostgreSQL refused the set-up of {database}:\n{result.stdout}")
        return result.stdout

    def state(self) -> str:
        """"ready", "starting", "dead" (it ended by itself) or "stopped"."""
        if self.process.pid() is None:
            return self.process.state()
        return "ready" if self._is_ready() else "starting"

    def stop(self) -> bool:
        return self.process.stop(signal.SIGINT)  # fast shutdown: ends sessions, then a checkpoint

    def dsn(self, service: Optional[str] = None) -> str:
        """The URL of a service or of the "operator", or without a name the superuser's."""
        if service:
            role = f"brigade_{service}"
            return f"postgresql://{role}:{role}@127.0.0.1:{self.port}/brigade"
        return f"host={self.socket_dir} port={self.port} dbname=brigade user=postgres"

    def service_url(self, service: str) -> str:
        """By the server's socket, as on any one machine: it costs less than TCP. Who may enter its
        directory needs no password."""
        host = quote(str(self.socket_dir), safe="/")
        return f"postgresql://brigade_{service}@/brigade?host={host}&port={self.port}"
