"""The REST interfaces as their documents describe them: answers, paging, ids, methods, money.

SPDX-License-Identifier: MIT
"""

import json

import pytest

from checks import assert_problem
from database import SERVICES
from waiting import wait_for
from world import (ADDRESS, APPROVED, DELIVERY_TIME, DINNER, MENU, must, order_request, rejected)

UNKNOWN_ID = 2147483646
CREATIONS = {  # service, path, body, name of the id in the answer
    "consumer": ("consumer", "/consumers", {}, "consumerId"),
    "restaurant": ("kitchen", "/restaurants",
                   {"name": "Ajanta", "address": ADDRESS, "menu": {"menuItems": MENU}}, "id"),
}


@pytest.mark.parametrize("what", CREATIONS)
def test_creation_is_answered_200_without_v1_and_201_with_it(apis, what):
    service, path, body, name = CREATIONS[what]
    bare = apis[service].post(path, body)
    assert (bare.status, set(bare.json)) == (200, {name})
    assert "location" not in bare.headers
    versioned = apis[service].post(f"/v1{path}", body)
    assert versioned.status == 201
    assert versioned.headers["location"] == f"/v1{path}/{versioned.json[name]}"
    assert versioned.json[name] > bare.json[name]
    assert apis[service].get(versioned.headers["location"]).status == 200


def test_order_with_and_without_v1(world, apis):
    body = order_request(world.consumer(), world.restaurant())
    bare = apis["order"].post("/orders", body)
    assert (bare.status, set(bare.json)) == (200, {"orderId"})
    versioned = apis["order"].post("/v1/orders", body)
    order_id = versioned.json["orderId"]
    assert (versioned.status, versioned.headers["location"]) == (201, f"/v1/orders/{order_id}")
    world.await_fate(order_id, APPROVED)
    found = [apis["order"].get(f"{prefix}/orders/{order_id}").json for prefix in ("", "/v1")]
    assert found[0] == found[1] and found[0]["orderId"] == order_id


def test_consumer_is_answered_as_it_was_made(apis):
    name = {"firstName": "Zoë 🫓", "lastName": "O'Neil \"Q\""}
    for body in ({}, {"orderLimit": "0.00"}, {"name": name, "orderLimit": "9.50"}):
        consumer_id = must(apis["consumer"].post("/consumers", body)).json["consumerId"]
        found = must(apis["consumer"].get(f"/consumers/{consumer_id}")).json
        assert found == {"consumerId": consumer_id, **body}


def test_restaurant_and_its_replica(world, apis):
    restaurant_id = world.restaurant()
    menu = {"menuItems": MENU}
    assert must(apis["kitchen"].get(f"/restaurants/{restaurant_id}")).json == {
        "id": restaurant_id, "name": "Ajanta", "address": ADDRESS, "menu": menu, "state": "OPEN"}
    assert must(apis["order"].get(f"/restaurants/{restaurant_id}")).json == {
        "id": restaurant_id, "name": "Ajanta", "menu": menu}
    menu = {"menuItems": [{"id": "a.B-c_9", "name": "Größe", "price": "0.00"}]}
    answer = must(apis["kitchen"].put(f"/v1/restaurants/{restaurant_id}/menu", menu))
    assert (answer.status, answer.json["menu"]) == (200, menu)
    wait_for("the replica has the new menu",
             lambda: apis["order"].get(f"/restaurants/{restaurant_id}").json["menu"],
             lambda found: found == menu)


def test_order_is_answered_as_it_was_placed(world, apis):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    lines = [{"menuItemId": "naan", "quantity": 1000}, {"menuItemId": "vindaloo", "quantity": 1},
             {"menuItemId": "naan", "quantity": 1}]
    order_id = world.order(consumer_id, restaurant_id, lines)
    world.await_fate(order_id, APPROVED)
    prices = {each["id"]: each for each in MENU}
    assert apis["order"].get(f"/orders/{order_id}").json == {
        "orderId": order_id, "state": "APPROVED", "orderTotal": "3515.84",
        "consumerId": consumer_id, "restaurantId": restaurant_id,
        "lineItems": [{**line, "name": prices[line["menuItemId"]]["name"],
                       "price": prices[line["menuItemId"]]["price"]} for line in lines],
        "deliveryAddress": ADDRESS, "deliveryTime": DELIVERY_TIME}
    ticket = apis["kitchen"].get(f"/tickets/{order_id}").json
    assert (ticket["ticketId"], ticket["orderId"], ticket["restaurantId"]) == (
        order_id, order_id, restaurant_id)


