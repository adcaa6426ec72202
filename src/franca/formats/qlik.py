"""Qlik Replicate: the row, maybe the row before, headers; in the message envelope or without it.

A mask says which columns were sent: its lowest bit is the first column's.
"""

import re
from collections.abc import Collection
from typing import Any, Literal, NamedTuple

import msgspec

from franca.errors import DecodeError
from franca.formats.arrival import TIME_OF_ARRIVAL, time_of_arrival
from franca.formats.change import Cells, Decoder, Loose, Loosely, Operation, Skip, Wanted
from franca.formats.clock import MOMENT, Layout, clock_names, layout_of, microseconds_of
from franca.formats.columns import Columns
from franca.formats.dialect import DialectDecoder
from franca.formats.images import both_images, deleted_row, finish_after, is_part, names_of
from franca.formats.likeness import is_row, may_be_row
from franca.formats.parts import may_read, missing, read_as, unknown_operation
from franca.formats.reading import Reading
from franca.formats.semantics import Semantic
from franca.formats.sequence import before_all, by_change, padded
from franca.formats.unfit import Unfit
from franca.model.entity import Table
from franca.types import Record

NAMES = frozenset(
    {"magic", "type", "message", "messageSchemaId", "messageSchema", "data", "beforeData", "headers"}
)
_OPERATIONS: dict[str, Operation] = {
    "REFRESH": "read",
    "INSERT": "insert",
    "UPDATE": "update",
    "DELETE": "delete",
}
_PREFIX = "column_"
_POSITION = ["if not change.encode().isdigit():", "    raise Unexpected"]
_SEQUENCE = "f'{begins[len(change)]}{change}.000'"
_BEFORE_ALL = "f'{starts[len(number)]}{number}'"
_NOWHERE = Record("", 0, 0, 0, None, None)
_MASK = re.compile(r"[0-9a-fA-F]{1,4096}")
_Row = dict[str, msgspec.Raw]


class _Shape(NamedTuple):
    """What messages have in common: envelope, mask, the columns where it has all of them, position, time."""

    is_enveloped: bool
    mask: str | None
    columns: tuple[str, ...]
    has_position: bool
    layout: Layout | None


class _Headers(msgspec.Struct, gc=False, rename="camel"):
    operation: str
    change_sequence: str | None = None
    timestamp: str | int | None = None
    column_mask: str | None = None


class _Message(msgspec.Struct, gc=False, rename="camel"):
    headers: _Headers
    data: _Row | None = None
    before_data: _Row | None = None
    schema: str = ""
    table: str = ""


class _Envelope(msgspec.Struct, gc=False):
    magic: Literal["atMSG"]
    type: str
    message: msgspec.Raw


_decode_message = msgspec.json.Decoder(_Message).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode


class Qlik:
    """Messages of Qlik Replicate in JSON."""

    name = "qlik"
    names = NAMES
    semantic = Semantic(is_text=True, bytes_form="hex")

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the value is an envelope of Qlik's, or headers with a row, and no row itself."""
        enveloped = may_read(record.value, _decode_envelope)
        if enveloped is not None:
            return not may_be_row(enveloped[1].keys(), table)
        found = may_read(record.value, _decode_message)
        if found is None or found[0].headers.operation not in _OPERATIONS:
            return False
        has_row = found[0].data is not None or found[0].before_data is not None
        return has_row and not is_row(found[1].keys(), table)

    def table_of(self, record: Record) -> str | None:
        """Return the table where the message names it, None for a description of a table."""
        try:
            message, _ = _message(record.value)
        except DecodeError:
            return ""
        return None if message is None else message.table

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the change."""
        message, is_enveloped = _message(record.value)
        if message is None:
            return Skip("schema")
        headers = message.headers
        operation = _OPERATIONS.get(headers.operation)
        if operation is None:
            expected = ", ".join(map(repr, _OPERATIONS))
            raise unknown_operation("headers.operation", headers.operation, expected)
        row = message.data if message.data is not None or operation != "delete" else message.before_data
        if row is None and operation != "delete":
            raise missing("data")
        row = row or {}
        unsent = _unsent(row, headers.column_mask)
        before = None if message.before_data is None else _without_nulls(message.before_data, unsent)
        after: Cells | None = _without_nulls(row, unsent)
        if operation == "delete":
            before, after = {**(after or {}), **(before or {})} or None, None
        return Loose(
            operation,
            message.schema,
            message.table,
            before if operation in {"update", "delete"} else None,
            after,
            _sequence(epoch, headers.change_sequence, record),
            _time(headers.timestamp, record),
            absent=[*row],
            shape=None if unsent else _shape(headers, is_enveloped, tuple(row)),
        )

    def reading(self, like: Loose, after: Columns, before: Columns, epoch: int) -> Reading | None:
        """Return how to read messages in which all columns were sent, with the envelope or without.

        None where a column of the row has a name that no type can have.
        """
        shape = like.shape
        assert isinstance(shape, _Shape)
        start = before_all(epoch, "change", _NOWHERE).removesuffix("0" * 20)
        try:
            wire, whole = _types(after, shape)
        except ValueError:
            return None
        return Reading(
            _fast(wire, after, before, shape),
            _fast(whole, after, before, shape),
            [
                *(["message = message.message"] if shape.is_enveloped else []),
                "headers, change = message.headers, message.headers.change_sequence",
                *(_POSITION if shape.has_position else []),
                *(shape.layout.lines("headers.timestamp") if shape.layout else []),
                "operation, after, before = operations[headers.operation], message.data, message.before_data",
                *_opened(after, shape),
                *both_images(after, before, deleted=_deleted(after, before)),
            ],
            f"({_SEQUENCE}).encode()" if shape.has_position else "start % record.offset",
            MOMENT if shape.layout else TIME_OF_ARRIVAL,
            {
                **names_of(after, before),
                "operations": _OPERATIONS,
                "wire_after": after.wire,
                **clock_names(shape.layout),
                "begins": padded(f"{epoch:04d}.change.", 40),
                "starts": padded(start, 20),
                "start": f"{start}%020d".encode(),
            },
            text=_SEQUENCE if shape.has_position else _BEFORE_ALL,
        )

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's messages."""
        return DialectDecoder(self, wanted)


