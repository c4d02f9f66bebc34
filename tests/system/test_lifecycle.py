"""The sagas that cancel and revise an order, in every way that they can end.

SPDX-License-Identifier: MIT
"""

import uuid

import pytest

from checks import assert_problem
from lifecycle import (CANCELLED, READY_BY, REFUSED_REVISION, REVISED, accept, approve, assert_has,
                       assert_unchanged, cancel, count, lines_of, move, quantities_of, revise,
                       state_of, ticket_state)
from waiting import wait_for
from world import APPROVED, DINNER_TOTAL, must, rejected

TOLD_TWICE = "ORDER_APPROVED ORDER_CANCELLATION_REJECTED"


def told(world, order_id: int) -> str:
    """What the consumer was told last about the order."""
    consumer_id = world.apis["order"].get(f"/orders/{order_id}").json["consumerId"]
    return [each["text"] for each in world.notifications(consumer_id)
            if each["orderId"] == order_id][-1]


# Cancel


def test_cancel(world):
    order_id = approve(world)
    world.await_fate(order_id, APPROVED)
    answer = must(cancel(world, order_id)).json
    assert (answer["orderId"], answer["state"]) == (order_id, "CANCEL_PENDING")
    assert answer["orderTotal"] == DINNER_TOTAL
    world.await_fate(order_id, CANCELLED)
    types = world.await_events(order_id, {"OrderCancelRequested", "TicketCancelled",
                                          "CreditCardAuthorizationReversed", "OrderCancelled"})
    assert types[-4:] == ["OrderCancelRequested", "TicketCancelled",
                          "CreditCardAuthorizationReversed", "OrderCancelled"]
    assert told(world, order_id) == (f"Your order {order_id} is cancelled and costs nothing: "
                                     "you asked for it.")


def test_cancel_at_once_after_the_approval(world):
    """The kitchen may not have heard of the authorization: the request waits for it there."""
    restaurant_id = world.restaurant()
    orders = []
    for _ in range(10):
        orders.append(approve(world, restaurant_id))
        must(cancel(world, orders[-1]))
    for order_id in orders:
        world.await_fate(order_id, CANCELLED)


def test_cancel_of_an_accepted_ticket(world):
    order_id = approve(world)
    must(accept(world, order_id))
    must(cancel(world, order_id))
    world.await_fate(order_id, CANCELLED)


def test_cancel_while_it_is_cooked_is_refused(world):
    """The order is approved again, and may be asked for again: with the same answer."""
    order_id = approve(world)
    must(accept(world, order_id))
    must(move(world, order_id, "preparing"))
    assert must(cancel(world, order_id)).json["state"] == "CANCEL_PENDING"
    refused = APPROVED._replace(order="APPROVED PREPARATION_STARTED", ticket="PREPARING",
                                notification=TOLD_TWICE)
    world.await_fate(order_id, refused)
    world.await_events(order_id, {"TicketCancellationRejected", "OrderCancellationRejected"})
    assert told(world, order_id) == (f"Your order {order_id} cannot be cancelled any more: "
                                     "the restaurant has begun to cook.")
    must(cancel(world, order_id))
    world.await_fate(order_id, refused._replace(
        notification=f"{TOLD_TWICE} ORDER_CANCELLATION_REJECTED"))
    must(move(world, order_id, "ready"))
    assert_unchanged(world, order_id)


def test_cancel_of_a_pending_order_is_409(world):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    with world.without("accounting"):
        order_id = world.order(consumer_id, restaurant_id)
        assert_problem(cancel(world, order_id), 409, "APPROVAL_PENDING")
        assert_problem(revise(world, order_id, naan=1), 409, "APPROVAL_PENDING")
    world.await_fate(order_id, APPROVED)


def test_cancel_of_a_rejected_order_is_409(world):
    order_id = world.order(world.consumer(card="tok_declined"), world.restaurant())
    world.await_fate(order_id, rejected("CARD_DECLINED", "FAILED"))
    assert_problem(cancel(world, order_id), 409, "REJECTED")
    assert_problem(revise(world, order_id, naan=1), 409, "REJECTED")
    assert_problem(accept(world, order_id), 409, "CREATE_REJECTED")
    assert world.fate(order_id) == rejected("CARD_DECLINED", "FAILED")


def test_cancel_of_a_cancelled_order_is_answered_as_it_is(world):
    order_id = approve(world)
    with world.without("accounting"):
        must(cancel(world, order_id))
        assert must(cancel(world, order_id)).json["state"] == "CANCEL_PENDING"
        assert_problem(revise(world, order_id, naan=1), 409, "CANCEL_PENDING")
    world.await_fate(order_id, CANCELLED)
    assert must(cancel(world, order_id)).json["state"] == "CANCELLED"
    assert_problem(revise(world, order_id, naan=1), 409, "CANCELLED")
    for refused in (accept(world, order_id), move(world, order_id, "preparing"),
                    move(world, order_id, "ready"), move(world, order_id, "picked-up")):
        assert_problem(refused, 409, "CANCELLED")
    assert count(world, order_id, "OrderCancelRequested") == 1
    assert count(world, order_id, "OrderCancelled") == 1


