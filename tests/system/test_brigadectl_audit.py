"""brigadectl audit finds each wrong, in copies of the database, and finds nothing else.

SPDX-License-Identifier: MIT
"""

import subprocess

import psycopg2
import pytest

from database import AGGREGATES, SERVICES, Database
from events import FICTITIOUS
from test_audit import WRONGS, made  # noqa: F401  (a fixture)

# Which invariant a wrong violates, of those that test_audit makes.
VIOLATED = {
    "an order that never ends": "order_ends",
    "a ticket that was not confirmed": "ticket_agrees",
    "a ticket of a rejected order that is cooked": "ticket_agrees",
    "a ticket of a cancelled order that is cooked": "ticket_agrees",
    "a ticket that was cancelled for an approved order": "ticket_agrees",
    "a ticket that may not be cooked": "ticket_approved",
    "a ticket that still holds a revision": "ticket_agrees",
    "a revision of which the kitchen has not heard": "revision_settled",
    "a revision of which accounting has not heard": "revision_settled",
    "a revision that was not charged": "authorization_amount",
    "a revision of which the consumer was not told": "revision_told",
    "a charge for a cancelled order": "authorization_agrees",
    "no ticket": "ticket_agrees",
    "a ticket for something else": "ticket_lines",
    "a ticket without an order": "subject_exists",
    "no charge for an approved order": "authorization_agrees",
    "a reversed charge for an approved order": "authorization_agrees",
    "a charge for a rejected order": "charged_what_was_approved",
    "a charge of another amount": "authorization_amount",
    "a charge of another consumer": "authorization_amount",
    "a charge without a verification": "charged_when_verified",
    "a consumer who was not told": "told_once",
    "a consumer who was told twice": "told_once",
    "a consumer without an account": "consumer_account",
    "an old menu": "replica_menu",
    "an event that was not published": "outbox_drains",
    "a change without an event": "order_versions",
    "a message that waits for ever": "deferred_ends",
    "a message that was lost": "events_arrive",
}
# What is no violation in production: parking is what a service does with a message that it cannot
# take, and what it took long ago its sender may have forgotten.
ALLOWED = {"a parked message", "a message from nowhere"}
# What test_audit sees on the wire, here from the archive.
SENT = "INSERT INTO brigade_{service}.sent SELECT 999999999 + id, gen_random_uuid(), type, " \
       "subject_id, sequence + {later}, correlation, traceparent, body, created_at, sent_at " \
       "FROM brigade_{service}.sent WHERE type = '{type}' AND subject_id = {order}"
MORE_WRONGS = {
    "charged twice": ("charged_once", "approved",
                      {"service": "accounting", "type": "CreditCardAuthorized", "later": 0}),
    "approved twice": ("order_said_once", "approved",
                       {"service": "order", "type": "OrderApproved", "later": 0}),
    "rejected twice": ("order_ends_once", "declined",
                       {"service": "order", "type": "OrderRejected", "later": 0}),
    "an event without a change": ("order_versions", "approved",
                                  {"service": "order", "type": "OrderApproved", "later": 1}),
}
AGE = [f"UPDATE brigade_{service}.{table} SET {column} = {column} - interval '1 hour'"
       for service in SERVICES for table, column in
       (("sent", "sent_at"), ("outbox", "created_at"), ("inbox", "received_at"),
        ("deferred", "deferred_at"))]


class Copies:
    """Copies of the stack's database, each made from the first one, which is clean."""

    def __init__(self, stack):
        self._dsn = stack.dsn()
        self._admin = Database(self._dsn)
        self._admin.rows("CREATE DATABASE audit_clean")
        command = f"pg_dump '{self._dsn}' | psql -qX -v ON_ERROR_STOP=1 '{self.dsn('audit_clean')}'"
        subprocess.run(["bash", "-o", "pipefail", "-c", command], check=True, timeout=120,
                       stdout=subprocess.DEVNULL)
        self._run("audit_clean", self._forget_fictitious())

    def dsn(self, name: str) -> str:
        return self._dsn.replace("dbname=brigade", f"dbname={name}")

    @staticmethod
    def _forget_fictitious() -> list:
        """What other tests made up has no order."""
        tables = [f"brigade_{service}.{table} WHERE id" for service in SERVICES
                  for table in AGGREGATES[service]]
        tables += [f"brigade_{service}.{table} WHERE subject_id" for service in SERVICES
                   for table in ("sent", "outbox")]
        tables += ["brigade_notifier.notifications WHERE order_id"]
        deferred = [f"DELETE FROM brigade_{service}.deferred" for service in SERVICES]
        return [f"DELETE FROM {table} >= {FICTITIOUS}" for table in tables] + deferred

    def _run(self, name: str, statements: list) -> None:
        connection = psycopg2.connect(self.dsn(name))
        with connection, connection.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql)
        connection.close()

    def make(self, name: str, sql: str) -> str:
        """A copy in which this was done an hour ago. Returns its URL."""
        self.drop(name)
        self._admin.rows(f"CREATE DATABASE {name} TEMPLATE audit_clean")
        due = "UPDATE brigade_order.orders SET due_at = due_at - interval '1 hour'"
        self._run(name, [sql, due, *AGE])
        return self.dsn(name)

    def drop(self, name: str) -> None:
        self._admin.rows(f"DROP DATABASE IF EXISTS {name}")

    def close(self) -> None:
        for name in ("audit_copy", "audit_clean"):
            self.drop(name)
        self._admin.close()


