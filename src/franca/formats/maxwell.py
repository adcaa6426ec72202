"""Maxwell's daemon: one JSON object per row, `old` holding what an update changed."""

from typing import Annotated, Literal

import msgspec

from franca.errors import DecodeError
from franca.formats.arrival import ARRIVAL, ARRIVAL_TEXT, arrivals, time_of_arrival
from franca.formats.change import Decoder, Loose, Loosely, Operation, Skip, Wanted
from franca.formats.columns import Columns
from franca.formats.dialect import DialectDecoder
from franca.formats.images import names_of, row_and_old
from franca.formats.keys import cells_of_key
from franca.formats.likeness import is_row, may_be_row
from franca.formats.parts import may_read, missing, read_as, unknown_operation
from franca.formats.reading import Reading
from franca.formats.semantics import Semantic
from franca.formats.sequence import Files, by_binlog, by_offset, padded
from franca.formats.unfit import Unfit
from franca.model.entity import Table
from franca.types import Record

NAMES = frozenset({"database", "table", "type", "ts", "xid", "xoffset", "commit", "position", "data", "old"})
_HEAD = {"database", "table", "type", "ts", "xid"}
"""What tells a message from a row where it has no row: its row has been cut off."""

_OPERATIONS: dict[str, Operation] = {
    "insert": "insert",
    "bootstrap-insert": "read",
    "update": "update",
    "delete": "delete",
}
_BOOTSTRAP = {"bootstrap-start", "bootstrap-complete"}
_DDL = {f"{what}-{how}" for what in ("database", "table") for how in ("create", "alter", "drop")}
_LAST = 9_999_999_999
"""The place of a transaction's last row, which has `commit` where the others have their number."""
_POSITION = [
    "file, _, digits = message.position.rpartition(':')",
    "if not digits.encode().isdigit():",
    "    raise Unexpected",
    "turn = str(message.xoffset)",
]
_SEQUENCE = "f'{files[file][len(digits)]}{digits}{places[len(turn)]}{turn}.000'"


class _Message(msgspec.Struct, gc=False):
    type: str
    database: str
    table: str = ""
    ts: int = 0
    data: dict[str, msgspec.Raw] | None = None
    old: dict[str, msgspec.Raw] | None = None
    position: str | None = None
    xoffset: int = _LAST
    primary_key_columns: list[str] = []


_decode = msgspec.json.Decoder(_Message).decode


class Maxwell:
    """Messages of Maxwell's daemon, whichever of its output settings are on."""

    name = "maxwell"
    names = NAMES
    semantic = Semantic(is_set=True)

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the value is a message about a row, a bootstrap or a definition, and no row."""
        found = may_read(record.value, _decode)
        if found is None:
            return False
        message, names = found
        if message.type in _DDL:
            return {"ts", "sql"} <= names.keys() and not may_be_row(names.keys(), table)
        if message.type in _BOOTSTRAP and may_be_row(names.keys(), table):
            return False
        known = message.type in _OPERATIONS or message.type in _BOOTSTRAP
        if message.data is None:
            return known and names.keys() >= _HEAD and not may_be_row(names.keys(), table)
        return known and bool(message.table) and not is_row(names.keys(), table)

    def table_of(self, record: Record) -> str | None:
        """Return the table that the message names, None for one about a definition."""
        found = may_read(record.value, _decode)
        if found is None:
            return ""
        return found[0].table if found[0].type in _OPERATIONS else None

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the change."""
        message = read_as(record.value, _decode)
        if message.type in _DDL:
            return Skip("schema")
        if message.type in _BOOTSTRAP:
            return Skip("control")
        operation = _OPERATIONS.get(message.type)
        if operation is None:
            raise unknown_operation("type", message.type, ", ".join(map(repr, _OPERATIONS)))
        data, old = message.data, message.old
        if data is None and operation != "delete":
            raise missing("data")
        is_update, is_delete = operation == "update", operation == "delete"
        key = cells_of_key(record.key) or {}
        return Loose(
            operation,
            message.database,
            message.table,
            {**(data or {}), **old} if is_update and old is not None else data if is_delete else None,
            None if is_delete else data,
            _sequence(epoch, message.position, message.xoffset) or by_offset(epoch, record),
            message.ts * 1_000_000 or time_of_arrival(record),
            keys=message.primary_key_columns or [n.removeprefix("pk.") for n in key if n.startswith("pk.")],
            shape=message.position is None,
        )

    def reading(self, like: Loose, after: Columns, before: Columns, epoch: int) -> Reading | None:
        """Return how to read rows with a position, or those without."""
        lines = row_and_old(after, before)
        if lines is None:
            return None
        has_position = not like.shape
        return Reading(
            _fast(after.wire, before, has_position=has_position),
            _fast(after.whole, before, has_position=has_position),
            [
                "operation, after, before = operations[message.type], message.data, message.old",
                *(_POSITION if has_position else []),
                *lines,
            ],
            f"({_SEQUENCE}).encode()" if has_position else ARRIVAL,
            "message.ts * 1000000",
            {
                **names_of(after, before),
                **arrivals(epoch),
                "operations": _OPERATIONS,
                "files": Files(epoch),
                "places": padded("-", 10),
            },
            text=_SEQUENCE if has_position else ARRIVAL_TEXT,
        )

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's messages."""
        return DialectDecoder(self, wanted)


def _fast(row: type[msgspec.Struct], before: Columns, *, has_position: bool) -> type[msgspec.Struct]:
    old = [("old", before.wire | None, None)] if before.fields else []
    position = ("position", str) if has_position else ("position", None, None)
    return msgspec.defstruct(
        "Maxwell",
        [
            ("database", str),
            ("table", str),
            ("type", Literal["insert", "update", "delete", "bootstrap-insert"]),
            ("ts", Annotated[int, msgspec.Meta(ge=1)]),  # 0 is no time
            ("xoffset", Annotated[int, msgspec.Meta(ge=0, le=_LAST)], _LAST),
            position,
            ("data", row),
            *old,
        ],
        namespace=None if before.fields else {"old": None},
        kw_only=True,
        gc=False,
    )


def _sequence(epoch: int, position: str | None, xoffset: int) -> str:
    """Return the sequence of a row in the log, empty without its position. Raises DecodeError."""
    if position is None:
        return ""
    file, _, offset = position.rpartition(":")
    try:
        if not (offset.isascii() and offset.isdecimal() and len(offset) <= 20 and 0 <= xoffset <= _LAST):
            raise Unfit("is no place in a log: expected text such as master.000006:800911", "malformed")
        return by_binlog(epoch, file, int(offset), xoffset)
    except Unfit as error:
        raise DecodeError("position", error.reason, error.code) from error
