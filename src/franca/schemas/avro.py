"""Avro schemas taken apart: the tree of their types, and the bare schema by which data are read.

The bare schema has no logical types, so that what is read is what was written: digits, counts and bytes.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from franca.errors import DecodeError
from franca.schemas.frame import WriterSchema
from franca.schemas.node import Node

_PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
_NAMED = frozenset({"record", "error", "enum", "fixed"})
_DEEPEST = 64
_LONGS = ("time-micros", "timestamp-millis", "timestamp-micros", "timestamp-nanos", "local-timestamp-millis",
          "local-timestamp-micros", "local-timestamp-nanos")  # fmt: skip
_LOGICAL: Mapping[str, frozenset[str]] = {
    "decimal": frozenset({"bytes", "fixed"}),
    "uuid": frozenset({"string", "fixed"}),
    **dict.fromkeys(("date", "time-millis"), frozenset({"int"})),
    **dict.fromkeys(_LONGS, frozenset({"long"})),
}
"""On which types a logical type counts: elsewhere Avro asks that it is ignored."""


class Parsed(NamedTuple):
    """A type, the bare schema of its data, and how many bytes a value has at least."""

    node: Node
    bare: Any
    least: int


def parse_avro(schema: WriterSchema) -> Parsed:
    """Return the schema taken apart. Raises DecodeError (`unsupported-schema`) for one that can't be read.

    A type that holds itself is not read: no row of a table does, and its depth would be the sender's choice.
    """
    try:
        known = {name: json.loads(text) for name, text in schema.references.items()}
        return _Reader(known, schema).parse(json.loads(schema.text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise unsupported(schema, f"is no Avro schema: {type(error).__name__}") from error


def unsupported(schema: WriterSchema, reason: str) -> DecodeError:
    """Return the refusal of a message whose schema can't be read."""
    remedy = "register one that can, or park the topic's messages"
    return DecodeError("", f"the schema {schema.id} {reason}; {remedy}", "unsupported-schema")


class _Reader:
    def __init__(self, known: Mapping[str, Any], schema: WriterSchema) -> None:
        self._schema = schema
        self._definitions: dict[str, tuple[Any, str]] = {}
        self._written: set[str] = set()
        self._open: list[str] = []
        for definition in known.values():
            self._learn(definition, "")

    def parse(self, schema: Any, space: str = "") -> Parsed:
        if len(self._open) > _DEEPEST:
            raise unsupported(self._schema, f"is nested more than {_DEEPEST} deep")
        if isinstance(schema, list):
            return self._union(schema, space)
        if isinstance(schema, str):
            return self._by_name(schema, space)
        kind = schema["type"]
        if isinstance(kind, dict | list):
            inner = self.parse(kind, space)
            return inner if not schema.get("connect.name") else inner._replace(node=_told(inner.node, schema))
        if kind in _NAMED:
            self._learn(schema, space)
            return self._by_name(_full_name(schema, space), "")
        if kind == "array":
            return self._array(schema, space)
        if kind == "map":
            item = self.parse(schema["values"], space)
            return Parsed(_told(Node("map", item=item.node), schema), {"type": "map", "values": item.bare}, 1)
        inner = self._by_name(kind, space)
        return inner._replace(node=_told(inner.node, schema))

    def _by_name(self, name: str, space: str) -> Parsed:
        if name in _PRIMITIVES:
            return Parsed(Node(name), name, {"null": 0, "float": 4, "double": 8}.get(name, 1))
        full = name if "." in name or not space else f"{space}.{name}"
        if full not in self._definitions:
            full = name
        definition, inside = self._definitions[full]
        if full in self._open:
            raise unsupported(self._schema, f"has the type {full!r}, which holds itself")
        self._open.append(full)
        parsed = self._defined(definition, full, inside)
        self._open.pop()
        return parsed

    def _defined(self, schema: Any, full: str, space: str) -> Parsed:
        is_written = full in self._written
        self._written.add(full)
        kind = schema["type"]
        if kind == "enum":
            bare: Any = {"type": "enum", "name": full, "symbols": schema["symbols"]}
            return Parsed(_told(Node("enum"), schema), full if is_written else bare, 1)
        if kind == "fixed":
            bare = {"type": "fixed", "name": full, "size": schema["size"]}
            return Parsed(_told(Node("fixed"), schema), full if is_written else bare, int(schema["size"]))
        parts = {field["name"]: self._field(field, space) for field in schema["fields"]}
        bare = {
            "type": "record",
            "name": full,
            "fields": [{"name": name, "type": part.bare} for name, part in parts.items()],
        }
        node = Node("record", fields={name: part.node for name, part in parts.items()})
        return Parsed(
            _told(node, schema), full if is_written else bare, sum(part.least for part in parts.values())
        )

    def _field(self, field: Any, space: str) -> Parsed:
        return self.parse(field["type"], space)

    def _array(self, schema: Any, space: str) -> Parsed:
        item = self.parse(schema["items"], space)
        if item.least == 0:
            raise unsupported(self._schema, "has a list of nothing, which may be endless in no bytes")
        return Parsed(_told(Node("array", item=item.node), schema), {"type": "array", "items": item.bare}, 1)

    def _union(self, schema: list[Any], space: str) -> Parsed:
        parts = [self.parse(each, space) for each in schema]
        bare = [part.bare for part in parts]
        nullable = any(part.node.kind == "null" for part in parts)
        rest = [part.node for part in parts if part.node.kind != "null"]
        if len(rest) == 1:
            return Parsed(_nullable(rest[0]) if nullable else rest[0], bare, 1)
        if not rest:
            return Parsed(Node("null", nullable=True), bare, 1)
        return Parsed(Node("union", nullable=nullable, branches=tuple(rest)), bare, 1)

    def _learn(self, schema: Any, space: str) -> None:
        """Keep the definitions of a schema under their full names."""
        if isinstance(schema, list):
            for each in schema:
                self._learn(each, space)
        if not isinstance(schema, dict):
            return
        kind = schema.get("type")
        inner = space
        if kind in _NAMED:
            full = _full_name(schema, space)
            inner = full.rpartition(".")[0]
            self._definitions.setdefault(full, (schema, inner))
        for part in schema.get("fields") or ():
            self._learn(part["type"], inner)
        for part in (schema.get("items"), schema.get("values"), kind):
            self._learn(part, inner)


def _full_name(schema: Any, space: str) -> str:
    name = str(schema["name"])
    inside = schema.get("namespace", space)
    return name if "." in name or not inside else f"{inside}.{name}"


def _nullable(node: Node) -> Node:
    return Node(
        node.kind, True, node.name, node.parameters, node.connect_type, node.logical, node.scale, node.fields,
        node.item, node.branches,
    )  # fmt: skip


def _told(node: Node, schema: Any) -> Node:
    """Return the node with what a schema's properties say of it."""
    parameters = schema.get("connect.parameters") or {}
    logical = str(schema.get("logicalType", ""))
    return Node(
        node.kind,
        node.nullable,
        str(schema.get("connect.name") or node.name),
        {str(name): str(value) for name, value in parameters.items()} or node.parameters,
        str(schema.get("connect.type") or node.connect_type),
        logical if node.kind in _LOGICAL.get(logical, ()) else node.logical,
        int(schema.get("scale", node.scale)),
        node.fields,
        node.item,
        node.branches,
    )
