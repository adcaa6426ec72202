"""SharePlex's JSON, as Aliyun's DTS writes it too: the row in `data`, what it was in `key`."""

from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from franca.errors import DecodeError
from franca.formats.arrival import ARRIVAL, ARRIVAL_TEXT, TIME_OF_ARRIVAL, arrivals, time_of_arrival
from franca.formats.change import Decoder, Loose, Loosely, Operation, Skip, Wanted
from franca.formats.clock import MOMENT, Layout, clock_names, layout_of, microseconds_of
from franca.formats.columns import Columns
from franca.formats.dialect import DialectDecoder
from franca.formats.images import (
    complete,
    copied,
    finish_after,
    indented,
    is_part,
    names_of,
    overlaid,
    something,
)
from franca.formats.likeness import is_row, may_be_row
from franca.formats.parts import may_read, missing, read_as, unknown_operation
from franca.formats.qualified import owner_and_table
from franca.formats.reading import Reading
from franca.formats.semantics import Semantic
from franca.formats.sequence import NO_REDO_ADDRESS, by_offset, by_scn, padded
from franca.formats.unfit import Unfit
from franca.model.entity import Table
from franca.types import Record

NAMES = frozenset({"meta", "data", "key"})
_OPERATIONS: dict[str, Operation] = {"ins": "insert", "upd": "update", "del": "delete"}
_POSITION = [
    "scn, turn = meta.scn, str(meta.seq)",
    "if not scn.encode().isdigit():",
    "    raise Unexpected",
    "zeros = filled[len(scn)]",
]
_ENDS = {"commit", "rollback"}
_Row = dict[str, msgspec.Raw]


class _Shape(NamedTuple):
    """What messages have in common: a position, and how the texts of their time look."""

    has_position: bool
    layout: Layout | None


class _Meta(msgspec.Struct, gc=False):
    op: str
    table: str = ""
    time: str | None = None
    scn: str | int | None = None
    seq: int = 0


class _Message(msgspec.Struct, gc=False):
    meta: _Meta
    data: _Row | None = None
    key: _Row | None = None


_decode = msgspec.json.Decoder(_Message).decode


class Shareplex:
    """Messages of SharePlex in JSON."""

    name = "shareplex"
    names = NAMES
    semantic = Semantic(is_text=True)

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the value is an operation with its row, or a truncate or definition, and no row."""
        found = may_read(record.value, _decode)
        if found is None or not found[1].keys() <= {*NAMES, "sql", "columns"}:
            return False
        message, names = found
        if message.meta.op not in _ENDS and not message.meta.table:
            return False
        if message.meta.op in _OPERATIONS:
            has_row = message.data is not None or message.key is not None
            return has_row and not is_row(names.keys(), table)
        return not may_be_row(names.keys(), table)

    def table_of(self, record: Record) -> str | None:
        """Return the table that the message names, without its owner."""
        found = may_read(record.value, _decode)
        return "" if found is None else owner_and_table(found[0].meta.table)[1]

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the change."""
        message = read_as(record.value, _decode)
        meta = message.meta
        operation = _OPERATIONS.get(meta.op)
        if meta.op.startswith("trunc"):
            return Skip("truncate")
        if meta.op in {"ddl", "drop column"}:
            return Skip("schema")
        if meta.op in _ENDS:
            return Skip("transaction")
        if operation is None:
            raise unknown_operation("meta.op", meta.op, ", ".join(map(repr, _OPERATIONS)))
        if message.data is None and operation != "delete":
            raise missing("data")
        owner, table = owner_and_table(meta.table)
        before = message.key if operation == "update" else None
        if operation == "delete":
            before = {**(message.key or {}), **(message.data or {})} or None
        return Loose(
            operation,
            owner,
            table,
            before,
            None if operation == "delete" else {**(before or {}), **(message.data or {})},
            by_offset(epoch, record) if meta.scn is None else _sequence(epoch, str(meta.scn), meta.seq),
            microseconds_of(meta.time, "meta.time") if meta.time else time_of_arrival(record),
            shape=_shape(meta),
        )

    def reading(self, like: Loose, after: Columns, before: Columns, epoch: int) -> Reading | None:
        """Return how to read operations with a position and a time like this one, or inserts alone."""
        assert isinstance(like.shape, _Shape)
        has_position, layout = like.shape
        begin = f"{epoch:04d}.scn.{{zeros}}{{scn}}-{{zeros}}{{scn}}-{NO_REDO_ADDRESS}"
        text = f"f'{begin}-{{places[len(turn)]}}{{turn}}.000'"
        return Reading(
            _fast(after.wire, after, before, like.shape),
            _fast(after.whole, after, before, like.shape),
            [
                "meta, after, before = message.meta, message.data, message.key",
                *(_POSITION if has_position else []),
                *(layout.lines("meta.time") if layout else []),
                "operation = operations[meta.op]",
                *finish_after(after),
                *(_parts(after, before) if is_part(before, after) else ["before = None"]),
                "if after is not None:",
                *indented(something(after)),
            ],
            f"({text}).encode()" if has_position else ARRIVAL,
            MOMENT if layout else TIME_OF_ARRIVAL,
            {
                **arrivals(epoch),
                **names_of(after, before),
                "operations": _OPERATIONS,
                **clock_names(layout),
                "filled": padded("", 38),
                "places": padded("", 10),
            },
            text=text if has_position else ARRIVAL_TEXT,
        )

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's messages."""
        return DialectDecoder(self, wanted)


def _shape(meta: _Meta) -> _Shape | None:
    layout = layout_of(meta.time) if meta.time else None
    if (meta.time and layout is None) or not isinstance(meta.scn, str | None):
        return None
    return _Shape(meta.scn is not None, layout)


def _parts(after: Columns, before: Columns) -> list[str]:
    """Return the statements that put the rows of an update and of a delete together of two parts."""
    finish = ["before = finish_after(before)"] if after.finish else []
    return [
        "if operation == 'insert':",
        "    before = None",
        "else:",
        "    if before is not None:",
        *indented(indented(finish)),
        f"        after = {overlaid(after, 'after', 'before', 'row_after')}",
        "    if operation == 'delete':",
        f"        before, after = {copied(before, 'after')}, None",
        *indented(indented(complete(before))),
        "    elif before is not None:",
        f"        before = {copied(before, 'before')}",
    ]


def _fast(row: type[msgspec.Struct], after: Columns, before: Columns, shape: _Shape) -> type[msgspec.Struct]:
    has_parts = is_part(before, after)
    fields: list[Any] = [
        ("time", str) if shape.layout else ("time", None, None),
        ("op", Literal["ins", "upd", "del"] if has_parts else Literal["ins"]),
        ("scn", str) if shape.has_position else ("scn", None, None),
        ("seq", Annotated[int, msgspec.Meta(ge=0, lt=10**10)], 0),
        ("table", str),
    ]
    meta = msgspec.defstruct("Meta", fields, kw_only=True, gc=False)
    key: Any = ("key", after.wire | None if has_parts else None, None)
    return msgspec.defstruct("Shareplex", [("meta", meta), ("data", row), key], gc=False)


def _sequence(epoch: int, scn: str, place: int) -> str:
    try:
        if not 0 <= place < 10**10:
            raise Unfit("has a place in its transaction that can't be", "out-of-range")
        return by_scn(epoch, scn, scn, "", place)
    except Unfit as error:
        raise DecodeError("meta.scn", error.reason, error.code) from error
