"""Turns events of one entity into lines of PostgreSQL's COPY text, the newest of each key only."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from franca.errors import WriteError
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.topics.event_decoder import Event, EventDecoder
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


class Row(NamedTuple):
    """One event as a row: where it came from, its key, rank and line of COPY text."""

    record: Record
    key: object
    rank: tuple[str, int]
    is_delete: bool
    line: str


class RowMaker:
    """Reads the events of one entity strictly, and writes them as lines."""

    def __init__(self, shape: Shape) -> None:
        self._decoder = EventDecoder(shape)
        self._fields = shape.fields
        self._converts = [_CONVERTS.get(field.kind) for field in shape.fields]
        self._may_need_escapes = any(
            field.kind in {Kind.BYTES, Kind.LIST, Kind.STRUCT} for field in shape.fields
        )
        names = [field.name for field in shape.fields]
        self._values = attrgetter(*names) if len(names) > 1 else lambda data: (getattr(data, names[0]),)
        self._keys = [(field.name, field.kind is Kind.DECIMAL) for field in shape.keys]

    def row(self, record: Record) -> Row:
        """Return the row of a record that is no tombstone. Raises WriteError."""
        assert record.value is not None
        event = self._decoder.decode(record.value)
        values = [
            _NULL if value is None else value if convert is None else convert(value)
            for value, convert in zip(self._values(event.data), self._converts, strict=True)
        ]
        rank = event.rank
        values += [
            rank[0],
            str(rank[1]),
            event.id,
            _NULL if event.origin is None else event.origin,
            str(event.time),
            event.subject,
        ]
        # A text can hold a tab, a line break, a backslash or U+0000 only where its JSON has a backslash.
        if self._may_need_escapes or b"\\" in record.value:
            values = self._escaped(values, event)
        is_delete = event.type == self._decoder.deleted
        return Row(record, self._key(event.data), rank, is_delete, "\t".join(values))

    def _key(self, data: Any) -> tuple[object, ...]:
        """Return the key as PostgreSQL compares it: 1.0 and 1 are one decimal."""
        values = ((getattr(data, name), is_decimal) for name, is_decimal in self._keys)
        return tuple([Decimal(value) if is_decimal else value for value, is_decimal in values])

    def _escaped(self, values: list[str], event: Event) -> list[str]:
        for index, value in enumerate(values):
            if "\x00" in value:
                path = f"data.{self._fields[index].name}" if index < len(self._fields) else "envelope"
                raise WriteError(path, "holds U+0000, which PostgreSQL's text can't", "not-text")
        absent = [value is None for value in self._values(event.data)]
        absent += [False, False, False, event.origin is None, False, False]
        return [
            value if is_null else value.translate(_ESCAPES)
            for value, is_null in zip(values, absent, strict=True)
        ]


def newest(rows: Iterable[Row]) -> list[Row]:
    """Return for each key the row of the largest rank; of equals the first."""
    found: dict[object, Row] = {}
    for row in rows:
        kept = found.get(row.key)
        if kept is None or row.rank > kept.rank:
            found[row.key] = row
    return list(found.values())
