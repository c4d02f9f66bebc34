"""The invariants of the whole suite, checked over all schemas and all that was on the wire.

Each check returns a list of violations in words. What the tests made up (ids from FICTITIOUS on,
and the poison that they sent) is left out. SPDX-License-Identifier: MIT
"""

import json
from collections import Counter

from database import SERVICES
from events import FICTITIOUS, SUBSCRIPTIONS
from waiting import wait_for
from world import World

# Each query finds rows that must not be there: (what is wrong, an id, a detail).
QUERIES = {
    "an order has not ended": """
        SELECT id, state FROM brigade_order.orders
        WHERE state NOT IN ('APPROVED', 'REJECTED', 'CANCELLED')""",
    "a ticket does not agree with its order": """
        SELECT o.id, o.state || ' and ' || coalesce(t.state, 'no ticket')
        FROM brigade_order.orders o LEFT JOIN brigade_kitchen.tickets t USING (id)
        WHERE CASE o.state WHEN 'APPROVED' THEN coalesce(t.state, '') NOT IN (
                'AWAITING_ACCEPTANCE', 'ACCEPTED', 'PREPARING', 'READY_FOR_PICKUP', 'PICKED_UP')
            WHEN 'CANCELLED' THEN coalesce(t.state, '') <> 'CANCELLED'
            ELSE coalesce(t.state, '') NOT IN ('CREATE_REJECTED', 'CANCELLED') END""",
    "a ticket has not heard that its order was approved": """
        SELECT o.id, t.state FROM brigade_order.orders o JOIN brigade_kitchen.tickets t USING (id)
        WHERE (o.state <> 'REJECTED') <> t.approved""",
    "a revision is not settled": """
        SELECT o.id, o.revision || ', ' || t.settled_revision || ' and ' || a.settled_revision
        FROM brigade_order.orders o JOIN brigade_kitchen.tickets t USING (id)
        JOIN brigade_accounting.authorizations a USING (id) WHERE o.state = 'APPROVED'
        AND (o.revision <> t.settled_revision OR o.revision <> a.settled_revision)""",
    "a ticket has not what was ordered": """
        SELECT id, t.line_items::text FROM brigade_order.orders o
        JOIN brigade_kitchen.tickets t USING (id)
        WHERE t.restaurant_id <> o.restaurant_id -- [] when the rejection came first
        OR ((t.state <> 'CREATE_REJECTED' OR t.line_items <> '[]') AND t.line_items <> (
            SELECT jsonb_agg(line - 'price' ORDER BY nr)
            FROM jsonb_array_elements(o.line_items) WITH ORDINALITY AS lines(line, nr)))""",
    "an authorization does not agree with its order": """
        SELECT o.id, o.state || ' and ' || coalesce(a.state, 'no authorization')
        FROM brigade_order.orders o LEFT JOIN brigade_accounting.authorizations a USING (id)
        WHERE CASE o.state WHEN 'APPROVED' THEN coalesce(a.state, '') <> 'AUTHORIZED'
            WHEN 'CANCELLED' THEN coalesce(a.state, '') <> 'REVERSED'
            ELSE coalesce(a.state, '') NOT IN ('FAILED', 'VOIDED', 'REVERSED') END""",
    # The charge of a cancelled order may be that of a revision which nobody confirmed any more.
    "an authorization is for another amount or consumer than its order": """
        SELECT id, a.amount_cents || ' of ' || o.order_total_cents FROM brigade_order.orders o
        JOIN brigade_accounting.authorizations a USING (id) WHERE a.consumer_id > 0
        AND (a.consumer_id <> o.consumer_id
            OR (a.amount_cents <> o.order_total_cents AND o.state <> 'CANCELLED'))""",
    "a charge was made without a verification": """
        SELECT a.id, coalesce(v.state, 'none') FROM brigade_accounting.authorizations a
        LEFT JOIN brigade_consumer.verifications v USING (id)
        WHERE a.state IN ('AUTHORIZED', 'REVERSED') AND v.state IS DISTINCT FROM 'VERIFIED'""",
    "what was charged to a consumer is not what was approved": """
        SELECT consumer_id, coalesce(charged, 0) || ' and ' || coalesce(approved, 0) FROM (
            SELECT consumer_id, sum(order_total_cents) AS approved FROM brigade_order.orders
            WHERE state = 'APPROVED' GROUP BY consumer_id) o
        FULL JOIN (
            SELECT consumer_id, sum(amount_cents) AS charged FROM brigade_accounting.authorizations
            WHERE state = 'AUTHORIZED' AND id < {fictitious} GROUP BY consumer_id) a
        USING (consumer_id) WHERE coalesce(charged, 0) <> coalesce(approved, 0)""",
    "an order was not told of once, or of another outcome": """
        SELECT o.id, o.state || ' and ' || coalesce(string_agg(n.kind, '+'), 'nothing')
        FROM brigade_order.orders o LEFT JOIN brigade_notifier.notifications n ON n.order_id = o.id
        AND n.kind IN ('ORDER_APPROVED', 'ORDER_REJECTED', 'ORDER_CANCELLED')
        GROUP BY o.id, o.state
        HAVING coalesce(string_agg(n.kind, '+' ORDER BY n.kind), '') <> CASE o.state
            WHEN 'CANCELLED' THEN 'ORDER_APPROVED+ORDER_CANCELLED' ELSE 'ORDER_' || o.state END""",
    # When its ticket expires an order is cancelled without a word on the revision that was open.
    "a revision was not told of once": """
        SELECT o.id, count(n.id) || ' of ' || o.revision FROM brigade_order.orders o
        LEFT JOIN brigade_notifier.notifications n ON n.order_id = o.id AND n.revision > 0
        GROUP BY o.id, o.state, o.revision, o.reason
        HAVING count(n.id) <> o.revision AND (o.reason IS DISTINCT FROM 'TICKET_EXPIRED'
            OR count(n.id) <> o.revision - 1)""",
    "a consumer has no account, or an account no consumer": """
        SELECT id, coalesce(c.version, 0) || ' and ' || coalesce(a.version, 0)
        FROM brigade_consumer.consumers c FULL JOIN brigade_accounting.accounts a USING (id)
        WHERE c.id IS NULL OR a.id IS NULL""",
    "a restaurant's replica has not its menu": """
        SELECT id, coalesce(r.menu_items::text, 'nothing') FROM brigade_kitchen.restaurants k
        FULL JOIN brigade_order.restaurants r USING (id)
        WHERE k.menu_items IS DISTINCT FROM r.menu_items""",
    "the subject of something is no order": """
        SELECT t.id, 'ticket' FROM brigade_kitchen.tickets t
        WHERE NOT EXISTS (SELECT FROM brigade_order.orders o WHERE o.id = t.id)
        UNION ALL SELECT a.id, 'authorization' FROM brigade_accounting.authorizations a
        WHERE NOT EXISTS (SELECT FROM brigade_order.orders o WHERE o.id = a.id)
        UNION ALL SELECT v.id, 'verification' FROM brigade_consumer.verifications v
        WHERE NOT EXISTS (SELECT FROM brigade_order.orders o WHERE o.id = v.id)""",
}