# Revise


@pytest.mark.parametrize("total,quantities", [
    ("74.04", {"vindaloo": 6}), ("12.34", {"vindaloo": 1}), ("61.70", {"vindaloo": 5}),
    ("7.00", {"naan": 2}), ("65.20", {"vindaloo": 5, "naan": 1})],
    ids=["more", "less", "the same", "another item", "one more item"])
def test_revise(world, total, quantities):
    order_id = approve(world)
    answer = must(revise(world, order_id, **quantities)).json
    assert (answer["state"], answer["orderTotal"], answer["revision"]) == (
        "REVISION_PENDING", DINNER_TOTAL, 1)
    assert quantities_of(answer["lineItems"]) == {"vindaloo": 5}
    assert answer["revisedOrderTotal"] == total
    assert quantities_of(answer["revisedLineItems"]) == quantities
    world.await_fate(order_id, REVISED)
    assert_has(world, order_id, total, **quantities)
    types = world.await_events(order_id, {"OrderRevised", "TicketRevised"})
    chain = ["OrderRevisionProposed", "TicketRevisionProposed", "CreditCardAuthorizationRevised",
             "OrderRevised", "TicketRevised"]
    assert [kind for kind in types if kind in chain] == chain
    assert told(world, order_id) == f"Your order {order_id} is changed, and costs now {total}."
    order = world.apis["order"].get(f"/orders/{order_id}").json
    assert "revisedLineItems" not in order and "revisedOrderTotal" not in order


def test_revise_drops_an_item_again_and_again(world):
    """And between two of them the order can be accepted; then it is cancelled."""
    order_id = approve(world)
    for number, (total, quantities) in enumerate([
            ("65.20", {"vindaloo": 5, "naan": 1}), ("3.50", {"naan": 1}),
            ("24.68", {"vindaloo": 2})], 1):
        assert must(revise(world, order_id, **quantities)).json["revision"] == number
        assert_has(world, order_id, total, **quantities)
        must(accept(world, order_id))
    assert ticket_state(world, order_id) == "ACCEPTED"
    must(cancel(world, order_id))
    world.await_fate(order_id, CANCELLED._replace(
        notification="ORDER_APPROVED" + 3 * " ORDER_REVISED" + " ORDER_CANCELLED"))


def test_total_changes_only_when_it_is_confirmed(world):
    order_id = approve(world)
    with world.without("accounting"):
        must(revise(world, order_id, vindaloo=6))
        wait_for("the kitchen holds the ticket", lambda: ticket_state(world, order_id),
                 lambda state: state == "REVISION_PENDING")
        order = must(world.apis["order"].get(f"/orders/{order_id}")).json
        assert (order["orderTotal"], order["revisedOrderTotal"]) == (DINNER_TOTAL, "74.04")
        ticket = must(world.apis["kitchen"].get(f"/tickets/{order_id}")).json
        assert quantities_of(ticket["lineItems"]) == {"vindaloo": 5}
        assert_problem(cancel(world, order_id), 409, "REVISION_PENDING")
        assert_problem(revise(world, order_id, naan=1), 409, "REVISION_PENDING")
        assert_problem(accept(world, order_id), 409, "REVISION_PENDING")
    assert_has(world, order_id, "74.04", vindaloo=6)
    must(accept(world, order_id))


def test_both_names_of_the_lines(world, apis):
    order_id = approve(world)
    path, lines = f"/orders/{order_id}/revise", lines_of({"naan": 2})
    assert_problem(apis["order"].post(path, {}), 400, "revisedLineItems", "revisedOrderLineItems")
    both = {"revisedLineItems": lines, "revisedOrderLineItems": lines}
    assert_problem(apis["order"].post(path, both), 400, "revisedLineItems", "not both")
    must(apis["order"].post(path, {"revisedOrderLineItems": lines}))
    assert_has(world, order_id, "7.00", naan=2)


def test_revise_twice_with_one_key_is_one_revision(world, apis):
    order_id, key = approve(world), str(uuid.uuid4())
    body = {"revisedLineItems": lines_of({"naan": 2})}
    first = must(apis["order"].post(f"/orders/{order_id}/revise", body, key=key))
    assert must(apis["order"].post(f"/orders/{order_id}/revise", body, key=key)).json == first.json
    assert_has(world, order_id, "7.00", naan=2)
    assert must(apis["order"].post(f"/orders/{order_id}/revise", body, key=key)).json == first.json
    assert must(apis["order"].get(f"/orders/{order_id}")).json["revision"] == 1


