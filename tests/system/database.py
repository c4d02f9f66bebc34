"""The database as the superuser and as a service's role see it. SPDX-License-Identifier: MIT"""

from typing import Any, Optional

import psycopg2

# The tables of aggregates, whose rows only commands, events and timers change.
AGGREGATES = {
    "consumer": ["consumers", "verifications"],
    "order": ["orders", "restaurants"],
    "kitchen": ["restaurants", "tickets"],
    "accounting": ["accounts", "authorizations"],
    "notifier": ["notifications"],
}
SERVICES = list(AGGREGATES)


def schema(service: str) -> str:
    return f"brigade_{service}"


def all_tables() -> list:
    return [f"{schema(service)}.{table}" for service, tables in AGGREGATES.items()
            for table in tables]


class Database:
    """Each statement is a transaction; a lost connection is replaced at the next one."""

    def __init__(self, dsn: str):
        self._dsn = dsn
        self._connection: Optional[Any] = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _run(self, sql: str, values: tuple) -> list:
        if self._connection is None:
            self._connection = psycopg2.connect(self._dsn, connect_timeout=10)
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def rows(self, sql: str, *values) -> list:
        """Raises a ConnectionError when the database is away."""
        for last_try in (self._connection is None, True):
            try:
                return self._run(sql, values)
            except psycopg2.Error as error:
                if error.pgcode and not isinstance(error, psycopg2.OperationalError):
                    raise  # the statement's own fault
                self._connection = None
                if last_try:
                    raise ConnectionError(str(error)) from error
        raise AssertionError("not reached")

    def one(self, sql: str, *values) -> Any:
        """The first column of the only row."""
        return self.rows(sql, *values)[0][0]

    def counts(self, service: str) -> dict:
        """How many rows each of the service's aggregates' tables has."""
        tables = AGGREGATES[service]
        sums = ", ".join(f"(SELECT count(*) FROM {schema(service)}.{table})" for table in tables)
        return dict(zip(tables, self.rows(f"SELECT {sums}")[0]))

    def digest(self) -> dict:
        """For each aggregates' table a text that changes when any of its rows does."""
        text = "coalesce(string_agg(t::text, E'\\n' ORDER BY t.id), '')"
        return {table: self.one(f"SELECT md5({text}) FROM {table} AS t") for table in all_tables()}

    def parked(self, service: str, body: bytes) -> list:
        """The (reason, type, message_id) of each parked message with these bytes."""
        return self.rows("SELECT reason, type, message_id::text "
                         f"FROM {schema(service)}.parked WHERE body = %s", psycopg2.Binary(body))

    def in_inbox(self, service: str, message_id: str) -> bool:
        return self.one(f"SELECT count(*) FROM {schema(service)}.inbox WHERE message_id = %s",
                        message_id) == 1

    def outbox_sizes(self) -> dict:
        return {service: self.one(f"SELECT count(*) FROM {schema(service)}.outbox")
                for service in SERVICES}

    def pending_orders(self) -> int:
        return self.one("SELECT count(*) FROM brigade_order.orders "
                        "WHERE state NOT IN ('APPROVED', 'REJECTED', 'CANCELLED')")

    def end_sessions(self, service: str) -> int:
        """Cut all of a service's connections. Returns how many there were."""
        return len(self.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                             "WHERE usename = %s", schema(service)))