# The aggregates of which every change is an event, so that its version counts its events.
VERSIONED = {
    "consumers": "brigade_consumer.consumers",
    "verifications": "brigade_consumer.verifications",
    "orders": "brigade_order.orders",
    "restaurants": "brigade_kitchen.restaurants",
    "accounts": "brigade_accounting.accounts",
}
# What is said again to an order that asks again, or may be tried again. All else is said once of an
# order, or of one revision of it.
REPEATABLE = {"OrderCancelRequested", "TicketCancelled", "CreditCardAuthorizationReversed",
              "TicketCancellationRejected", "OrderCancellationRejected"}
SHOWN = 5  # violations of one kind that are told


def _is_fictitious(body: bytes) -> bool:
    """Is the message about something that only a test's own messages tell of?"""
    try:
        return int(json.loads(body)["subject"].rpartition("/")[2]) >= FICTITIOUS
    except (ValueError, KeyError, AttributeError, TypeError):
        return False


class Audit:
    def __init__(self, world: World):
        self._world = world
        self._database = world.database
        self._arrived = 0  # so many of the wire's events are known to have reached everybody

    def data(self) -> list:
        """What is in the tables and must not be."""
        found = []
        for what, sql in QUERIES.items():
            rows = self._database.rows(f"SELECT * FROM ({sql.format(fictitious=FICTITIOUS)}) AS q "
                                       f"WHERE q.{_first_column(sql)} < {FICTITIOUS} LIMIT {SHOWN}")
            found += [f"{what}: {number} ({detail})" for number, detail in rows]
        return found

    def leftovers(self) -> list:
        """What waits, was parked or was given up, and should not."""
        found = []
        for service in SERVICES:
            schema = f"brigade_{service}"
            found += [f"the outbox of {service} still has a {kind}" for (kind,) in
                      self._database.rows(f"SELECT type FROM {schema}.outbox LIMIT {SHOWN}")]
            found += [f"{service} still defers a {kind} for {what}" for kind, what in
                      self._database.rows("SELECT type, kind || ' ' || aggregate_id "
                                          f"FROM {schema}.deferred "
                                          f"WHERE aggregate_id < {FICTITIOUS} LIMIT {SHOWN}")]
            for kind, reason, body in self._database.rows(
                    f"SELECT type, reason, body FROM {schema}.parked"):
                expected = (service, bytes(body)) in self._world.broker.poison
                if not expected and not _is_fictitious(bytes(body)):
                    found.append(f"{service} has parked a {kind}: {reason}")
            dead = self._world.broker.count(f"{service}.inbox.dead")
            if dead:
                found.append(f"{service}.inbox.dead has {dead} messages")
        return found

    def _inbox(self, service: str) -> list:
        """The (message id, type) of all that the service has taken and not parked."""
        schema = f"brigade_{service}"
        return self._database.rows(
            f"SELECT message_id::text, type FROM {schema}.inbox "
            f"WHERE message_id NOT IN (SELECT message_id FROM {schema}.parked)")

    def _undelivered(self, first: int = 0) -> list:
        """Every event, from the wire's `first` on, reaches every subscriber."""
        found = []
        on_wire = dict(list(self._world.wire.by_id().items())[first:])
        for service, types in SUBSCRIPTIONS.items():
            wanted = [message_id for message_id, event in on_wire.items() if event.type in types]
            taken = {message_id for (message_id,) in self._database.rows(
                f"SELECT message_id::text FROM brigade_{service}.inbox "
                "WHERE message_id = ANY(%s::uuid[]) "
                f"UNION SELECT message_id::text FROM brigade_{service}.parked "
                "WHERE message_id = ANY(%s::uuid[])", wanted, wanted)}
            found += [f"{on_wire[each].type} {on_wire[each].subject} ({each}) did not reach "
                      f"{service}" for each in wanted if each not in taken][:SHOWN]
        return found

    def _ghosts(self) -> list:
        """Nothing was taken that nobody has sent."""
        found = []
        known = self._world.wire.by_id().keys() | self._world.broker.sent_ids
        for service, types in SUBSCRIPTIONS.items():
            found += [f"{service} took {kind} {message_id}, which nobody has sent"
                      for message_id, kind in self._inbox(service)
                      if kind in types and message_id not in known][:SHOWN]
        return found

    def _sequences(self) -> list:
        """The events of each aggregate have increasing numbers, without a gap where all its changes
        are events."""
        found, sequences = [], {}
        for event in self._world.wire.events():
            sequences.setdefault(event.subject, []).append(event.sequence)
        for subject, numbers in sequences.items():
            if any(later <= earlier for earlier, later in zip(numbers, numbers[1:])):
                found.append(f"the events of {subject} came in the order {numbers}")
        for collection, table in VERSIONED.items():
            for number, version in self._database.rows(f"SELECT id, version FROM {table} "
                                                       f"WHERE id < {FICTITIOUS}"):
                numbers = sorted(sequences.get(f"{collection}/{number}", []))
                if numbers != list(range(1, version + 1)):
                    found.append(f"{collection}/{number} has version {version}, "
                                 f"its events {numbers}")
        return found[:SHOWN]

    def _repetitions(self) -> list:
        """Nothing happened twice to an order."""
        said = Counter((event.type, event.data["orderId"], event.data.get("revision"))
                       for event in self._world.wire.events() if "orderId" in event.data)
        return [f"order {order_id} has {count} {kind} events" for (kind, order_id, _), count
                in said.items() if count > 1 and kind not in REPEATABLE
                and order_id < FICTITIOUS][:SHOWN]

    def violations(self) -> list:
        return (self.data() + self.leftovers() + self._undelivered() + self._ghosts()
                + self._sequences() + self._repetitions() + self._world.wire.violations()[:SHOWN])

    def under_way(self) -> list:
        """What still has to end or to arrive."""
        pending = self._database.pending_orders()
        found = [f"{pending} orders are pending"] if pending else []
        found += [f"{service}'s outbox has {size} events"
                  for service, size in self._database.outbox_sizes().items() if size]
        queues = [f"{service}.inbox" for service in SUBSCRIPTIONS]
        return found + [f"{count} messages are in {queue}" for queue in queues
                        for count in [self._world.broker.count(queue)] if count]

    def _unrest(self) -> list:
        """What is still under way. Nothing: no event was waiting, all had been taken by all their
        subscribers, and after that still none was waiting."""
        found = self.under_way()
        if found:
            return found
        self._world.wire.catch_up(self._world.broker)
        on_wire = len(self._world.wire.events())
        found = self._undelivered(self._arrived) or self.under_way()
        if not found:
            self._arrived = on_wire
        return found

    def await_quiet(self, timeout_s: float = 60) -> None:
        """Wait until nothing is under way any more."""
        wait_for("everything is at rest", self._unrest, lambda unrest: not unrest, timeout_s)

    def check(self, timeout_s: float = 60) -> None:
        """Wait until nothing is under way; then no invariant may be violated (for long: what was
        delivered last may still be in somebody's hands)."""
        self.await_quiet(timeout_s)
        wait_for("no invariant is violated", self.violations, lambda violations: not violations)


def _first_column(sql: str) -> str:
    """The name of a query's first column."""
    return sql.split()[1].rstrip(",").rpartition(".")[2]
