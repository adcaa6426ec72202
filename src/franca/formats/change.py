"""What a format makes of a message: a change of one row, or the reason why it holds none."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias, runtime_checkable
from zoneinfo import ZoneInfo

import msgspec

from franca.errors import RecordError
from franca.formats.reading import Reading, Unexpected
from franca.formats.semantics import Semantic
from franca.formats.unfit import Unfit
from franca.model.entity import Table
from franca.types import Record

Operation = Literal["insert", "update", "delete", "read"]
SkipKind = Literal[
    "tombstone", "heartbeat", "transaction", "schema", "truncate", "message", "control", "before-image"
]


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


Cells: TypeAlias = Mapping[str, msgspec.Raw]
NOTHING_KNOWN: Mapping[str, Semantic] = MappingProxyType({})


class Loose(msgspec.Struct, frozen=True, gc=False):
    """A change before anybody has said what its table is: names and cells as the message has them.

    `application` and `table` are as the message names them, empty where it does not; `keys` are the key
    columns as far as it tells them, `key` the cells that only its key tells, `semantics` what it says of its
    columns. A column that an image lacks is absent; `absent` are those that it names without a value. `row`
    is the change's place in a message that holds several, else None. `schema` is the text that gives
    `semantics`, where they count for declared columns too. Changes of the same `shape` are read the same fast
    way; those with None have none.
    """

    operation: Operation
    application: str
    table: str
    before: Cells | None
    after: Cells | None
    sequence: str
    time: int
    row: int | None = None
    keys: Sequence[str] = ()
    key: Cells | None = None
    absent: Sequence[str] = ()
    semantics: Mapping[str, Semantic] = NOTHING_KNOWN
    schema: bytes = b""
    shape: Hashable = None


class Skip(msgspec.Struct, frozen=True, gc=False):
    """A message that is no row: it is read, counted and left alone (a truncate is parked by the on-ramp)."""

    kind: SkipKind


TOMBSTONE = Skip("tombstone")

Decoded: TypeAlias = "Change | Skip | Sequence[Change | Skip]"
Loosely: TypeAlias = "Loose | Skip | Sequence[Loose | Skip]"
Planned: TypeAlias = Callable[[Record], Decoded]


REFUSED = (Unexpected, RecordError, Unfit, ValueError, ArithmeticError, RecursionError, LookupError)
"""What a planned function raises for a message that is not as planned.

Bad JSON is a ValueError; a LookupError says that a text has another length or other digits than those known.
"""


def unplanned(record: Record) -> Decoded:  # noqa: ARG001  # of a planned function's shape
    """Refuse: what `planned` is until a decoder has learnt better."""
    raise Unexpected


class Decoder(Protocol):
    """Decodes the records of one table. It may learn from them.

    `planned` is the fast way for messages like those seen so far; it raises one of `REFUSED` for others,
    and then the decoder itself is called, which decodes any message or finds what is wrong with it. Ask for
    `planned` anew for each record. `reading` says how generated code does the same as `planned`, None where
    nothing says it.
    """

    planned: Planned
    reading: Reading | None

    def __call__(self, record: Record) -> Decoded:
        """Return what the record holds. Raises DecodeError."""


def decode(decoder: Decoder, record: Record) -> Decoded:
    """Return what the record holds, the fast way where there is one. Raises DecodeError."""
    try:
        return decoder.planned(record)
    except REFUSED:
        return decoder(record)


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


@runtime_checkable
class ManyTables(Protocol):
    """What a format has besides whose messages may be about several tables at once."""

    def tables_of(self, record: Record) -> Sequence[str]:
        """Return the tables whose rows the message holds, each once. Never raises."""


class Format(Protocol):
    """One capture product's messages. Holds no state between records, but a decoder may learn."""

    @property
    def name(self) -> str:
        """The format's name in settings and on the command line."""

    @property
    def names(self) -> frozenset[str]:
        """The names that the fields of its messages have, beside those of columns."""

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the record looks like this format's, and like no plain row of the table.

        Never raises. What is recognised may be skipped: a row of the table never is.
        """

    def table_of(self, record: Record) -> str | None:
        """Return the table that the message says it is about, empty where it does not say or names several.

        None where it is about no table's rows, as a heartbeat is. Never raises.
        """

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return what the record holds, of whatever table, with names and cells as it has them.

        Raises DecodeError.
        """

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's records."""
