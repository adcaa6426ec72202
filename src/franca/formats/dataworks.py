"""Alibaba Cloud DataWorks: what its Data Integration writes to Kafka, with schema, images and position."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import msgspec

from franca.errors import DecodeError
from franca.formats.change import Cells, Decoder, Loose, Loosely, Operation, Skip, SkipKind, Wanted
from franca.formats.columns import Columns
from franca.formats.dataworks_place import (
    BEFORE_ALL,
    BEFORE_ALL_BYTES,
    IS_PLACE,
    SEQUENCE,
    Moment,
    NoMoment,
    is_loaded,
    place_names,
    sequence_of,
    time_of,
)
from franca.formats.dataworks_row import ADDED, RowShape, is_marked, loose_row, reading_row
from franca.formats.dialect import DialectDecoder
from franca.formats.images import both_images, names_of
from franca.formats.likeness import is_row, may_be_row
from franca.formats.parts import may_read, missing, read_as, unknown_operation
from franca.formats.reading import Reading
from franca.formats.refusal import BAD_JSON
from franca.formats.semantics import MOMENT, Semantic
from franca.model.entity import Table
from franca.model.kind import Kind
from franca.types import Record

_NAMES = frozenset({"schema", "payload", "version"})
NAMES = _NAMES | ADDED
_OPERATIONS: dict[str, Operation] = {"INSERT": "insert", "UPDATE_AFTER": "update", "DELETE": "delete"}
_SKIPPED: dict[str, SkipKind] = {
    **dict.fromkeys(("UPDATE_BEFOR", "UPDATE_BEFORE"), "before-image"),
    **dict.fromkeys(("CREATE", "ALTER", "ERASE", "QUERY", "RENAME", "CINDEX", "DINDEX"), "schema"),
    **dict.fromkeys(
        ("TRANSACTION_BEGIN", "TRANSACTION_END", "GTID", "XACOMMIT", "XAROLLBACK"), "transaction"
    ),
    "MHEARTBEAT": "heartbeat",
    "TRUNCATE": "truncate",
}
_OF_A_TABLE = {"before-image", "truncate"}
_TEXT = Semantic(is_text=True)
_SEMANTICS = {
    "BOOLEAN": _TEXT._replace(told=Kind.BOOLEAN),
    "BYTES": _TEXT._replace(told=Kind.BYTES),
    "DATE": _TEXT._replace(name=MOMENT, is_instant=True),
    "DOUBLE": _TEXT._replace(told=Kind.DECIMAL),
    "LONG": _TEXT._replace(told=Kind.INTEGER),
    "STRING": _TEXT._replace(told=Kind.TEXT),
}
"""What the six types mean. A decimal comes as a DOUBLE too, so that one is read with every digit."""


class _Shape(NamedTuple):
    """What messages have in common: whether they are of a full load, and the text of their columns."""

    is_load: bool
    columns: bytes


class _Column(msgspec.Struct, gc=False):
    name: str
    type: str = ""


class _Source(msgspec.Struct, gc=False, rename="camel"):
    db_name: str | None = None
    schema_name: str | None = None
    table_name: str | None = None


class _Schema(msgspec.Struct, gc=False, rename="camel"):
    data_column: msgspec.Raw = msgspec.Raw(b"null")
    primary_key: list[str] | None = None
    source: _Source | None = None


class _Image(msgspec.Struct, gc=False, rename="camel"):
    data_column: dict[str, msgspec.Raw] | None = None


class _Timestamp(msgspec.Struct, gc=False, rename="camel"):
    event_time: int | None = None
    system_time: int | None = None


class _Payload(msgspec.Struct, gc=False, rename="camel"):
    op: str
    timestamp: _Timestamp
    before: _Image | None = None
    after: _Image | None = None
    sequence_id: str | int | None = None


class _Message(msgspec.Struct, gc=False):
    payload: _Payload
    schema: _Schema | None = None


_decode = msgspec.json.Decoder(_Message).decode
_decode_columns = msgspec.json.Decoder(list[_Column] | None).decode


class Dataworks:
    """Messages of DataWorks' Data Integration."""

    name = "dataworks"
    names = NAMES
    semantic = _TEXT._replace(is_instant=True)

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the value is an operation with its row, or about none, and no row itself."""
        found = may_read(record.value, _decode)
        if found is None or not found[1].keys() <= _NAMES:
            return is_marked(record, table)
        payload = found[0].payload
        if payload.timestamp.event_time is None or not payload.op.isupper():
            return False
        if payload.op in _SKIPPED:
            return not may_be_row(found[1].keys(), table)
        return not is_row(found[1].keys(), table)

    def table_of(self, record: Record) -> str | None:
        """Return the table that the message names, None for one about no rows."""
        found = may_read(record.value, _decode)
        if found is None:
            return ""
        if _SKIPPED.get(found[0].payload.op, "truncate") not in _OF_A_TABLE:
            return None
        return _source(found[0]).table_name or ""

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the change."""
        if is_marked(record):
            return loose_row(record, epoch)
        message = read_as(record.value, _decode)
        payload, schema, source = message.payload, message.schema or _Schema(), _source(message)
        if payload.op in _SKIPPED:
            return Skip(_SKIPPED[payload.op])
        operation = _OPERATIONS.get(payload.op)
        if operation is None:
            raise unknown_operation("payload.op", payload.op, ", ".join(map(repr, _OPERATIONS)))
        before, after = _cells(payload.before), _cells(payload.after)
        if after is None and operation != "delete":
            raise missing("payload.after")
        number, times = payload.sequence_id, payload.timestamp
        is_load = operation == "insert" and is_loaded(number, times.event_time)
        columns = bytes(schema.data_column)
        return Loose(
            "read" if is_load else operation,
            source.db_name or source.schema_name or "",
            source.table_name or "",
            None if operation == "insert" else before,
            None if operation == "delete" else after,
            sequence_of(epoch, None if is_load else number, record, "payload.sequenceId"),
            time_of(record, times.event_time, times.system_time),
            keys=schema.primary_key or (),
            semantics=_semantics_of(columns),
            schema=columns,
            shape=_shape(times, columns, is_load=is_load),
        )

    def reading(self, like: Loose, after: Columns, before: Columns, epoch: int) -> Reading | None:
        """Return how to read changes with a position, or rows of a full load, with the same columns told."""
        shape = like.shape
        if isinstance(shape, RowShape):
            return reading_row(shape, after, before, epoch)
        assert isinstance(shape, _Shape)
        clock = "system_time" if shape.is_load else "event_time"
        return Reading(
            _fast(after.wire, before, shape),
            _fast(after.whole, before, shape),
            [
                "if message.schema.data_column != columns:",
                "    raise Unexpected",
                "payload = message.payload",
                "change, clock = payload.sequence_id, payload.timestamp." + clock,
                *([] if shape.is_load else IS_PLACE),
                "operation = operations[payload.op]",
                "after = None if payload.after is None else payload.after.data_column",
                "before = None if payload.before is None else payload.before.data_column",
                *both_images(after, before),
            ],
            BEFORE_ALL_BYTES if shape.is_load else f"({SEQUENCE}).encode()",
            "clock * 1000",
            {
                **names_of(after, before),
                "operations": {**_OPERATIONS, "INSERT": "read"} if shape.is_load else _OPERATIONS,
                "columns": msgspec.Raw(shape.columns),
                **place_names(epoch),
            },
            text=BEFORE_ALL if shape.is_load else SEQUENCE,
        )

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's messages."""
        return DialectDecoder(self, wanted)


