"""The generator refuses what it would not turn into C faithfully, and says in which file.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wire import ROOT, SCHEMAS

TOOL = ROOT / "tools" / "schemagen.py"


def generate(schemas: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), "--out", str(out), str(schemas)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_same_schemas_give_the_same_bytes(tmp_path: Path) -> None:
    shutil.copytree(SCHEMAS, tmp_path / "copy")
    for name, source in (("one", SCHEMAS), ("two", tmp_path / "copy")):
        result = generate(source, tmp_path / name)
        assert result.returncode == 0, result.stderr
    for name in ("schemas.h", "schemas.c"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def put(document: dict[str, Any], place: str, value: Any) -> None:
    """Set what the keys in `place` lead to; None takes it out."""
    *parents, last = place.split("/")
    for key in parents:
        document = document[key]
    if value is None:
        del document[last]
    else:
        document[last] = value


TEXT = {"type": "string", "minLength": 1, "maxLength": 9}
INTEGER = {"type": "integer", "minimum": 1, "maximum": 9}
MENU = {"type": "array", "items": {"$ref": "MenuItem.json"}, "minItems": 0, "maxItems": 7}
BAD = [
    ("types/Menu", "properties/menuItems/uniqueItems", True, '"uniqueItems" is not understood'),
    ("types/Menu", "additionalProperties", False, '"additionalProperties" is not understood'),
    ("types/Menu", "properties/menuItems/maxItems", None, 'there must be "maxItems"'),
    ("types/Menu", "properties/menuItems/items", INTEGER, '"items" must be a "$ref"'),
    ("types/Menu", "properties/menuItems/items/$ref", "Id.json", "an array holds objects"),
    ("types/Menu", "properties/menuItems/items/$ref", "Menu.json", "contains itself"),
    ("types/Menu", "properties/menuItems/items/$ref", "None.json", '"$ref" must be the path'),
    ("types/Menu", "properties/menu_items", TEXT, "lowerCamelCase"),
    ("types/Menu", "properties/menuItemsCount", INTEGER, "is taken"),
    ("types/Menu", "properties/int", INTEGER, "is taken"),
    ("types/Menu", "required", ["menuItems", "x"], "which is no property"),
    ("types/Menu", "properties", {}, 'there must be "properties"'),
    ("types/Menu", "title", "Menus", '"title" must be "Menu"'),
    ("types/Menu", "$id", "x", '"$id" must be'),
    ("types/Menu", "$schema", "x", '"$schema" must be'),
    ("types/Menu", "examples", [], 'there must be "examples"'),
    ("types/Menu", "description", None, 'there must be a "description"'),
    ("types/Menu", "x-publisher", "kitchen", "only an event"),
    ("types/Menu", "properties/x", {"type": "object"}, "a file of its own"),
    ("types/Menu", "properties/x", {"type": "string", "enum": ["A"]}, "a file of its own"),
    ("types/Menu", "properties/x", {"type": "number"}, '"type" must be one of'),
    ("types/Menu", "properties/x", {"type": ["string", "null"]}, '"type" must be one of'),
    ("types/Menu", "properties/x", {}, '"type" must be one of'),
    ("types/Menu", "properties/x", {"type": "string"}, "a string has"),
    ("types/Menu", "properties/x", {"type": "string", "maxLength": 9}, "a string has"),
    ("types/Menu", "properties/x", {**TEXT, "minLength": 10}, 'is above "maxLength"'),
    ("types/Menu", "properties/x", {**TEXT, "maxLength": True}, 'there must be "maxLength"'),
    ("types/Menu", "properties/x", {**INTEGER, "maximum": 2**60}, 'there must be "maximum"'),
    ("types/Menu", "properties/x", {**INTEGER, "minimum": None}, 'there must be "minimum"'),
    ("types/Menu", "properties/x", {"$ref": "Id.json", "maximum": 9}, '"maximum" is not'),
    ("types/Money", "pattern", "^[0-9]+$", "a pattern is"),
    ("types/MenuItemId", "pattern", "^[a-zé]{1,32}$", "a pattern is"),
    ("types/MenuItemId", "pattern", "^[a-z]{1,}$", "a pattern is"),
    ("types/MenuItemId", "maxLength", 32, "a string has"),
    ("types/Time", "format", "date", "a string has"),
    ("types/OrderState", "enum", ["approved"], "cannot be a name in C"),
    ("types/OrderState", "enum", ["A", "A"], "different names"),
    ("types/OrderState", "enum", ["NONE"], "cannot be a name in C"),
    ("events/OrderCreated", "x-subject", None, "an event has"),
    ("events/OrderCreated", "x-subject", "orders/{id}", "must be a required integer"),
    ("events/OrderCreated", "x-publisher", None, "an event has"),
    ("requests/ChangeCardRequest", "type", "array", '"properties" is not understood'),
    ("types/OrderLineItem", "properties/menuItems", MENU, "must have one maxItems"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "place", "value", "why"), BAD)
def test_refuses(name: str, place: str, value: Any, why: str, tmp_path: Path) -> None:
    shutil.copytree(SCHEMAS, tmp_path / "schemas")
    path = tmp_path / "schemas" / f"{name}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    put(document, place, value)
    path.write_text(json.dumps(document), encoding="utf-8")
    result = generate(tmp_path / "schemas", tmp_path / "out")
    assert result.returncode == 1
    assert why in result.stderr
    assert Path(name).name in result.stderr
    assert not (tmp_path / "out").exists()


def test_refuses_two_schemas_of_one_name(tmp_path: Path) -> None:
    shutil.copytree(SCHEMAS, tmp_path / "schemas")
    document = json.loads((SCHEMAS / "types/Menu.json").read_text(encoding="utf-8"))
    document["$id"] = document["$id"].replace("/types/", "/responses/")
    (tmp_path / "schemas/responses/Menu.json").write_text(json.dumps(document), encoding="utf-8")
    result = generate(tmp_path / "schemas", tmp_path / "out")
    assert result.returncode == 1 and "types/Menu.json" in result.stderr


@pytest.mark.parametrize(
    ("text", "why"),
    [('{"a": 1, "a": 2}', '"a" is there twice'), ("{", "not JSON"), ("[]", "a schema is")],
)
def test_refuses_what_is_no_schema(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "types/Broken.json").write_text(text, encoding="utf-8")
    result = generate(tmp_path, tmp_path / "out")
    assert result.returncode == 1 and why in result.stderr and "Broken.json" in result.stderr


def test_refuses_an_empty_folder(tmp_path: Path) -> None:
    result = generate(tmp_path, tmp_path / "out")
    assert result.returncode == 1 and "no schemas" in result.stderr
