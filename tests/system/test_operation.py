"""What operators get over HTTP: health, metrics, the interface's document; and Idempotency-Key.

SPDX-License-Identifier: MIT
"""

import json
import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from checks import assert_problem, parse_metrics, sample
from conftest import ROOT
from database import SERVICES
from waiting import wait_for
from world import APPROVED, must, order_request


def check_histogram(name: str, samples: dict) -> None:
    """Its buckets are cumulative and the last one counts everything."""
    series: dict = {}
    for (found, labels), value in samples.items():
        if found == f"{name}_bucket":
            others = tuple(label for label in labels if label[0] != "le")
            series.setdefault(others, []).append((float(dict(labels)["le"]), value))
    assert series
    for labels, buckets in series.items():
        counts = [count for _, count in sorted(buckets)]
        assert counts == sorted(counts) and sorted(buckets)[-1][0] == float("inf")
        assert counts[-1] == samples[(f"{name}_count", labels)]
        assert (f"{name}_sum", labels) in samples


@pytest.mark.parametrize("service", SERVICES)
def test_metrics(apis, service):
    apis[service].get("/livez")
    answer = must(apis[service].get("/metrics"))
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    types, samples = parse_metrics(answer.body.decode())
    for name, kind in types.items():
        if kind == "histogram":
            check_histogram(name, samples)
        else:
            assert any(found == name for found, _ in samples)
            assert (kind == "counter") == name.endswith("_total")
    assert types["http_server_request_duration_seconds"] == "histogram"
    for name in ("brigade_outbox_pending", "brigade_parked_messages",
                 "brigade_subscriber_connected", "messaging_client_sent_messages_total",
                 "messaging_client_consumed_messages_total"):
        assert name in types


def test_metrics_count_what_happens(world):
    counters = [("order", "messaging_client_sent_messages_total"),
                ("kitchen", "messaging_client_consumed_messages_total"),
                ("order", "http_server_request_duration_seconds_count")]
    before = [sample(world, *counter) for counter in counters]
    world.await_fate(world.order(world.consumer(), world.restaurant()), APPROVED)
    wait_for("the counters have grown", lambda: [sample(world, *counter) for counter in counters],
             lambda after: all(new > old for new, old in zip(after, before)))


@pytest.mark.parametrize("service", SERVICES)
def test_health(apis, service):
    assert apis[service].get("/livez").json == {"status": "pass"}
    wait_for(f"{service} is connected to all that it needs",
             lambda: apis[service].get("/readyz").json,
             lambda found: found == {"status": "pass", "database": "ok", "subscriber": "ok",
                                     "relay": "ok", "topology": "ok"})


@pytest.mark.parametrize("service", SERVICES)
def test_interface_document_is_the_bundled_one(apis, service):
    answer = must(apis[service].get("/openapi.json"))
    bundled = json.loads((ROOT / f"build/gen/openapi/{service}.json").read_text(encoding="utf-8"))
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == bundled


@pytest.mark.parametrize("service", SERVICES)
def test_document_lists_what_is_served(apis, service):
    """Every path with every method of the document is routed: not 404 for its path, not 405."""
    for path, operations in apis[service].get("/openapi.json").json["paths"].items():
        real = re.sub(r"\{[^}]*\}", "2147483646", path)
        for method in operations:
            if method in ("get", "put", "post"):
                answer = apis[service].request(method.upper(), real, b"?",
                                               headers={"Content-Type": "application/json"})
                detail = (answer.json or {}).get("detail", "")
                assert answer.status != 405 and detail != "there is no such path", (method, path)


# Idempotency-Key


def count_orders(world, consumer_id: int) -> int:
    return world.database.one("SELECT count(*) FROM brigade_order.orders WHERE consumer_id = %s",
                              consumer_id)


def test_same_key_same_answer(world, apis):
    body = order_request(world.consumer(), world.restaurant())
    key = str(uuid.uuid4())
    first = must(apis["order"].post("/v1/orders", body, key=key))
    for _ in range(3):
        again = apis["order"].post("/v1/orders", body, key=key)
        assert (again.status, again.json) == (201, first.json)
        assert again.headers["location"] == first.headers["location"]
    bare = apis["order"].post("/orders", body, key=key)
    assert (bare.status, bare.json) == (200, first.json)
    assert count_orders(world, body["consumerId"]) == 1


def test_same_key_other_body_is_422(world, apis):
    body = order_request(world.consumer(), world.restaurant())
    key = str(uuid.uuid4())
    must(apis["order"].post("/orders", body, key=key))
    other = {**body, "deliveryTime": "2031-01-01T00:00:00Z"}
    assert_problem(apis["order"].post("/orders", other, key=key), 422, "Idempotency-Key")
    assert count_orders(world, body["consumerId"]) == 1


def test_keys_of_all_creations(apis):
    for body in ({}, {"orderLimit": "1.00"}):
        key = str(uuid.uuid4())
        assert (apis["consumer"].post("/consumers", body, key=key).json
                == apis["consumer"].post("/consumers", body, key=key).json)


def test_many_copies_at_once_are_one_order(world, apis):
    """Each of the 20 is answered the same."""
    body = order_request(world.consumer(), world.restaurant())
    key, together = str(uuid.uuid4()), threading.Barrier(20)

    def place(_number):
        together.wait()
        try:
            return apis["order"].post("/orders", body, key=key)
        finally:
            apis["order"].close()

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(place, range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["orderId"] for answer in answers}) == 1
    assert count_orders(world, body["consumerId"]) == 1


def test_a_refused_request_may_be_corrected_under_its_key(world, apis):
    """What was not stored may be tried again: the key is taken by what was carried out."""
    body = order_request(world.consumer(), world.restaurant())
    key = str(uuid.uuid4())
    wrong = {**body, "lineItems": [{"menuItemId": "vindaloo", "quantity": 0}]}
    assert_problem(apis["order"].post("/orders", wrong, key=key), 400, "quantity")
    must(apis["order"].post("/orders", body, key=key))
    assert count_orders(world, body["consumerId"]) == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 129, "naïve", "a,b", '"unterminated'])
def test_malformed_keys_are_400(world, apis, key):
    answer = apis["consumer"].post("/consumers", {}, headers={"Idempotency-Key": key.encode()})
    assert_problem(answer, 400, "Idempotency-Key")


@pytest.mark.parametrize("key", ["x", "x" * 128, "!#$%&'()*+-./:<=>?@[]^_`{|}~", '"a b, c"'])
def test_well_formed_keys(apis, key):
    must(apis["consumer"].post("/consumers", {}, key=key))