def _source(message: _Message) -> _Source:
    return (message.schema.source if message.schema else None) or _Source()


def _cells(image: _Image | None) -> Cells | None:
    return None if image is None else image.data_column


def _shape(times: _Timestamp, columns: bytes, *, is_load: bool) -> _Shape | None:
    """Return what the message has in common with others, None for one that has not what is usual."""
    is_usual = (times.event_time or 0) > 0
    if is_load:
        is_usual = (times.event_time or 0) <= 0 < (times.system_time or 0)
    return _Shape(is_load, columns) if is_usual else None


@lru_cache(maxsize=512)
def _semantics_of(columns: bytes) -> Mapping[str, Semantic]:
    """Return what each column means. Raises DecodeError."""
    try:
        found = _decode_columns(columns) or []
    except BAD_JSON as error:
        reason = "is no list of columns, each with a name and a type"
        raise DecodeError("schema.dataColumn", reason, "wrong-type") from error
    return MappingProxyType({each.name: _SEMANTICS.get(each.type.upper(), _TEXT) for each in found})


def _fast(row: type[msgspec.Struct], before: Columns, shape: _Shape) -> type[msgspec.Struct]:
    options: dict[str, Any] = {"rename": "camel", "kw_only": True, "gc": False}
    told: list[Any] = [("primary_key", list[str] | None, None), ("source", _Source | None, None)]
    schema = msgspec.defstruct("Schema", [("data_column", msgspec.Raw), *told], **options)
    image = msgspec.defstruct("Image", [("data_column", row)], **options)
    former = msgspec.defstruct("Former", [("data_column", before.wire)], **options)
    times: list[Any] = [("event_time", Moment), ("system_time", int | None, None)]
    if shape.is_load:
        times = [("event_time", NoMoment), ("system_time", Moment)]
    operations: Any = Literal["INSERT"] if shape.is_load else Literal["INSERT", "UPDATE_AFTER", "DELETE"]
    fields: list[Any] = [
        ("op", operations),
        ("timestamp", msgspec.defstruct("Timestamp", times, **options)),
        ("sequence_id", str | None if shape.is_load else str, *((None,) if shape.is_load else ())),
        ("after", image | None, None),
        ("before", former | None, None),
    ]
    payload = msgspec.defstruct("Payload", fields, **options)
    return msgspec.defstruct("Dataworks", [("schema", schema), ("payload", payload)], gc=False)
