"""The format `copybook`: one record a message, its bytes as a COBOL copybook lays them out."""

import math
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from franca.errors import DecodeError
from franca.formats.change import TOMBSTONE, Decoder, Loosely, Wanted
from franca.formats.copybook.records import Records
from franca.formats.rowwise import RowDecoder, loose_row
from franca.model.entity import Table
from franca.model.layouts import Copybook
from franca.model.rows import row_type
from franca.model.shape import shape_of
from franca.types import Record

_encode = msgspec.json.encode


class CopybookFormat:
    """Records of a copybook: the layout's, or the one that each table declares."""

    name = Copybook.name
    names = frozenset[str]()

    def __init__(self, layout: Copybook | None = None) -> None:
        self._layout = layout

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:  # noqa: ARG002  # bytes tell nothing
        """Return False: any bytes may be a record."""
        return False

    def table_of(self, record: Record) -> str:  # noqa: ARG002  # a record does not say
        """Return nothing: a record does not name its table."""
        return ""

    @cached_property
    def _loosely(self) -> tuple[Callable[[bytes], Mapping[str, Any]], Sequence[str]]:
        if self._layout is None:
            raise DecodeError("", "no copybook is named: its table declares it", "missing-field")
        records = Records(self._layout)
        return records.loosely(), [leaf.column for leaf in records.leaves]

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the record's columns as the copybook types them, decimals as text."""
        if record.value is None:
            return TOMBSTONE
        if not record.value:
            raise DecodeError("", "the value is empty, expected a record", "empty-value")
        read, columns = self._loosely
        cells = {column: _cell(value) for column, value in read(record.value).items()}
        return loose_row(cells, columns, record, epoch)

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's records. Raises DefinitionError for what its copybook lacks."""
        told = shape_of(wanted.table).format
        layout = self._layout or (told if isinstance(told, Copybook) else Copybook())
        return RowDecoder(_Rows(Records(layout), wanted), wanted)


class _Rows:
    lines = ()

    def __init__(self, records: Records, wanted: Wanted) -> None:
        fields = [field for field in shape_of(wanted.table).fields if field.name in wanted.columns]
        row = row_type(wanted.table, wanted.columns)
        self.fast: Callable[[bytes], Any] | None = records.rows(fields, row, wanted.zone, careful=False)
        self._careful = records.rows(fields, row, wanted.zone, careful=True)

    def read(self, record: Record) -> msgspec.Struct:
        """Return the row."""
        return self._careful(record.value or b"")


def _cell(value: Any) -> msgspec.Raw:
    """Return a value as the contract writes it."""
    if isinstance(value, Decimal):
        value = f"{value:f}"
    elif isinstance(value, bytes):
        value = b64encode(value).decode()
    elif isinstance(value, float) and not math.isfinite(value):
        value = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return msgspec.Raw(_encode(value))
