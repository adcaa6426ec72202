"""What a format makes of a message: a change of one row, or the reason why it holds none."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from franca.model.entity import Table
from franca.types import Record

Operation = Literal["insert", "update", "delete", "read"]
SkipKind = Literal["tombstone", "heartbeat", "transaction", "schema", "truncate", "message", "control"]


class Change(msgspec.Struct, frozen=True, gc=False):
    """One captured row change.

    `before` and `after` are rows (`franca.model.rows.row_type`) with the wanted columns, absent ones UNSET;
    `key` is a row with what the message's key tells, for a delete whose `before` lacks a wanted column.
    `sequence` is the sortable text of DESIGN's event contract, `time` the source's commit time in
    microseconds since 1970, `position` the place that names the change:
    `<topic>/<partition>/<offset>[/<row>]`.
    """

    operation: Operation
    before: msgspec.Struct | None
    after: msgspec.Struct | None
    sequence: str
    time: int
    position: str
    key: msgspec.Struct | None = None


class Skip(msgspec.Struct, frozen=True, gc=False):
    """A message that is no row: it is read, counted and left alone (a truncate is parked by the on-ramp)."""

    kind: SkipKind


TOMBSTONE = Skip("tombstone")

Decoded: TypeAlias = "Change | Skip | Sequence[Change | Skip]"
Decoder: TypeAlias = Callable[[Record], Decoded]


class Wanted(msgspec.Struct, frozen=True):
    """What a decoder is made for: a table, the columns needed of a row after and before the change.

    `epoch` begins every sequence, `zone` is where timestamps and texts without a zone are at home (None is
    UTC).
    """

    table: type[Table]
    columns: frozenset[str]
    before: frozenset[str] = frozenset()
    epoch: int = 1
    zone: ZoneInfo | None = None


class Format(Protocol):
    """One capture product's messages. Holds no state between records, but a decoder may learn."""

    @property
    def name(self) -> str:
        """The format's name in settings and on the command line."""

    def recognises(self, record: Record) -> bool:
        """Return whether the record looks like this format's; never raises."""

    def table_of(self, record: Record) -> str:
        """Return the table that the message says it is about, empty where it does not say; never raises."""

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return a function from a record to what it holds, made for one table. It raises DecodeError."""
