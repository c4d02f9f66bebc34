"""brigadectl sees what hangs and says where; what it may not do is refused.

SPDX-License-Identifier: MIT
"""

import subprocess
import uuid
from pathlib import Path

import pika
import psycopg2
import pytest

from ctl import await_verdict
from database import SERVICES
from events import SUBSCRIPTIONS, subscribers
from lifecycle import approve
from waiting import wait_for
from world import APPROVED, rejected

COMMANDS = ["saga show", "saga why", "saga ls", "parked ls", "parked show", "parked redrive",
            "dead ls", "dead redrive", "outbox ls", "outbox replay", "topology verify",
            "topology apply", "audit"]
ROOT = Path(__file__).resolve().parents[2]
# What the operator may not read: whole tables, and columns.
SECRETS = [("idempotency", "body"), ("accounts", "card_token"), ("consumers", "first_name"),
           ("consumers", "last_name")]
SECRET_TABLES = {table for table, _ in SECRETS}
NOBODY = "127.0.0.1:1"  # where nobody listens


# Arguments and settings


def test_help_names_every_command(ctl):
    said = ctl("--help")
    assert said.status == 0
    assert all(f"  {name} " in said.out for name in COMMANDS)
    assert "BRIGADE_MANAGEMENT_URL" in said.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(ctl, name):
    said = ctl(*name.split(), "--help")
    assert said.status == 0
    assert said.out.startswith(f"usage: brigadectl [--json] {name}")
    assert "Exit: 0" in said.out and name in said.out.partition("Example:")[2]


@pytest.mark.parametrize("words", [
    [], ["saga"], ["saga", "eat"], ["saga", "show"], ["saga", "show", "1", "2"],
    ["saga", "show", "abc"], ["saga", "show", "0"], ["saga", "show", "99999999999"],
    ["saga", "show", "1", "--all"], ["saga", "ls", "--frob"], ["parked", "ls", "pantry"],
    ["parked", "show", "kitchen", "x"], ["parked", "redrive", "kitchen"],
    ["parked", "redrive", "kitchen", "1", "--all"], ["parked", "redrive", "kitchen", "1", "--rate"],
    ["parked", "redrive", "kitchen", "1", "--rate", "0"], ["audit", "--settle", "-1"]])
def test_wrong_arguments_are_refused(ctl, words):
    said = ctl(*words)
    assert (said.status, said.out) == (2, "")
    assert said.err


@pytest.mark.parametrize("words,env,names", [
    (["saga", "show", "1"], {"BRIGADE_DB_URL": ""}, ["BRIGADE_DB_URL"]),
    (["saga", "show", "1"], {"BRIGADE_DB_URL": f"postgresql://me:secret@{NOBODY}/x"},
     ["order", NOBODY.split(":", maxsplit=1)[0]]),
    (["saga", "show", "1"], {"BRIGADE_KITCHEN_DB_URL": f"postgresql://me:secret@{NOBODY}/x"},
     ["kitchen"]),
    (["audit"], {"BRIGADE_INBOX_DAYS": "many"}, ["BRIGADE_INBOX_DAYS"]),
    (["dead", "redrive", "kitchen"], {"BRIGADE_AMQP_URL": ""}, ["BRIGADE_AMQP_URL"]),
    (["dead", "redrive", "kitchen"], {"BRIGADE_AMQP_URL": f"amqp://me:secret@{NOBODY}"}, [NOBODY]),
    (["topology", "verify"], {"BRIGADE_MANAGEMENT_URL": ""}, ["BRIGADE_MANAGEMENT_URL"]),
    (["topology", "verify"], {"BRIGADE_MANAGEMENT_URL": f"http://me:secret@{NOBODY}"}, [NOBODY])])
def test_what_cannot_be_reached_is_named(ctl, words, env, names):
    said = ctl(*words, **env)
    assert (said.status, said.out) == (2, "")
    assert all(name in said.err for name in names), said.err
    assert "secret" not in said.err


def test_a_wrong_password_is_told(ctl, stack):
    url = stack.rabbitmq.management_url.replace(":brigade_operator@", ":wrong@")
    said = ctl("dead", "ls", BRIGADE_MANAGEMENT_URL=url)
    assert said.status == 2 and "password" in said.err


# One order


def test_show_tells_the_timeline(ctl, world):
    order_id = world.order(world.consumer(), world.restaurant())
    world.await_fate(order_id, APPROVED)
    world.await_events(order_id, {"TicketConfirmed"})

    def missing() -> list:
        told = ctl("--json", "saga", "show", order_id).json
        return ([each for each in told["taken"] if each["received"] is None]
                + [each for each in told["events"] if each["sent"] is None])
    wait_for("all is sent and taken", missing, lambda found: not found)
    told = ctl("--json", "saga", "show", order_id).json
    assert {each["event_id"] for each in told["events"]} == {
        event.envelope["id"] for event in world.wire.of_order(order_id)}
    assert {(each["type"], each["service"]) for each in told["taken"]} == {
        (event.type, service) for event in world.wire.of_order(order_id)
        for service in subscribers(event.type)}
    assert [each["created"] for each in told["events"]] == sorted(
        each["created"] for each in told["events"])
    assert {(each["aggregate"], each["state"]) for each in told["states"]} == {
        ("order", "APPROVED"), ("verification", "VERIFIED"), ("ticket", "AWAITING_ACCEPTANCE"),
        ("authorization", "AUTHORIZED"), ("notification", "ORDER_APPROVED")}
    assert told["waiting"] == []
    text = ctl("saga", "show", order_id).out
    assert "OrderCreated" in text and "kitchen +" in text and "AUTHORIZED" in text


