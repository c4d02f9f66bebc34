"""Least privilege, as a matrix: what each service's role and broker user may do with its own, and
with what belongs to each other service. The checks are those of a deployment (deploy/check_rights.*).

SPDX-License-Identifier: MIT
"""

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import psycopg2
import pytest

from database import SERVICES, schema

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
sys.path.insert(0, str(DEPLOY))
import check_rights  # noqa: E402

CHECK_SQL = (DEPLOY / "check_rights.sql").read_text(encoding="utf-8")


def check_database(stack, service: str) -> None:
    """Raises a psycopg2.Error that names what is wrong."""
    connection = psycopg2.connect(stack.dsn(service), connect_timeout=10)
    connection.autocommit = True  # the script has its own transaction
    try:
        with connection.cursor() as cursor:
            cursor.execute(CHECK_SQL)
    finally:
        connection.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_sees_its_own_schema_only(stack, service):
    check_database(stack, service)


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_cannot_make_a_database(stack, service):
    """Not among the others, since it cannot be tried in a transaction."""
    connection = psycopg2.connect(stack.dsn(service), connect_timeout=10)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("CREATE DATABASE rights_checked")
    finally:
        connection.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_reaches_no_other_database(stack, service):
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(stack.dsn(service).replace("/brigade", "/postgres"), connect_timeout=10)


# What gives kitchen a right too many, what takes it back, and words of what is told.
DATABASE_WRONGS = {
    "reads another's table": (
        "GRANT USAGE ON SCHEMA {other} TO {role}; GRANT SELECT ON {other}.inbox TO {role}",
        "REVOKE SELECT ON {other}.inbox FROM {role}; REVOKE USAGE ON SCHEMA {other} FROM {role}",
        "SELECT FROM brigade_order.inbox"),
    "makes tables for all": (
        "GRANT CREATE ON SCHEMA public TO {role}", "REVOKE CREATE ON SCHEMA public FROM {role}",
        "CREATE TABLE public"),
    "makes databases": (
        "ALTER ROLE {role} CREATEDB", "ALTER ROLE {role} NOCREATEDB", "may create databases"),
    "is another, too": (
        "GRANT {other} TO {role}", "REVOKE {other} FROM {role}", "SET LOCAL ROLE brigade_order"),
}


@pytest.mark.parametrize("wrong", DATABASE_WRONGS)
def test_a_right_too_many_in_the_database_is_told(stack, world, wrong):
    grant, revoke, words = DATABASE_WRONGS[wrong]
    names = {"role": schema("kitchen"), "other": schema("order")}
    world.database.rows(grant.format(**names))
    try:
        with pytest.raises(psycopg2.Error, match="must not be able to") as refused:
            check_database(stack, "kitchen")
    finally:
        world.database.rows(revoke.format(**names))
    assert words in str(refused.value)
    check_database(stack, "kitchen")


@pytest.mark.parametrize("service", SERVICES)
def test_a_broker_user_does_its_own_work_only(stack, service):
    assert not check_rights.violations(stack.service_amqp_url(service))


@contextmanager
def broker_rights(world, service: str, **patterns: str) -> Iterator[None]:
    """The service's user has these rights meanwhile."""
    path = f"permissions/%2F/{schema(service)}"
    found = world.broker.console("GET", path)
    before = {kind: found[kind] for kind in ("configure", "write", "read")}
    world.broker.console("PUT", path, {**before, **patterns})
    try:
        yield
    finally:
        world.broker.console("PUT", path, before)


# Kinds of rights of kitchen's user, another pattern for each, and what is told.
BROKER_WRONGS = {
    "write": (r"^(brigade\.watch|kitchen\..*|order\.events)$",
              "must not be able to publish to order.events"),
    "read": (r"^(kitchen\..*|[a-z]+\.events|order\.inbox)$",
             "must not be able to get from order.inbox"),
    "configure": (r"^(brigade\.watch|kitchen\..*|[a-z]+\.events)$",
                  "must not be able to delete order.events"),
    "read, too little": (r"^kitchen\..*$", "must be able to bind kitchen.inbox to order.events"),
}


@pytest.mark.parametrize("wrong", BROKER_WRONGS)
def test_a_wrong_right_at_the_broker_is_told(stack, world, wrong):
    pattern, words = BROKER_WRONGS[wrong]
    with broker_rights(world, "kitchen", **{wrong.split(",")[0]: pattern}):
        found = check_rights.violations(stack.service_amqp_url("kitchen"))
    assert f"brigade_kitchen {words}" in found
    assert not check_rights.violations(stack.service_amqp_url("kitchen"))
