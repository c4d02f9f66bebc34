"""What the services have said, kept apart from what they keep themselves: a trigger copies each
row of each outbox into a schema of the test's own, in the transaction that writes it. From that
and the inboxes follow which events did not arrive, and when each saga ended.

SPDX-License-Identifier: MIT
"""

from typing import NamedTuple, Optional

import yaml

from audit import REPEATABLE, SHOWN, VERSIONED
from database import SERVICES, Database
from events import FICTITIOUS, SCHEMAS, SCHEMAS_DIR

# What opens a saga of an order, and what ends it. The notifier hears of each end.
OPENINGS = ("OrderCreated", "OrderCancelRequested", "OrderRevisionProposed")
ENDINGS = ("OrderApproved", "OrderRejected", "OrderCancelled", "OrderCancellationRejected",
           "OrderRevised", "OrderRevisionRejected")

COLUMNS = "event_id, type, subject_id, sequence, correlation, traceparent, body, created_at"

SCHEMA_SQL = f"""
CREATE SCHEMA faults;
CREATE TABLE faults.said (
    service text NOT NULL,
    outbox_id bigint NOT NULL,
    event_id uuid PRIMARY KEY,
    type text NOT NULL,
    subject_id integer NOT NULL,
    sequence integer NOT NULL,
    correlation text NOT NULL,
    traceparent text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON faults.said (at);
CREATE INDEX ON faults.said (subject_id, sequence) WHERE service = 'order';
CREATE FUNCTION faults.keep() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO faults.said (service, outbox_id, {COLUMNS})
    SELECT TG_ARGV[0], NEW.id, NEW.event_id, NEW.type, NEW.subject_id, NEW.sequence,
        NEW.correlation, NEW.traceparent, NEW.body, NEW.created_at
    ON CONFLICT DO NOTHING; -- it is sent again
    RETURN NULL;
END $$;
"""
TRIGGER_SQL = """
CREATE TRIGGER faults_keep AFTER INSERT ON brigade_{service}.outbox
FOR EACH ROW EXECUTE FUNCTION faults.keep('{service}')
"""


def subscriptions() -> dict:
    """Which service takes which types, as schemas/asyncapi.yaml says."""
    document = yaml.safe_load((SCHEMAS_DIR / "asyncapi.yaml").read_text(encoding="utf-8"))
    found: dict = {service: [] for service in SERVICES}
    for operation in document["operations"].values():
        if operation["action"] == "receive":
            kind = operation["channel"]["$ref"].rpartition("/")[2]
            found[operation["tags"][0]["name"]].append(kind)
    return found


SUBSCRIPTIONS = subscriptions()


def subscribers(kind: str) -> list:
    return [service for service, kinds in SUBSCRIPTIONS.items() if kind in kinds]


_COLLECTION = {kind: schema["x-subject"].partition("/")[0] for kind, schema in SCHEMAS.items()}
_COLLECTIONS_SQL = " ".join(f"WHEN '{kind}' THEN '{name}'" for kind, name in _COLLECTION.items())


class Flight(NamedTuple):
    """A saga that was under way at some moment. `ended_s` is None while it still is."""

    order_id: int
    opening: str
    ended_s: Optional[float]


