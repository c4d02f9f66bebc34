"""The audit finds what it is there for: each wrong, made inside a transaction that is rolled back,
is told. An oracle that never speaks proves nothing. SPDX-License-Identifier: MIT
"""

import copy
import uuid

import pytest

from events import envelope_problems
from lifecycle import CANCELLED, REVISED, approve, cancel, revise
from world import APPROVED, must, rejected

# What is done to the rows of an approved, a declined, a revised and a cancelled order, and the
# words of the violation.
WRONGS = {
    "an order that never ends": (
        "UPDATE brigade_order.orders SET state = 'APPROVAL_PENDING', due_at = now() "
        "WHERE id = {approved}", "has not ended"),
    "a ticket that was not confirmed": (
        "UPDATE brigade_kitchen.tickets SET state = 'CREATE_PENDING', due_at = NULL "
        "WHERE id = {approved}",
        "ticket does not agree"),
    "a ticket of a rejected order that is cooked": (
        "UPDATE brigade_kitchen.tickets SET state = 'ACCEPTED', reason = NULL, "
        "ready_by = now() WHERE id = {declined}", "ticket does not agree"),
    "a ticket of a cancelled order that is cooked": (
        "UPDATE brigade_kitchen.tickets SET state = 'ACCEPTED', reason = NULL, "
        "ready_by = now() WHERE id = {cancelled}", "ticket does not agree"),
    "a ticket that was cancelled for an approved order": (
        "UPDATE brigade_kitchen.tickets SET state = 'CANCELLED', reason = 'TICKET_EXPIRED', "
        "due_at = NULL WHERE id = {approved}", "ticket does not agree"),
    "a ticket that may not be cooked": (
        "UPDATE brigade_kitchen.tickets SET approved = false WHERE id = {approved}",
        "has not heard"),
    "a ticket that still holds a revision": (
        "UPDATE brigade_kitchen.tickets SET state = 'REVISION_PENDING', due_at = NULL, "
        "resume_state = 'ACCEPTED', held_line_items = line_items, answered_revision = 2 "
        "WHERE id = {revised}", "ticket does not agree"),
    "a revision of which the kitchen has not heard": (
        "UPDATE brigade_kitchen.tickets SET settled_revision = 0 WHERE id = {revised}",
        "is not settled"),
    "a revision of which accounting has not heard": (
        "UPDATE brigade_accounting.authorizations SET settled_revision = 0 WHERE id = {revised}",
        "is not settled"),
    "a revision that was not charged": (
        "UPDATE brigade_accounting.authorizations SET amount_cents = 6170 WHERE id = {revised}",
        "another amount"),
    "a revision of which the consumer was not told": (
        "DELETE FROM brigade_notifier.notifications WHERE order_id = {revised} AND revision = 1",
        "a revision was not told of once"),
    "a charge for a cancelled order": (
        "UPDATE brigade_accounting.authorizations SET state = 'AUTHORIZED' WHERE id = {cancelled}",
        "authorization does not agree"),
    "no ticket": ("DELETE FROM brigade_kitchen.tickets WHERE id = {approved}", "no ticket"),
    "a ticket for something else": (
        "UPDATE brigade_kitchen.tickets SET line_items = jsonb_set(line_items, "
        "'{{0,quantity}}', '6') WHERE id = {approved}", "not what was ordered"),
    "a ticket without an order": (
        "INSERT INTO brigade_kitchen.tickets SELECT 999999999, version, due_at, state, reason, "
        "restaurant_id, line_items FROM brigade_kitchen.tickets WHERE id = {approved}",
        "is no order"),
    "no charge for an approved order": (
        "DELETE FROM brigade_accounting.authorizations WHERE id = {approved}", "no authorization"),
    "a reversed charge for an approved order": (
        "UPDATE brigade_accounting.authorizations SET state = 'REVERSED' WHERE id = {approved}",
        "authorization does not agree"),
    "a charge for a rejected order": (
        "UPDATE brigade_accounting.authorizations SET state = 'AUTHORIZED', reason = NULL "
        "WHERE id = {declined}", "what was charged"),
    "a charge of another amount": (
        "UPDATE brigade_accounting.authorizations SET amount_cents = amount_cents + 1 "
        "WHERE id = {approved}", "another amount"),
    "a charge of another consumer": (
        "UPDATE brigade_accounting.authorizations SET consumer_id = consumer_id + 1 "
        "WHERE id = {approved}", "another amount or consumer"),
    "a charge without a verification": (
        "DELETE FROM brigade_consumer.verifications WHERE id = {approved}",
        "without a verification"),
    "a consumer who was not told": (
        "DELETE FROM brigade_notifier.notifications WHERE order_id = {approved}", "told of once"),
    "a consumer who was told twice": (
        "INSERT INTO brigade_notifier.notifications SELECT 999999999, version, due_at, "
        "'ORDER_REJECTED', consumer_id, order_id, text, created_at "
        "FROM brigade_notifier.notifications WHERE order_id = {approved}", "told of once"),
    "a consumer without an account": (
        "DELETE FROM brigade_accounting.accounts WHERE id = {consumer}", "no account"),
    "an old menu": (
        "UPDATE brigade_order.restaurants SET menu_items = menu_items - 0 WHERE id = {restaurant}",
        "not its menu"),
    "an event that was not published": (
        "INSERT INTO brigade_order.outbox (event_id, type, subject_id, sequence, correlation, "
        "traceparent, body, created_at) "
        "VALUES ('{uuid}', 'OrderCreated', 1, 1, '', '', '{{}}', now())",
        "still has a OrderCreated"),
    "a change without an event": (
        "UPDATE brigade_order.orders SET version = version + 1 WHERE id = {approved}",
        "orders/{approved} has version 3"),
    "a message that waits for ever": (
        "INSERT INTO brigade_kitchen.deferred (message_id, type, kind, aggregate_id, body, "
        "retry_at) VALUES ('{uuid}', 'CreditCardAuthorized', 'ticket', 1, '', now())",
        "still defers"),
    "a parked message": (
        "INSERT INTO brigade_consumer.parked (message_id, type, reason, body) "
        "VALUES ('{uuid}', 'OrderCreated', 'test', '')", "has parked a OrderCreated: test"),
    "a message that was lost": (
        "DELETE FROM brigade_kitchen.inbox WHERE message_id = '{created}'",
        "did not reach kitchen"),
    "a message from nowhere": (
        "INSERT INTO brigade_kitchen.inbox (message_id, type, subject_id) "
        "VALUES ('{uuid}', 'OrderCreated', 1)", "which nobody has sent"),
}


