"""The create-order saga, in every way that it can end. SPDX-License-Identifier: MIT"""

import itertools
import uuid

import pytest

from events import TRACEPARENT
from waiting import wait_for
from world import APPROVED, DINNER_TOTAL, must, order_request, rejected

UNKNOWN_CONSUMER = itertools.count(900_000_000)


def assert_before(types: list, *pairs: tuple) -> None:
    """What causes something came before it, and nothing came twice."""
    assert sorted(types) == sorted(set(types))
    for earlier, later in pairs:
        assert types.index(earlier) < types.index(later), types


def told(world, order_id: int, consumer_id: int) -> str:
    texts = [each["text"] for each in world.notifications(consumer_id)
             if each["orderId"] == order_id]
    assert len(texts) == 1
    return texts[0]


def test_approved(world, apis):
    consumer_id, restaurant_id = world.consumer(limit="100.00"), world.restaurant()
    order_id = world.order(consumer_id, restaurant_id)
    world.await_fate(order_id, APPROVED)
    types = world.await_events(order_id, {
        "OrderCreated", "ConsumerVerified", "TicketCreated", "CreditCardAuthorized",
        "TicketConfirmed", "OrderApproved"})
    assert len(types) == 6
    assert_before(types, ("OrderCreated", "ConsumerVerified"), ("OrderCreated", "TicketCreated"),
                  ("ConsumerVerified", "CreditCardAuthorized"),
                  ("TicketCreated", "CreditCardAuthorized"),
                  ("CreditCardAuthorized", "TicketConfirmed"),
                  ("CreditCardAuthorized", "OrderApproved"))
    order = apis["order"].get(f"/orders/{order_id}").json
    assert order["orderTotal"] == DINNER_TOTAL
    assert "reason" not in order
    ticket = apis["kitchen"].get(f"/tickets/{order_id}").json
    assert ticket["lineItems"] == [
        {"menuItemId": "vindaloo", "name": "Chicken Vindaloo", "quantity": 5}]
    authorization = apis["accounting"].get(f"/authorizations/{order_id}").json
    assert authorization == {"orderId": order_id, "consumerId": consumer_id, "state": "AUTHORIZED",
                             "amount": DINNER_TOTAL}
    assert told(world, order_id, consumer_id) == f"Your order {order_id} is confirmed: 61.70."


REFUSED_BY_ACCOUNTING = ["OrderCreated", "ConsumerVerified", "TicketCreated",
                         "CreditCardAuthorizationFailed", "OrderRejected", "TicketCreationRejected"]


def check_refused_charge(world, order_id: int, consumer_id: int, reason: str, text: str) -> None:
    world.await_fate(order_id, rejected(reason, "FAILED"))
    types = world.await_events(order_id, set(REFUSED_BY_ACCOUNTING))
    assert_before(types, ("TicketCreated", "CreditCardAuthorizationFailed"),
                  ("CreditCardAuthorizationFailed", "OrderRejected"),
                  ("CreditCardAuthorizationFailed", "TicketCreationRejected"))
    assert len(types) == 6
    authorization = world.apis["accounting"].get(f"/authorizations/{order_id}").json
    assert authorization["reason"] == reason
    assert told(world, order_id, consumer_id) == f"Your order {order_id} was rejected: {text}."


def test_card_declined(world):
    consumer_id = world.consumer(card="tok_declined")
    order_id = world.order(consumer_id, world.restaurant())
    check_refused_charge(world, order_id, consumer_id, "CARD_DECLINED", "the card was declined")


def test_account_disabled_and_enabled_again(world, apis):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    assert must(apis["accounting"].put(f"/accounts/{consumer_id}/disable")).json == {
        "consumerId": consumer_id, "state": "DISABLED", "cardToken": "tok_default"}
    order_id = world.order(consumer_id, restaurant_id)
    check_refused_charge(world, order_id, consumer_id, "ACCOUNT_DISABLED",
                         "your account is disabled")
    assert must(apis["accounting"].put(f"/accounts/{consumer_id}/enable")).json["state"] == "OPEN"
    world.await_fate(world.order(consumer_id, restaurant_id), APPROVED)


