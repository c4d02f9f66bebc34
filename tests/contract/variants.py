"""Variants of an example that are still valid, or just not any more, made from its schema.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wire import resolve

BAD_MONEY = ["", "1", "1.0", "1.000", ".50", "01.50", "-1.00", "+1.00", " 1.00", "1,00", "1e2", "x"]
BAD_TIMES = ["", "now", "2026-11-21", "2026-11-21 19:30:00Z", "2026-02-30T00:00:00Z"]
FIRST_TIME, LAST_TIME = "1970-01-01T00:00:00.001Z", "9999-12-31T23:59:59.999Z"
BAD_CHARACTERS = {
    "not UTF-8": b"\xff",
    "a lone surrogate": b"\\ud800",
    "U+0000": b"\\u0000",
    "a control character": b"\x01",
}
WRONG_TYPES = {
    "object": [None, [], "x", 1, True],
    "array": [None, {}, "x", 1, True],
    "string": [None, [], {}, 1, True],
    "integer": [None, [], {}, "1", True, 1.5],
    "boolean": [None, [], {}, "true", 1],
}


@dataclass
class Variant:
    what: str
    body: Any  # a document, or bytes
    path: str = ""  # where the decoder must see the fault: "lineItems[0].quantity"
    only_c: bool = False  # JSON Schema cannot say it


@dataclass
class Site:
    """One place in an example."""

    path: str
    keys: list[Any]
    schema: dict[str, Any]
    value: Any
    required: bool


def sites(
    schema: dict[str, Any], value: Any, path: str = "", keys: tuple[Any, ...] = ()
) -> Iterator[Site]:
    """Every place below `value`, which is an object."""
    schema = resolve(schema)
    for name, item in value.items():
        inner = resolve(schema["properties"][name])
        where = f"{path}.{name}" if path else name
        yield Site(where, [*keys, name], inner, item, name in schema.get("required", []))
        if inner["type"] == "object":
            yield from sites(inner, item, where, (*keys, name))
        if inner["type"] == "array":
            for index in sorted({0, len(item) - 1} & set(range(len(item)))):
                place = (*keys, name, index)
                element = resolve(inner["items"])
                yield Site(f"{where}[{index}]", list(place), element, item[index], True)
                yield from sites(element, item[index], f"{where}[{index}]", place)


def put(example: Any, site: Site, value: Any) -> Any:
    changed = copy.deepcopy(example)
    node = changed
    for key in site.keys[:-1]:
        node = node[key]
    node[site.keys[-1]] = value
    return changed


def without(example: Any, site: Site) -> Any:
    changed = copy.deepcopy(example)
    node = changed
    for key in site.keys[:-1]:
        node = node[key]
    del node[site.keys[-1]]
    return changed


def bad_values(site: Site) -> Iterator[tuple[Any, bool]]:
    """Values of the right type that the schema refuses; and whether only C can see it."""
    schema = site.schema
    if schema["type"] == "integer":
        yield schema["minimum"] - 1, False
        yield schema["maximum"] + 1, False
        yield 2**32 + schema["minimum"], False
        yield 10**30, False
        yield -(10**30), False
        yield float(schema["minimum"]), True
    elif schema["type"] == "array":
        if schema["minItems"] > 0:
            yield site.value[: schema["minItems"] - 1], False
        if site.value:
            yield [site.value[0]] * (schema["maxItems"] + 1), False
    elif "enum" in schema:
        yield from ((text, False) for text in ("", "NONE", "UNKNOWN", schema["enum"][0].lower()))
    elif "format" in schema:
        yield from ((text, False) for text in BAD_TIMES)
        yield "1970-01-01T00:00:00Z", True
    elif schema.get("title") == "Money":
        yield from ((text, False) for text in BAD_MONEY)
        yield "1000000000.00", False
        yield "1.00\n", True  # "$" of Python matches before a last newline
    elif "pattern" in schema:
        longest = int(schema["pattern"].rsplit(",", 1)[1].rstrip("}$"))
        yield from ((text, False) for text in ("", "a b", "é", "a/b\t", "a" * (longest + 1)))
    elif "maxLength" in schema:
        yield "", False
        yield "é" * (schema["maxLength"] + 1), False
        yield "😀" * (schema["maxLength"] + 1), False


def edge_values(site: Site) -> Iterator[Any]:
    """Values at the edge of what the schema takes."""
    schema = site.schema
    if schema["type"] == "integer":
        yield from (schema["minimum"], schema["maximum"])
    elif schema["type"] == "array":
        if site.value:
            yield [site.value[0]] * schema["maxItems"]
        yield site.value[: schema["minItems"]]
    elif "enum" in schema:
        yield from schema["enum"]
    elif "format" in schema:
        yield from (FIRST_TIME, LAST_TIME, "2028-02-29T12:00:00.000Z")
    elif schema.get("title") == "Money":
        yield from ("0.00", "0.01", "999999999.99")
    elif "pattern" in schema:
        longest = int(schema["pattern"].rsplit(",", 1)[1].rstrip("}$"))
        yield from ("a", "a" * longest)
    elif "maxLength" in schema:
        yield from ("😀" * schema["maxLength"], "x", '"\\/\b\f\n\r\t\x01\x7fé€')


def valid_variants(schema: dict[str, Any], example: Any) -> Iterator[Variant]:
    yield Variant("an unknown field", {**example, "unknownField": {"deep": [None, 1.5, "é"]}})
    for site in sites(schema, example):
        if not site.required:
            yield Variant(f"{site.path} left out", without(example, site))
        for value in edge_values(site):
            yield Variant(f"{site.path} = {str(value)[:40]}", put(example, site, value), site.path)


def invalid_variants(schema: dict[str, Any], example: Any) -> Iterator[Variant]:
    for site in sites(schema, example):
        if site.required and isinstance(site.keys[-1], str):
            yield Variant(f"{site.path} left out", without(example, site), site.path)
        for value in WRONG_TYPES[site.schema["type"]]:
            yield Variant(f"{site.path} = {value!r}", put(example, site, value), site.path)
        for value, only_c in bad_values(site):
            what = f"{site.path} = {str(value)[:40]!r}"
            yield Variant(what, put(example, site, value), site.path, only_c)


def invalid_bytes(example: Any) -> Iterator[Variant]:
    """What no document is."""
    text = json.dumps(example, ensure_ascii=False).encode()
    step = max(1, len(text) // 200)
    for length in range(0, len(text), step):
        yield Variant(f"cut after {length} bytes", text[:length], "not JSON")
    for what, tail in [("a second value", b"{}"), ("a comma", b","), ("a NUL", b"\0")]:
        yield Variant(f"{what} behind it", text + tail, "not JSON")
    for what, raw in BAD_CHARACTERS.items():
        yield Variant(f"{what} in a text", b'{"x": "' + raw + b'", ' + text[1:], "not JSON")
        yield Variant(f"{what} in a key", b'{"' + raw + b'": 1, ' + text[1:], "not JSON")
    for name, value in example.items():
        member = json.dumps({name: value}, ensure_ascii=False).encode()[1:-1]
        escaped = member.replace(b'"' + name[:1].encode(), b'"\\u%04x' % ord(name[0]), 1)
        for twice in (member, escaped):
            yield Variant(f"{name} twice", text[:-1] + b", " + twice + b"}", "not JSON")
