#!/usr/bin/env python3
"""Generates schemas.h and schemas.c from schemas/: structs, and the tables for common/codec.c.

    schemagen.py --out build/gen schemas

The same schemas always give the same bytes. What a schema may contain stands in schema_model.py.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from schema_model import Field, Model, Record, SchemaError, load, snake_case

C_TYPES = {
    "INT32": "int32_t",
    "INT64": "int64_t",
    "BOOL": "bool",
    "MONEY": "int64_t",
    "TIME": "int64_t",
    "ENUM": "int",
}
HEAD = """\
/* {}
 * Generated from schemas/ by tools/schemagen.py: do not edit. SPDX-License-Identifier: MIT */"""


def constant(name: str) -> str:
    return snake_case(name).upper()


def c_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)


def wide(number: int) -> str:
    return f"INT64_C({number})"


def enum_lines(prefix: str, name: str, values: list[str]) -> list[str]:
    constants = [f"    {prefix}_{value}," for value in ["NONE", *values, "COUNT"]]
    return [f"enum {name} {{", *constants, "};"]


def cap_lines(model: Model) -> list[str]:
    """Caps by name, for those who declare columns and buffers of the same size."""
    caps: dict[str, int] = {}
    places: dict[str, str] = {}
    money: list[str] = []
    for title, value in sorted(model.scalars.items()):
        if value.kind == "TEXT":
            caps[f"{constant(title)}_SIZE"] = value.text_bytes()
        elif value.kind == "INT32":
            caps[f"{constant(title)}_MAX"] = value.max
        elif value.kind == "MONEY":
            money.append(f"#define {constant(title)}_CENTS_MAX {wide(value.max)}")
    for record in model.records:
        for field in record.fields:
            if field.value.kind != "ARRAY":
                continue
            name = f"{constant(field.base)}_MAX"
            place = f"{record.title}.{field.name}"
            first = places.setdefault(name, place)
            if caps.setdefault(name, field.value.max) != field.value.max:
                raise SchemaError(f"{first}, {place}: one name, so they must have one maxItems")
    lines = [f"    {name} = {value}," for name, value in sorted(caps.items())]
    return ["enum {", *lines, "};", *money]


def member_lines(field: Field) -> list[str]:
    value = field.value
    if value.kind == "TEXT":
        lines = [f"char {field.member}[{value.text_bytes()}];"]
    elif value.kind == "OBJECT":
        lines = [f"struct {snake_case(value.target)} {field.member};"]
    elif value.kind == "ARRAY":
        cap = f"{constant(field.base)}_MAX"
        lines = [
            f"struct {snake_case(value.target)} {field.member}[{cap}];",
            f"size_t {field.base}_count;",
        ]
    elif value.kind == "ENUM":
        lines = [f"int {field.member}; /* enum {snake_case(value.target)} */"]
    else:
        lines = [f"{C_TYPES[value.kind]} {field.member};"]
    if field.has_flag:
        lines.insert(0, f"bool has_{field.base};")
    return [f"    {line}" for line in lines]


def struct_lines(record: Record) -> list[str]:
    members = [line for field in record.fields for line in member_lines(field)]
    return [
        f"/* {record.description.replace('*/', '* /')} */",
        f"struct {record.c_name} {{",
        *members,
        "};",
        f"extern const struct codec_record {record.c_name}_record;",
        "",
    ]


def event_lines(model: Model) -> list[str]:
    events = model.events()
    return [
        *enum_lines("EVENT", "event_type", [constant(e.title) for e in events])[:-2],
        "    EVENT_TYPE_COUNT,",
        "};",
        "",
        "struct event_schema {",
        '    const char *type;      /* "OrderCreated" */',
        '    const char *publisher; /* "order" */',
        '    const char *subject;   /* "orders", in the subject orders/42 */',
        "    const struct codec_record *record;",
        "    size_t subject_id_offset; /* of the int32_t that is the 42 */",
        "    size_t order_id_offset;   /* of orderId, the correlation id, or SIZE_MAX */",
        "};",
        "",
        "/* Indexed by event_type; [EVENT_NONE] is all zeros. */",
        "extern const struct event_schema event_schemas[EVENT_TYPE_COUNT];",
        "",
        "union event_data {",
        *[f"    struct {e.c_name} {e.c_name};" for e in events],
        "};",
    ]


def header(model: Model) -> str:
    lines = [
        HEAD.format("The messages and bodies of schemas/ as flat structs."),
        "#ifndef BRIGADE_SCHEMAS_H",
        "#define BRIGADE_SCHEMAS_H",
        "",
        "#include <stdbool.h>",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "",
        '#include "codec.h"',
        "",
        "/* _SIZE: bytes with the NUL; _MAX: the largest number, or the most items */",
        *cap_lines(model),
        "",
    ]
    for title, names in sorted(model.enums.items()):
        lines += enum_lines(constant(title), snake_case(title), names)
        lines += [
            f"extern const char *const {snake_case(title)}_names[{constant(title)}_COUNT];",
            "",
        ]
    for record in model.records:
        lines += struct_lines(record)
    lines += [
        *event_lines(model),
        "",
        "/* Every record, for tools and tests that take any of them. */",
        "extern const struct codec_record *const schema_records[];",
        "extern const size_t schema_record_count;",
        "",
        "#endif",
        "",
    ]
    return "\n".join(lines)


def field_lines(record: Record, field: Field) -> list[str]:
    value, struct = field.value, f"struct {record.c_name}"
    parts = [
        f".name = {c_string(field.name)}",
        f".type = CODEC_{value.kind}",
        f".offset = offsetof({struct}, {field.member})",
    ]
    if field.required:
        parts.append(".required = true")
    if field.has_flag:
        parts += [".has_flag = true", f".flag_offset = offsetof({struct}, has_{field.base})"]
    if value.kind not in ("BOOL", "ENUM", "OBJECT"):
        parts += [f".min = {wide(value.min)}", f".max = {wide(value.max)}"]
    if value.kind == "TEXT":
        parts.append(f".size = {value.text_bytes()}")
        parts += [f".allowed = {c_string(value.allowed)}"] if value.allowed else []
    if value.kind == "ARRAY":
        parts.append(f".count_offset = offsetof({struct}, {field.base}_count)")
        parts.append(f".size = sizeof(struct {snake_case(value.target)})")
    if value.kind in ("OBJECT", "ARRAY"):
        parts.append(f".record = &{snake_case(value.target)}_record")
    if value.kind == "ENUM":
        parts.append(f".names = {snake_case(value.target)}_names")
        parts.append(f".name_count = {constant(value.target)}_COUNT")
    return ["    {", *[f"        {part}," for part in parts], "    },"]


def record_lines(record: Record) -> list[str]:
    name = record.c_name
    return [
        f"static const struct codec_field {name}_fields[] = {{",
        *[line for field in record.fields for line in field_lines(record, field)],
        "};",
        f"const struct codec_record {name}_record = {{",
        f"    .name = {c_string(record.title)},",
        f"    .size = sizeof(struct {name}),",
        f"    .fields = {name}_fields,",
        f"    .field_count = {len(record.fields)},",
        "};",
        "",
    ]


def event_row(record: Record) -> str:
    struct = f"struct {record.c_name}"
    has_order = any(field.name == "orderId" for field in record.fields)
    correlation = f"offsetof({struct}, order_id)" if has_order else "SIZE_MAX"
    return (
        f"    [EVENT_{constant(record.title)}] = {{{c_string(record.title)}, "
        f"{c_string(record.publisher)}, {c_string(record.collection)}, &{record.c_name}_record, "
        f"offsetof({struct}, {record.subject_member}), {correlation}}},"
    )


def source(model: Model) -> str:
    head = HEAD.format("The tables that describe the structs of schemas.h.")
    lines = [head, '#include "schemas.h"', ""]
    for title, names in sorted(model.enums.items()):
        values = ", ".join(c_string(name) for name in ["NONE", *names])
        lines += [
            f"const char *const {snake_case(title)}_names[{constant(title)}_COUNT] = {{{values}}};",
            "",
        ]
    for record in model.records:
        lines += record_lines(record)
    lines += [
        "const struct event_schema event_schemas[EVENT_TYPE_COUNT] = {",
        *[event_row(event) for event in model.events()],
        "};",
        "",
        "const struct codec_record *const schema_records[] = {",
        *[f"    &{record.c_name}_record," for record in model.records],
        "};",
        f"const size_t schema_record_count = {len(model.records)};",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate C from JSON Schemas.")
    parser.add_argument("--out", type=Path, required=True, help="where to write schemas.{h,c}")
    parser.add_argument("schemas", type=Path, help="the folder of the schemas")
    args = parser.parse_args()
    try:
        model = load(args.schemas)
        texts = {"schemas.h": header(model), "schemas.c": source(model)}
    except SchemaError as error:
        print(f"schemagen: {error}", file=sys.stderr)
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (args.out / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
