#!/usr/bin/python3
"""Check that a service's broker user can do its own work and no other's.

usage: check_rights.py AMQP_URL     (a service's user, kitchen's for instance; the suite must be running)

Tries what it must not: to publish as another service, to read another's inbox or the watch queue, to publish
straight into a queue, to delete a queue. SPDX-License-Identifier: MIT
"""

import sys
from typing import Callable
from urllib.parse import urlsplit

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

ACCESS_REFUSED = 403
OTHERS = ("order", "consumer", "kitchen", "accounting", "notifier")


def allowed(connection: pika.BlockingConnection, action: Callable[[BlockingChannel], object]) -> bool:
    """Do it on a channel of its own: the broker closes the channel of who is refused."""
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        action(channel)
    except ChannelClosedByBroker as closed:
        if closed.reply_code != ACCESS_REFUSED:
            raise
        return False
    channel.close()
    return True


def forbidden(service: str) -> dict[str, Callable[[BlockingChannel], object]]:
    """What the user of `service` must not be able to do."""
    other = next(name for name in OTHERS if name != service)
    return {
        f"publish to {other}.events": lambda c: c.basic_publish(f"{other}.events", "Forged", b"{}"),
        f"read {other}.inbox": lambda c: c.basic_get(f"{other}.inbox"),
        f"publish straight into {other}.inbox": lambda c: c.basic_publish("", f"{other}.inbox", b"{}"),
        f"delete {other}.inbox": lambda c: c.queue_delete(f"{other}.inbox"),
        "read brigade.watch": lambda c: c.basic_get("brigade.watch"),
    }


def main() -> int:
    url = sys.argv[1]
    service = (urlsplit(url).username or "").removeprefix("brigade_")
    connection = pika.BlockingConnection(pika.URLParameters(url))
    failures = []
    if not allowed(connection, lambda c: c.queue_declare(f"{service}.inbox", passive=True)):
        failures.append(f"see {service}.inbox: refused")
    for what, action in forbidden(service).items():
        if allowed(connection, action):
            failures.append(f"{what}: allowed")
    connection.close()
    for failure in failures:
        print(f"brigade_{service} may not be right: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
