#!/usr/bin/env python3
"""Makes one JSON document of an OpenAPI document that refers to other files.

    openapi_bundle.py --out build/gen/openapi/order.json schemas/openapi/order.yaml

A schema file becomes #/components/schemas/TITLE; what another OpenAPI file has under /components
keeps its place; a path of another file is copied.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml


class BundleError(Exception):
    """A reference that leads nowhere. Its text starts with the file."""


def pointer_parts(pointer: str) -> list[str]:
    """The names in a JSON Pointer (RFC 6901)."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


class Bundler:
    def __init__(self) -> None:
        self.documents: dict[Path, Any] = {}
        self.components: dict[str, dict[str, Any]] = {}
        self.origins: dict[tuple[str, str], tuple[Path, str]] = {}

    def load(self, path: Path) -> Any:
        if path not in self.documents:
            try:
                self.documents[path] = yaml.safe_load(path.read_text(encoding="utf-8"))
            except (OSError, yaml.YAMLError) as error:
                raise BundleError(f"{path}: {error}") from error
        return self.documents[path]

    def find(self, path: Path, pointer: str, whence: Path) -> Any:
        node = self.load(path)
        for part in pointer_parts(pointer):
            if not isinstance(node, dict) or part not in node:
                raise BundleError(f"{whence}: {path.name}#{pointer} leads nowhere")
            node = node[part]
        return node

    def copy(self, node: Any, here: Path) -> Any:
        """The node with every reference made internal."""
        if isinstance(node, list):
            return [self.copy(item, here) for item in node]
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("$ref"), str):
            rest = {key: self.copy(value, here) for key, value in node.items() if key != "$ref"}
            return {**self.resolve(node["$ref"], here), **rest}
        return {key: self.copy(value, here) for key, value in node.items()}

    def resolve(self, reference: str, here: Path) -> dict[str, Any]:
        name, _, pointer = reference.partition("#")
        path = (here.parent / name).resolve() if name else here
        target = self.find(path, pointer, here)
        if path.suffix == ".json" and not pointer:
            kind, name = "schemas", target["title"]
            # Inside the bundle "$id" would change what "#/components" is relative to.
            target = {key: value for key, value in target.items() if key not in ("$id", "$schema")}
        else:
            parts = pointer_parts(pointer)
            if len(parts) != 3 or parts[0] != "components":
                return self.copy(target, path)
            kind, name = parts[1:]
        self.add(kind, name, target, path, pointer)
        return {"$ref": f"#/components/{kind}/{name}"}

    def add(self, kind: str, name: str, target: Any, path: Path, pointer: str) -> None:
        origin = self.origins.setdefault((kind, name), (path, pointer))
        if origin != (path, pointer):
            raise BundleError(f"{path}: {kind}/{name} is also in {origin[0]}")
        group = self.components.setdefault(kind, {})
        if name not in group:
            group[name] = None  # its place is taken, if it refers to itself
            group[name] = self.copy(target, path)

    def bundle(self, path: Path) -> dict[str, Any]:
        document = self.copy(self.load(path), path)
        document["components"] = {
            kind: dict(sorted(group.items())) for kind, group in sorted(self.components.items())
        }
        return document


def bundle(path: Path) -> dict[str, Any]:
    """Read `path` and all that it refers to. Raises BundleError."""
    return Bundler().bundle(path.resolve())


def main() -> int:
    parser = argparse.ArgumentParser(description="Bundle an OpenAPI document into one JSON file.")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    parser.add_argument("document", type=Path, help="the OpenAPI document, YAML")
    args = parser.parse_args()
    try:
        document = bundle(args.document)
    except BundleError as error:
        print(f"openapi_bundle: {error}", file=sys.stderr)
        return 1
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
