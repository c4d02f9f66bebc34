"""What the contract tests share: the schemas, a validator for each, and the C codec as a process.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker, RefResolver

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "schemas"
BUILT_TOOL = ROOT / "build" / os.environ.get("BRIGADE_FLAVOUR", "release") / "tests/codec_tool"
SERVICES = ("order", "consumer", "kitchen", "accounting", "notifier")

sys.path.insert(0, str(ROOT / "tools"))

FORMATS = FormatChecker(formats=())
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(value: Any) -> bool:
    if not isinstance(value, str):
        return True  # its type is another keyword's business
    if not DATE_TIME.fullmatch(value):
        return False
    datetime.fromisoformat(value[:19])
    return True


def load_all() -> dict[str, dict[str, Any]]:
    """Every schema file, by title."""
    paths = sorted(SCHEMAS.glob("*/*.json"))
    assert paths, f"no schemas below {SCHEMAS}"
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    return {document["title"]: document for document in documents}


ALL = load_all()
BY_ID = {document["$id"]: document for document in ALL.values()}
RECORDS = {title: document for title, document in ALL.items() if document["type"] == "object"}
EVENTS = {title: document for title, document in RECORDS.items() if "x-publisher" in document}


def validator(schema: dict[str, Any], base: str = "") -> Draft202012Validator:
    """A validator that finds references among the schema files, relative to `base`."""
    resolver = RefResolver(schema.get("$id", base), schema, store=BY_ID)
    return Draft202012Validator(schema, resolver=resolver, format_checker=FORMATS)


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, or the file that it refers to."""
    if "$ref" not in schema:
        return schema
    return ALL[Path(schema["$ref"]).stem]


def load_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def c_constant(title: str) -> str:
    """OrderCreated becomes ORDER_CREATED."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", title).upper()


def c_text(path: Path) -> str:
    """A C file without its comments."""
    return re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


class Codec:
    """tests/contract/codec_tool.c, running."""

    def __init__(self) -> None:
        path = os.environ.get("BRIGADE_CODEC_TOOL", str(BUILT_TOOL))
        assert Path(path).is_file(), f"{path} is not built; run `make contract`"
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, record: str, body: Any) -> tuple[bool, str]:
        """Decode and encode. (True, JSON), or (False, why it was refused)."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{record} {len(raw)}\n".encode() + raw)
        self.process.stdin.flush()
        head = self.process.stdout.readline().split()
        assert len(head) == 2, f"codec_tool ended at {record}: {raw[:2000]!r}"
        text = self.process.stdout.read(int(head[1])).decode("utf-8")  # an answer is always UTF-8
        return head[0] == b"ok", text

    def close(self) -> int:
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(timeout=10)
