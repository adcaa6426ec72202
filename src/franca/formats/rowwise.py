"""The decoder of formats whose messages are rows and nothing around them: CSV, fixed widths, copybooks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import UNSET

from franca.errors import DecodeError
from franca.formats.arrival import ARRIVAL, ARRIVAL_TEXT, TIME_OF_ARRIVAL, arrivals, time_of_arrival
from franca.formats.change import TOMBSTONE, Change, Decoded, Loose, Loosely, Planned, Wanted, unplanned
from franca.formats.planned import planned
from franca.formats.reading import Reading, Unexpected
from franca.formats.sequence import by_offset
from franca.model.shape import shape_of
from franca.types import Record


class Rows(Protocol):
    """How one table's records become rows."""

    @property
    def fast(self) -> Callable[[bytes], Any] | None:
        """The quick way from a value to a row; raises one of `change.REFUSED` for what is not as usual."""

    @property
    def lines(self) -> Sequence[str]:
        """Statements that send other records to the careful way."""

    def read(self, record: Record) -> msgspec.Struct:
        """Return the row of any record. Raises DecodeError."""


class RowDecoder:
    """Makes a change of each row: an insert, in the order of the topic."""

    def __init__(self, rows: Rows, wanted: Wanted) -> None:
        self._rows, self._epoch = rows, wanted.epoch
        self._table = shape_of(wanted.table).name
        self._names = [field.name for field in shape_of(wanted.table).fields if field.name in wanted.columns]
        self.reading: Reading | None = self._reading()
        self.planned: Planned = planned(self.reading) if self.reading else unplanned

    def __call__(self, record: Record) -> Decoded:
        """Return the row, or what is no row."""
        if record.value is None:
            return TOMBSTONE
        if not record.value:
            raise DecodeError("", "the value is empty, expected a row", "empty-value")
        row = self._rows.read(record)
        if self._names and all(getattr(row, name) is UNSET for name in self._names):
            reason = f"the row has none of the columns that are mapped of the table {self._table!r}"
            raise DecodeError("", reason, "wrong-shape")
        place = f"{record.topic}/{record.partition}/{record.offset}"
        return Change("insert", None, row, by_offset(self._epoch, record), time_of_arrival(record), place)

    def _reading(self) -> Reading | None:
        fast = self._rows.fast
        if fast is None or not self._names:
            return None
        missing = " or ".join(f"row.{name} is UNSET" for name in self._names)
        lines = [
            "def whole(value):",
            "    row = fast(value)",
            f"    if {missing}:",
            "        raise Unexpected",
        ]
        names: dict[str, Any] = {"fast": fast, "UNSET": UNSET, "Unexpected": Unexpected}
        exec("\n".join([*lines, "    return row"]), names)  # noqa: S102  # built from field names, which are identifiers
        absent = " is message.".join(["UNSET", *self._names])
        return Reading(
            fast,
            names["whole"],
            [
                *self._rows.lines,
                "operation, before, after = 'insert', None, message",
                f"if {absent}:",
                "    raise Unexpected",
            ],
            ARRIVAL,
            TIME_OF_ARRIVAL,
            {"UNSET": UNSET, **arrivals(self._epoch)},
            text=ARRIVAL_TEXT,
            is_json=False,
        )


def loose_row(
    cells: Mapping[str, msgspec.Raw], columns: Sequence[str], record: Record, epoch: int
) -> Loosely:
    """Return the change of a row of no declared table; those of its columns that have no cell are absent."""
    absent = [name for name in columns if name not in cells]
    sequence, time = by_offset(epoch, record), time_of_arrival(record)
    return Loose("insert", "", "", None, cells, sequence, time, absent=absent)
