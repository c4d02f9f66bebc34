"""What some hundred orders have caused, as the work of one round of the limit: the file that the
program `limit` reads (limit_workload.h says how), and the same in figures.

SPDX-License-Identifier: MIT
"""

import re
import struct
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pika

from database import SERVICES, schema
from limit_journal import NULL, Journal, JournalError, Table

COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
COPY_END = struct.pack(">h", -1)
LENGTH = 4            # bytes of a value's length, which stand before it
UUID_STEP_MAX = 600_000
SCATTER = 2654435761  # makes random texts of random texts


class Fresh(NamedTuple):
    """How a unique column's value becomes another one in each round: by `step`, in its first
    `width` bytes, as a number ("b") or as hex digits ("h")."""

    kind: str
    width: int
    step: int


class Parameter(NamedTuple):
    content: bytes
    keys: list  # (offset, Fresh)

    def record(self) -> bytes:
        keys = [f"{fresh.kind} {offset} {fresh.width} {fresh.step}\n"
                for offset, fresh in self.keys]
        head = f"parameter {len(self.content)} {len(self.keys)}\n".encode()
        return head + self.content + b"\n" + "".join(keys).encode()


class Statement(NamedTuple):
    how: str  # "copy" or "query"
    lag: int
    rows: int
    sql: str
    parameters: list

    def record(self) -> bytes:
        sql = self.sql.encode()
        head = f"statement {self.how} {self.lag} {self.rows} {len(sql)}\n".encode()
        return head + sql + b"\n" + b"".join(each.record() for each in self.parameters)


# Fresh keys


def _numbers(values: list, width: int) -> list:
    return [int.from_bytes(value[LENGTH:LENGTH + width], "big") for value in values
            if value != NULL]


def _fresh(table: Table, column, values: list) -> Fresh:
    """Numbers go on where the round before has ended, and so do UUIDs, which begin with their time
    (version 7): a new row's place in the index is at its end, as it really is."""
    if column.type in ("integer", "bigint"):
        width = 4 if column.type == "integer" else 8
        numbers = _numbers(values, width)
        return Fresh("b", width, max(numbers) - min(numbers) + 1)
    if column.type == "uuid":
        numbers = _numbers(values, 6)
        return Fresh("b", 6, min(max(numbers) - min(numbers) + 1, UUID_STEP_MAX))
    if column.type == "text" and all(re.match(b"[0-9a-f]{8}", value[LENGTH:]) for value in values):
        return Fresh("h", 8, SCATTER)
    raise JournalError(f"{table.real}: no way to make other values of the unique column "
                       f"{column.name} ({column.type}): teach limit_workload.py")


def _fresh_columns(table: Table, values: dict) -> dict:
    """The columns that make the rows of each round differ: of each unique index one, a number if
    there is one."""
    columns = {column.name: column for column in table.columns}
    found = {}
    for names in table.unique:
        numbers = [name for name in names if columns[name].type in ("integer", "bigint", "uuid")]
        name = (numbers or names)[0]
        found[name] = _fresh(table, columns[name], values[name])
    return found


# Statements


def _row_count(table: Table, values: dict) -> int:
    return len(values[table.key])


def _copy(table: Table, lag: int, values: dict, fresh: dict) -> Statement:
    """What has the default now() is left to it, as the services do."""
    names = [column.name for column in table.columns if column.default != "now()"]
    content, keys = bytearray(COPY_HEAD), []
    for row in zip(*(values[name] for name in names)):
        content += struct.pack(">h", len(names))
        for name, value in zip(names, row):
            if name in fresh and value != NULL:
                keys.append((len(content) + LENGTH, fresh[name]))
            content += value
    content += COPY_END
    sql = f"COPY {table.copy} ({', '.join(names)}) FROM STDIN (FORMAT binary)"
    return Statement("copy", lag, _row_count(table, values), sql,
                     [Parameter(bytes(content), keys)])


def _array(column, values: list, fresh: dict) -> Parameter:
    head = struct.pack(">iiIii", 1, NULL in values, column.oid, len(values), 1)
    content, keys = bytearray(head), []
    for value in values:
        if column.name in fresh and value != NULL:
            keys.append((len(content) + LENGTH, fresh[column.name]))
        content += value
    return Parameter(bytes(content), keys)


