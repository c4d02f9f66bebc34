"""Bad requests: each is refused with the right status and words, stores nothing, and ends nobody.

SPDX-License-Identifier: MIT
"""

import json
from typing import NamedTuple

import pytest

from checks import assert_problem
from mutations import mutations, raw_bodies
from world import ADDRESS, DELIVERY_TIME, MENU, must

FULL_ADDRESS = {**ADDRESS, "street2": "Suite 7"}
JSON = {"Content-Type": "application/json"}
BODY_MAX = 64 * 1024


class Route(NamedTuple):
    """A route that takes a body. The ids in `path` and `body` do not matter: what is tested is
    refused before they would."""

    service: str
    method: str
    path: str
    schema: str
    body: dict


ROUTES = [
    Route("consumer", "POST", "/consumers", "CreateConsumerRequest",
          {"name": {"firstName": "Ada", "lastName": "Okafor"}, "orderLimit": "100.00"}),
    Route("order", "POST", "/v1/orders", "CreateOrderRequest",
          {"consumerId": 1, "restaurantId": 1, "deliveryAddress": FULL_ADDRESS,
           "deliveryTime": DELIVERY_TIME, "lineItems": [{"menuItemId": "naan", "quantity": 1}]}),
    Route("order", "POST", "/orders/1/revise", "ReviseOrderRequest",
          {"revisedLineItems": [{"menuItemId": "naan", "quantity": 1}]}),
    Route("order", "POST", "/v1/orders/1/revise", "ReviseOrderRequest",
          {"revisedOrderLineItems": [{"menuItemId": "naan", "quantity": 1}]}),
    Route("kitchen", "POST", "/tickets/1/accept", "AcceptTicketRequest",
          {"readyBy": DELIVERY_TIME}),
    Route("kitchen", "POST", "/restaurants", "CreateRestaurantRequest",
          {"name": "Ajanta", "address": FULL_ADDRESS, "menu": {"menuItems": MENU}}),
    Route("kitchen", "PUT", "/v1/restaurants/1/menu", "Menu", {"menuItems": MENU}),
    Route("accounting", "PUT", "/accounts/1/card", "ChangeCardRequest",
          {"cardToken": "tok_default"}),
]
ROUTE_IDS = [f"{route.method}-{route.service}-{route.schema}" for route in ROUTES]
BODYLESS = [("kitchen", "PUT", "/restaurants/1/close"), ("kitchen", "PUT", "/restaurants/1/open"),
            ("accounting", "PUT", "/accounts/1/disable"),
            ("accounting", "PUT", "/v1/accounts/1/enable"),
            ("order", "POST", "/orders/1/cancel"), ("kitchen", "POST", "/tickets/1/preparing"),
            ("kitchen", "POST", "/tickets/1/ready"), ("kitchen", "POST", "/v1/tickets/1/picked-up"),
            ("order", "GET", "/orders/1"), ("consumer", "GET", "/livez")]


@pytest.fixture(scope="module", autouse=True)
def at_rest(world, audit):
    """What earlier tests have begun is over, so that nothing but these tests could store a row."""
    world.consumer()  # id 1 exists, and has a card
    world.restaurant()
    audit.await_quiet()


@pytest.fixture(autouse=True)
def nothing_stored(world):
    def state() -> dict:
        return {service: (world.pid(service), world.database.counts(service))
                for service in {route.service for route in ROUTES}}
    before = state()
    yield
    assert state() == before


def send(apis, route: Route, body, headers=None):
    return apis[route.service].request(route.method, route.path, body, headers=headers)


def field_cases() -> list:
    return [pytest.param(route, mutation, id=f"{route.schema}-{mutation.field} {mutation.what}")
            for route in ROUTES for mutation in mutations(route.schema, route.body)]


@pytest.mark.parametrize("route,mutation", field_cases())
def test_field(apis, route, mutation):
    content = json.dumps(mutation.body, ensure_ascii=False).encode()
    assert_problem(send(apis, route, content, JSON), 400, mutation.field)


def raw_cases() -> list:
    return [pytest.param(route, body, id=f"{route.schema}-{name}")
            for route in ROUTES for name, body in raw_bodies(route.body)]


@pytest.mark.parametrize("route,body", raw_cases())
def test_body_that_is_no_json(apis, route, body):
    assert_problem(send(apis, route, body, JSON), 400)


@pytest.mark.parametrize("route", ROUTES, ids=ROUTE_IDS)
def test_empty_body(apis, route):
    assert_problem(send(apis, route, b"", JSON), 400, "empty")


