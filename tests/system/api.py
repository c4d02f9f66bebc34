"""A REST client for one service: keeps a connection per thread, and sends even nonsense.

SPDX-License-Identifier: MIT
"""

import http.client
import json
import threading
from typing import Any, NamedTuple, Optional, Union

Body = Union[None, bytes, dict, list]


class Answer(NamedTuple):
    """`json` is None when the body is not JSON. Names of headers are in lower case."""

    status: int
    json: Any
    headers: dict
    body: bytes


def _decode(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


class Api:
    """`timeout_s` is far above the service's own deadline for a request."""

    def __init__(self, port: int, timeout_s: float = 30):
        self.port = port
        self._timeout_s = timeout_s
        self._local = threading.local()

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection:
            connection.close()
        self._local.connection = None

    def _exchange(self, method: str, path: str, body: Optional[bytes], headers: dict) -> Answer:
        if getattr(self._local, "connection", None) is None:
            self._local.connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                                timeout=self._timeout_s)
        connection = self._local.connection
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except http.client.HTTPException as error:
            self.close()
            raise ConnectionError(f"{method} {path}: {error!r}") from error
        except OSError:
            self.close()
            raise
        found = {name.lower(): value for name, value in answer.getheaders()}
        if answer.will_close:
            self.close()
        return Answer(answer.status, _decode(content), found, content)

    def request(self, method: str, path: str, body: Body = None, headers: Optional[dict] = None,
                key: Optional[str] = None) -> Answer:
        """Raises an OSError when there is no answer. Tries again only when a kept connection turns
        out to be closed, so a command may be carried out twice unless it has a `key`."""
        all_headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            all_headers.setdefault("Content-Type", "application/json")
        if key is not None:
            all_headers["Idempotency-Key"] = key
        kept = getattr(self._local, "connection", None) is not None
        try:
            return self._exchange(method, path, body, all_headers)
        except ConnectionError:
            if not kept:
                raise
        return self._exchange(method, path, body, all_headers)

    def get(self, path: str, **options) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Body = None, **options) -> Answer:
        return self.request("POST", path, body, **options)

    def put(self, path: str, body: Body = None, **options) -> Answer:
        return self.request("PUT", path, body, **options)
