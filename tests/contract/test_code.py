"""The services' tables of routes and subscriptions are what the documents say.

The tables are read out of the C source. A row is like {"POST", "/orders", …}, or names its members
(.method = "POST", .path = "/orders").

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from openapi_bundle import bundle
from wire import EVENTS, ROOT, SCHEMAS, SERVICES, c_constant, c_text, load_yaml

ROUTE = re.compile(
    r"\{\s*(?:\.method\s*=\s*)?\"(?P<method>GET|PUT|POST|PATCH|DELETE)\"\s*,"
    r"\s*(?:\.path\s*=\s*)?\"(?P<path>/[^\"]*)\"(?P<rest>[^{}]*)\}"
)
BUILTIN = re.compile(r"\{\s*(?:\.path\s*=\s*)?\"(?P<path>/[^\"]*)\"\s*,")
METHODS = ("get", "put", "post", "patch", "delete")
ASYNCAPI = load_yaml(SCHEMAS / "asyncapi.yaml")


def plain(path: str) -> str:
    """A path without the names of its parameters."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def routes_in_code(service: str) -> dict[tuple[str, str], str]:
    """The rest of each row, by method and path."""
    text = c_text(ROOT / "services" / service / "http.c")
    rows = [((row["method"], plain(row["path"])), row["rest"]) for row in ROUTE.finditer(text)]
    routes = dict(rows)
    assert routes, f"no routes in services/{service}/http.c"
    assert len(routes) == len(rows), f"a route is there twice in services/{service}/http.c"
    return routes


def operations(service: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The operations of the service's document, but for those that every service has."""
    document = bundle(SCHEMAS / "openapi" / f"{service}.yaml")
    return {
        (method.upper(), plain(path)): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS and operation["tags"] != ["operation"]
    }


@pytest.mark.parametrize("service", SERVICES)
def test_routes_are_those_of_the_document(service: str) -> None:
    assert set(routes_in_code(service)) == set(operations(service))


@pytest.mark.parametrize("service", SERVICES)
def test_bodies_are_those_of_the_document(service: str) -> None:
    documented = operations(service)
    for route, rest in routes_in_code(service).items():
        body = documented.get(route, {}).get("requestBody")
        expected = None
        if body:
            title = body["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
            expected = f"{c_constant(title).lower()}_record"
        records = re.findall(r"&(\w+_record)\b", rest)
        assert records == ([expected] if expected else []), route


def test_common_paths_are_in_every_document() -> None:
    paths = set(BUILTIN.findall(c_text(ROOT / "common" / "http_builtin.c")))
    assert paths
    for service in SERVICES:
        document = bundle(SCHEMAS / "openapi" / f"{service}.yaml")
        common = {
            path
            for path, item in document["paths"].items()
            if item.get("get", {}).get("tags") == ["operation"]
        }
        assert common == paths, service


def subscriptions_in_code(service: str) -> set[str]:
    text = c_text(ROOT / "services" / service / "main.c")
    tables = re.findall(r"struct subscription\s+\w+\[\]\s*=\s*\{(.*?)\};", text, flags=re.DOTALL)
    constants = re.findall(r"\bEVENT_([A-Z0-9_]+)\b", "".join(tables))
    assert len(constants) == len(set(constants)), "a subscription is there twice"
    return set(constants)


def documented(service: str, action: str) -> set[str]:
    return {
        c_constant(name.split(".")[2])
        for name, operation in ASYNCAPI["operations"].items()
        if name.split(".")[0] == service and operation["action"] == action
    }


@pytest.mark.parametrize("service", SERVICES)
def test_subscriptions_are_those_of_the_document(service: str) -> None:
    assert subscriptions_in_code(service) == documented(service, "receive")


@pytest.mark.parametrize("service", SERVICES)
def test_events_of_a_service_are_in_its_code_and_no_others(service: str) -> None:
    files = sorted((ROOT / "services" / service).glob("*.[ch]"))
    assert files
    named = {
        constant
        for path in files
        for constant in re.findall(r"\bEVENT_([A-Z0-9_]+)\b", c_text(path))
        if constant in {c_constant(title) for title in EVENTS}
    }
    assert named == documented(service, "send") | documented(service, "receive")


def test_events_without_a_subscriber_are_listed() -> None:
    table = re.search(r"unheard\[\]\s*=\s*\{(.*?)\};", c_text(ROOT / "common" / "topology.c"), re.DOTALL)
    assert table
    heard = set().union(*(documented(service, "receive") for service in SERVICES))
    unheard = {c_constant(title) for title in EVENTS} - heard
    assert set(re.findall(r"\bEVENT_([A-Z0-9_]+)\b", table[1])) == unheard
