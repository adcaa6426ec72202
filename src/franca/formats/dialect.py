"""The decoder of formats that read a message loosely first: it types the rows, and keeps fast readings.

Such a format is its `loose`, which takes any message apart, and its `reading`, which says how generated code
does the same for messages of one shape. Whatever a reading refuses is read loosely again.
"""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import msgspec

from franca.errors import DecodeError
from franca.formats.change import (
    REFUSED,
    TOMBSTONE,
    Change,
    Decoded,
    Loose,
    Loosely,
    Planned,
    Skip,
    Wanted,
    unplanned,
)
from franca.formats.columns import Columns
from franca.formats.keys import is_incomplete, key_reader
from franca.formats.planned import planned
from franca.formats.reading import Reading, Unexpected
from franca.formats.semantics import Semantic
from franca.model.shape import shape_of
from franca.types import Record

_SHAPES = 64
_RECENT = 4
"""So many shapes are tried before a message is read loosely: operations have one each, where they differ."""


class Dialect(Protocol):
    """A format with one way to read all of its messages. `semantic` is what any of its columns means."""

    semantic: Semantic

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return what the record holds, of whatever table. Raises DecodeError."""

    def reading(self, like: Loose, after: Columns, before: Columns, epoch: int) -> Reading | None:
        """Return how to read messages of the shape of this change fast, None where there is no such way."""


@runtime_checkable
class OfRows(Protocol):
    """What a dialect has besides whose messages of several rows can be read fast too."""

    def shape_of_rows(self, found: Sequence[Loose | Skip], known: Hashable) -> Hashable:
        """Return the shape of a message with these changes and of those of the known shape; None for none."""

    def planned_rows(self, shape: Any, after: Columns, before: Columns, epoch: int) -> Planned | None:
        """Return the function that decodes messages of several rows of the shape, None where none is."""


class DialectDecoder:
    """Types the rows of one table's messages, and keeps the readings that it makes."""

    def __init__(self, dialect: Dialect, wanted: Wanted) -> None:
        self.planned: Planned = unplanned
        self.reading: Reading | None = None
        self._dialect, self._epoch, self._wanted = dialect, wanted.epoch, wanted
        self._table = shape_of(wanted.table).name
        self._columns: dict[bytes, tuple[Columns, Columns]] = {}
        self._read_key = key_reader(wanted)
        self._ways: dict[Hashable, Way | None] = {}
        self._recent: list[Way] = []
        self._shape_of_rows: Hashable = None
        self._of_rows: Way | None = None

    def __call__(self, record: Record) -> Decoded:
        """Return what the record holds."""
        if record.value is None or record.value.strip() == b"null":
            return TOMBSTONE
        found = self._dialect.loose(record, self._epoch)
        if isinstance(found, Skip):
            return found
        if not isinstance(found, Loose):
            own = self._own(found)
            changes = [each if isinstance(each, Skip) else self._typed(each, record) for each in own]
            self._learn_rows(found)
            return changes
        change = self._typed(found, record)
        self._learn(found)
        return change

    def _own(self, found: Sequence[Loose | Skip]) -> Sequence[Loose | Skip]:
        """Return what is about this table where a message is about several."""
        names = {each.table for each in found if isinstance(each, Loose)}
        if len(names) < 2:  # noqa: PLR2004, RUF100  # it is about one table alone, whatever that is called
            return found
        own = self._table.lower()
        return [each for each in found if isinstance(each, Skip) or each.table.lower() == own]

    def _typed(self, found: Loose, record: Record) -> Change:
        columns, earlier = self._columns_of(found)
        after = None if found.after is None else columns.read(found.after)
        before = None if found.before is None else earlier.read(found.before, nulls_are_absent=True)
        if _is_nothing(after) and (columns.fields or found.after):
            reason = f"the row has none of the columns that are mapped of the table {self._table!r}"
            raise DecodeError("", reason, "wrong-shape")
        place = f"{record.topic}/{record.partition}/{record.offset}"
        return Change(
            found.operation,
            before,
            after,
            found.sequence,
            found.time,
            place if found.row is None else f"{place}/{found.row}",
            self._read_key(record.key) if found.operation == "delete" and is_incomplete(before) else None,
        )

    def _columns_of(self, found: Loose) -> tuple[Columns, Columns]:
        known = self._columns.get(found.schema)
        if known is None:
            if len(self._columns) >= _SHAPES:
                self._columns.clear()
            table, zone, otherwise = self._wanted.table, self._wanted.zone, self._dialect.semantic
            told = found.semantics if found.schema else None
            after = Columns(table, self._wanted.columns, told, zone, otherwise)
            known = after, Columns(table, self._wanted.before, told, zone, otherwise)
            self._columns[found.schema] = known
        return known

    def _learn(self, found: Loose) -> None:
        if found.shape is None:
            return
        if found.shape not in self._ways:
            if len(self._ways) >= _SHAPES:
                self._ways.clear()
            made = self._dialect.reading(found, *self._columns_of(found), self._epoch)
            self._ways[found.shape] = None if made is None else Way(made, planned(made))
        way = self._ways[found.shape]
        if way is not None:
            self._take(way)

    def _learn_rows(self, found: Sequence[Loose | Skip]) -> None:
        """Keep a way to read messages of several rows such as these, and as those of the way kept before."""
        first = next((each for each in found if isinstance(each, Loose)), None)
        if first is None or not isinstance(self._dialect, OfRows):
            return
        shape = self._dialect.shape_of_rows(found, self._shape_of_rows)
        if shape is not None and shape != self._shape_of_rows:
            decode = self._dialect.planned_rows(shape, *self._columns_of(first), self._epoch)
            self._recent = [each for each in self._recent if each.reading is not None]
            self._shape_of_rows, self._of_rows = shape, None if decode is None else Way(None, decode)
        if shape is not None and self._of_rows is not None:
            self._take(self._of_rows)

    def _take(self, way: "Way") -> None:
        """Take a way to read messages; of others that were of use lately, the last few are tried after it."""
        self._recent = [way, *(each for each in self._recent if each is not way)][:_RECENT]
        self.reading = way.reading
        self.planned = way.decode if len(self._recent) == 1 else self._any

    def _any(self, record: Record) -> Decoded:
        """Return what a message of one of the recent shapes holds."""
        for way in self._recent:
            try:
                decoded = way.decode(record)
            except REFUSED:
                continue
            if way is not self._recent[0]:
                self._take(way)
            return decoded
        raise Unexpected


class Way(NamedTuple):
    """How messages of one shape are read, as generated code may do it too, and the function that does."""

    reading: Reading | None
    decode: Planned


def _is_nothing(row: msgspec.Struct | None) -> bool:
    return row is not None and all(getattr(row, name) is msgspec.UNSET for name in row.__struct_fields__)