def test_the_largest_order(world, apis):
    """As long as the schemas allow, in characters of four bytes, through the whole saga."""
    name, line = "🫓" * 100, "é" * 100
    menu = [{"id": f"{number:032}", "name": name, "price": "0.01"} for number in range(100)]
    lines = [{"menuItemId": f"{number:032}", "quantity": 1000} for number in range(50)]
    address = {**ADDRESS, "street1": line, "street2": line, "zip": "é" * 20}
    body = {"name": name, "address": address, "menu": {"menuItems": menu}}
    content = json.dumps(body, ensure_ascii=False).encode()
    made = must(apis["kitchen"].post("/restaurants", content,
                                     headers={"Content-Type": "application/json"}))
    request = order_request(world.consumer(), made.json["id"], lines)
    request["deliveryAddress"] = {**ADDRESS, "street2": line}
    order_id = must(apis["order"].post("/orders", request)).json["orderId"]
    world.await_fate(order_id, APPROVED)
    found = apis["order"].get(f"/orders/{order_id}").json
    assert found["orderTotal"] == "500.00"
    assert found["lineItems"][49]["name"] == name
    assert found["deliveryAddress"]["street2"] == line


@pytest.mark.parametrize("sent,kept", [
    ("2030-11-21T19:30:00Z", "2030-11-21T19:30:00.000Z"),
    ("2030-11-21T19:30:00.5+01:00", "2030-11-21T18:30:00.500Z"),
    ("2028-02-29T23:59:59.999-00:30", "2028-03-01T00:29:59.999Z"),
])
def test_times_are_kept_in_utc(world, apis, sent, kept):
    body = {**order_request(world.consumer(), world.restaurant()), "deliveryTime": sent}
    order_id = must(apis["order"].post("/orders", body)).json["orderId"]
    assert apis["order"].get(f"/orders/{order_id}").json["deliveryTime"] == kept


def test_unknown_members_are_ignored(apis):
    body = {"name": {"firstName": "Ada", "lastName": "Okafor", "title": "Dr"}, "since": [2026, {}]}
    assert apis["consumer"].post("/consumers", body).status == 200


def test_card_of_an_account(world, apis):
    consumer_id = world.consumer()
    path = f"/accounts/{consumer_id}"
    assert apis["accounting"].get(path).json == {
        "consumerId": consumer_id, "state": "OPEN", "cardToken": "tok_default"}
    for _ in range(2):  # a PUT may be repeated
        answer = must(apis["accounting"].put(f"{path}/card", {"cardToken": "!~" * 32}))
        assert answer.json["cardToken"] == "!~" * 32
    assert apis["accounting"].get(path).json["cardToken"] == "!~" * 32
    wait_for("the change is published once",
             lambda: [event.type for event in world.wire.about(f"accounts/{consumer_id}")],
             lambda types: types == ["AccountOpened", "AccountCardChanged"])


def collect(api, path: str, name: str, limit: int) -> list:
    """The ids of all pages, one after the other."""
    found, after = [], 0
    while True:
        page = must(api.get(f"{path}&limit={limit}" + (f"&after={after}" if after else ""))).json
        items = page[name]
        assert len(items) <= limit
        found += [each.get("orderId") for each in items]
        if "next" not in page:
            return found
        assert len(items) == limit
        after = page["next"]


def test_pages_of_orders_and_notifications(world, apis):
    consumer_id, restaurant_id = world.consumer(), world.restaurant()
    orders = [world.order(consumer_id, restaurant_id) for _ in range(7)]
    for order_id in orders:
        world.await_fate(order_id, APPROVED)
    for limit in (1, 3, 7, 50):
        path = f"/orders?consumerId={consumer_id}"
        assert collect(apis["order"], path, "orders", limit) == orders
        path = f"/v1/notifications?consumerId={consumer_id}"
        assert sorted(collect(apis["notifier"], path, "notifications", limit)) == orders
    first = apis["order"].get(f"/orders?consumerId={consumer_id}").json
    assert "next" not in first and len(first["orders"]) == 7
    assert first["orders"][0] == apis["order"].get(f"/orders/{orders[0]}").json
    assert apis["order"].get(f"/orders?consumerId={UNKNOWN_ID}").json == {"orders": []}


@pytest.mark.parametrize("path", [
    "consumer /consumers", "order /orders", "order /restaurants", "kitchen /restaurants",
    "kitchen /tickets", "accounting /accounts", "accounting /authorizations"])
def test_unknown_ids_are_404(apis, path):
    service, collection = path.split()
    assert_problem(apis[service].get(f"{collection}/{UNKNOWN_ID}"), 404, "no such")


