"""What is on the wire: a queue bound to every exchange, read for as long as the tests run.

The queue is durable and the messages are acknowledged, so that no event is missed when the broker
is restarted. SPDX-License-Identifier: MIT
"""

import json
import logging
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Optional

import pika
import pika.exceptions

from events import SUBSCRIPTIONS, envelope_problems, order_id_of
from waiting import wait_for

QUEUE = "test.wire"
MARK = "mark"
CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"


@dataclass
class Event:
    """An event as it came, at its first copy."""

    exchange: str
    routing_key: str
    properties: pika.BasicProperties
    body: bytes
    envelope: dict
    problems: list
    copies: int = 1

    @property
    def type(self) -> str:
        return self.envelope.get("type", "")

    @property
    def data(self) -> dict:
        return self.envelope.get("data", {})

    @property
    def subject(self) -> str:
        return self.envelope.get("subject", "")

    @property
    def sequence(self) -> int:
        return int(self.envelope.get("sequence", 0))


def _property_problems(event: Event) -> list:
    """What is wrong with the AMQP properties, which repeat what the envelope says."""
    envelope, properties = event.envelope, event.properties
    publisher = envelope["source"].rpartition("/")[2]
    time_s = int(datetime.fromisoformat(envelope["time"].replace("Z", "+00:00")).timestamp())
    order_id = order_id_of(envelope)
    expected = {
        "message_id": envelope["id"],
        "type": envelope["type"],
        "app_id": publisher,
        "correlation_id": str(order_id) if order_id else None,
        "content_type": CONTENT_TYPE,
        "delivery_mode": 2,
        "timestamp": time_s,
        "headers": {"traceparent": envelope["traceparent"]},
    }
    problems = [f"property {name}: is {getattr(properties, name)!r}, not {value!r}"
                for name, value in expected.items() if getattr(properties, name) != value]
    if (event.exchange, event.routing_key) != (f"{publisher}.events", envelope["type"]):
        problems.append(f"was published to {event.exchange} with {event.routing_key}")
    return problems


def _read(method, properties: pika.BasicProperties, body: bytes) -> Event:
    event = Event(method.exchange, method.routing_key, properties, body, {}, [])
    try:
        event.envelope = json.loads(body)
        event.problems = envelope_problems(event.envelope) or _property_problems(event)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        event.problems = [f"{error!r}"]
    return event


class Wire:
    """Collects from start() to stop(). All methods may be called from any thread."""

    def __init__(self, amqp_url: str):
        self._url = amqp_url
        self._lock = threading.Lock()
        self._events: dict = {}  # by message id, in the order of arrival
        self._by_order: dict = {}
        self._connected = threading.Event()
        self._mark = ""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        logging.getLogger("pika").setLevel(logging.CRITICAL)  # it is loud about a stopped broker

    def start(self) -> None:
        """Returns when nothing can be missed any more. The services have to run: the exchanges are
        theirs."""
        self._thread.start()
        wait_for("the exchanges of all services can be bound to", self._connected.is_set)

    def stop(self) -> None:
        self._stopping = True
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._collect()
            except (pika.exceptions.AMQPError, OSError):
                time.sleep(0.1)

    def _collect(self) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(self._url))
        try:
            channel = connection.channel()
            channel.queue_declare(QUEUE, durable=True)
            for service in SUBSCRIPTIONS:
                channel.queue_bind(QUEUE, f"{service}.events", "#")
            channel.basic_qos(prefetch_count=500)
            channel.basic_consume(QUEUE, self._take)
            self._connected.set()
            while not self._stopping:
                connection.process_data_events(time_limit=0.2)
        finally:
            if connection.is_open:
                connection.close()

    def catch_up(self, broker) -> None:
        """Wait until all that is in the queue now has been read."""
        mark = uuid.uuid4().hex
        properties = pika.BasicProperties(message_id=mark, type=MARK, delivery_mode=2)
        broker.publish(QUEUE, b"", properties)
        wait_for("the wire is read up to a mark", lambda: self._mark, lambda found: found == mark)

    def _take(self, channel, method, properties, body: bytes) -> None:
        if properties.type == MARK:
            self._mark = properties.message_id
            channel.basic_ack(method.delivery_tag)
            return
        event = _read(method, properties, body)
        key = properties.message_id or f"(no id: {len(self._events)})"
        with self._lock:
            if key in self._events:
                self._events[key].copies += 1
                if self._events[key].body != body:
                    self._events[key].problems.append("a second copy has another body")
            else:
                self._events[key] = event
                self._by_order.setdefault(order_id_of(event.envelope), []).append(event)
        channel.basic_ack(method.delivery_tag)

    def events(self, event_type: Optional[str] = None) -> list:
        """All events so far (of one type), in the order of arrival."""
        with self._lock:
            found = list(self._events.values())
        return [event for event in found if event_type in (None, event.type)]

    def by_id(self) -> dict:
        with self._lock:
            return dict(self._events)

    def of_order(self, order_id: int) -> list:
        """All that an order has caused so far, in the order of arrival."""
        with self._lock:
            return list(self._by_order.get(order_id, []))

    def about(self, subject: str) -> list:
        """All events of one aggregate."""
        return [event for event in self.events() if event.subject == subject]

    def violations(self) -> list:
        """Every event that is not as its schema and the envelope's rules say."""
        return [f"{event.type or event.routing_key} {event.subject} on the wire: {problem}"
                for event in self.events() for problem in event.problems]
