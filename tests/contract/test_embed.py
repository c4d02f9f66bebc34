"""What tools/embed.py puts into C is what was in the files, byte for byte.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from wire import ROOT

TOOL = ROOT / "tools" / "embed.py"
SQL = b"-- it's \\ \"quoted\" \xc3\xa9 ??=\n\tSELECT 1;\n"


def embed(folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "api.json").write_text('{"title": "é"}', encoding="utf-8")
    command = [sys.executable, str(TOOL), "--service", "x", "--openapi", str(folder / "api.json")]
    command += ["--migrations", str(folder / "engine"), str(folder / "own"), "--out", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def put(folder: Path, **files: bytes) -> None:
    for place, content in files.items():
        path = folder / place.replace("__", "/").replace("_sql", ".sql")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def c_array(source: str, name: str) -> bytes:
    body = re.search(rf"{name}\[\] = \{{(.*?)\n\}};", source, flags=re.DOTALL)
    assert body, name
    characters = re.findall(r"'(?:\\[0-7]{3}|[^'\\])'", body[1])
    return b"".join(ast.literal_eval(f"b{item}") for item in characters)


def test_keeps_every_byte_and_the_order(tmp_path: Path) -> None:
    put(tmp_path, engine__0001_engine_sql=SQL, own__0002_more_sql=b"2", own__0001_init_sql=b"1")
    result = embed(tmp_path)
    assert result.returncode == 0, result.stderr
    source = (tmp_path / "x_assets.c").read_text(encoding="utf-8")
    assert c_array(source, "sql_0") == SQL + b"\0"
    assert json.loads(c_array(source, "x_openapi")[:-1]) == {"title": "é"}
    names = re.findall(r'\{"(.*?)", sql_', source)
    assert names == ["0001_engine.sql", "0001_init.sql", "0002_more.sql"]


@pytest.mark.parametrize(
    ("place", "content", "why"),
    [
        ("own__init_sql", b"1", "is named like"),
        ("own__0001_engine_sql", b"1", "the same name"),
        ("own__0002_nul_sql", b"a\0b", "a NUL byte"),
        ("other__0001_x_sql", b"1", "no migrations here"),
    ],
)
def test_refuses(place: str, content: bytes, why: str, tmp_path: Path) -> None:
    put(tmp_path, engine__0001_engine_sql=SQL, **{place: content})
    result = embed(tmp_path)
    assert result.returncode == 1 and why in result.stderr
    assert not (tmp_path / "x_assets.c").exists()
