"""A proxy before PostgreSQL that cuts a connection when the server has committed and the client
does not know it yet. SPDX-License-Identifier: MIT
"""

import random
import selectors
import socket
import threading

COMMITTED = b"COMMIT\0"  # the tag of CommandComplete
CHUNK = 65536


class CommitCutter:
    """`with CommitCutter(port, rng) as proxy:` listens on proxy.port. While `chance` is not 0, that
    share of the connections' commits is cut: carried out, but not answered."""

    def __init__(self, target_port: int, rng: random.Random):
        self._target = ("127.0.0.1", target_port)
        self._rng = rng
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.chance = 0.0
        self.cuts = 0

    def __enter__(self) -> "CommitCutter":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        try:
            with client, socket.create_connection(self._target) as server:
                self._exchange(client, server)
        except OSError:
            pass  # one side is gone, and so is now the other

    def _exchange(self, client: socket.socket, server: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            tail = b""
            while True:
                for ready, _ in selector.select():
                    chunk = ready.fileobj.recv(CHUNK)
                    if not chunk:
                        return
                    if ready.fileobj is server:
                        tail = (tail + chunk)[-len(chunk) - len(COMMITTED):]
                        if COMMITTED in tail and self._rng.random() < self.chance:
                            self.cuts += 1
                            return
                        tail = tail[-len(COMMITTED) + 1:]
                    ready.data.sendall(chunk)
