"""Reads data of an Avro schema: fastavro reads them bare, and what needs converting is converted in place."""

import struct
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeAlias

from franca.errors import DecodeError
from franca.schemas.avro import parse_avro, unsupported
from franca.schemas.frame import WriterSchema
from franca.schemas.node import Node

Convert: TypeAlias = Callable[[Any], Any]
Leaf: TypeAlias = Callable[[Node], Convert | None]
"""Says how the values of a type without parts are converted; None leaves them as they are."""

_MISSING = "_isMissing"
_BAD_DATA = (
    EOFError,
    ValueError,  # UnicodeDecodeError is one
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    RecursionError,
    struct.error,
)
"""What fastavro raises for bytes that are none of the schema."""


class AvroReader:
    """Reads data of one schema. Raises DecodeError (`unsupported-schema`) where the schema can't be read."""

    def __init__(self, schema: WriterSchema, leaf: Leaf) -> None:
        from fastavro import parse_schema, schemaless_reader  # in an extra
        from fastavro.schema import SchemaParseException, UnknownType

        self.id = schema.id
        parsed = parse_avro(schema)
        self.node = parsed.node
        self._convert = _converter(parsed.node, leaf)
        self._read: Any = schemaless_reader
        try:
            self._schema: Any = parse_schema(parsed.bare)
        except (SchemaParseException, UnknownType, *_BAD_DATA) as error:
            raise unsupported(schema, f"is no Avro schema: {type(error).__name__}") from error

    def read(self, data: bytes) -> Any:
        """Return the data as plain values. Raises DecodeError (`not-avro`)."""
        file = BytesIO(data)
        try:
            value = self._read(file, self._schema, None)
        except _BAD_DATA as error:
            reason = f"the value can't be read by its schema {self.id}: {type(error).__name__}"
            raise DecodeError("", reason, "not-avro") from error
        if file.tell() != len(data):
            left = len(data) - file.tell()
            raise DecodeError("", f"{left} bytes are left behind what the schema {self.id} tells", "not-avro")
        return value if self._convert is None else self._convert(value)


def _converter(node: Node, leaf: Leaf) -> Convert | None:
    """Return what converts the values of a type, null included; None where nothing has to be done."""
    convert = _not_null(node, leaf)
    if convert is None or not node.nullable:
        return convert
    return lambda value: None if value is None else convert(value)


def _not_null(node: Node, leaf: Leaf) -> Convert | None:
    if node.kind == "record":
        return _record(node, leaf)
    if node.kind == "union":
        return _union(node, leaf)
    if node.item is None:
        return leaf(node)
    convert = _converter(node.item, leaf)
    if convert is None:
        return None
    if node.kind == "array":
        return lambda values: [convert(value) for value in values]
    return lambda values: {key: convert(value) for key, value in values.items()}


def _record(node: Node, leaf: Leaf) -> Convert | None:
    """Return what converts a record's fields in place.

    GoldenGate writes beside each column another that says whether it is missing: null is not absent.
    """
    changes = {name: change for name, part in node.fields.items() if (change := _converter(part, leaf))}
    marks = {name: name + _MISSING for name in node.fields if _is_mark(node.fields.get(name + _MISSING))}
    if not changes and not marks:
        return None
    pairs = tuple(changes.items())

    def convert(record: Any) -> Any:
        for name, change in pairs:
            record[name] = change(record[name])
        for name, mark in marks.items():
            if record.pop(mark):
                del record[name]
        return record

    return convert


def _is_mark(node: Node | None) -> bool:
    return node is not None and node.kind == "boolean"


def _union(node: Node, leaf: Leaf) -> Convert | None:
    """Return what converts a value of one of several types, which it is told by its Python type."""
    converts: dict[type, Convert | None] = {}
    for branch in node.branches:
        for kind in _PYTHON.get(branch.kind, ()):
            converts.setdefault(kind, _converter(branch, leaf))
    if not any(converts.values()):
        return None

    def convert(value: Any) -> Any:
        change = converts.get(type(value))
        return value if change is None else change(value)

    return convert


_PYTHON: dict[str, tuple[type, ...]] = {
    "record": (dict,),
    "map": (dict,),
    "array": (list,),
    "bytes": (bytes,),
    "fixed": (bytes,),
    "string": (str,),
    "enum": (str,),
    "int": (int,),
    "long": (int,),
    "float": (float,),
    "double": (float,),
    "boolean": (bool,),
}