@pytest.fixture(scope="module")
def made(world, audit):
    """The ids of what the wrongs are done to."""
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    approved = world.order(consumer_id, restaurant_id)
    declined = world.order(world.consumer(card="tok_declined"), restaurant_id)
    world.await_fate(approved, APPROVED)
    world.await_fate(declined, rejected("CARD_DECLINED", "FAILED"))
    revised, cancelled = approve(world, restaurant_id), approve(world, restaurant_id)
    must(revise(world, revised, vindaloo=6))
    must(cancel(world, cancelled))
    world.await_fate(revised, REVISED)
    world.await_fate(cancelled, CANCELLED)
    audit.check()
    return {"consumer": consumer_id, "restaurant": restaurant_id, "approved": approved,
            "declined": declined, "revised": revised, "cancelled": cancelled, "uuid": uuid.uuid4(),
            "created": world.wire.of_order(approved)[0].envelope["id"]}


@pytest.mark.parametrize("name", WRONGS)
def test_audit_sees(world, audit, made, name):
    sql, words = WRONGS[name]
    world.database.rows("BEGIN")
    try:
        world.database.rows(sql.format(**made))
        violations = audit.violations()
    finally:
        world.database.rows("ROLLBACK")
    assert any(words.format(**made) in violation for violation in violations), violations
    assert not audit.violations()


@pytest.mark.parametrize("name,value", [
    ("specversion", "0.3"), ("id", "42"), ("source", "/brigade/kitchen"), ("type", "OrderEaten"),
    ("subject", "orders/1000000"), ("time", "2026-11-21"), ("datacontenttype", "text/plain"),
    ("dataschema", None), ("sequence", 1), ("traceparent", ""), ("data", {}), ("extra", "x")])
def test_wire_sees(world, made, name, value):
    event = copy.deepcopy(world.wire.of_order(made["approved"])[0].envelope)
    assert not envelope_problems(event)
    event[name] = value
    assert envelope_problems(event)


@pytest.mark.parametrize("name,value", [
    ("orderTotal", 61.7), ("orderTotal", "61.7"), ("orderId", "1"), ("lineItems", []),
    ("deliveryTime", 0), ("consumerId", 0), ("extra", "x")])
def test_wire_sees_wrong_data(world, made, name, value):
    event = copy.deepcopy(world.wire.of_order(made["approved"])[0].envelope)
    event["data"][name] = value
    assert envelope_problems(event)
