"""What schemas/ means for C: reads the JSON Schemas and turns each into a flat record.

Only a small part of JSON Schema is understood, and everything else is refused with the name of its
file, so that no rule of a schema is silently left out of the C code.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

FOLDERS = ("types", "events", "requests", "responses")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE_ID = "https://brigade.example/schemas/"
INT32_MAX = 2**31 - 1
INT53_MAX = 2**53  # a larger integer does not survive in every reader of JSON
TIME_MIN_MS = 1  # after 1970-01-01T00:00:00Z: 0 stands for "absent"
TIME_MAX_MS = 253402300799999  # before the year 10000
C_WORDS = set(
    "auto break case char const continue default do double else enum extern float for goto if"
    " inline int long register restrict return short signed sizeof static struct switch typedef"
    " union unsigned void volatile while bool true false".split()
)

NOTES = {"$schema", "$id", "title", "description", "examples"}
KEYWORDS = {
    "object": {"type", "properties", "required", "x-publisher", "x-subject"},
    "array": {"type", "items", "minItems", "maxItems"},
    "string": {"type", "minLength", "maxLength", "pattern", "format", "enum"},
    "integer": {"type", "minimum", "maximum"},
    "boolean": {"type"},
}
MONEY_PATTERN = re.compile(r"\^\(0\|\[1-9\]\[0-9\]\{0,([0-9]+)\}\)\\\.\[0-9\]\{2\}\$")
CHARSET_PATTERN = re.compile(r"\^\[([^\\\]\^]+)\]\{([0-9]+),([0-9]+)\}\$")


class SchemaError(Exception):
    """A schema that the generator cannot turn into C. Its text starts with the file."""


def fail(path: Path, message: str) -> NoReturn:
    raise SchemaError(f"{path}: {message}")


def snake_case(name: str) -> str:
    """lineItems and LineItems both become line_items."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@dataclass
class Value:
    """What a schema allows at one place: the C type follows from it."""

    kind: str  # INT32, INT64, BOOL, TEXT, MONEY, TIME, ENUM, OBJECT or ARRAY, as in enum codec_type
    min: int = 0
    max: int = 0
    allowed: str | None = None  # TEXT: the only characters
    target: str | None = None  # OBJECT, ARRAY: the record's title; ENUM: the enumeration's
    names: list[str] = field(default_factory=list)  # ENUM

    def zero_is_valid(self) -> bool:
        """Can zero not stand for "absent"?"""
        if self.kind in ("ENUM", "TIME"):
            return False
        return self.kind in ("BOOL", "OBJECT") or self.min <= 0 <= self.max

    def text_bytes(self) -> int:
        return (1 if self.allowed else 4) * self.max + 1


@dataclass
class Field:
    name: str  # on the wire
    value: Value
    required: bool
    base: str  # in C, without its unit

    @property
    def member(self) -> str:
        return self.base + {"MONEY": "_cents", "TIME": "_ms"}.get(self.value.kind, "")

    @property
    def has_flag(self) -> bool:
        return not self.required and self.value.zero_is_valid()


@dataclass
class Record:
    """An object schema: one C struct."""

    title: str
    description: str
    fields: list[Field]
    folder: str
    publisher: str = ""  # events only
    collection: str = ""  # "orders" in the subject orders/{orderId}
    subject_member: str = ""  # "order_id"

    @property
    def c_name(self) -> str:
        return snake_case(self.title)


@dataclass
class Model:
    records: list[Record]  # each after those that it contains
    enums: dict[str, list[str]]
    scalars: dict[str, Value]  # the shared types that are neither objects nor enumerations

    def events(self) -> list[Record]:
        return sorted((r for r in self.records if r.folder == "events"), key=lambda r: r.title)


def load_json(path: Path) -> Any:
    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in members]
        for name in names:
            if names.count(name) > 1:
                fail(path, f'the key "{name}" is there twice')
        return dict(members)

    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=pairs)
    except ValueError as error:
        fail(path, f"not JSON: {error}")


