"""JSON Schemas of a registry as trees of types, as far as they say what values mean (Confluent's Connect)."""

import json
from collections.abc import Mapping
from typing import Any

from franca.schemas.frame import WriterSchema
from franca.schemas.node import Node

_KINDS = {"object": "record", "integer": "long", "number": "double"}
_DEEPEST = 64


def parse_json_schema(schema: WriterSchema) -> Node | None:
    """Return the tree of a schema's types, None for one that says nothing that can be read.

    What the data are is for their readers to find out: JSON tells it by itself.
    """
    try:
        root = json.loads(schema.text)
        others = {name: json.loads(text) for name, text in schema.references.items()}
        return _Reader(root, others).node(root, 0)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


class _Reader:
    def __init__(self, root: Any, others: Mapping[str, Any]) -> None:
        self._root = root
        self._others = others

    def node(self, schema: Any, depth: int) -> Node:
        if depth > _DEEPEST:
            raise RecursionError
        schema, nullable = self._chosen(schema)
        kind = schema.get("type", "")
        if isinstance(kind, list):
            nullable = nullable or "null" in kind
            kind = next((each for each in kind if each != "null"), "null")
        parameters = schema.get("connect.parameters") or {}
        connect = str(schema.get("connect.type", ""))
        item = schema.get("items") if connect != "map" else None
        return Node(
            _KINDS.get(kind, str(kind)),
            nullable,
            str(schema.get("title", "")),
            {str(name): str(value) for name, value in parameters.items()},
            connect if connect not in {"map", "array"} else "",
            fields={
                str(name): self.node(part, depth + 1)
                for name, part in (schema.get("properties") or {}).items()
            },
            item=self.node(item, depth + 1) if isinstance(item, dict) else None,
        )

    def _chosen(self, schema: Any) -> tuple[Any, bool]:
        """Return the schema behind references and a choice between null and it."""
        nullable = False
        for _ in range(_DEEPEST):
            if "$ref" in schema:
                schema = self._referred(str(schema["$ref"]))
                continue
            choice = schema.get("oneOf") or schema.get("anyOf")
            if not choice:
                break
            rest = [each for each in choice if each.get("type") != "null"]
            nullable = nullable or len(rest) < len(choice)
            if len(rest) != 1:
                return {}, nullable
            schema = rest[0]
        return schema, nullable

    def _referred(self, place: str) -> Any:
        document, _, path = place.partition("#")
        found = self._others[document] if document else self._root
        for step in filter(None, path.split("/")):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return found
