"""The OpenAPI and AsyncAPI documents are whole: every reference, every event, every body.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openapi_bundle import BundleError, bundle, pointer_parts
from wire import ALL, EVENTS, RECORDS, SCHEMAS, SERVICES, Codec, load_yaml, validator

ASYNCAPI = load_yaml(SCHEMAS / "asyncapi.yaml")
DOCUMENTS = [SCHEMAS / "asyncapi.yaml", *sorted((SCHEMAS / "openapi").glob("*.yaml"))]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from references(item)


def follow(document: Any, pointer: str) -> Any:
    for part in pointer_parts(pointer):
        document = document[part]
    return document


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_reference_leads_somewhere(path: Path) -> None:
    found = list(references(load_yaml(path)))
    assert found
    for reference in found:
        name, _, pointer = reference.partition("#")
        target = path.parent / name if name else path
        assert target.is_file(), reference
        assert follow(load_yaml(target), pointer), reference


def openapi(service: str) -> dict[str, Any]:
    return bundle(SCHEMAS / "openapi" / f"{service}.yaml")


@pytest.mark.parametrize("service", SERVICES)
def test_bundle_stands_alone(service: str) -> None:
    document = openapi(service)
    assert document["openapi"] == "3.1.0"
    for reference in references(document):
        assert reference.startswith("#/components/"), reference
        assert follow(document, reference[1:]) is not None
    text = json.dumps(document)
    assert '"$id"' not in text and '"$schema"' not in text
    used = set(references(document))
    for kind, group in document["components"].items():
        for name in group:
            assert f"#/components/{kind}/{name}" in used, f"{kind}/{name} is not used"


def test_bundler_names_a_reference_that_leads_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    for reference in ("b.yaml#/components/schemas/X", "#/components/schemas/X"):
        path.write_text(f'paths: {{/x: {{$ref: "{reference}"}}}}', encoding="utf-8")
        with pytest.raises(BundleError, match=r"[ab]\.yaml"):
            bundle(path)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in ("get", "put", "post"):
            if method in item:
                yield method, path, item[method]


@pytest.mark.parametrize("service", SERVICES)
def test_operations_are_whole(service: str) -> None:
    document = openapi(service)
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert [server["url"] for server in document["servers"]] == ["/", "/v1"]
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        parameters = {item["$ref"].split("/")[-1] for item in operation.get("parameters", [])}
        codes = set(operation["responses"])
        assert operation["summary"], where
        assert ("{id}" in path) == ("Id" in parameters), where
        assert (method == "post") == ("IdempotencyKey" in parameters), where
        creates = method == "post" and "{id}" not in path
        assert "200" in codes and ("201" in codes) == creates, where
        if operation["tags"] != ["operation"]:
            assert {"400", "503"} <= codes, where
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= codes, where


@pytest.mark.parametrize("service", SERVICES)
def test_problems_are_problem_json(service: str) -> None:
    document = openapi(service)
    for method, path, operation in operations(document):
        refused = {
            code: response
            for code, response in operation["responses"].items()
            if int(code) >= 400 and operation["tags"] != ["operation"]
        }
        for code, response in refused.items():
            content = follow(document, response["$ref"][1:])["content"]
            assert list(content) == ["application/problem+json"], f"{method} {path} {code}"


def test_every_body_is_in_a_document() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    used = set(re.findall(r"(?:requests|responses)/([A-Za-z]+)\.json", texts))
    inner = {Path(ref).stem for document in ALL.values() for ref in references(document)}
    files = [*SCHEMAS.glob("requests/*.json"), *SCHEMAS.glob("responses/*.json")]
    bodies = {path.stem for path in files}
    assert bodies
    assert used | inner >= bodies
    assert used <= bodies


def test_every_event_is_a_channel_and_a_message() -> None:
    assert ASYNCAPI["asyncapi"] == "3.0.0"
    assert set(ASYNCAPI["channels"]) == set(EVENTS)
    assert set(ASYNCAPI["components"]["messages"]) == set(EVENTS)
    for title, channel in ASYNCAPI["channels"].items():
        assert channel["address"] == title
        assert channel["messages"] == {title: {"$ref": f"#/components/messages/{title}"}}
        publisher = EVENTS[title]["x-publisher"]
        assert channel["bindings"] == {"$ref": f"#/components/channelBindings/{publisher}"}
        exchange = ASYNCAPI["components"]["channelBindings"][publisher]["amqp"]["exchange"]
        assert exchange["name"] == f"{publisher}.events"


def test_every_event_is_sent_by_its_publisher_and_nobody_else() -> None:
    actions = {name: operation["action"] for name, operation in ASYNCAPI["operations"].items()}
    sent = {name for name, action in actions.items() if action == "send"}
    assert sent == {f"{event['x-publisher']}.send.{title}" for title, event in EVENTS.items()}


def test_operations_are_named_for_what_they_do() -> None:
    for name, operation in ASYNCAPI["operations"].items():
        service, action, title = name.split(".")
        assert service in SERVICES and action == operation["action"], name
        assert operation["channel"] == {"$ref": f"#/channels/{title}"}, name
        assert operation["tags"] == [{"name": service}], name


def payload_validator(title: str) -> Any:
    payload = ASYNCAPI["components"]["messages"][title]["payload"]
    schema = {**payload, "components": ASYNCAPI["components"]}
    return validator(schema, base="https://brigade.example/schemas/asyncapi.yaml")


def envelope(title: str, data: dict[str, Any]) -> dict[str, Any]:
    collection, key = EVENTS[title]["x-subject"].rstrip("}").split("/{")
    return {
        "specversion": "1.0",
        "id": "01935e3a-4b6c-7d8e-9f01-23456789abcd",
        "source": f"/brigade/{EVENTS[title]['x-publisher']}",
        "type": title,
        "subject": f"{collection}/{data[key]}",
        "time": "2026-11-21T08:40:36.123Z",
        "datacontenttype": "application/json",
        "dataschema": EVENTS[title]["$id"],
        "sequence": "0000000001",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "data": data,
    }


@pytest.mark.parametrize("title", EVENTS)
def test_envelope_is_what_the_document_says(title: str, codec: Codec) -> None:
    for example in RECORDS[title]["examples"]:
        message = envelope(title, example)
        payload_validator(title).validate(message)
        taken, text = codec.run("envelope", message)
        assert taken, text
        assert json.loads(text) == message


@pytest.mark.parametrize("title", EVENTS)
def test_wrong_envelopes_are_refused(title: str, codec: Codec) -> None:
    message = envelope(title, RECORDS[title]["examples"][0])
    required = ["specversion", "id", "source", "type", "subject", "time", "sequence", "data"]
    wrong = [{key: value for key, value in message.items() if key != name} for name in required]
    wrong += [{**message, name: value} for name in required for value in (None, 1, "", [])]
    wrong += [{**message, "source": "/brigade/nobody"}, {**message, "type": "Nothing"}]
    for body in wrong:
        taken, text = codec.run("envelope", body)
        assert not taken and text
        assert not payload_validator(title).is_valid(body)