def check_refused_revision(world, order_id: int, reason: str, ticket: str, *events: str) -> None:
    """The order is as it was, and says why."""
    world.await_fate(order_id, APPROVED._replace(
        order=f"APPROVED {reason}", ticket=ticket, notification=REFUSED_REVISION))
    world.await_events(order_id, {"OrderRevisionRejected", *events})
    assert_unchanged(world, order_id)


def test_revise_with_a_card_that_declines(world, apis):
    consumer_id = world.consumer()
    order_id = approve(world, consumer_id=consumer_id)
    path = f"/accounts/{consumer_id}/card"
    must(apis["accounting"].put(path, {"cardToken": "tok_declined"}))
    must(revise(world, order_id, vindaloo=6))
    check_refused_revision(world, order_id, "CARD_DECLINED", "AWAITING_ACCEPTANCE",
                           "CreditCardAuthorizationRevisionFailed", "TicketRevisionUndone")
    assert told(world, order_id) == (f"Your order {order_id} could not be changed and stays as it "
                                     "was: the card was declined.")
    must(apis["accounting"].put(path, {"cardToken": "tok_default"}))
    assert must(revise(world, order_id, vindaloo=6)).json["revision"] == 2
    assert_has(world, order_id, "74.04", vindaloo=6)
    assert "reason" not in must(apis["order"].get(f"/orders/{order_id}")).json


def test_revise_over_the_limit_for_one_order(world):
    order_id = approve(world, consumer_id=world.consumer(limit="74.03"))
    must(accept(world, order_id))
    must(revise(world, order_id, vindaloo=6))
    check_refused_revision(world, order_id, "ORDER_LIMIT_EXCEEDED", "ACCEPTED",
                           "CreditCardAuthorizationRevisionFailed", "TicketRevisionUndone")


def test_revise_up_to_the_limit_for_one_order(world):
    order_id = approve(world, consumer_id=world.consumer(limit="74.04"))
    must(revise(world, order_id, vindaloo=6))
    assert_has(world, order_id, "74.04", vindaloo=6)


def test_revise_to_what_is_not_on_the_menu_is_422(world):
    order_id = approve(world)
    assert_problem(revise(world, order_id, vindaloo=1, pizza=1), 422, "pizza",
                   "revisedLineItems[1].menuItemId")
    assert state_of(world, order_id) == "APPROVED"
    must(revise(world, order_id, naan=1))
    assert_has(world, order_id, "3.50", naan=1)


def test_revise_when_the_restaurant_has_closed(world, apis):
    restaurant_id = world.restaurant()
    order_id = approve(world, restaurant_id)
    must(apis["kitchen"].put(f"/restaurants/{restaurant_id}/close"))
    must(revise(world, order_id, vindaloo=6))
    check_refused_revision(world, order_id, "RESTAURANT_CLOSED", "AWAITING_ACCEPTANCE",
                           "TicketRevisionRejected")


def test_revise_while_it_is_cooked(world):
    order_id = approve(world)
    must(accept(world, order_id))
    must(move(world, order_id, "preparing"))
    must(revise(world, order_id, vindaloo=6))
    check_refused_revision(world, order_id, "PREPARATION_STARTED", "PREPARING",
                           "TicketRevisionRejected")
    must(move(world, order_id, "ready"))


# What is asked for wrongly


@pytest.mark.parametrize("text,status", [("abc", 400), ("0", 404), ("01", 400), ("2147483647", 404),
                                         ("2147483648", 404), ("%31", 400)])
@pytest.mark.parametrize("service,path,body", [
    ("order", "/orders/{}/cancel", None), ("kitchen", "/tickets/{}/preparing", None),
    ("kitchen", "/tickets/{}/ready", None), ("kitchen", "/v1/tickets/{}/picked-up", None),
    ("order", "/orders/{}/revise", {"revisedLineItems": lines_of({"naan": 1})}),
    ("kitchen", "/tickets/{}/accept", {"readyBy": READY_BY})])
def test_ids_of_nothing(apis, service, path, body, text, status):
    assert_problem(apis[service].post(path.format(text), body), status)


@pytest.mark.parametrize("service,path", [
    ("order", "/orders/1/cancel"), ("order", "/v1/orders/1/revise"),
    ("kitchen", "/tickets/1/accept"), ("kitchen", "/v1/tickets/1/ready")])
def test_other_methods_are_405(apis, service, path):
    for method in ("GET", "PUT", "DELETE"):
        answer = apis[service].request(method, path)
        assert_problem(answer, 405)
        assert answer.headers["allow"] == "POST"