def _update(table: Table, lag: int, values: dict, fresh: dict) -> Statement:
    """All columns but the key, as the services do (common/kind_sql.c)."""
    columns = [column for column in table.columns if column.default != "now()"]
    changed = [column.name for column in columns if column.name != table.key]
    arrays = ", ".join(f"${at}::{column.type}[]" for at, column in enumerate(columns, 1))
    sql = (f"UPDATE {table.copy} AS t SET {', '.join(f'{name} = u.{name}' for name in changed)} "
           f"FROM unnest({arrays}) AS u({', '.join(column.name for column in columns)}) "
           f"WHERE t.{table.key} = u.{table.key}")
    return Statement("query", lag, _row_count(table, values), sql,
                     [_array(column, values[column.name], fresh) for column in columns])


def _delete(table: Table, lag: int, values: dict, fresh: dict) -> Statement:
    key = next(column for column in table.columns if column.name == table.key)
    sql = f"DELETE FROM {table.copy} WHERE {key.name} = ANY($1::{key.type}[])"
    return Statement("query", lag, _row_count(table, values), sql,
                     [_array(key, values[key.name], fresh)])


MAKERS = {"INSERT": _copy, "UPDATE": _update, "DELETE": _delete}


# Messages


def _frames(event, heard: bool) -> bytes:
    """The bytes that publish the message again, with the properties that it had: mandatory where
    somebody subscribes to it, as the relay does."""
    publish = pika.spec.Basic.Publish(exchange=event.exchange, routing_key=event.routing_key,
                                      mandatory=heard)
    return (pika.frame.Method(1, publish).marshal()
            + pika.frame.Header(1, len(event.body), event.properties).marshal()
            + pika.frame.Body(1, event.body).marshal())


class Workload:
    """`events` as tests/system/wire.py collects them; `bindings` by queue; of `orders` orders."""

    def __init__(self, orders: int, journal: Journal, events: list, bindings: dict):
        self.orders = orders
        self._journal = journal
        self._events = events
        self._changes = journal.changes()
        self._left_out = journal.left_out()
        self.tables = {each: journal.table(*each)
                       for each in sorted({(each.service, each.table) for each in self._changes})}
        self._heard = set().union(*bindings.values())
        self.deliveries = {queue: sum((event.exchange, event.routing_key) in bound
                                      for event in events) for queue, bound in bindings.items()}

    def write(self, path: Path, stack) -> None:
        """One record after the other."""
        with open(path, "wb") as file:
            file.write(f"orders {self.orders}\n".encode())
            for queue, count in self.deliveries.items():
                url = stack.service_amqp_url(queue.partition(".")[0])
                file.write(f"deliveries {queue} {url} {count}\n".encode())
            for service in SERVICES:
                self._write_publishes(file, service, stack.service_amqp_url(service))
                self._write_writes(file, service)

    def _write_publishes(self, file, service: str, url: str) -> None:
        frames = [_frames(event, (event.exchange, event.routing_key) in self._heard)
                  for event in self._events if event.exchange == f"{service}.events"]
        if frames:
            content = b"".join(frames)
            file.write(f"publishes {service} {url} {len(frames)} {len(content)}\n".encode())
            file.write(content + b"\n")

    def _write_writes(self, file, service: str) -> None:
        file.write(f"writes {service}\n".encode())
        for (owner, name), table in self.tables.items():
            if owner != service:
                continue
            fresh = None
            for changes in self._changes:
                if (changes.service, changes.table) != (owner, name):
                    continue
                values = self._journal.values(table, changes)
                fresh = fresh or _fresh_columns(table, values)
                file.write(MAKERS[changes.operation](table, changes.level, values, fresh).record())

    # In figures

    def _per_order(self, count: int) -> float:
        return round(count / self.orders, 3)

    def _publishes(self) -> list:
        keys = Counter((event.exchange, event.routing_key) for event in self._events)
        sizes: Counter = Counter()
        for event in self._events:
            sizes[event.exchange, event.routing_key] += len(event.body)
        return [{"exchange": exchange, "key": key, "per_order": self._per_order(count),
                 "body_bytes": round(sizes[exchange, key] / count)}
                for (exchange, key), count in sorted(keys.items())]

    def _rows(self) -> list:
        def count(owner: str, name: str, operation: str) -> float:
            return self._per_order(sum(each.rows for each in self._changes
                                       if each[:3] == (owner, name, operation)))
        return [{"schema": schema(owner), "table": name,
                 "inserts": count(owner, name, "INSERT"), "updates": count(owner, name, "UPDATE"),
                 "deletes": count(owner, name, "DELETE")} for owner, name in self.tables]

    def figures(self) -> dict:
        """What an order costs."""
        return {"orders": self.orders, "publishes": self._publishes(),
                "deliveries": {queue: self._per_order(count)
                               for queue, count in self.deliveries.items()},
                "tables": self._rows(), "changes_left_out": self._left_out}
