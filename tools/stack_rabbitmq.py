"""The local stack's own RabbitMQ: one node with its own name, ports, port mapper and data, so that
it meets no other node on the machine. SPDX-License-Identifier: MIT
"""

import base64
import hashlib
import json
import os
import shutil
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Optional

from stack_ports import Ports, require_free
from stack_process import Process, StackError, wait_until
from stack_users import identity, make_private_dir

USER, PASSWORD = "brigade", "brigade"
READY_S = 60
DEFINITIONS = Path(__file__).resolve().parents[1] / "deploy" / "rabbitmq" / "definitions.json"

# The package's script in /usr/sbin insists on the user rabbitmq and on /var/log; this one does not.
SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def _settings(ports: Ports, definitions: Path, statistics_ms: int) -> str:
    return f"""\
collect_statistics_interval = {statistics_ms}
listeners.tcp.1 = 127.0.0.1:{ports.server("amqp")}
management.tcp.ip = 127.0.0.1
management.tcp.port = {ports.server("console")}
load_definitions = {definitions}
log.console = true
log.console.level = info
log.file = false
raft.wal_max_size_bytes = 67108864
"""


def _password(user: str) -> str:
    return PASSWORD if user == USER else user


def _definitions() -> str:
    """As deployed: the users with their rights, the exchanges and the inboxes; no user `guest`."""
    definitions = json.loads(DEFINITIONS.read_text(encoding="utf-8"))
    for user in definitions["users"]:
        user["password"] = _password(user["name"])
    return json.dumps(definitions, indent=2)


class Rabbitmq:
    """`directory` belongs to `user`, which the broker runs as (None: as this user)."""

    def __init__(self, run_dir: Path, directory: Path, ports: Ports, user: Optional[str]):
        self.process = Process("rabbitmq", run_dir)
        self.epmd = Process("epmd", run_dir)
        self._directory = directory
        self._ports = ports
        self._user = user
        self.statistics_ms = 5000  # how old the figures of the management API may be
        digest = hashlib.sha256(str(directory).encode()).hexdigest()[:8]
        self.node = f"brigade-{digest}@localhost"
        self.port = ports.server("amqp")
        self.console_url = f"http://127.0.0.1:{ports.server('console')}"

    def _url(self, user: str) -> str:
        return f"amqp://{user}:{_password(user)}@127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The administrator's."""
        return self._url(USER)

    def service_url(self, service: str) -> str:
        """Of a service, or of the "operator"."""
        return self._url(f"brigade_{service}")

    @property
    def management_url(self) -> str:
        """The operator's, of the management API."""
        user = "brigade_operator"
        return f"http://{user}:{_password(user)}@127.0.0.1:{self._ports.server('console')}"

    def environment(self) -> dict:
        """For the server, and for rabbitmqctl against it."""
        here = self._directory
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
            "HOME": str(here),  # where the cookie is
            "ERL_CRASH_DUMP_BYTES": "0",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._ports.server("epmd")),
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(self._ports.server("distribution")),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            # The cores are shared: what waits for a busy one shall go on at another.
            "RABBITMQ_SCHEDULER_BIND_TYPE": "u",
            "RABBITMQ_CONF_ENV_FILE": str(here / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
            "RABBITMQ_CONFIG_FILES": str(here / "conf.d"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(here / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(here / "mnesia"),
            "RABBITMQ_LOG_BASE": str(here / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(here / "rabbitmq.pid"),
        }

    def _write_files(self) -> None:
        here = self._directory
        ticks = f"[{{rabbit, [{{quorum_tick_interval, {self.statistics_ms}}}]}}].\n"
        files = {"rabbitmq-env.conf": "", "advanced.config": ticks,
                 "enabled_plugins": "[rabbitmq_management].\n", "definitions.json": _definitions(),
                 "rabbitmq.conf": _settings(self._ports, here / "definitions.json",
                                            self.statistics_ms)}
        for name, text in files.items():
            (here / name).write_text(text)
            (here / name).chmod(0o644)  # whatever the umask: the broker's user reads it

    def start(self) -> bool:
        """Start it unless it runs. Returns whether it was started; wait() waits for it."""
        if self.process.pid():
            return False
        if not os.path.exists(SERVER):
            raise StackError("RabbitMQ is not installed: tools/deps.sh run "
                             "(package rabbitmq-server)")
        for name in ("amqp", "console", "distribution"):
            require_free(self._ports.server(name), f"RabbitMQ ({name})")
        make_private_dir(self._directory, self._user)
        self._write_files()
        self._start_epmd()
        self.process.start([SERVER], self.environment(), identity(self._user))
        return True

    def _start_epmd(self) -> None:
        # Started here, and not by the node on its own, so that it is ours to stop.
        if self.epmd.pid():
            return
        port = self._ports.server("epmd")
        require_free(port, "RabbitMQ (epmd)")
        program = shutil.which("epmd") or "/usr/bin/epmd"
        self.epmd.start([program, "-address", "127.0.0.1", "-port", port], self.environment(),
                        identity(self._user))

    def _is_ready(self) -> bool:
        request = urllib.request.Request(f"{self.console_url}/api/health/checks/"
                                         f"port-listener/{self.port}")
        token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def wait(self) -> None:
        """Wait until it takes connections."""
        wait_until(lambda: self.process.pid() is None or self._is_ready(), READY_S, 0.2)
        if self.process.pid() is None:
            raise self.process.failure("ended instead of starting")
        if not self._is_ready():
            raise self.process.failure(f"did not start within {READY_S} s")

    def state(self) -> str:
        """"ready", "starting", "dead" (it ended by itself) or "stopped"."""
        if self.process.pid() is None:
            return self.process.state()
        return "ready" if self._is_ready() else "starting"

    def stop(self) -> bool:
        running = self.process.stop(signal.SIGTERM, 30)
        self.epmd.stop()
        return running
