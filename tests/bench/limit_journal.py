"""What the services write, row by row: triggers copy each change of each of their tables into a
journal. It is read again as columns of values, in PostgreSQL's own binary form.

SPDX-License-Identifier: MIT
"""

import struct
from typing import NamedTuple

from database import SERVICES, Database, schema

SCHEMA = "brigade_limit"  # of the journal, and of the tables that the limit writes to
NULL = struct.pack(">i", -1)

SCHEMA_SQL = f"""
DROP SCHEMA IF EXISTS {SCHEMA} CASCADE;
CREATE SCHEMA {SCHEMA};
CREATE UNLOGGED TABLE {SCHEMA}.journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service text NOT NULL,
    name text NOT NULL, -- of the table
    operation text NOT NULL, -- INSERT, UPDATE or DELETE
    key text NOT NULL,
    image text NOT NULL -- the row: after the change, or as it was deleted
);
CREATE FUNCTION {SCHEMA}.keep() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE changed record;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    INSERT INTO {SCHEMA}.journal (service, name, operation, key, image)
    VALUES (TG_ARGV[0], TG_TABLE_NAME, TG_OP, to_jsonb(changed) ->> TG_ARGV[1], changed::text);
    RETURN NULL;
END $$;
"""
TRIGGER_SQL = """
CREATE TRIGGER limit_keep AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {schema}.keep('{service}', '{key}')
"""

# How often its row was changed before, is a change's level. A row that was there before the journal
# has no place in a round that begins with empty tables.
CHANGES_SQL = f"""
CREATE UNLOGGED TABLE {SCHEMA}.changes AS
SELECT id, service, name, operation, image, level, first = 'INSERT' AS whole FROM (
    SELECT *, row_number() OVER w - 1 AS level, first_value(operation) OVER w AS first
    FROM {SCHEMA}.journal WINDOW w AS (PARTITION BY service, name, key ORDER BY id)) AS t
"""


class JournalError(Exception):
    """What the journal cannot be used for, in words for the person who runs the benchmark."""


class Column(NamedTuple):
    name: str
    type: str
    oid: int
    default: str  # "": none


class Table(NamedTuple):
    """A table of a service. `unique` has the columns of each unique index."""

    service: str
    name: str
    key: str
    columns: list
    unique: list
    options: list  # storage parameters

    @property
    def real(self) -> str:
        return f"{schema(self.service)}.{self.name}"

    @property
    def copy(self) -> str:
        """Where the limit writes."""
        return f"{SCHEMA}.{self.service}_{self.name}"


class Changes(NamedTuple):
    """Changes of one kind to rows of one table that were changed `level` times before."""

    service: str
    table: str
    operation: str
    level: int
    rows: int


def _split(array: bytes) -> list:
    """The elements of an array in binary form, each with its length before it."""
    dimensions, _, _ = struct.unpack_from(">iii", array)
    count = struct.unpack_from(">i", array, 12)[0] if dimensions else 0
    elements, at = [], 20
    for _ in range(count):
        size = 4 + max(0, struct.unpack_from(">i", array, at)[0])
        elements.append(array[at:at + size])
        at += size
    return elements


class Journal:
    """Between install() and remove() every change is kept. No use beside the services' real work:
    it makes that slower."""

    def __init__(self, database: Database):
        self._database = database

    def install(self) -> None:
        self._database.rows(SCHEMA_SQL)
        for service in SERVICES:
            names = self._database.rows("SELECT relname FROM pg_class WHERE relkind = 'r' "
                                        "AND relnamespace = %s::regnamespace", schema(service))
            for (name,) in names:
                table = self.table(service, name)
                self._database.rows(TRIGGER_SQL.format(table=table.real, schema=SCHEMA,
                                                       service=service, key=table.key))

    def remove(self) -> None:
        """With its triggers, and all that stands in the schema."""
        self._database.rows(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")

    def size(self) -> int:
        return self._database.one(f"SELECT count(*) FROM {SCHEMA}.journal")

    def close(self) -> None:
        """What was written so far is what changes() and columns() tell."""
        self._database.rows(CHANGES_SQL)

    def table(self, service: str, name: str) -> Table:
        of = f"{schema(service)}.{name}"
        columns = self._database.rows(
            "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid::bigint, "
            "coalesce(pg_get_expr(d.adbin, d.adrelid), '') FROM pg_attribute AS a "
            "LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
            "WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped "
            "ORDER BY a.attnum", of)
        unique = self._database.rows(
            "SELECT i.indisprimary, array_agg(a.attname::text ORDER BY k.at) FROM pg_index AS i, "
            "unnest(i.indkey) WITH ORDINALITY AS k(number, at), pg_attribute AS a "
            "WHERE i.indrelid = %s::regclass AND i.indisunique AND a.attrelid = i.indrelid "
            "AND a.attnum = k.number GROUP BY i.indexrelid, i.indisprimary", of)
        primary = [names for is_primary, names in unique if is_primary]
        if not primary or len(primary[0]) != 1:
            raise JournalError(f"{of} has no primary key of one column: teach limit_journal.py "
                               "which rows of it are the same")
        options = self._database.one("SELECT coalesce(reloptions, '{}') FROM pg_class "
                                     "WHERE oid = %s::regclass", of)
        return Table(service, name, primary[0][0], [Column(*each) for each in columns],
                     [names for _, names in unique], options)

    def changes(self) -> list:
        return [Changes(*row) for row in self._database.rows(
            f"SELECT service, name, operation, level, count(*) FROM {SCHEMA}.changes WHERE whole "
            "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4, 3")]

    def left_out(self) -> dict:
        """How many changes are of rows that were there before, by table."""
        return dict(self._database.rows(
            f"SELECT service || '.' || name, count(*) FROM {SCHEMA}.changes WHERE NOT whole "
            "GROUP BY 1"))

    def values(self, table: Table, changes: Changes) -> dict:
        """By column the values of the rows, in the order in which they were changed."""
        arrays = ", ".join(f'array_send(array_agg((image)."{column.name}" ORDER BY id))'
                           for column in table.columns)
        found = self._database.rows(
            f"SELECT {arrays} FROM (SELECT id, image::{table.real} AS image FROM {SCHEMA}.changes "
            "WHERE whole AND (service, name, operation, level) = (%s, %s, %s, %s) OFFSET 0) AS t",
            changes.service, changes.table, changes.operation, changes.level)[0]
        return {column.name: _split(bytes(array)) for column, array in zip(table.columns, found)}