def _message(value: bytes | None) -> tuple[_Message | None, bool]:
    """Return the message and whether it is in an envelope; no message for one about a definition."""
    enveloped = may_read(value, _decode_envelope)
    if enveloped is None:
        return read_as(value, _decode_message), False
    if enveloped[0].type == "MD":
        return None, True
    return read_as(bytes(enveloped[0].message), _decode_message), True


def _shape(headers: _Headers, is_enveloped: bool, columns: tuple[str, ...]) -> _Shape | None:
    """Return what the message has in common with others, None with a time of no usual layout."""
    if isinstance(headers.timestamp, int):
        return None
    layout = layout_of(headers.timestamp) if headers.timestamp else None
    if headers.timestamp and layout is None:
        return None
    mask = headers.column_mask or None
    return _Shape(is_enveloped, mask, columns if mask else (), bool(headers.change_sequence), layout)


def _types(after: Columns, shape: _Shape) -> tuple[Any, Any]:
    """Return the types of rows: where a mask counts, of those without a column that it may lack.

    Raises ValueError where a column has a name with quotes, backslashes or control characters.
    """
    if not shape.mask:
        return after.wire, after.whole
    wanted = {field.column for field in after.fields}
    names = {f"other{n}": name for n, name in enumerate(shape.columns) if name not in wanted}
    others = [(name, msgspec.Raw, msgspec.Raw()) for name in names]
    return after.beside(_PREFIX, others, names, is_closed=True)


def _opened(after: Columns, shape: _Shape) -> list[str]:
    """Return the statements that make a row as it would come without a mask."""
    if not shape.mask:
        return []
    cells = {field.column: f"after.{_PREFIX}{field.name}" for field in after.fields}
    new = [f"{cell} is not UNSET" for name, cell in cells.items() if name not in shape.columns]
    refused = [f"if {' or '.join(new)}:", "    raise Unexpected"] if new else []
    return [*refused, f"after = wire_after({', '.join(cells.values())})"]


def _unsent(row: Cells, mask: str | None) -> Collection[str]:
    """Return the columns whose bit the mask lacks. Raises DecodeError for what is no mask."""
    if not mask:
        return ()
    if not _MASK.fullmatch(mask):
        reason = "is no mask of columns: expected hexadecimal digits"
        raise DecodeError("headers.columnMask", reason, "malformed")
    bits = int(mask, 16)
    return frozenset(name for place, name in enumerate(row) if not bits >> place & 1)


def _without_nulls(row: Cells, names: Collection[str]) -> Cells:
    """Return the cells without the nulls of these columns: a value that is there was sent."""
    return {name: cell for name, cell in row.items() if name not in names or bytes(cell) != b"null"}


def _sequence(epoch: int, number: str | None, record: Record) -> str:
    try:
        return by_change(epoch, number) if number else before_all(epoch, "change", record)
    except Unfit as error:
        raise DecodeError("headers.changeSequence", error.reason, error.code) from error


def _time(moment: str | int | None, record: Record) -> int:
    if isinstance(moment, str) and moment:
        return microseconds_of(moment, "headers.timestamp")
    return moment * 1000 if isinstance(moment, int) else time_of_arrival(record)


def _deleted(after: Columns, before: Columns) -> list[str]:
    """Return the statements for the row before of a delete, which stands where other rows after do."""
    return [*finish_after(after), *deleted_row(before)] if is_part(before, after) else []


def _fast(row: type[msgspec.Struct], after: Columns, before: Columns, shape: _Shape) -> type[msgspec.Struct]:
    operations: Any = Literal["INSERT", "UPDATE", "REFRESH"]
    if is_part(before, after):
        operations = Literal["INSERT", "UPDATE", "REFRESH", "DELETE"]
    nothing: Any = (Literal[""] | None, None)
    mask: Any = nothing if not shape.mask else (Literal[shape.mask],)
    headers = msgspec.defstruct(
        "Headers",
        [
            ("operation", operations),
            ("change_sequence", *((str,) if shape.has_position else nothing)),
            ("timestamp", *((str,) if shape.layout else nothing)),
            ("column_mask", *mask),
        ],
        rename="camel",
        kw_only=True,
        gc=False,
    )
    image: list[Any] = [("before_data", before.wire | None, None)] if before.fields else []
    message = msgspec.defstruct(
        "Message",
        [("data", row), *image, ("headers", headers)],
        namespace=None if before.fields else {"before_data": None},
        rename="camel",
        kw_only=True,
        gc=False,
    )
    if not shape.is_enveloped:
        return message
    return msgspec.defstruct("Envelope", [("type", Literal["DT"]), ("message", message)], gc=False)