def test_an_order_that_is_not_there(ctl):
    assert ctl("saga", "show", 2_000_000_000).status == 1
    said = ctl("saga", "why", 2_000_000_000)
    assert said.status == 1 and "there is no order 2000000000" in said.out


def test_why_nothing_hangs(ctl, world):
    restaurant_id = world.restaurant()
    approved = approve(world, restaurant_id)
    declined = world.order(world.consumer(card="tok_declined"), restaurant_id)
    world.await_fate(declined, rejected("CARD_DECLINED", "FAILED"))
    assert "accept" in await_verdict(ctl, approved, "restaurant")["why"]
    assert "CARD_DECLINED" in await_verdict(ctl, declined, "ended")["why"]
    assert ctl("saga", "why", approved).status == 0


def test_why_it_waits_in_a_queue(ctl, world):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    with world.without("kitchen"):
        order_id = world.order(consumer_id, restaurant_id)
        told = await_verdict(ctl, order_id, "queue", why="nobody subscribes")
        assert "kitchen.inbox" in told["why"]
        assert "start kitchen" in told["do"]
        assert ctl("saga", "why", order_id).status == 1
        listed = ctl("--json", "saga", "ls")
        assert listed.status == 1
        assert {"APPROVAL_PENDING"} == {each["state"] for each in listed.json["orders"]
                                        if each["order"] == order_id}
        assert order_id not in {each["order"] for each in
                                ctl("--json", "saga", "ls", "--stuck").json["orders"]}
    world.await_fate(order_id, APPROVED)


def test_why_it_waits_in_an_outbox(ctl, world, stack):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    stack.stop_broker()
    try:
        order_id = world.order(consumer_id, restaurant_id)
        told = await_verdict(ctl, order_id, "outbox")
        assert "outbox of order" in told["why"]
        outboxes = {each["service"]: each for each in ctl("--json", "outbox", "ls").json["outboxes"]}
        assert outboxes["order"]["waiting"] >= 1
        assert outboxes["order"]["oldest_type"] == "OrderCreated"
    finally:
        stack.start_broker()
    world.await_fate(order_id, APPROVED)


def test_why_it_is_deferred_or_parked(ctl, world, audit):
    """Rows as the service would write them, with another hand."""
    order_id = approve(world)
    audit.await_quiet()  # what comes later would move what is written here
    deferred, parked = str(uuid.uuid4()), str(uuid.uuid4())
    body = '{"data":{"orderId":%d}}' % order_id
    world.database.rows(
        "INSERT INTO brigade_kitchen.deferred (message_id, type, kind, aggregate_id, body, "
        "deferred_at, retry_at) VALUES (%s, 'OrderRevised', 'ticket', %s, %s, "
        "now() - interval '1 min', 'infinity')", deferred, order_id, body.encode())
    try:
        told = await_verdict(ctl, order_id, "deferred")
        assert f"waits for its ticket {order_id}" in told["why"]
        world.database.rows(
            "INSERT INTO brigade_accounting.parked (message_id, type, reason, body) "
            "VALUES (%s, 'OrderRevised', 'for a test', %s)", parked, body.encode())
        told = await_verdict(ctl, order_id, "parked")
        assert "accounting" in told["why"] and "for a test" in told["why"]
        assert told["do"].split("brigadectl ")[1].startswith("parked redrive accounting ")
        stuck = ctl("--json", "saga", "ls", "--stuck").json["orders"]
        assert {each["state"] for each in stuck if each["order"] == order_id} == {
            "deferred", "parked"}
        shown = ctl("--json", "saga", "show", order_id).json["waiting"]
        assert {(each["service"], each["how"]) for each in shown} == {
            ("kitchen", "deferred"), ("accounting", "parked")}
    finally:
        world.database.rows("DELETE FROM brigade_kitchen.deferred WHERE message_id = %s", deferred)
        world.database.rows("DELETE FROM brigade_accounting.parked WHERE message_id = %s", parked)


def test_why_services_disagree(ctl, world, audit):
    order_id = approve(world)
    audit.await_quiet()
    ticket = world.database.rows("SELECT state, reason, due_at FROM brigade_kitchen.tickets "
                                 "WHERE id = %s", order_id)[0]
    update = ("UPDATE brigade_kitchen.tickets SET state = %s, reason = %s, due_at = %s "
              "WHERE id = %s")
    world.database.rows(update, "CANCELLED", "TICKET_EXPIRED", None, order_id)
    try:
        told = await_verdict(ctl, order_id, "inconsistent")
        assert "order is APPROVED" in told["why"] and "ticket is CANCELLED" in told["why"]
        assert ctl("saga", "why", order_id).status == 1
    finally:
        world.database.rows(update, *ticket, order_id)
    assert ctl("--json", "saga", "why", order_id).json["verdict"] == "restaurant"


