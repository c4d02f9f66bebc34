#!/usr/bin/python3
"""Follow the events on the broker, one line each (`make watch`).

A line says how long after the first event of its order it came, which order (or consumer, or
restaurant) it is about, what happened, and who says so. SPDX-License-Identifier: MIT
"""

import argparse
import json
import sys
import time
from typing import Callable, Optional

import pika
import pika.exceptions

from stack import Stack
from stack_ports import SERVICES
from stack_process import StackError

COLOURS = (32, 33, 34, 35, 36, 91, 92, 93, 94, 95, 96)


class Event:
    """An event as it was received: who published what about which aggregate."""

    def __init__(self, exchange: str, body: bytes):
        self.received_s = time.monotonic()
        self.service = exchange.rpartition(".")[0]
        try:
            envelope = json.loads(body)
            self.type = str(envelope["type"])
            self.subject = str(envelope["subject"])
            self.data = dict(envelope["data"])
        except (ValueError, KeyError, TypeError):
            self.type, self.subject, self.data = "(not an event)", "?/?", {}

    def about(self) -> str:
        """"order 42" for all that an order causes, else what the subject says: "consumer 7"."""
        if "orderId" in self.data:
            return f"order {self.data['orderId']}"
        collection, _, number = self.subject.partition("/")
        return f"{collection.removesuffix('s')} {number}"

    def facts(self) -> str:
        """The few values that a person wants to see."""
        found = [str(self.data[name]) for name in ("reason", "orderTotal", "amount")
                 if name in self.data]
        if "lineItems" in self.data:
            found.append(f"{len(self.data['lineItems'])} line(s)")
        if isinstance(self.data.get("name"), str):
            found.append(self.data["name"])
        return ", ".join(found)

    def line(self, since_s: float, colour: bool) -> str:
        elapsed_ms = (self.received_s - since_s) * 1000
        text = (f"{elapsed_ms:>+8.0f} ms  {self.about():<14} {self.type:<31} {self.service:<11} "
                f"{self.facts()}").rstrip()
        if not colour:
            return text
        return f"\033[{COLOURS[hash(self.about()) % len(COLOURS)]}m{text}\033[0m"


class Watcher:
    """Receives every event from now on, in a queue that the broker forgets afterwards."""

    def __init__(self, amqp_url: str, on_event: Callable[[Event], None]):
        self._on_event = on_event
        self._connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
        self._channel = self._connection.channel()
        queue = self._channel.queue_declare("", exclusive=True, auto_delete=True).method.queue
        for name in filter(self._exists, (f"{service}.events" for service in SERVICES)):
            self._channel.queue_bind(queue, name, "#")
        self._channel.basic_consume(queue, self._receive, auto_ack=True)

    def _exists(self, exchange: str) -> bool:
        probe = self._connection.channel()  # of its own: the broker closes it if the answer is no
        try:
            probe.exchange_declare(exchange, passive=True)
        except pika.exceptions.ChannelClosedByBroker:
            return False
        probe.close()
        return True

    def _receive(self, _channel, method, _properties, body: bytes) -> None:
        self._on_event(Event(method.exchange, body))

    def run(self) -> None:
        """Call `on_event` for each event until stop(). AMQPError: the broker went away."""
        self._channel.start_consuming()
        self._connection.close()

    def stop(self) -> None:
        """End run(), from any thread."""
        self._connection.add_callback_threadsafe(self._channel.stop_consuming)


def print_events(amqp_url: str) -> None:
    """Print every event until the broker goes away."""
    colour = sys.stdout.isatty()
    first_s: dict = {}  # when the first event about something came
    latest: Optional[str] = None

    def show(event: Event) -> None:
        nonlocal latest
        about = event.about()
        if latest not in (None, about) and about not in first_s:
            print()  # something new begins
        latest = about
        print(event.line(first_s.setdefault(about, event.received_s), colour), flush=True)

    watcher = Watcher(amqp_url, show)
    print("Waiting for events; Ctrl-C ends this.", flush=True)
    watcher.run()


def main() -> int:
    parser = argparse.ArgumentParser(description="Follow the events on the broker.")
    parser.add_argument("--amqp", metavar="URL", help="the broker; else that of the local stack")
    arguments = parser.parse_args()
    try:
        amqp_url = arguments.amqp or Stack().amqp_url
        print_events(amqp_url)
    except StackError as error:
        print(f"watch: {error}", file=sys.stderr)
    except (OSError, pika.exceptions.AMQPError):
        print(f"watch: the broker, {amqp_url}, does not answer or went away. `make up` starts the "
              "stack, `make status` shows it.", file=sys.stderr)
    except KeyboardInterrupt:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
