#!/usr/bin/python3
"""Check that each service's broker user can do its own work and no other's.

usage: check_rights.py AMQP_URL...     (of every service's user; the suite must be running)

Tries, as each user, what it must not be able to do with the exchange and the queues of each other service,
with brigade.watch and with the broker's own exchanges. What is refused changes nothing; what is allowed is
tried in a form that changes nothing either. Prints what is wrong. SPDX-License-Identifier: MIT
"""

import sys
from typing import Callable
from urllib.parse import urlsplit

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

ACCESS_REFUSED, PRECONDITION_FAILED = 403, 406
SERVICES = ("order", "consumer", "kitchen", "accounting", "notifier")
KEY = "RightsChecked"  # of no event

Action = Callable[[BlockingChannel], object]


def allowed(connection: pika.BlockingConnection, action: Action) -> bool:
    """Do it on a channel of its own: the broker closes the channel of who is refused."""
    channel = connection.channel()
    try:
        action(channel)
    except ChannelClosedByBroker as closed:
        if closed.reply_code == PRECONDITION_FAILED:  # "in use", say: that is looked at after the rights
            return True
        if closed.reply_code != ACCESS_REFUSED:
            raise
        return False
    channel.close()
    return True


def publish(exchange: str, key: str) -> Action:
    """To publish, and to take it back: rights are looked at before the transaction ends."""
    def attempt(channel: BlockingChannel) -> None:
        channel.tx_select()
        channel.basic_publish(exchange, key, b"{}")
        channel.tx_rollback()
    return attempt


def get(queue: str) -> Action:
    """To read a message. It goes back when the channel is closed."""
    return lambda channel: channel.basic_get(queue)


def consume(queue: str) -> Action:
    return lambda channel: channel.basic_consume(queue, lambda *_: None)


def rebind(queue: str, exchange: str) -> Action:
    def attempt(channel: BlockingChannel) -> None:
        channel.queue_bind(queue, exchange, KEY)
        channel.queue_unbind(queue, exchange, KEY)
    return attempt


def feed(exchange: str, source: str) -> Action:
    """To have an exchange get what another one gets."""
    def attempt(channel: BlockingChannel) -> None:
        channel.exchange_bind(exchange, source, KEY)
        channel.exchange_unbind(exchange, source, KEY)
    return attempt


def own(service: str) -> dict[str, Action]:
    """What the user of `service` must be able to do."""
    exchange, inbox = f"{service}.events", f"{service}.inbox"
    actions: dict[str, Action] = {
        f"declare {exchange}": lambda c: c.exchange_declare(exchange, "topic", durable=True),
        f"publish to {exchange}": publish(exchange, KEY),
        f"see {inbox}": lambda c: c.queue_declare(inbox, passive=True),
        f"read {inbox}.dead": get(f"{inbox}.dead"),
    }
    actions.update({f"bind {inbox} to {other}.events": rebind(inbox, f"{other}.events")
                    for other in SERVICES})
    return actions


def with_exchange(exchange: str, own_exchange: str) -> dict[str, Action]:
    """What only the owner of an exchange may do with it."""
    return {
        f"publish to {exchange}": publish(exchange, KEY),
        f"declare {exchange}": lambda c: c.exchange_declare(exchange, "topic", durable=True),
        f"delete {exchange}": lambda c: c.exchange_delete(exchange, if_unused=True),
        f"feed {exchange} from {own_exchange}": feed(exchange, own_exchange),
    }


def with_queue(queue: str, own_exchange: str) -> dict[str, Action]:
    """What only the owner of a queue may do with it."""
    return {
        f"get from {queue}": get(queue),
        f"consume {queue}": consume(queue),
        f"purge {queue}": lambda c: c.queue_purge(queue),
        f"declare {queue}": lambda c: c.queue_declare(queue, durable=True),
        f"delete {queue}": lambda c: c.queue_delete(queue, if_unused=True, if_empty=True),
        f"publish straight into {queue}": publish("", queue),
        f"bind {queue}": rebind(queue, own_exchange),
    }


def forbidden(service: str) -> dict[str, Action]:
    """What the user of `service` must not be able to do."""
    exchange = f"{service}.events"
    actions = {
        "read brigade.watch": get("brigade.watch"),
        "publish straight into brigade.watch": publish("", "brigade.watch"),
        "publish to amq.topic": publish("amq.topic", KEY),
        "declare a queue of another name": lambda c: c.queue_declare("rights.checked", exclusive=True),
        "declare an exchange of another name":
            lambda c: c.exchange_declare("rights.checked", auto_delete=True),
    }
    for other in SERVICES:
        if other != service:
            actions.update(with_exchange(f"{other}.events", exchange))
            for queue in (f"{other}.inbox", f"{other}.inbox.dead"):
                actions.update(with_queue(queue, exchange))
    return actions


def violations(url: str) -> list[str]:
    """What is wrong with the rights of the user of a service, in words."""
    user = urlsplit(url).username or ""
    service = user.removeprefix("brigade_")
    if service not in SERVICES:
        raise SystemExit(f"check_rights: {user!r} is no service's user")
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        found = [f"{user} must be able to {what}" for what, action in own(service).items()
                 if not allowed(connection, action)]
        return found + [f"{user} must not be able to {what}"
                        for what, action in forbidden(service).items() if allowed(connection, action)]
    finally:
        connection.close()


def main() -> int:
    if len(sys.argv) < 2:
        raise SystemExit("usage: check_rights.py AMQP_URL...")
    found = [violation for url in sys.argv[1:] for violation in violations(url)]
    for violation in found:
        print(f"check_rights: {violation}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