class Truth:
    """For one thread. The schema is made by install()."""

    def __init__(self, database: Database):
        self._database = database

    def install(self) -> None:
        """Before the first event."""
        self._database.rows(SCHEMA_SQL)
        for service in SERVICES:
            self._database.rows(TRIGGER_SQL.format(service=service))

    def undelivered(self, service: str, older_than_s: float = 0) -> list:
        """The (type, event id) of what the service should have taken, and has neither taken nor
        parked nor deferred."""
        return self._database.rows(f"""
            SELECT type, event_id::text FROM faults.said AS s WHERE type = ANY(%s)
            AND at < clock_timestamp() - make_interval(secs => %s)
            AND NOT EXISTS (SELECT FROM brigade_{service}.inbox AS i
                            WHERE i.message_id = s.event_id)
            AND NOT EXISTS (SELECT FROM brigade_{service}.parked AS p
                            WHERE p.message_id = s.event_id)
            AND NOT EXISTS (SELECT FROM brigade_{service}.deferred AS d
                            WHERE d.message_id = s.event_id)""",
                                   SUBSCRIPTIONS[service], older_than_s)

    def in_flight(self, at_s: float) -> list:
        """The sagas that had begun at that time and had not ended: an end that its subscribers
        had not all heard of is none."""
        heard = " UNION ALL ".join(
            f"SELECT received_at FROM brigade_{service}.inbox WHERE message_id = e.event_id"
            for service in SERVICES if set(SUBSCRIPTIONS[service]) & set(ENDINGS))
        counts = " ".join(f"WHEN '{kind}' THEN {len(subscribers(kind))}" for kind in ENDINGS)
        rows = self._database.rows(f"""
            SELECT o.subject_id, o.type, h.ended FROM faults.said AS o LEFT JOIN LATERAL (
                SELECT event_id, type FROM faults.said AS c WHERE c.service = 'order'
                AND c.subject_id = o.subject_id AND c.sequence > o.sequence AND c.type = ANY(%s)
                ORDER BY c.sequence LIMIT 1) AS e ON true
            LEFT JOIN LATERAL (
                SELECT extract(epoch FROM max(received_at)) AS ended FROM ({heard}) AS t
                HAVING count(*) = CASE e.type {counts} END) AS h ON true
            WHERE o.service = 'order' AND o.type = ANY(%s) AND o.subject_id < {FICTITIOUS}
            AND o.at BETWEEN to_timestamp(%s) - interval '2 minutes' AND to_timestamp(%s)
            AND (h.ended IS NULL OR h.ended > %s)""",
                                   list(ENDINGS), list(OPENINGS), at_s, at_s, at_s)
        return [Flight(order_id, kind, ended and float(ended)) for order_id, kind, ended in rows]

    # The audit

    def violations(self) -> list:
        found = []
        for service in SERVICES:
            found += [f"{kind} {event_id} did not reach {service}"
                      for kind, event_id in self.undelivered(service)[:SHOWN]]
            found += self._ghosts(service)
        return found + self._disorder() + self._versions() + self._repetitions()

    def _ghosts(self, service: str) -> list:
        """Nothing was taken that nobody has said."""
        rows = self._database.rows(f"""
            SELECT type, message_id::text FROM brigade_{service}.inbox AS i
            WHERE type = ANY(%s) AND subject_id < {FICTITIOUS}
            AND NOT EXISTS (SELECT FROM faults.said AS s WHERE s.event_id = i.message_id)
            AND NOT EXISTS (SELECT FROM brigade_{service}.parked AS p
                            WHERE p.message_id = i.message_id)
            LIMIT {SHOWN}""", SUBSCRIPTIONS[service])
        return [f"{service} took {kind} {event_id}, which nobody has said"
                for kind, event_id in rows]

    def _disorder(self) -> list:
        """The events of an aggregate have increasing numbers, in the order in which they leave."""
        rows = self._database.rows(f"""
            SELECT collection, subject_id, before, sequence FROM (
                SELECT collection, subject_id, sequence, lag(sequence) OVER (
                    PARTITION BY collection, subject_id ORDER BY outbox_id) AS before
                FROM (SELECT *, CASE type {_COLLECTIONS_SQL} END AS collection
                      FROM faults.said) AS s) AS t
            WHERE before >= sequence LIMIT {SHOWN}""")
        return [f"{collection}/{number} said {later} after {earlier}"
                for collection, number, earlier, later in rows]

    def _versions(self) -> list:
        """A state changes if and only if its event is said."""
        found = []
        for collection, table in VERSIONED.items():
            kinds = [kind for kind, name in _COLLECTION.items() if name == collection]
            rows = self._database.rows(f"""
                SELECT coalesce(t.id, s.subject_id), t.version, s.first, s.last, s.count
                FROM {table} AS t FULL JOIN (
                    SELECT subject_id, min(sequence) AS first, max(sequence) AS last, count(*)
                    FROM faults.said WHERE type = ANY(%s) GROUP BY subject_id) AS s
                ON s.subject_id = t.id WHERE coalesce(t.id, s.subject_id) < {FICTITIOUS}
                AND (t.version, 1, t.version) IS DISTINCT FROM (s.last, s.first, s.count)
                LIMIT {SHOWN}""", kinds)
            found += [f"{collection}/{number} has version {version}; it said {count} events, "
                      f"numbered {first} to {last}" for number, version, first, last, count in rows]
        return found

    def _repetitions(self) -> list:
        """Nothing was said twice of an order, or of one revision of it, but what may be."""
        rows = self._database.rows(f"""
            SELECT type, correlation, count(*) FROM faults.said
            WHERE correlation <> '' AND correlation::integer < {FICTITIOUS} AND type <> ALL(%s)
            GROUP BY type, correlation, substring(body FROM '"revision":(\\d+)')
            HAVING count(*) > 1 LIMIT {SHOWN}""", list(REPEATABLE))
        return [f"order {order_id} has {count} {kind} events" for kind, order_id, count in rows]

    def deadlines(self) -> dict:
        """How many sagas a deadline has ended or driven on, and not an answer."""
        timed_out = dict(self._database.rows("""
            SELECT r.reason, count(*) FROM faults.said,
                substring(body FROM '"reason":"([A-Z_]+_TIMED_OUT)"') AS r(reason)
            WHERE type IN ('OrderRejected', 'OrderRevisionRejected') AND r.reason IS NOT NULL
            GROUP BY 1"""))
        asked_again = self._database.one("""
            SELECT count(*) FROM (SELECT subject_id FROM faults.said AS s
            WHERE type = 'OrderCancelRequested' AND EXISTS (
                SELECT FROM faults.said AS b WHERE b.service = 'order'
                AND b.subject_id = s.subject_id AND b.sequence = s.sequence - 1
                AND b.type = s.type)) AS t""")
        return {**timed_out, "cancellations asked for again": asked_again}
