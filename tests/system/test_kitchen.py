"""The kitchen's work: from the acceptance of a ticket to its pick-up, its board, and tickets that
nobody accepts. SPDX-License-Identifier: MIT
"""

from contextlib import contextmanager

import pytest

from checks import assert_problem
from lifecycle import READY_BY, accept, approve, count, move, ticket_state
from program import Program
from waiting import wait_for
from world import APPROVED, must

PAST = "2001-01-01T00:00:00Z"
EXPIRED = APPROVED._replace(order="CANCELLED TICKET_EXPIRED", ticket="CANCELLED",
                            authorization="REVERSED", notification="ORDER_APPROVED ORDER_CANCELLED")
STEPS = {"preparing": "PREPARING", "ready": "READY_FOR_PICKUP", "picked-up": "PICKED_UP"}


def test_from_acceptance_to_pick_up(world):
    order_id = approve(world)
    ticket = must(accept(world, order_id)).json
    assert (ticket["orderId"], ticket["state"]) == (order_id, "ACCEPTED")
    assert ticket["readyBy"] == READY_BY
    for where, state in STEPS.items():
        assert must(move(world, order_id, where)).json["state"] == state
    world.await_fate(order_id, APPROVED._replace(ticket="PICKED_UP"))
    types = world.await_events(order_id, {"TicketPickedUp"})
    assert types[-4:] == ["TicketAccepted", "TicketPreparationStarted", "TicketReadyForPickup",
                          "TicketPickedUp"]
    accepted = [event for event in world.wire.of_order(order_id) if event.type == "TicketAccepted"]
    assert accepted[0].data["readyBy"] == READY_BY


def test_accept_at_once_after_the_approval(world):
    """At the first try, and so is all that follows: each request waits for what it needs."""
    restaurant_id = world.restaurant()
    for _ in range(10):
        order_id = approve(world, restaurant_id)
        must(accept(world, order_id))
        for where in STEPS:
            must(move(world, order_id, where))


def test_every_step_may_be_repeated(world):
    order_id = approve(world)
    must(accept(world, order_id))
    assert must(accept(world, order_id)).json["state"] == "ACCEPTED"
    for where, state in STEPS.items():
        for _ in range(2):
            assert must(move(world, order_id, where)).json["state"] == state
    world.await_events(order_id, {"TicketPickedUp"})
    for kind in ("TicketAccepted", "TicketPreparationStarted", "TicketReadyForPickup",
                 "TicketPickedUp"):
        assert count(world, order_id, kind) == 1


def test_steps_that_the_state_forbids_are_409(world):
    order_id = approve(world)
    world.await_fate(order_id, APPROVED)

    def check_forbidden(state: str, *steps: str) -> None:
        for step in steps:
            answer = (accept(world, order_id, "2031-02-02T00:00:00Z") if step == "accept"
                      else move(world, order_id, step))
            assert_problem(answer, 409, state)
        assert ticket_state(world, order_id) == state

    check_forbidden("AWAITING_ACCEPTANCE", "preparing", "ready", "picked-up")
    must(accept(world, order_id))
    check_forbidden("ACCEPTED", "accept", "ready", "picked-up")  # another readyBy
    must(move(world, order_id, "preparing"))
    check_forbidden("PREPARING", "accept", "picked-up")
    must(move(world, order_id, "ready"))
    check_forbidden("READY_FOR_PICKUP", "accept", "preparing")
    must(move(world, order_id, "picked-up"))
    check_forbidden("PICKED_UP", "accept", "preparing", "ready")


def test_accept_of_an_order_that_is_not_paid_for_is_409(world):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    with world.without("accounting"):
        order_id = world.order(consumer_id, restaurant_id)
        world.await_events(order_id, {"TicketCreated"})
        assert_problem(accept(world, order_id), 409, "CREATE_PENDING", "try again")
    world.await_fate(order_id, APPROVED)
    must(accept(world, order_id))


def test_ready_by_in_the_past_is_422(world):
    order_id = approve(world)
    world.await_fate(order_id, APPROVED)
    assert_problem(accept(world, order_id, PAST), 422, "readyBy")
    assert ticket_state(world, order_id) == "AWAITING_ACCEPTANCE"
    must(accept(world, order_id))


# The board


def board(world, restaurant_id: int, query: str = "") -> list:
    path = f"/restaurants/{restaurant_id}/tickets?{query}"
    return [ticket["orderId"] for ticket in must(world.apis["kitchen"].get(path)).json["tickets"]]


