"""Turns events of one entity into lines of PostgreSQL's COPY text, the newest of each key only."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from operator import attrgetter
from typing import Any

import msgspec

from franca.errors import WriteError
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.topics.event_decoder import EventDecoder, mapping_number
from franca.types import Record

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"

Convert = Callable[[Any], str]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_CONVERTS: dict[Kind, Convert] = {
    Kind.INTEGER: str,
    Kind.FLOAT: str,
    Kind.BOOLEAN: str,
    Kind.DATE: str,
    Kind.TIME: str,
    Kind.TIMESTAMP: str,
    Kind.UUID: str,
    Kind.BYTES: lambda value: "\\x" + value.hex(),
    Kind.LIST: _json,
    Kind.STRUCT: _json,
}

_ESCAPED = frozenset({Kind.BYTES, Kind.LIST, Kind.STRUCT})


class Row(msgspec.Struct, gc=False):
    """One event as a row: where it came from, its key, rank and line of COPY text."""

    record: Record
    key: object
    sequence: str
    mapping: int
    is_delete: bool
    line: str


class RowMaker:
    """Reads the events of one entity strictly, and writes them as lines."""

    def __init__(self, shape: Shape) -> None:
        self._decoder = EventDecoder(shape)
        self._fields = shape.fields
        names = [field.name for field in shape.fields]
        self._values = _getter(names)
        self._converts = [
            (index, _CONVERTS[field.kind])
            for index, field in enumerate(shape.fields)
            if field.kind in _CONVERTS
        ]
        self._is_escaped = any(field.kind in _ESCAPED for field in shape.fields)
        self._key = attrgetter(*(field.name for field in shape.keys))
        self._decimal_keys = [n for n, field in enumerate(shape.keys) if field.kind is Kind.DECIMAL]
        self._deleted = self._decoder.deleted

    def row(self, record: Record) -> Row:
        """Return the row of a record that is no tombstone. Raises WriteError."""
        assert record.value is not None
        event = self._decoder.decode(record.value)
        data, number = event.data, mapping_number(event.mapping)
        values = [
            *self._values(data),
            event.sequence,
            str(number),
            event.id,
            event.origin,
            event.time,
            event.subject,
        ]
        for index, convert in self._converts:
            if values[index] is not None:
                values[index] = convert(values[index])
        # A text can hold a tab, a line break, a backslash or U+0000 only where its JSON has a backslash.
        if self._is_escaped or b"\\" in record.value:
            values = self._escaped(values)
        line = "\t".join([_NULL if value is None else value for value in values])
        key = self._comparable(self._key(data)) if self._decimal_keys else self._key(data)
        return Row(record, key, event.sequence, number, event.type == self._deleted, line)

    def _comparable(self, key: Any) -> object:
        """Return a key with decimals as PostgreSQL compares it: 1.0 and 1 are one."""
        parts = key if isinstance(key, tuple) else (key,)
        return tuple([Decimal(part) if n in self._decimal_keys else part for n, part in enumerate(parts)])

    def _escaped(self, values: list[Any]) -> list[Any]:
        for index, value in enumerate(values):
            if value is not None and "\x00" in value:
                path = f"data.{self._fields[index].name}" if index < len(self._fields) else ""
                raise WriteError(path, "holds U+0000, which PostgreSQL's text can't", "not-text")
        return [None if value is None else value.translate(_ESCAPES) for value in values]


def newest(rows: Iterable[Row]) -> list[Row]:
    """Return for each key the row of the largest rank; of equals the first."""
    found: dict[object, Row] = {}
    for row in rows:
        kept = found.get(row.key)
        if kept is None or (row.sequence, row.mapping) > (kept.sequence, kept.mapping):
            found[row.key] = row
    return list(found.values())


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what takes these attributes as a tuple, one or many."""
    if len(names) == 1:
        (name,) = names
        return lambda data: (getattr(data, name),)
    return attrgetter(*names)