def check_refused_consumer(world, order_id: int, consumer_id: int, reason: str, text: str) -> None:
    world.await_fate(order_id, rejected(reason, "VOIDED"))
    types = world.await_events(order_id, {
        "OrderCreated", "ConsumerVerificationFailed", "TicketCreated", "OrderRejected",
        "TicketCreationRejected", "CreditCardAuthorizationVoided"})
    assert_before(types, ("ConsumerVerificationFailed", "OrderRejected"),
                  ("OrderRejected", "TicketCreationRejected"),
                  ("OrderRejected", "CreditCardAuthorizationVoided"))
    assert len(types) == 6
    assert told(world, order_id, consumer_id) == f"Your order {order_id} was rejected: {text}."


def test_order_limit_exceeded(world):
    consumer_id = world.consumer(limit="61.69")
    order_id = world.order(consumer_id, world.restaurant())
    check_refused_consumer(world, order_id, consumer_id, "ORDER_LIMIT_EXCEEDED",
                           "it costs more than your limit for one order")


def test_order_limit_just_kept(world):
    world.await_fate(world.order(world.consumer(limit="61.70"), world.restaurant()), APPROVED)


def test_unknown_consumer(world):
    consumer_id = next(UNKNOWN_CONSUMER)
    order_id = world.order(consumer_id, world.restaurant())
    check_refused_consumer(world, order_id, consumer_id, "CONSUMER_UNKNOWN",
                           "we do not know the customer")
    assert world.apis["accounting"].get(f"/accounts/{consumer_id}").status == 404


def check_refused_ticket(world, order_id: int, consumer_id: int, reason: str, text: str) -> None:
    world.await_fate(order_id, rejected(reason, "VOIDED"))
    types = world.await_events(order_id, {
        "OrderCreated", "ConsumerVerified", "TicketCreationFailed", "OrderRejected",
        "CreditCardAuthorizationVoided"})
    assert_before(types, ("TicketCreationFailed", "OrderRejected"),
                  ("OrderRejected", "CreditCardAuthorizationVoided"))
    assert len(types) == 5
    assert world.apis["kitchen"].get(f"/tickets/{order_id}").json["reason"] == reason
    assert told(world, order_id, consumer_id) == f"Your order {order_id} was rejected: {text}."


def test_restaurant_closed_and_opened_again(world, apis):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    closed = must(apis["kitchen"].put(f"/restaurants/{restaurant_id}/close"))
    assert closed.json["state"] == "CLOSED"
    order_id = world.order(consumer_id, restaurant_id)
    check_refused_ticket(world, order_id, consumer_id, "RESTAURANT_CLOSED",
                         "the restaurant is closed")
    assert must(apis["kitchen"].put(f"/restaurants/{restaurant_id}/open")).json["state"] == "OPEN"
    world.await_fate(world.order(consumer_id, restaurant_id), APPROVED)


def test_item_left_the_menu_meanwhile(world, apis):
    """The revision is kept from the order service until the order is placed."""
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    queue, menu = "order.inbox", [{"id": "naan", "name": "Garlic Naan", "price": "4.00"}]
    revision = ("kitchen.events", queue, "RestaurantMenuRevised")
    with world.without("order"), world.broker.unbound(*revision):  # it would repair the binding
        must(apis["kitchen"].put(f"/restaurants/{restaurant_id}/menu", {"menuItems": menu}))
        revised = wait_for("the revision is on the wire", lambda: [
            event for event in world.wire.about(f"restaurants/{restaurant_id}")
            if event.type == "RestaurantMenuRevised"])[0]
    order_id = world.order(consumer_id, restaurant_id)
    check_refused_ticket(world, order_id, consumer_id, "MENU_ITEM_UNKNOWN",
                         "a dish is no longer on the menu")
    world.broker.publish(queue, revised.body, revised.properties)
    wait_for("the replica has the new menu",
             lambda: apis["order"].get(f"/restaurants/{restaurant_id}").json["menu"]["menuItems"],
             lambda found: found == menu)
    answer = apis["order"].post("/orders", order_request(consumer_id, restaurant_id))
    assert answer.status == 422
    assert "vindaloo" in answer.json["detail"]