@pytest.fixture(scope="module")
def copies(stack, made):  # noqa: F811
    found = Copies(stack)
    yield found
    found.close()


def audit(ctl, url: str, **env: str) -> tuple:
    """The exit status, and how often each invariant is violated."""
    said = ctl("--json", "audit", BRIGADE_DB_URL=url, **env)
    assert said.status in (0, 1), said.err
    invariants = said.json["invariants"]
    assert said.json["checked"] == len(invariants)
    assert said.json["violated"] == sum(each["wrong"] > 0 for each in invariants)
    return said.status, {each["invariant"]: each["wrong"] for each in invariants}


def apart(url: str) -> dict:
    """Settings in which every service has a database of its own (the same, by another name)."""
    return {f"BRIGADE_{service.upper()}_DB_URL": f"{url} application_name={service}"
            for service in SERVICES}


def test_all_wrongs_are_tried():
    assert VIOLATED.keys() | ALLOWED == WRONGS.keys()


def test_the_clean_copy_is_clean(ctl, copies):
    url = copies.make("audit_copy", "SELECT")
    for env in ({}, apart(url)):
        status, violations = audit(ctl, url, **env)
        assert not any(violations.values()), violations
        assert status == 0
    said = ctl("--json", "audit", BRIGADE_DB_URL=url).json
    blind = {each["invariant"] for each in said["invariants"] if each["looked_at"] == 0}
    assert blind <= {"outbox_drains", "deferred_ends"}, "what else is there to look at"


@pytest.mark.parametrize("name", WRONGS)
def test_audit_sees(ctl, copies, made, name):  # noqa: F811
    url = copies.make("audit_copy", WRONGS[name][0].format(**made))
    status, violations = audit(ctl, url)
    found = {invariant for invariant, wrong in violations.items() if wrong}
    if name in ALLOWED:
        assert (status, found) == (0, set())
        return
    assert status == 1 and VIOLATED[name] in found, found
    assert audit(ctl, url, **apart(url)) == (status, violations)


@pytest.mark.parametrize("name", MORE_WRONGS)
def test_audit_sees_in_the_archive(ctl, copies, made, name):  # noqa: F811
    invariant, which, values = MORE_WRONGS[name]
    _, violations = audit(ctl, copies.make("audit_copy", SENT.format(order=made[which], **values)))
    assert violations[invariant] == 1


def test_what_has_just_moved_is_left_alone(ctl, copies, made):  # noqa: F811
    """An order whose event was sent a moment ago may still differ."""
    url = copies.make("audit_copy", WRONGS["a ticket that was not confirmed"][0].format(**made))
    assert audit(ctl, url)[1]["ticket_agrees"] == 1
    copies.make("audit_copy", WRONGS["a ticket that was not confirmed"][0].format(**made) +
                "; UPDATE brigade_order.sent SET sent_at = now() + interval '1 hour' "
                f"WHERE correlation = '{made['approved']}'")
    assert audit(ctl, url)[1]["ticket_agrees"] == 0


def test_what_was_sent_again_and_half_forgotten_is_no_violation(ctl, copies, made):  # noqa: F811
    """The janitor has deleted what was sent before an order's first event was sent again."""
    url = copies.make(
        "audit_copy", "UPDATE brigade_order.sent SET id = 999999999, sent_at = now() + interval "
        f"'2 hours' WHERE type = 'OrderCreated' AND subject_id = {made['approved']}; "
        "DELETE FROM brigade_order.sent WHERE id < 999999999")
    assert audit(ctl, url)[1]["order_versions"] == 0


def test_what_is_too_slow_is_told_and_the_rest_looked_at(ctl, copies):
    """A table that somebody has locked."""
    url = copies.make("audit_copy", "SELECT")
    for env in ({}, apart(url)):
        with psycopg2.connect(url) as holder, holder.cursor() as cursor:
            cursor.execute("LOCK brigade_consumer.verifications")
            said = ctl("--json", "audit", BRIGADE_DB_URL=url, BRIGADE_DB_TIMEOUT_MS="1000", **env)
            holder.rollback()
        holder.close()
        assert said.status == 2 and not said.err
        found = {each["invariant"]: each for each in said.json["invariants"]}
        blind = {name for name, each in found.items() if each["looked_at"] is None}
        assert len(blind) == said.json["not_looked"] == len(found) - said.json["checked"]
        assert {"verification_versions", "charged_when_verified"} <= blind
        assert all("not looked: timeout" in found[name]["examples"] for name in blind)
        assert not {"order_ends", "outbox_drains"} & blind, "the others are looked at"


def test_it_runs_as_the_operator(ctl):
    """Against what runs here, in which other tests have left made-up orders."""
    said = ctl("audit")
    assert said.status in (0, 1) and "checked:" in said.out
