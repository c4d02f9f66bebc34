"""Wrong bodies, made from the JSON Schemas of the requests: for each field, everything that its
schema forbids. SPDX-License-Identifier: MIT
"""

import copy
import json
from typing import Any, Iterator, NamedTuple

from events import REQUESTS, TYPES

# Texts that no value of a type with a pattern or format may be. (Nor its length: see below.)
MALFORMED = {
    "Money": ["", "1", "1.0", "1.000", "01.00", "-1.00", "+1.00", " 1.00", "1.00 ", "1,00", ".50",
              "1.", "1e2", "0x1.00", "NaN", "1000000000.00", "99999999999999999999.00", "١.00",
              "1.0\n"],
    "MenuItemId": ["", "a b", "a/b", "é", "x" * 33, "a\n", "'; DROP TABLE orders; --"],
    "CardToken": ["", "a b", "tok\n", "é", "x" * 65, "\x7f"],
    "Time": ["", "tomorrow", "2030-11-21", "2030-11-21T19:30:00", "2030-13-01T00:00:00Z",
             "2030-02-30T00:00:00Z", "2030-11-21T24:00:00Z", "2030-11-21T19:60:00Z",
             "2030-11-21 19:30:00Z ", "1969-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "1900000000",
             "2030-11-21T19:30:00+25:00", "2030-11-21T19:30:00.Z", "-2030-11-21T19:30:00Z"],
}
WRONG_TYPES = {
    "string": [None, 1, 1.5, True, [], {}, ["x"], {"x": "y"}],
    "integer": [None, "1", 1.5, 1.0, 1e300, True, False, [], {}, [1]],
    "object": [None, "x", 1, True, [], [{}]],
    "array": [None, "x", 1, True, {}],
}
FAR = 10 ** 30


class Mutation(NamedTuple):
    """`field`: what the answer must name, like lineItems[0].quantity."""

    field: str
    what: str
    body: Any


def _resolve(schema: dict) -> dict:
    if "$ref" not in schema:
        return schema
    return TYPES[schema["$ref"].rpartition("/")[2].removesuffix(".json")]


def _put(body: Any, path: tuple, value: Any) -> Any:
    """A copy of the body with another value at the path."""
    made = copy.deepcopy(body)
    at = made
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return made


def _without(body: Any, path: tuple) -> Any:
    made = copy.deepcopy(body)
    at = made
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return made


