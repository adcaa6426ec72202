"""Alibaba's Canal, and DTS in its format: many rows of one table a message, every value as text."""

from collections.abc import Hashable, Sequence
from itertools import repeat
from typing import Literal

import msgspec

from franca.errors import DecodeError
from franca.formats.arrival import ARRIVAL, ARRIVAL_TEXT, arrivals, time_of_arrival
from franca.formats.canal_types import (
    EVERYTHING_IS_TEXT,
    ColumnTypes,
    Types,
    column_types,
    fast_types,
)
from franca.formats.change import Cells, Decoder, Loose, Loosely, Operation, Planned, Skip, Wanted
from franca.formats.columns import Columns
from franca.formats.dialect import DialectDecoder
from franca.formats.images import names_of, row_and_old
from franca.formats.likeness import Names, columns_of, is_row, may_be_row
from franca.formats.parts import may_read, missing, read_as, unknown_operation
from franca.formats.planned import planned_rows
from franca.formats.reading import Reading
from franca.formats.sequence import by_offset
from franca.model.entity import Table
from franca.types import Record

NAMES = frozenset(
    {
        "data",
        "old",
        "database",
        "table",
        "type",
        "es",
        "ts",
        "id",
        "isDdl",
        "sql",
        "mysqlType",
        "sqlType",
        "pkNames",
    }
)
_OPERATIONS: dict[str, Operation] = {
    "INSERT": "insert",
    "INIT": "read",
    "UPDATE": "update",
    "DELETE": "delete",
}
_DDL = {"CREATE", "ALTER", "ERASE", "RENAME", "CINDEX", "DINDEX", "QUERY", "DDL", "DROP"}
_WATERMARK = "TIDB_WATERMARK"
_MARKS = {"isDdl", "sql", "database", "es"}

_BEGIN = ARRIVAL_TEXT.removesuffix("000'") + "'"
_Row = dict[str, msgspec.Raw]


class _Message(msgspec.Struct, gc=False, rename="camel"):
    type: str
    data: list[_Row] | None = None
    old: list[_Row | None] | None = None
    database: str | None = None
    table: str | None = None
    es: int | None = None
    ts: int | None = None
    is_ddl: bool = False
    mysql_type: dict[str, str] | None = None
    sql_type: dict[str, int] | None = None
    pk_names: list[str] | None = None


_decode = msgspec.json.Decoder(_Message).decode