def test_approval_times_out_before_the_charge(world):
    """Consumer does not answer: nothing was charged, and what it says later changes nothing."""
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    with world.with_settings("order", BRIGADE_ORDER_APPROVAL_S="1"):
        with world.without("consumer"):
            order_id = world.order(consumer_id, restaurant_id)
            world.await_fate(order_id, rejected("APPROVAL_TIMED_OUT", "VOIDED"))
        world.await_events(order_id, {"ConsumerVerified", "CreditCardAuthorizationVoided",
                                      "TicketCreationRejected"})
    world.await_done("accounting")
    assert world.fate(order_id) == rejected("APPROVAL_TIMED_OUT", "VOIDED")
    assert told(world, order_id, consumer_id).endswith(" it could not be confirmed in time.")


def test_approval_times_out_while_accounting_is_away(world):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    with world.with_settings("order", BRIGADE_ORDER_APPROVAL_S="1"):
        with world.without("accounting"):
            order_id = world.order(consumer_id, restaurant_id)
            world.await_events(order_id, {"OrderRejected", "TicketCreationRejected"})
        # It finds all facts and the rejection in its inbox: it may charge before it reads on.
        ends = [rejected("APPROVAL_TIMED_OUT", state) for state in ("VOIDED", "REVERSED")]
        wait_for(f"order {order_id} becomes one of {ends}", lambda: world.fate(order_id),
                 lambda found: found in ends)
        world.await_events(order_id, {f"CreditCardAuthorization{world.fate(order_id)[2].title()}"})


def test_orders_right_after_their_consumer(world):
    """The account may not be open yet: the order waits for it, and does not fail."""
    restaurant_id = world.restaurant()
    orders = [world.order(world.consumer(wait=False), restaurant_id) for _ in range(20)]
    for order_id in orders:
        world.await_fate(order_id, APPROVED)


def test_order_before_its_account_is_open(world):
    restaurant_id = world.restaurant()
    with world.without("accounting"):
        order_id = world.order(world.consumer(wait=False), restaurant_id)
        world.await_events(order_id, {"ConsumerVerified", "TicketCreated"})
        assert world.apis["order"].get(f"/orders/{order_id}").json["state"] == "APPROVAL_PENDING"
        assert world.apis["kitchen"].get(f"/tickets/{order_id}").json["state"] == "CREATE_PENDING"
    world.await_fate(order_id, APPROVED)


def test_orders_right_after_their_restaurant(world):
    """The replica may not have it yet: the command is held until it has."""
    consumer_id = world.consumer()
    orders = [world.order(consumer_id, world.restaurant(wait=False)) for _ in range(20)]
    for order_id in orders:
        world.await_fate(order_id, APPROVED)


def test_one_trace_from_the_request_to_the_last_event(world):
    trace_id = uuid.uuid4().hex
    order_id = world.order(world.consumer(), world.restaurant(),
                           headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
    world.await_events(order_id, {"TicketConfirmed", "OrderApproved"})
    parents = [event.envelope["traceparent"] for event in world.wire.of_order(order_id)]
    assert {parent.split("-")[1] for parent in parents} == {trace_id}
    assert len({parent.split("-")[2] for parent in parents}) == len(parents)


@pytest.mark.parametrize("sent", ["", "junk", f"00-{'0' * 32}-00f067aa0ba902b7-01"])
def test_a_trace_begins_when_none_is_given(world, sent):
    order_id = world.order(world.consumer(), world.restaurant(), headers={"traceparent": sent})
    world.await_events(order_id, {"OrderApproved"})
    parents = [event.envelope["traceparent"] for event in world.wire.of_order(order_id)]
    assert all(TRACEPARENT.fullmatch(parent) for parent in parents)
    assert len({parent.split("-")[1] for parent in parents}) == 1


def test_what_the_console_shows_of_an_event(world):
    """The other properties of all events are checked as they come (wire.py)."""
    order_id = world.order(world.consumer(), world.restaurant())
    world.await_events(order_id, {"OrderApproved"})
    created = world.wire.of_order(order_id)[0]
    assert (created.exchange, created.routing_key) == ("order.events", "OrderCreated")
    assert created.properties.correlation_id == str(order_id)
    assert created.properties.message_id == created.envelope["id"]
    assert created.properties.type == "OrderCreated"
    assert created.properties.app_id == "order"
    assert created.properties.content_type.startswith("application/cloudevents+json")
    assert created.properties.delivery_mode == 2
