"""What the fuzz targets start from: seeds out of the schemas' examples, and a dictionary.

The order of the records, of which the target `records` takes the number, is the generator's.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import random
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from schema_model import Model, Record, load  # noqa: E402

EVENT_ID = "0197b3a0-5b1e-7c3a-9d2e-8f0a1b2c3d4e"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
JSON_WORDS = ["true", "false", "null", "{}", "[]", '":', "\\u00e9", "\\ud83d\\ude00", "-0", "1e5", "0.5"]
AWKWARD = '"\\\x01\u00e9\U0001f600'
SUBJECTS, INPUTS_MAX = 9, 15  # tests/fuzz/fuzz_decide.c

JSON_SEEDS = [
    '{"a":[1,-2.5e3,"b\\u00e9\\n",true,null,{}]}', "null", "true", "1.5", "42", '"x"', "{",
    "[" * 16 + "]" * 16, "[" * 17 + "]" * 17,
    "2026-11-21T19:30:00Z", "2026-11-21t19:30:00.125+01:00", EVENT_ID, TRACE,
]

CONFIG_SEEDS = [
    # port, offset, flag, text, secret, database, broker, file
    ["8080", "-9", "true", "hello", "s", "postgresql://u:p@h:5432/d", "amqp://u:p@h:5672/v", ""],
    ["", "", "", "", "", "host=h port=1", "amqp://h/", "from a file\n"],
    ["70000", "", "", "", "s", "postgresql://[", "amqps://h/%2f", ""],
    ["1", "9223372036854775808", "yes", "", "s", "x", "http://h", ""],
    ["1", "1", "yes", "", "s", "x", "http://h", ""],
    ["1", "1", "", "", "", "x", "", ""],
    ["1", "1", "", "", "", "x", "", "\n"],
]

HEAD = "Host: h\r\nContent-Type: application/json; charset=utf-8\r\n"
HEADER_SEEDS = [
    HEAD + 'Content-Length: 12\r\nIdempotency-Key: "a\\"b"\r\ntraceparent: ' + TRACE,
    HEAD + "Transfer-Encoding: chunked\r\nIdempotency-Key: abc\r\nExpect: 100-continue",
    HEAD + "Content-Length: 1\r\nContent-Length: 1",
    HEAD + "X: a\r\n folded\r\nIdempotency-Key: a b",
    HEAD + "X\0 y: b",
]
TARGETS = [
    "GET /orders?consumerId=1&limit=20&state=APPROVED", "GET /orders?limit=2&limit=3",
    "GET /orders?limit=x", "GET /orders/0", "GET /orders/07", "PUT /orders/1",
    "GET /nothing", "GET /livez", "GET /a%zz",
    "GET /orders?state=%41&limit",
]




def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def examples(record: Record) -> list[Any]:
    path = ROOT / "schemas" / record.folder / f"{record.title}.json"
    found = json.loads(path.read_text(encoding="utf-8"))["examples"]
    return found + [awkward(record, example) for example in found]


def awkward(record: Record, example: Any) -> Any:
    """The example with texts that must be escaped."""
    free = {field.name for field in record.fields if field.value.kind == "TEXT" and not field.value.allowed}
    return {name: AWKWARD if name in free else value for name, value in example.items()}


def envelope(record: Record, data: dict[str, Any]) -> bytes:
    subject = next(field.name for field in record.fields if field.base == record.subject_member)
    return compact({
        "specversion": "1.0", "id": EVENT_ID, "source": f"/brigade/{record.publisher}", "type": record.title,
        "subject": f"{record.collection}/{data[subject]}", "time": "2026-11-21T08:40:36.123Z",
        "sequence": "0000000001", "traceparent": TRACE, "data": data,
    })


def routes() -> list[str]:
    """Of every service, like "PUT /restaurants/7/menu"."""
    pattern = re.compile(r'\.method = "([A-Z]+)",\s*\.path = "([^"]+)"')
    sources = sorted(ROOT.glob("services/*/http.c"))
    found = [match for source in sources for match in pattern.findall(source.read_text(encoding="utf-8"))]
    return [f"{method} {path.replace('{id}', '7')}" for method, path in found]


def http_seeds() -> list[bytes]:
    heads = [f"{target} HTTP/1.1\r\n{HEADER_SEEDS[0]}\r\n" for target in [*TARGETS, *routes()]]
    return [head.encode() for head in heads + [f"GET / HTTP/1.1\r\n{h}\r\n" for h in HEADER_SEEDS]]


def decide_seeds() -> list[bytes]:
    """Each aggregate and type of input, with the same random content in every run."""
    chance = random.Random(1)
    return [
        bytes([subject, kind]) + chance.randbytes(chance.choice([60, 200, 600]))
        for subject in range(SUBJECTS) for kind in range(INPUTS_MAX) for _ in range(20)
    ]


def all_seeds(model: Model) -> dict[str, list[bytes]]:
    return {
        "envelope": [envelope(record, data) for record in model.events() for data in examples(record)],
        "records": [
            bytes([number]) + compact(data)
            for number, record in enumerate(model.records) for data in examples(record)
        ],
        "json": [text.encode() for text in JSON_SEEDS],
        "config": ["\n".join(lines).encode() for lines in CONFIG_SEEDS],
        "http": http_seeds(),
        "decide": decide_seeds(),
    }


def dictionary(model: Model) -> str:
    words = {*JSON_WORDS, *(name for names in model.enums.values() for name in names)}
    words |= {f'"{field.name}":' for record in model.records for field in record.fields}
    words |= {record.title for record in model.records} | {"Content-Length", "Transfer-Encoding", "chunked"}
    quoted = sorted(word.replace("\\", "\\\\").replace('"', '\\"') for word in words)
    return "".join(f'"{word}"\n' for word in quoted)


def write(out: Path) -> None:
    """OUT/TARGET/seed-N and OUT/words.dict."""
    model = load(ROOT / "schemas")
    for target, seeds in all_seeds(model).items():
        folder = out / target
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds):
            (folder / f"seed-{number}").write_bytes(seed)
    (out / "words.dict").write_text(dictionary(model), encoding="utf-8")