class Canal:
    """Flat messages of Canal, and Canal JSON of Alibaba's and Tencent's DTS."""

    name = "canal"
    names = NAMES
    semantic = EVERYTHING_IS_TEXT

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the value is a message with rows, or about a definition, and no row itself."""
        found = may_read(record.value, _decode)
        if found is None or not found[0].type.isupper():
            return False
        message, names = found
        if message.is_ddl or message.type not in _OPERATIONS:
            known = message.is_ddl or message.type in _DDL | {"TRUNCATE", _WATERMARK} or bool(message.data)
            return known and {"database", "sql"} <= names.keys() and not _may_be_row(names.keys(), table)
        has_row = bool(message.data) or names.keys() >= _MARKS
        return has_row and not is_row(names.keys(), table)

    def table_of(self, record: Record) -> str | None:
        """Return the table that the message names, None for one about a definition."""
        found = may_read(record.value, _decode)
        if found is None:
            return ""
        message = found[0]
        return (message.table or "") if message.type in {*_OPERATIONS, "TRUNCATE"} else None

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the changes, one alone if there is but one."""
        message = read_as(record.value, _decode)
        if message.type == "TRUNCATE":
            return Skip("truncate")
        if message.type == _WATERMARK:
            return Skip("heartbeat")
        if message.is_ddl or message.type in _DDL:
            return Skip("schema")
        operation = _OPERATIONS.get(message.type)
        if operation is None:
            raise unknown_operation("type", message.type, ", ".join(map(repr, _OPERATIONS)))
        if not message.data:
            raise missing("data")
        if operation == "update" and message.old is not None and len(message.old) != len(message.data):
            raise DecodeError("old", "has another number of rows than `data`", "wrong-shape")
        types = column_types(message.mysql_type or {}, message.sql_type or {})
        if len(message.data) == 1:
            return _change(record, epoch, message, operation, 0, types)
        rows = range(len(message.data))
        return [_change(record, epoch, message, operation, row, types) for row in rows]

    def reading(self, like: Loose, after: Columns, before: Columns, epoch: int) -> Reading | None:
        """Return how to read messages with one row."""
        lines, types = row_and_old(after, before), fast_types(like.shape, after, before)
        if lines is None:
            return None
        old = "message.old[0] if message.old else None"
        return Reading(
            _fast(after.wire, before, types),
            _fast(after.whole, before, types),
            [
                *types.lines,
                "if len(message.data) != 1 or not message.es:",
                "    raise Unexpected",
                "if message.old is not None and len(message.old) != 1:",
                "    raise Unexpected",
                f"operation, after, before = operations[message.type], message.data[0], {old}",
                *lines,
            ],
            ARRIVAL,
            "message.es * 1000",
            {**names_of(after, before), **arrivals(epoch), "operations": _OPERATIONS},
            text=ARRIVAL_TEXT,
        )

    def shape_of_rows(self, found: Sequence[Loose | Skip], known: Hashable) -> Hashable:  # noqa: ARG002  # all are alike
        """Return that messages with several rows are alike where the same columns have labels."""
        return next((each.shape for each in found if isinstance(each, Loose)), None)

    def planned_rows(self, shape: Hashable, after: Columns, before: Columns, epoch: int) -> Planned | None:
        """Return what decodes messages with several rows."""
        lines, types = row_and_old(after, before), fast_types(shape, after, before)
        if lines is None:
            return None
        head = [
            *types.lines,
            "operation, rows, olds = operations[message.type], message.data, message.old",
            "if len(rows) < 2 or not message.es:",
            "    raise Unexpected",
            "if operation != 'update' or olds is None:",
            "    olds = nothing",
            "elif len(olds) != len(rows):",
            "    raise Unexpected",
        ]
        names = {
            **names_of(after, before),
            **arrivals(epoch),
            "operations": _OPERATIONS,
            "nothing": repeat(None),
        }
        kind = _fast(after.wire, before, types)
        reading = Reading(kind, kind, head, "", "message.es * 1000", names, text=_BEGIN)
        return planned_rows(reading, "for row, (after, before) in enumerate(zip(rows, olds)):", lines)

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's messages."""
        return DialectDecoder(self, wanted)


def _may_be_row(names: Names, table: type[Table] | None) -> bool:
    """Return whether an object may be a row: its `id` tells nothing where it has all of Canal's own marks."""
    return may_be_row(names, table) and not (names - columns_of(table) >= _MARKS)


def _change(
    record: Record,
    epoch: int,
    message: _Message,
    operation: Operation,
    at: int,
    types: ColumnTypes,
) -> Loose:
    assert message.data
    row = message.data[at]
    old = message.old[at] if operation == "update" and message.old is not None else None
    before: Cells | None = None
    if operation == "delete":
        before = row
    elif old is not None:
        before = {**row, **old}
    place = None if len(message.data) == 1 else at
    moment = message.es or message.ts
    return Loose(
        operation,
        message.database or "",
        message.table or "",
        before,
        None if operation == "delete" else row,
        by_offset(epoch, record, place),
        moment * 1000 if moment else time_of_arrival(record),
        place,
        message.pk_names or (),
        semantics=types.semantics,
        schema=repr(types.labelled).encode() if types.labelled else b"",
        shape=types.labelled,
    )


def _fast(row: type[msgspec.Struct], before: Columns, types: Types) -> type[msgspec.Struct]:
    old = [("old", list[before.wire] | None, None)] if before.fields else []  # type: ignore[name-defined]  # made at run time
    return msgspec.defstruct(
        "Canal",
        [
            ("type", Literal["INSERT", "INIT", "UPDATE", "DELETE"]),
            ("data", list[row]),  # type: ignore[valid-type]  # made at run time
            ("es", int | None, None),
            *types.fields,
            *old,
        ],
        rename={"mysql_type": "mysqlType", "sql_type": "sqlType"},
        namespace=None if before.fields else {"old": None},
        kw_only=True,
        gc=False,
    )