@pytest.mark.parametrize("route", ROUTES, ids=ROUTE_IDS)
@pytest.mark.parametrize("size", [BODY_MAX + 1, 300_000, 2_000_000])
def test_too_large_a_body(apis, route, size):
    """Up to a size the service reads on, so that the client gets to the answer."""
    try:
        answer = send(apis, route, b'{"a":"' + b"x" * (size - 8) + b'"}', JSON)
    except OSError:
        assert size > 1024 * 1024, "the connection was cut"
        return
    assert_problem(answer, 413, str(BODY_MAX))


@pytest.mark.parametrize("route", ROUTES, ids=ROUTE_IDS)
def test_largest_body_is_read(apis, route):
    content = b'{"a":"' + b"x" * (BODY_MAX - 8) + b'"}'
    if route.schema == "CreateConsumerRequest":
        content = content.replace(b"}", b"]")  # which would be a consumer otherwise
    assert_problem(send(apis, route, content, JSON), 400)


@pytest.mark.parametrize("route", ROUTES, ids=ROUTE_IDS)
@pytest.mark.parametrize("content_type", [
    None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
    "application/xml", "application/jsonx", "json", "application/json; charset=latin-1",
    "application/*"])
def test_other_content_types(apis, route, content_type):
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert_problem(send(apis, route, json.dumps(route.body).encode(), headers), 415,
                   "application/json")


@pytest.mark.parametrize("service,method,path", BODYLESS)
def test_body_where_none_is_taken(apis, service, method, path):
    assert_problem(apis[service].request(method, path, b"{}", headers=JSON), 400, "no body")


IDS = {  # as they are in the path: the status
    "abc": 400, "-1": 400, "+1": 400, "01": 400, "1.0": 400, "1e0": 400, "0x1": 400, "1;2": 400,
    "%31": 400, "1%20": 400, "1%2f": 400, "1%2e": 400, "..": 400, ".": 400, "%2e%2e": 400,
    "null": 400, "1'": 400, "%D9%A1": 400, "1,2": 400, "$1": 400, "{id}": 400, "1%00": 400,
    "%00": 400, "%": 400,
    "%zz": 400, "1%0a": 400, "0": 404, "2147483647": 404, "2147483648": 404, "4294967297": 404,
    "9223372036854775808": 404, "18446744073709551617": 404, "9" * 200: 404, "x" * 200: 400}


@pytest.mark.parametrize("text,status", IDS.items())
@pytest.mark.parametrize("service,path", [
    ("order", "/orders/{}"), ("consumer", "/v1/consumers/{}"), ("kitchen", "/restaurants/{}"),
    ("accounting", "/authorizations/{}")])
def test_malformed_ids(apis, service, path, text, status):
    answer = apis[service].get(path.format(text))
    assert_problem(answer, status)


@pytest.mark.parametrize("text", ["abc", "0", "-1", "2147483648", "01", "%31"])
@pytest.mark.parametrize("service,path,body", [
    ("kitchen", "/restaurants/{}/menu", {"menuItems": MENU}),
    ("kitchen", "/restaurants/{}/close", None),
    ("accounting", "/accounts/{}/card", {"cardToken": "x"}),
    ("accounting", "/accounts/{}/disable", None)])
def test_commands_with_malformed_ids(apis, service, path, body, text):
    assert_problem(apis[service].put(path.format(text), body), IDS[text])


QUERIES = ["", "consumerId=", "consumerId=abc", "consumerId=0", "consumerId=-1", "consumerId=1.0",
           "consumerId=2147483648", "consumerId=9999999999999999999999", "consumerId=01",
           "consumerId", "consumerId=1&consumerId=1", "consumerid=1", "consumerId=1%20",
           "consumerId=1&limit=0", "consumerId=1&limit=51", "consumerId=1&limit=-1",
           "consumerId=1&limit=x", "consumerId=1&limit=", "consumerId=1&limit=1&limit=2",
           "consumerId=1&limit=1e1", "consumerId=1&after=-1", "consumerId=1&after=x",
           "consumerId=1&after=2147483648", "consumerId=1&after=", "consumerId=1&after=1&after=2",
           "consumerId=1%00", "consumerId=%", "consumerId=1' OR '1'='1".replace(" ", "%20")]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("service,path", [("order", "/orders"), ("notifier", "/notifications")])
def test_malformed_queries(apis, service, path, query):
    answer = apis[service].get(f"{path}?{query}")
    assert_problem(answer, 400)


def test_unknown_query_parameters_are_ignored(apis):
    must(apis["order"].get("/orders?consumerId=1&utm_source=x&&="))