def field_name(path: tuple) -> str:
    """('lineItems', 0, 'quantity') as the services write it."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.lstrip(".")


def _texts(schema: dict) -> list:
    if schema["title"] in MALFORMED:
        return MALFORMED[schema["title"]]
    long = schema["maxLength"] + 1
    return ["", "x" * long, "é" * long, "🫓" * long]


def _outside(schema: dict) -> list:
    """Values of the right type that the schema forbids."""
    if schema["type"] == "string":
        return _texts(schema)
    if schema["type"] == "integer":
        near = [schema["minimum"] - 1, schema["maximum"] + 1]
        return [*near, -FAR, FAR, -1, 2 ** 32 + 1, 2 ** 64 + 1]
    return []


def _mutate(schema: dict, body: Any, path: tuple) -> Iterator[Mutation]:
    """All mutations of the value at the path, which has this schema."""
    schema = _resolve(schema)
    name = field_name(path)
    for value in WRONG_TYPES[schema["type"]] if path else []:
        yield Mutation(name, f"is {json.dumps(value)}", _put(body, path, value))
    for value in _outside(schema):
        yield Mutation(name, f"is {json.dumps(value)[:40]}", _put(body, path, value))
    if schema["type"] == "array":
        yield from _mutate_array(schema, body, path)
    present = _value(body, path) if schema["type"] == "object" else {}
    for member in [name for name in schema.get("properties", {}) if name in present]:
        yield from _mutate_member(schema, body, path, member)


def _value(body: Any, path: tuple) -> Any:
    for step in path:
        body = body[step]
    return body


def _mutate_array(schema: dict, body: Any, path: tuple) -> Iterator[Mutation]:
    name, items = field_name(path), _value(body, path)
    if schema.get("minItems"):
        yield Mutation(name, "is empty", _put(body, path, []))
    many = [items[0]] * (schema["maxItems"] + 1)
    yield Mutation(name, "has too many items", _put(body, path, many))
    for value in ([None], ["x"], [[]], [items[0], None]):
        wrong = field_name((*path, len(value) - 1))
        yield Mutation(wrong, f"is {json.dumps(value[-1])}", _put(body, path, value))
    yield from _mutate(schema["items"], body, (*path, 0))


def _mutate_member(schema: dict, body: Any, path: tuple, member: str) -> Iterator[Mutation]:
    at = (*path, member)
    if member in schema.get("required", []):
        yield Mutation(field_name(at), "is missing", _without(body, at))
    yield from _mutate(schema["properties"][member], body, at)


def mutations(schema_name: str, body: dict) -> list:
    """All wrong forms of a body; of those members that it has."""
    schema = REQUESTS.get(schema_name) or TYPES[schema_name]
    return list(_mutate(schema, body, ()))


def _raw(text: bytes) -> list:
    """(name, bytes) of what is no JSON, or none that may be sent, made from a valid text."""
    cut = [(f"cut after {at} bytes", text[:at]) for at in (1, len(text) // 2, len(text) - 1)]
    member = text[1:-1]
    many = b",".join(b'"m%d":0' % number for number in range(3000))
    return [
        *cut,
        ("nothing but space", b" \n\t "),
        ("something behind it", text + b"x"),
        ("two values", text + b" " + text),
        ("an array", b"[" + text + b"]"),
        ("a text", b'"text"'),
        ("a number", b"1"),
        ("null", b"null"),
        ("a NUL behind it", text + b"\0"),
        ("a byte order mark", b"\xef\xbb\xbf" + text),
        ("UTF-16", text.decode().encode("utf-16")),
        ("an invalid byte", text[:-1] + b',"a":"\xff"}'),
        ("an overlong slash", text[:-1] + b',"a":"\xc0\xaf"}'),
        ("a surrogate in UTF-8", text[:-1] + b',"a":"\xed\xa0\x80"}'),
        ("half a surrogate pair", text[:-1] + b',"a":"\\ud83e"}'),
        ("an escaped NUL", text[:-1] + b',"a":"\\u0000"}'),
        ("a raw control character", text[:-1] + b',"a":"\n"}'),
        ("an unknown escape", text[:-1] + b',"a":"\\x41"}'),
        ("NaN", text[:-1] + b',"a":NaN}'),
        ("Infinity", text[:-1] + b',"a":-Infinity}'),
        ("a leading zero", text[:-1] + b',"a":01}'),
        ("a plus sign", text[:-1] + b',"a":+1}'),
        ("a bare fraction", text[:-1] + b',"a":1.}'),
        ("a very long number", text[:-1] + b',"a":' + b"9" * 5000 + b"}"),
        ("single quotes", text[:-1] + b",'a':1}"),
        ("a comment", text[:-1] + b"/* a */}"),
        ("a trailing comma", text[:-1] + b",}"),
        ("a bare word", text[:-1] + b',"a":yes}'),
        ("a bare key", text[:-1] + b",a:1}"),
        ("a duplicate key", b"{" + member + b"," + member + b"}"),
        ("a duplicate unknown key", text[:-1] + b',"a":1,"a":2}'),
        ("deep arrays", text[:-1] + b',"a":' + b"[" * 30000 + b"}"),
        ("deep closed arrays", text[:-1] + b',"a":' + b"[" * 500 + b"]" * 500 + b"}"),
        ("deep objects", text[:-1] + b',"a":' + b'{"a":' * 5000 + b"}"),
        ("very many members", text[:-1] + b"," + many + b"}"),
    ]


def raw_bodies(body: dict) -> list:
    return _raw(json.dumps(body).encode())
