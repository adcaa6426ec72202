"""Plain rows: one JSON object per message, its fields the columns. Order is the topic's."""

import msgspec

from franca.errors import DecodeError
from franca.formats.arrival import ARRIVAL, ARRIVAL_TEXT, TIME_OF_ARRIVAL, arrivals, time_of_arrival
from franca.formats.change import (
    TOMBSTONE,
    Cells,
    Change,
    Decoded,
    Decoder,
    Loose,
    Loosely,
    Planned,
    Wanted,
    unplanned,
)
from franca.formats.columns import Columns
from franca.formats.planned import planned
from franca.formats.reading import Reading
from franca.formats.refusal import BAD_JSON, refusal
from franca.formats.sequence import by_offset
from franca.formats.unsent import looks
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.types import Record

_cells = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Plain:
    """One row a message; every row is taken as an insert, and a null value is a tombstone."""

    name = "plain"
    names = frozenset[str]()

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:  # noqa: ARG002  # of any table
        """Return whether the value is a JSON object (other formats are asked first)."""
        try:
            return bool(_cells(record.value or b""))
        except BAD_JSON:
            return False

    def table_of(self, record: Record) -> str:  # noqa: ARG002  # a plain row does not say
        """Return nothing: a plain row does not name its table."""
        return ""

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the row."""
        cells = _row(record.value)
        if cells is None:
            return TOMBSTONE
        return Loose("insert", "", "", None, cells, by_offset(epoch, record), time_of_arrival(record))

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's rows."""
        return _Decoder(wanted)


class _Decoder:
    def __init__(self, wanted: Wanted) -> None:
        self._columns = Columns(wanted.table, wanted.columns, zone=wanted.zone)
        self._table = shape_of(wanted.table).name
        self._names = [field.name for field in self._columns.fields]
        self._epoch = wanted.epoch
        self.reading: Reading | None = self._reading() if self._names else None
        self.planned: Planned = planned(self.reading) if self.reading else unplanned

    def __call__(self, record: Record) -> Decoded:
        cells = _row(record.value)
        if cells is None:
            return TOMBSTONE
        row = self._columns.read(cells)
        if all(getattr(row, name) is msgspec.UNSET for name in self._names):
            reason = f"the object has none of the columns that are mapped of the table {self._table!r}"
            raise DecodeError("", reason, "wrong-shape")
        return _change(row, record, self._epoch)

    def _reading(self) -> Reading:
        # A row that Debezium has flattened may say so by nothing else than a value that was not sent.
        unsent, names = looks(self._columns.fields)
        finish, absent = self._columns.finish, " is after.".join(["UNSET", *self._names])
        return Reading(
            self._columns.wire,
            self._columns.whole,
            [
                *unsent,
                f"operation, before, after = 'insert', None, {'finish(message)' if finish else 'message'}",
                f"if {absent}:",
                "    raise Unexpected",
            ],
            ARRIVAL,
            TIME_OF_ARRIVAL,
            {**arrivals(self._epoch), **names, "finish": finish, "UNSET": msgspec.UNSET},
            text=ARRIVAL_TEXT,
        )


def _row(value: bytes | None) -> Cells | None:
    """Return the cells of a row, None for a tombstone. Raises DecodeError."""
    if value is None or value.strip() == b"null":
        return None
    try:
        if not value.isascii():
            value.decode()
        return _cells(value)
    except BAD_JSON as error:
        raise refusal(value, error) from error


def _change(row: msgspec.Struct, record: Record, epoch: int) -> Change:
    return Change(
        "insert",
        None,
        row,
        by_offset(epoch, record),
        time_of_arrival(record),
        f"{record.topic}/{record.partition}/{record.offset}",
    )