def test_board(world):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    assert board(world, restaurant_id) == []
    orders = [approve(world, restaurant_id, consumer_id) for _ in range(5)]
    for order_id in orders:
        world.await_fate(order_id, APPROVED)
    for order_id in orders[1:4]:
        must(accept(world, order_id))
    must(move(world, orders[3], "preparing"))
    assert board(world, restaurant_id) == orders
    assert board(world, restaurant_id, "state=AWAITING_ACCEPTANCE") == [orders[0], orders[4]]
    assert board(world, restaurant_id, "state=ACCEPTED") == orders[1:3]
    assert board(world, restaurant_id, "state=PREPARING") == [orders[3]]
    assert board(world, restaurant_id, "state=PICKED_UP") == []
    path = f"/v1/restaurants/{restaurant_id}/tickets?state=ACCEPTED&limit=1"
    first = must(world.apis["kitchen"].get(path)).json
    shown = must(world.apis["kitchen"].get(f"/tickets/{orders[1]}")).json
    assert first == {"tickets": [shown], "next": orders[1]}
    last = must(world.apis["kitchen"].get(f"{path}&after={first['next']}")).json
    assert [ticket["orderId"] for ticket in last["tickets"]] == [orders[2]]
    assert "next" not in last


def test_pages_of_the_board(world):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    orders = [approve(world, restaurant_id, consumer_id) for _ in range(5)]
    for order_id in orders:
        world.await_fate(order_id, APPROVED)
    found, after = [], 0
    while after is not None:
        page = must(world.apis["kitchen"].get(
            f"/restaurants/{restaurant_id}/tickets?limit=2&after={after}")).json
        found += [ticket["orderId"] for ticket in page["tickets"]]
        after = page.get("next")
    assert found == orders


@pytest.mark.parametrize("query", [
    "state=", "state", "state=accepted", "state=EATEN", "state=NONE", "state=ACCEPTED&state=ACCEPTED",
    "state=" + "A" * 5000, "state=ACCEPTED%00", "state='", "limit=0", "limit=51", "limit=x",
    "after=-1", "after=x", "after=2147483648"])
def test_board_with_malformed_queries(world, apis, query):
    path = f"/restaurants/{world.restaurant()}/tickets?{query}"
    assert_problem(apis["kitchen"].get(path), 400)


@pytest.mark.parametrize("text,status", [("abc", 400), ("0", 404), ("2147483647", 404)])
def test_board_of_no_restaurant(apis, text, status):
    assert_problem(apis["kitchen"].get(f"/restaurants/{text}/tickets"), status)


# Nobody accepts


def accept_in_time(world, restaurant_id: int) -> int:
    """An order whose ticket was accepted before it has expired."""
    def attempt() -> int:
        order_id = approve(world, restaurant_id)
        answer = accept(world, order_id)
        return order_id if answer.status == 200 else 0
    return wait_for("a ticket is accepted in time", attempt)


def test_a_ticket_that_nobody_accepts_expires(world):
    restaurant_id = world.restaurant()
    with world.with_settings("kitchen", BRIGADE_TICKET_ACCEPTANCE_S="2"):
        accepted = accept_in_time(world, restaurant_id)
        forgotten = approve(world, restaurant_id)
        world.await_fate(forgotten, EXPIRED)
        assert_problem(accept(world, forgotten), 409, "CANCELLED")
        texts = [each["text"] for each in world.notifications(
            world.find("order", f"/orders/{forgotten}")["consumerId"])]
        assert texts[-1] == (f"Your order {forgotten} is cancelled and costs nothing: "
                             "the restaurant did not accept it in time.")
        world.await_events(forgotten, {"TicketCancelled", "CreditCardAuthorizationReversed",
                                       "OrderCancelled"})
        world.await_fate(accepted, APPROVED._replace(ticket="ACCEPTED"))


@contextmanager
def no_ticket_expires(world, restaurant_id: int):
    """The database refuses it to every ticket of this restaurant."""
    world.database.rows("ALTER TABLE brigade_kitchen.tickets ADD CONSTRAINT no_expiry CHECK "
                        "(restaurant_id <> %s OR state <> 'CANCELLED')", restaurant_id)
    try:
        yield
    finally:
        world.database.rows("ALTER TABLE brigade_kitchen.tickets DROP CONSTRAINT no_expiry")


def test_a_timer_that_always_fails_holds_up_no_other(world):
    """It stays due, and is tried again."""
    refused, other = world.restaurant(), world.restaurant()
    with world.with_settings("kitchen", BRIGADE_TICKET_ACCEPTANCE_S="2"):
        with no_ticket_expires(world, refused):
            stuck = approve(world, refused)
            for _ in range(2):  # one that is due with it, and one after it
                world.await_fate(approve(world, other), EXPIRED)
            assert world.fate(stuck) == APPROVED
        world.await_fate(stuck, EXPIRED)


def test_tickets_expire_once_with_two_kitchens(world, stack, programs):
    """Also those that were confirmed before a kitchen was killed."""
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    with world.with_settings("kitchen", BRIGADE_TICKET_ACCEPTANCE_S="2"), \
            Program(stack, programs, "kitchen", BRIGADE_TICKET_ACCEPTANCE_S="2"):
        orders = [approve(world, restaurant_id, consumer_id) for _ in range(20)]
        world.kill("kitchen")
        world.start("kitchen", {"BRIGADE_TICKET_ACCEPTANCE_S": "2"})
        for order_id in orders:
            world.await_fate(order_id, EXPIRED)
            world.await_events(order_id, {"TicketCancelled", "OrderCancelled"})
            assert count(world, order_id, "TicketCancelled") == 1