class Reader:
    """Reads one folder of schemas into a Model."""

    def __init__(self, root: Path):
        self.root = Path(os.path.normpath(root))
        self.documents: dict[Path, dict[str, Any]] = {}
        self.records: dict[str, Record] = {}
        self.enums: dict[str, list[str]] = {}
        self.scalars: dict[str, Value] = {}
        self.open: list[Path] = []  # being read: a schema that is met again contains itself

    def read(self) -> Model:
        paths = sorted(path for folder in FOLDERS for path in (self.root / folder).glob("*.json"))
        if not paths:
            raise SchemaError(f"{self.root}: no schemas in {', '.join(FOLDERS)}")
        titles: dict[str, Path] = {}
        for path in paths:
            document = self.check_head(path)
            other = titles.setdefault(snake_case(document["title"]), path)
            if other != path:
                fail(path, f"its title is the one of {other}, or becomes the same name in C")
            self.documents[path] = document
        for path in paths:
            self.read_document(path)
        return Model(list(self.records.values()), self.enums, self.scalars)

    def check_head(self, path: Path) -> dict[str, Any]:
        document = load_json(path)
        if not isinstance(document, dict):
            fail(path, "a schema is an object")
        where = path.relative_to(self.root).as_posix()
        expected = {"$schema": DIALECT, "$id": BASE_ID + where, "title": path.stem}
        for key, value in expected.items():
            if document.get(key) != value:
                fail(path, f'"{key}" must be "{value}", is {json.dumps(document.get(key))}')
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", path.stem):
            fail(path, "a title is in UpperCamelCase")
        if not isinstance(document.get("description"), str):
            fail(path, 'there must be a "description"')
        if not isinstance(document.get("examples"), list) or not document["examples"]:
            fail(path, 'there must be "examples", at least one')
        return document

    def read_document(self, path: Path) -> Value:
        """What the schema in a file allows; also puts what C needs of it into the model."""
        document = self.documents[path]
        title = document["title"]
        if path in self.open:
            fail(path, "contains itself, which no flat struct can")
        if title in self.records:
            return Value("OBJECT", target=title)
        self.open.append(path)
        body = {key: value for key, value in document.items() if key not in NOTES}
        value = self.read_value(path, title, body)
        if value.kind == "OBJECT":
            self.records[title] = self.read_record(path, document)
        elif value.kind == "ENUM":
            self.enums[title] = value.names
        elif path.parent.name == "types":
            self.scalars[title] = value
        else:
            fail(path, 'must be of type "object"')
        self.open.pop()
        return value

    def read_value(self, path: Path, name: str, body: dict[str, Any]) -> Value:
        if "$ref" in body:
            self.check_keywords(path, name, body, {"$ref", "description"})
            return self.read_document(self.resolve(path, name, body["$ref"]))
        kind = body.get("type")
        if not isinstance(kind, str) or kind not in KEYWORDS:
            known = ", ".join(KEYWORDS)
            fail(path, f'{name}: "type" must be one of {known}, is {json.dumps(kind)}')
        self.check_keywords(path, name, body, KEYWORDS[kind] | {"description"})
        if kind == "object":
            return Value("OBJECT", target=name)
        return {
            "array": self.read_array,
            "string": self.read_string,
            "integer": self.read_integer,
            "boolean": lambda *_: Value("BOOL", 0, 1),
        }[kind](path, name, body)

    @staticmethod
    def check_keywords(path: Path, name: str, body: dict[str, Any], known: set[str]) -> None:
        for keyword in body:
            if keyword not in known:
                fail(path, f'{name}: the keyword "{keyword}" is not understood here')

    def resolve(self, path: Path, name: str, reference: Any) -> Path:
        target = Path(os.path.normpath(path.parent / str(reference)))
        if target not in self.documents:
            given = json.dumps(reference)
            fail(path, f'{name}: "$ref" must be the path of another schema file, is {given}')
        return target

    @staticmethod
    def read_bound(path: Path, name: str, body: dict[str, Any], keyword: str, least: int) -> int:
        bound = body.get(keyword)
        if not isinstance(bound, int) or isinstance(bound, bool) or not least <= bound <= INT53_MAX:
            fail(path, f'{name}: there must be "{keyword}", an integer from {least} to {INT53_MAX}')
        return bound

    def read_range(
        self, path: Path, name: str, body: dict[str, Any], words: tuple[str, str], least: int
    ) -> tuple[int, int]:
        low = self.read_bound(path, name, body, words[0], least)
        high = self.read_bound(path, name, body, words[1], least)
        if low > high:
            fail(path, f'{name}: "{words[0]}" is above "{words[1]}"')
        return low, high

    def read_integer(self, path: Path, name: str, body: dict[str, Any]) -> Value:
        low, high = self.read_range(path, name, body, ("minimum", "maximum"), -INT53_MAX)
        fits = -INT32_MAX <= low and high <= INT32_MAX
        return Value("INT32" if fits else "INT64", low, high)

    def read_array(self, path: Path, name: str, body: dict[str, Any]) -> Value:
        low, high = self.read_range(path, name, body, ("minItems", "maxItems"), 0)
        items = body.get("items")
        if not isinstance(items, dict) or set(items) != {"$ref"}:
            fail(path, f'{name}: "items" must be a "$ref" and nothing else')
        element = self.read_value(path, name, items)
        if element.kind != "OBJECT":
            fail(path, f"{name}: an array holds objects")
        return Value("ARRAY", low, high, target=element.target)

    def read_string(self, path: Path, name: str, body: dict[str, Any]) -> Value:
        rules = set(body) - {"type", "description"}
        if rules == {"enum"}:
            return self.read_enum(path, name, body["enum"])
        if rules == {"format"} and body["format"] == "date-time":
            return Value("TIME", TIME_MIN_MS, TIME_MAX_MS)
        if rules == {"pattern"}:
            return self.read_pattern(path, name, str(body["pattern"]))
        if rules != {"minLength", "maxLength"}:
            fail(
                path,
                f'{name}: a string has "minLength" and "maxLength", or a "pattern", or an "enum",'
                ' or the "format" date-time',
            )
        low, high = self.read_range(path, name, body, ("minLength", "maxLength"), 0)
        return Value("TEXT", low, high)

    @staticmethod
    def read_pattern(path: Path, name: str, pattern: str) -> Value:
        money = MONEY_PATTERN.fullmatch(pattern)
        if money:
            return Value("MONEY", 0, 10 ** (int(money[1]) + 3) - 1)
        charset = CHARSET_PATTERN.fullmatch(pattern)
        if not charset or not charset[1].isascii() or int(charset[2]) > int(charset[3]):
            fail(path, f"{name}: a pattern is ^[characters]{{least,most}}$ in ASCII, or Money's")
        members = re.compile(f"[{charset[1]}]")
        allowed = "".join(chr(code) for code in range(0x20, 0x7F) if members.match(chr(code)))
        return Value("TEXT", int(charset[2]), int(charset[3]), allowed=allowed)

    @staticmethod
    def read_enum(path: Path, name: str, names: Any) -> Value:
        if name != path.stem:
            fail(path, f"{name}: an enumeration is a file of its own in types/")
        if not isinstance(names, list) or not names or len(names) != len(set(map(str, names))):
            fail(path, f'{name}: "enum" must be a list of different names')
        for value in names:
            if not re.fullmatch(r"[A-Z][A-Z0-9_]*", str(value)) or value in ("NONE", "COUNT"):
                fail(path, f"{name}: {json.dumps(value)} cannot be a name in C, or is taken")
        return Value("ENUM", target=name, names=names)

    def read_record(self, path: Path, document: dict[str, Any]) -> Record:
        properties = document.get("properties")
        required = document.get("required", [])
        if not isinstance(properties, dict) or not properties:
            fail(path, 'there must be "properties", at least one')
        for name in required:
            if name not in properties:
                fail(path, f'"required" names {json.dumps(name)}, which is no property')
        fields = [
            self.read_field(path, name, body, name in required) for name, body in properties.items()
        ]
        self.check_members(path, fields)
        record = Record(
            document["title"], document["description"], fields, folder=path.parent.name
        )
        self.read_event(path, document, record)
        return record

    def read_field(self, path: Path, name: str, body: Any, required: bool) -> Field:
        if not re.fullmatch(r"[a-z][A-Za-z0-9]*", name):
            fail(path, f"{name}: a property is in lowerCamelCase")
        if not isinstance(body, dict):
            fail(path, f"{name}: a property is described by an object")
        value = self.read_value(path, name, body)
        if value.kind == "OBJECT" and "$ref" not in body:
            fail(path, f"{name}: an object is a file of its own in types/")
        return Field(name, value, required, snake_case(name))

    @staticmethod
    def check_members(path: Path, fields: list[Field]) -> None:
        members: set[str] = set()
        for each in fields:
            names = [each.member]
            names += [f"has_{each.base}"] if each.has_flag else []
            names += [f"{each.base}_count"] if each.value.kind == "ARRAY" else []
            for name in names:
                if name in members or name in C_WORDS:
                    fail(path, f'{each.name}: its name in C, "{name}", is taken')
                members.add(name)

    @staticmethod
    def read_event(path: Path, document: dict[str, Any], record: Record) -> None:
        given = {key for key in ("x-publisher", "x-subject") if key in document}
        if record.folder != "events":
            if given:
                fail(path, f"only an event has {sorted(given)[0]}")
            return
        subject = re.fullmatch(r"([a-z]+)/\{([A-Za-z0-9]+)\}", str(document.get("x-subject")))
        publisher = str(document.get("x-publisher", ""))
        if not subject or not re.fullmatch(r"[a-z]+", publisher):
            fail(path, 'an event has an "x-publisher" and an "x-subject" like orders/{orderId}')
        key = [each for each in record.fields if each.name == subject[2]]
        if not key or not key[0].required or key[0].value.kind != "INT32":
            fail(path, f'"x-subject" names {subject[2]}, which must be a required integer of it')
        record.publisher, record.collection = publisher, subject[1]
        record.subject_member = key[0].member


def load(root: Path) -> Model:
    """Read all schemas below `root`. Raises SchemaError."""
    return Reader(root).read()
