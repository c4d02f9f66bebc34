"""The schemas and the C codec agree on the examples, on what is at the edge, and just beyond it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from variants import invalid_bytes, invalid_variants, valid_variants
from wire import ALL, RECORDS, Codec, validator


@pytest.mark.parametrize("title", ALL)
def test_schema_and_its_examples_are_valid(title: str) -> None:
    Draft202012Validator.check_schema(ALL[title])
    assert ALL[title]["examples"]
    for example in ALL[title]["examples"]:
        validator(ALL[title]).validate(example)


@pytest.mark.parametrize("title", RECORDS)
def test_examples_survive_the_codec(title: str, codec: Codec) -> None:
    for example in RECORDS[title]["examples"]:
        taken, text = codec.run(title, example)
        assert taken, text
        assert json.loads(text) == example


@pytest.mark.parametrize("title", RECORDS)
def test_examples_show_every_field(title: str) -> None:
    shown = {name for example in RECORDS[title]["examples"] for name in example}
    assert shown == set(RECORDS[title]["properties"])


@pytest.mark.parametrize("title", RECORDS)
def test_valid_variants_are_taken(title: str, codec: Codec) -> None:
    wrong = []
    for example in RECORDS[title]["examples"]:
        for variant in valid_variants(RECORDS[title], example):
            validator(RECORDS[title]).validate(variant.body)
            expected = {key: item for key, item in variant.body.items() if key != "unknownField"}
            taken, text = codec.run(title, variant.body)
            if not taken or json.loads(text) != expected:
                wrong.append(f"{variant.what}: {text[:200]}")
    assert not wrong


@pytest.mark.parametrize("title", RECORDS)
def test_invalid_variants_are_refused(title: str, codec: Codec) -> None:
    wrong, count = [], 0
    for example in RECORDS[title]["examples"]:
        for variant in invalid_variants(RECORDS[title], example):
            count += 1
            taken, text = codec.run(title, variant.body)
            if taken or not text.startswith(f"{variant.path}: "):
                wrong.append(f"codec, {variant.what}: {text[:200]}")
            if not variant.only_c and validator(RECORDS[title]).is_valid(variant.body):
                wrong.append(f"schema, {variant.what}")
    assert not wrong
    assert count > 0 or not any(RECORDS[title]["examples"])


@pytest.mark.parametrize("title", RECORDS)
def test_what_is_no_json_is_refused(title: str, codec: Codec) -> None:
    wrong = []
    for variant in invalid_bytes(RECORDS[title]["examples"][0]):
        taken, text = codec.run(title, variant.body)
        if taken or not text.startswith("not JSON at byte "):
            wrong.append(f"{variant.what}: {text[:200]}")
    assert not wrong


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"true"])
def test_what_is_no_object_is_refused(body: bytes, codec: Codec) -> None:
    for title in RECORDS:
        taken, text = codec.run(title, body)
        assert not taken and text.startswith("must be an object, is "), title
