#!/usr/bin/env python3
"""Generates parties.h and parties.c from schemas/asyncapi.yaml: which service takes which events.

    parties.py --out build/gen schemas/asyncapi.yaml

tests/contract holds the document against the services' own tables, so what brigadectl expects cannot
drift from what they do. SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from schema_model import snake_case

HEAD = """\
/* {}
 * Generated from schemas/asyncapi.yaml by tools/parties.py: do not edit. SPDX-License-Identifier: MIT */"""


def subscriptions(document: dict[str, Any]) -> dict[str, list[str]]:
    """The types that each service takes, in the document's order; [] for one that only publishes."""
    found: dict[str, list[str]] = {}
    for name, operation in document["operations"].items():
        service, action, event = name.split(".")
        taken = found.setdefault(service, [])
        if action != operation["action"]:
            raise ValueError(f"{name}: its action is {operation['action']}")
        if action == "receive":
            taken.append(event)
    return found


def header(parties: dict[str, list[str]]) -> str:
    constants = [f"    PARTY_{name.upper()}," for name in parties]
    return "\n".join(
        [
            HEAD.format("The services as an operator sees them: who takes which events."),
            "#ifndef BRIGADE_PARTIES_H",
            "#define BRIGADE_PARTIES_H",
            "",
            "#include <stddef.h>",
            "",
            '#include "schemas.h"',
            "",
            "enum party_index {",
            *constants,
            "    PARTY_COUNT,",
            "};",
            "",
            "struct party {",
            "    const char *name; /* of the service */",
            "    const enum event_type *types; /* what it subscribes to */",
            "    size_t type_count;",
            "};",
            "",
            "extern const struct party parties[PARTY_COUNT]; /* by party_index */",
            "",
            "#endif",
            "",
        ]
    )


def source(parties: dict[str, list[str]]) -> str:
    lines = [HEAD.format("Who takes which events."), '#include "parties.h"', ""]
    for name, types in parties.items():
        lines.append(f"static const enum event_type {name}_types[] = {{")
        lines += [f"    EVENT_{snake_case(event).upper()}," for event in types]
        lines += ["};", ""]
    lines.append("const struct party parties[PARTY_COUNT] = {")
    lines += [f'    {{"{name}", {name}_types, {len(types)}}},' for name, types in parties.items()]
    return "\n".join([*lines, "};", ""])


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate C from the AsyncAPI document.")
    parser.add_argument("--out", type=Path, required=True, help="where to write parties.{h,c}")
    parser.add_argument("document", type=Path, help="schemas/asyncapi.yaml")
    args = parser.parse_args()
    try:
        found = subscriptions(yaml.safe_load(args.document.read_text(encoding="utf-8")))
        if not all(found.values()):
            raise ValueError("a service without subscriptions has no queue; this knows none such")
    except (ValueError, KeyError) as error:
        print(f"parties: {args.document}: {error}", file=sys.stderr)
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "parties.h").write_text(header(found), encoding="utf-8")
    (args.out / "parties.c").write_text(source(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