def test_commands_on_what_is_unknown_are_404(world, apis):
    for path, body in (("close", None), ("open", None), ("menu", {"menuItems": MENU})):
        answer = apis["kitchen"].put(f"/restaurants/{UNKNOWN_ID}/{path}", body)
        assert_problem(answer, 404, str(UNKNOWN_ID))
    # These two might be on their way, so they are waited for.
    assert_problem(apis["accounting"].put(f"/accounts/{UNKNOWN_ID}/disable"), 404, str(UNKNOWN_ID))
    body = order_request(world.consumer(), UNKNOWN_ID)
    assert_problem(apis["order"].post("/orders", body), 404, str(UNKNOWN_ID))


def test_unknown_menu_item_is_422(world, apis):
    body = order_request(world.consumer(), world.restaurant(),
                         [*DINNER, {"menuItemId": "pizza", "quantity": 1}])
    assert_problem(apis["order"].post("/orders", body), 422, "lineItems[1].menuItemId", "pizza")


def test_menu_with_an_item_twice_is_422(world, apis):
    menu = {"menuItems": [MENU[0], MENU[1], MENU[0]]}
    restaurant_id = world.restaurant()
    assert_problem(apis["kitchen"].put(f"/restaurants/{restaurant_id}/menu", menu), 422, "vindaloo")
    body = {"name": "Ajanta", "address": ADDRESS, "menu": menu}
    assert_problem(apis["kitchen"].post("/restaurants", body), 422, "vindaloo")


def test_totals_up_to_the_largest_amount(world, apis):
    menu = [{"id": "gold", "name": "Gold leaf", "price": "999999999.99"},
            {"id": "crumb", "name": "Crumb", "price": "0.01"},
            {"id": "air", "name": "Air", "price": "0.00"}]
    consumer_id, restaurant_id = world.consumer(), world.restaurant(menu)

    def place(**quantities):
        lines = [{"menuItemId": name, "quantity": number} for name, number in quantities.items()]
        return apis["order"].post("/orders", order_request(consumer_id, restaurant_id, lines))

    for total, answer in {"999999999.99": place(gold=1, air=1000), "0.00": place(air=1),
                          "10.00": place(crumb=1000)}.items():
        order_id = must(answer).json["orderId"]
        world.await_fate(order_id, APPROVED)
        assert apis["order"].get(f"/orders/{order_id}").json["orderTotal"] == total
    for answer in (place(gold=1, crumb=1), place(gold=2), place(gold=1000)):
        assert_problem(answer, 422, "total")


def test_limit_of_nothing(world):
    free = world.restaurant([{"id": "air", "name": "Air", "price": "0.00"}])
    consumer_id = world.consumer(limit="0.00")
    order_id = world.order(consumer_id, free, [{"menuItemId": "air", "quantity": 1}])
    world.await_fate(order_id, APPROVED)
    order_id = world.order(consumer_id, world.restaurant())
    world.await_fate(order_id, rejected("ORDER_LIMIT_EXCEEDED", "VOIDED"))


METHODS = [("consumer", "/consumers", {"POST"}), ("consumer", "/consumers/1", {"GET", "HEAD"}),
           ("order", "/orders", {"GET", "HEAD", "POST"}),
           ("order", "/v1/orders/1", {"GET", "HEAD"}),
           ("kitchen", "/restaurants/1/menu", {"PUT"}),
           ("accounting", "/accounts/1/disable", {"PUT"}),
           ("notifier", "/notifications", {"GET", "HEAD"})]
METHODS += [(service, path, {"GET", "HEAD"}) for service in SERVICES
            for path in ("/livez", "/readyz", "/metrics", "/openapi.json")]


@pytest.mark.parametrize("service,path,allowed", METHODS)
def test_other_methods_are_405(apis, service, path, allowed):
    for method in sorted({"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"} - allowed):
        answer = apis[service].request(method, path, b"{}" if method in ("POST", "PUT") else None,
                                       headers={"Content-Type": "application/json"})
        assert_problem(answer, 405)
        assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", [
    "/", "/v1", "/v1/", "/v2/orders", "/orders/", "/orders/1/", "//orders", "/Orders",
    "/orders/1/x", "/v1/v1/orders/1", "/orders;x", "/livez/"])
def test_unknown_paths_are_404(apis, path):
    assert_problem(apis["order"].get(path), 404)


def test_head_is_a_get_without_a_body(apis, world):
    path = f"/consumers/{world.consumer()}"
    answer = apis["consumer"].request("HEAD", path)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(apis["consumer"].get(path).body))