def test_why_a_cancellation_is_stuck(ctl, world, audit):
    order_id = approve(world)
    audit.await_quiet()
    await_verdict(ctl, order_id, "restaurant")
    update = ("UPDATE brigade_order.orders SET state = %s, cancel_requests = %s, due_at = now() + "
              "%s * interval '1 hour' WHERE id = %s")
    try:
        for requests, status in ((1, 0), (2, 1)):
            world.database.rows(update, "CANCEL_PENDING", requests, 1, order_id)
            said = ctl("--json", "saga", "why", order_id)
            assert (said.status, said.json["verdict"]) == (status, "deadline")
        assert "asked for 2 times" in said.json["do"]
    finally:
        world.database.rows(update, "APPROVED", 0, None, order_id)


# What the operator may not


@pytest.mark.parametrize("service", SERVICES)
def test_the_operator_changes_no_state(stack, service):
    """Reads everything but secrets; moves parked messages and sent events, and nothing else."""
    connection = psycopg2.connect(stack.dsn("operator"))
    connection.autocommit = True
    schema = f"brigade_{service}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s",
                       [schema])
        tables = {name for (name,) in cursor.fetchall()}
        assert {"inbox", "outbox", "sent", "parked", "deferred"} < tables
        allowed = {("INSERT", "deferred"), ("INSERT", "outbox"), ("DELETE", "parked"),
                   ("DELETE", "sent")} | {("SELECT", table) for table in tables - SECRET_TABLES}
        for table in tables:
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
                cursor.execute("SELECT has_table_privilege(%s, %s)", [f"{schema}.{table}", right])
                assert cursor.fetchone()[0] == ((right, table) in allowed), (right, table)
        cursor.execute("SELECT has_schema_privilege(%s, 'CREATE')", [schema])
        assert cursor.fetchone()[0] is False
        for table, column in SECRETS:
            if table in tables:
                cursor.execute("SELECT has_column_privilege(%s, %s, 'SELECT')",
                               [f"{schema}.{table}", column])
                assert cursor.fetchone()[0] is False, (table, column)
    connection.close()


def test_a_database_without_the_operator_gets_it(ctl, stack, world):
    """As docs/operations.md says: each service's role runs the operator's migrations again."""
    def run(dsn: str, *arguments: str) -> None:
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", dsn, *arguments], check=True,
                       timeout=120, stdout=subprocess.DEVNULL)
    copy = stack.dsn().replace("dbname=brigade", "dbname=without_operator")
    as_operator = {"BRIGADE_DB_URL": copy.replace("user=postgres", "user=brigade_operator")}
    world.database.rows("CREATE DATABASE without_operator")
    try:
        subprocess.run(["bash", "-o", "pipefail", "-c", f"pg_dump --no-privileges '{stack.dsn()}' | "
                        f"psql -qX -v ON_ERROR_STOP=1 '{copy}'"], check=True, timeout=120,
                       stdout=subprocess.DEVNULL)
        assert ctl("saga", "ls", **as_operator).status == 2
        for service in SERVICES:
            files = [ROOT / "common" / "migrations" / "0003_operator.sql",
                     *(ROOT / "services" / service / "migrations").glob("*_operator_columns.sql")]
            for file in files:
                run(copy.replace("user=postgres", f"user=brigade_{service}"), "-f", str(file))
        for words in (["audit"], ["saga", "ls"], ["parked", "ls"], ["outbox", "ls"],
                      ["outbox", "replay", "--dry-run"]):
            said = ctl(*words, **as_operator)
            assert said.status in (0, 1), said.err
        run(copy.replace("user=postgres", "user=brigade_order"), "-c", "CREATE TABLE later (id int)")
        run(as_operator["BRIGADE_DB_URL"], "-c", "SELECT id FROM brigade_order.later")
    finally:
        world.database.rows("DROP DATABASE without_operator")


def test_the_operators_broker_user_publishes_no_events(stack):
    parameters = pika.URLParameters(stack.rabbitmq.service_url("operator"))
    with pika.BlockingConnection(parameters) as connection:
        for action in (lambda channel: channel.basic_publish("order.events", "OrderCreated", b"x"),
                       lambda channel: channel.basic_get("kitchen.inbox"),
                       lambda channel: channel.queue_purge("kitchen.inbox"),
                       lambda channel: channel.queue_declare("kitchen.mine"),
                       lambda channel: channel.queue_delete("kitchen.inbox")):
            channel = connection.channel()
            channel.confirm_delivery()
            with pytest.raises(pika.exceptions.ChannelClosedByBroker) as closed:
                action(channel)
            assert closed.value.reply_code == 403


def test_it_knows_the_subscriptions(ctl, world):
    """A binding for each, and no other: what brigadectl expects is what the services do."""
    assert ctl("topology", "verify").status == 0
    assert all(world.broker.bindings(f"{service}.inbox") for service in SUBSCRIPTIONS)
