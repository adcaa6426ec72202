"""Raw values as columns: rows are decoded one by one, as the stream does, and mapped many at once."""

from collections.abc import Sequence
from enum import Enum
from itertools import compress
from typing import Any
from uuid import UUID

import pyarrow as pa
from msgspec import UNSET

from franca.errors import RecordError
from franca.formats.arrival import time_of_arrival
from franca.formats.change import Change, Decoder, decode
from franca.mapping.sql.arrow import arrow_type
from franca.model.entity import Table
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import shape_of
from franca.operations.backfill.piece import NUMBER
from franca.types import Record

_NO_VALUE = (pa.ArrowException, OverflowError, UnicodeEncodeError, TypeError)
"""What Arrow raises for a value that a column of its type does not hold."""


class Decoding:
    """Decodes the records of a table's snapshot; `wanted` are the attributes that are mapped.

    `arrival` begins the sequences of rows that tell none of their own.
    """

    def __init__(self, table: type[Table], wanted: frozenset[str], decoder: Decoder, arrival: str) -> None:
        self._fields = [field for field in shape_of(table).fields if field.name in wanted]
        self._decoder, self._arrival = decoder, arrival
        self.can = all(map(_is_written, self._fields))

    def __call__(self, records: Sequence[Record]) -> pa.Table:
        """Return the whole rows among the records as columns of the declared types, without all others."""
        decoder, arrival = self._decoder, self._arrival
        found: list[tuple[int, Any]] = []
        for record in records:
            try:
                change = decode(decoder, record)
            except RecordError:
                continue
            if isinstance(change, Change) and _is_plain(change, record, arrival):
                found.append((record.offset, change.after))
        try:
            return self._table(found)
        except _NO_VALUE:  # few rows have such a value, and few columns
            return self._table(self._whole(found))

    def _table(self, rows: Sequence[tuple[int, Any]]) -> pa.Table:
        arrays = [_array([getattr(row, field.name) for _, row in rows], field) for field in self._fields]
        numbers = pa.array([number for number, _ in rows], pa.int64())
        return pa.Table.from_arrays([*arrays, numbers], [*(f.column for f in self._fields), NUMBER])

    def _whole(self, rows: Sequence[tuple[int, Any]]) -> Sequence[tuple[int, Any]]:
        """Return the rows whose values the columns hold; value by value those of a column that has others."""
        for field in self._fields:
            values = [getattr(row, field.name) for _, row in rows]
            if not _is_held(values, field):
                held = [_is_held([value], field) for value in values]
                rows = list(compress(rows, held))
        return rows


def _is_written(field: Field) -> bool:
    """Return whether a column has one type of Arrow that holds each of its values as the decoder gives it."""
    return arrow_type(field) is not None and (field.kind is not Kind.DECIMAL or field.precision is not None)


def _is_plain(change: Change, record: Record, arrival: str) -> bool:
    """Return whether a change is a row and nothing else: its time and place are those of the record."""
    if not change.sequence.startswith(arrival):
        return False
    place = f"{record.topic}/{record.partition}/{record.offset}"
    is_row = change.operation == "insert" and change.before is None and change.position == place
    return is_row and change.time == time_of_arrival(record)


def _is_held(values: list[Any], field: Field) -> bool:
    """Return whether a column's type of Arrow holds all of these values."""
    try:
        _array(values, field)
    except _NO_VALUE:
        return False
    return True


def _array(values: list[Any], field: Field) -> pa.Array:
    """Return values as an array. Raises TypeError where one is absent."""
    if any(value is UNSET for value in values):
        raise TypeError(field.name)
    if field.kind is Kind.UUID:
        values = [str(value) if isinstance(value, UUID) else value for value in values]
    elif field.kind is Kind.ENUM:
        values = [value.value if isinstance(value, Enum) else value for value in values]
    return pa.array(values, arrow_type(field))
