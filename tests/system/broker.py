"""The broker as a test sees it: publish to an inbox, look at queues and connections, break things.

SPDX-License-Identifier: MIT
"""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from contextlib import contextmanager
from typing import Any, Callable, Iterator, Optional, Union

import pika
import pika.exceptions

from stack_rabbitmq import DEFINITIONS


class Broker:
    """For one thread. What is sent with send() is remembered, for the audit."""

    def __init__(self, amqp_url: str, console_url: str):
        self._parameters = pika.URLParameters(amqp_url)
        self._parameters.heartbeat = 0  # nobody answers them between two calls
        self._console_url = console_url
        credentials = self._parameters.credentials
        token = f"{credentials.username}:{credentials.password}".encode()
        self._authorization = f"Basic {base64.b64encode(token).decode()}"
        self._connection: Optional[pika.BlockingConnection] = None
        self._channel: Any = None
        self.sent_ids: set = set()  # message ids that no service has published
        self.poison: set = set()  # (service, body) of what must be parked

    def close(self) -> None:
        if self._connection is not None and self._connection.is_open:
            self._connection.close()
        self._connection = None

    def channel(self) -> Any:
        """A channel with publisher confirms. Raises a ConnectionError when the broker is away."""
        if self._connection is not None and self._connection.is_open and self._channel.is_open:
            return self._channel
        self.close()
        try:
            self._connection = pika.BlockingConnection(self._parameters)
            self._channel = self._connection.channel()
            self._channel.confirm_delivery()
        except pika.exceptions.AMQPConnectionError as error:
            raise ConnectionError(f"the broker is away: {error!r}") from error
        return self._channel

    def _with_channel(self, operation: Callable) -> Any:
        """Again on a new connection, when the broker has been restarted meanwhile."""
        try:
            return operation(self.channel())
        except pika.exceptions.AMQPConnectionError:
            return operation(self.channel())

    def publish(self, queue: str, body: bytes,
                properties: Optional[pika.BasicProperties] = None) -> None:
        """Straight into a queue. Returns when the broker has it."""
        properties = properties or pika.BasicProperties(delivery_mode=2)
        self._with_channel(lambda channel: channel.basic_publish("", queue, body, properties,
                                                                 mandatory=True))

    def send(self, service: str, event: Union[dict, bytes]) -> bytes:
        """A made-up event to a service's inbox. Returns its bytes."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        if isinstance(event, dict) and "id" in event:
            self.sent_ids.add(event["id"])
        self.publish(f"{service}.inbox", body)
        return body

    def send_poison(self, service: str, body: Union[dict, bytes]) -> bytes:
        """A message that the service must park."""
        sent = self.send(service, body)
        self.poison.add((service, sent))
        return sent

    def send_marker(self, service: str) -> bytes:
        """A message that is parked once all that was sent before it is done."""
        return self.send_poison(service, f"marker {uuid.uuid4()}".encode())

    def count(self, queue: str) -> int:
        """Messages that wait in a queue."""
        return self._with_channel(lambda channel: channel.queue_declare(
            queue, passive=True)).method.message_count

    def take(self, queue: str, limit: int) -> list:
        """Look at up to `limit` messages, and leave them there."""
        def look(channel: Any) -> list:
            found = []
            while len(found) < limit:
                method, properties, body = channel.basic_get(queue)
                if method is None:
                    break
                found.append((method, properties, body))
            channel.basic_nack(0, multiple=True, requeue=True)
            return found
        return self._with_channel(look)

    def console(self, method: str, path: str, body: Optional[dict] = None) -> Any:
        """Ask the management API."""
        request = urllib.request.Request(f"{self._console_url}/api/{path}", method=method)
        request.add_header("Authorization", self._authorization)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def deploy_topology(self) -> None:
        """Declare exchanges and queues as a deployment does: a service's own user may not make an
        inbox, since its dead letters go by the default exchange."""
        definitions = json.loads(DEFINITIONS.read_text(encoding="utf-8"))
        self.console("POST", "definitions", {kind: definitions[kind]
                                             for kind in ("exchanges", "queues")})

    def bindings(self, queue: str) -> set:
        """The (exchange, type) pairs that a queue is bound to."""
        return {(each["source"], each["routing_key"])
                for each in self.console("GET", f"queues/%2F/{queue}/bindings") if each["source"]}

    @contextmanager
    def unbound(self, exchange: str, queue: str, key: str) -> Iterator[None]:
        """The queue is not bound meanwhile."""
        path = f"bindings/%2F/e/{exchange}/q/{queue}"
        self.console("DELETE", f"{path}/{urllib.parse.quote(key, safe='')}")
        try:
            yield
        finally:
            self.console("POST", path, {"routing_key": key})

    def close_connections(self, service: str) -> None:
        """Close the service's connections, as far as the broker lists them: its list is behind."""
        for each in self.console("GET", "connections"):
            if not (each.get("user_provided_name") or "").startswith(f"{service}."):
                continue
            try:
                self.console("DELETE", f"connections/{urllib.parse.quote(each['name'], safe='')}")
            except urllib.error.HTTPError as error:
                if error.code != 404:  # gone already
                    raise
