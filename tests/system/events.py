"""What the schemas say about events: who publishes them, who takes them, what is in them; and
events that a test makes up. SPDX-License-Identifier: MIT
"""

import itertools
import json
import re
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Optional

import jsonschema

SCHEMAS_DIR = Path(__file__).resolve().parents[2] / "schemas"

# Which inbox takes which types. The services' own tables (main.c) and the broker's bindings must
# say the same.
SUBSCRIPTIONS = {
    "consumer": ["OrderCreated"],
    "kitchen": ["OrderCreated", "CreditCardAuthorized", "CreditCardAuthorizationFailed",
                "OrderRejected", "OrderApproved", "OrderCancelRequested", "OrderRevisionProposed",
                "OrderRevised", "OrderRevisionRejected"],
    "accounting": ["ConsumerCreated", "OrderCreated", "ConsumerVerified", "TicketCreated",
                   "OrderRejected", "TicketCancelled", "TicketRevisionProposed", "OrderRevised",
                   "OrderRevisionRejected"],
    "order": ["RestaurantCreated", "RestaurantMenuRevised", "ConsumerVerificationFailed",
              "TicketCreationFailed", "CreditCardAuthorized", "CreditCardAuthorizationFailed",
              "TicketCancellationRejected", "CreditCardAuthorizationReversed",
              "TicketRevisionRejected", "CreditCardAuthorizationRevised",
              "CreditCardAuthorizationRevisionFailed"],
    "notifier": ["OrderApproved", "OrderRejected", "OrderCancelled", "OrderCancellationRejected",
                 "OrderRevised", "OrderRevisionRejected"],
}

# Orders, consumers and restaurants that only a test's own messages tell of have ids from here on.
FICTITIOUS = 1_000_000_000
_fictitious = itertools.count(FICTITIOUS)


def fictitious_id() -> int:
    return next(_fictitious)


def _load(folder: str) -> dict:
    found = {}
    for path in sorted((SCHEMAS_DIR / folder).glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        found[schema["title"]] = schema
    return found


SCHEMAS = _load("events")
TYPES = _load("types")
REQUESTS = _load("requests")
_BY_ID = {schema["$id"]: schema for schema in [*SCHEMAS.values(), *TYPES.values()]}


def subscribers(event_type: str) -> list:
    return [service for service, types in SUBSCRIPTIONS.items() if event_type in types]


def subject_of(event_type: str, data: dict) -> str:
    return SCHEMAS[event_type]["x-subject"].format(**data)


def example(event_type: str, **changes) -> dict:
    """The data of the schema's first example, with some members replaced."""
    return {**json.loads(json.dumps(SCHEMAS[event_type]["examples"][0])), **changes}


def envelope(event_type: str, data: dict, version: int = 1, /, **changes) -> dict:
    """A CloudEvent as a service would publish it; `changes` replace attributes, None removes."""
    schema = SCHEMAS[event_type]
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    made = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"/brigade/{schema['x-publisher']}",
        "type": event_type,
        "subject": subject_of(event_type, data),
        "time": now.replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": schema["$id"],
        "sequence": f"{version:010}",
        "data": data,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def _validator(schema: dict) -> jsonschema.Draft202012Validator:
    resolver = jsonschema.RefResolver(schema["$id"], schema, store=_BY_ID)
    return jsonschema.Draft202012Validator(schema, resolver=resolver)


_VALIDATORS = {event_type: _validator(schema) for event_type, schema in SCHEMAS.items()}


def data_problems(event_type: str, data: dict) -> list:
    """What the schema says against the data."""
    problems = [f"data: {error.json_path}: {error.message}"
                for error in _VALIDATORS[event_type].iter_errors(data)]
    unknown = set(data) - set(SCHEMAS[event_type]["properties"])
    return problems + [f"data: {name} is not in the schema" for name in sorted(unknown)]


def envelope_problems(event: dict) -> list:
    """What is wrong with a CloudEvent that a service has published."""
    schema = SCHEMAS.get(event.get("type"))
    if schema is None:
        return [f"type: {event.get('type')!r} has no schema"]
    problems = data_problems(event["type"], event.get("data", {}))
    if problems:
        return problems
    expected = {
        "specversion": "1.0",
        "source": f"/brigade/{schema['x-publisher']}",
        "subject": subject_of(event["type"], event["data"]),
        "datacontenttype": "application/json",
        "dataschema": schema["$id"],
    }
    problems += [f"{name}: is {event.get(name)!r}, not {value!r}"
                 for name, value in expected.items() if event.get(name) != value]
    patterns = {"id": _UUID7, "time": _TIME, "traceparent": TRACEPARENT,
                "sequence": re.compile(r"\d{10}")}
    problems += [f"{name}: is {event.get(name)!r}" for name, pattern in patterns.items()
                 if not pattern.fullmatch(str(event.get(name)))]
    unknown = set(event) - set(expected) - set(patterns) - {"type", "data"}
    return problems + [f"{name}: is no attribute of ours" for name in sorted(unknown)]


def order_id_of(event: dict) -> Optional[int]:
    return event.get("data", {}).get("orderId")
