"""Debezium's changes flattened to rows (`ExtractNewRecordState`), whatever it adds; deletes rewritten."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal, NamedTuple

import msgspec

from franca.errors import DecodeError
from franca.formats.arrival import ARRIVAL, ARRIVAL_TEXT, TIME_OF_ARRIVAL, arrivals
from franca.formats.change import TOMBSTONE, Cells, Decoder, Loose, Loosely, Operation, Wanted
from franca.formats.columns import Columns
from franca.formats.connect import semantics_of
from franca.formats.debezium_loose import without_placeholders
from franca.formats.debezium_message import Message, read_message
from franca.formats.debezium_plan import TELLING
from franca.formats.debezium_source import (
    CLOCKS,
    FAMILIES,
    Moment,
    Source,
    clock_of,
    kind_of,
    scaled,
    sequence_of,
    time_of,
)
from franca.formats.dialect import DialectDecoder
from franca.formats.images import names_beside, row_beside
from franca.formats.keys import FILLED, cells_of_key, sent
from franca.formats.likeness import columns_of
from franca.formats.parts import unknown_operation
from franca.formats.reading import Reading
from franca.formats.refusal import BAD_JSON
from franca.formats.semantics import UNKNOWN
from franca.formats.unsent import looks
from franca.model.entity import Table
from franca.types import Record

_OPERATIONS: dict[str, Operation] = {"c": "insert", "u": "update", "d": "delete", "r": "read"}
_OF_SOURCE = {field.name for field in msgspec.structs.fields(Source)}
_ADDED = {
    *_OF_SOURCE,
    "deleted",
    "op",
    "db",
    "schema",
    "txId",
    "xmin",
    "version",
    "gtid",
    "server_id",
    "thread",
}
_PREFIX = "column_"
_TELLING = {
    "lsn": ("lsn",),
    "binlog": ("file",),
    "scn": ("scn", "commit_scn"),
    "cdc": ("commit_lsn", "change_lsn"),
    "": (),
}
"""The fields that tell the kind of a position, in the order in which `kind_of` looks for them."""

_DELETED_WHOLE = ["if record.key is not None and not is_sent(before, record.key):", "    raise Unexpected"]
"""The statements that leave a delete's row of which the key alone may be sent to the careful way."""

_DELETED = {b'"true"': True, b"true": True, b'"false"': False, b"false": False}


class _Shape(NamedTuple):
    """What messages have in common: bytes before the payload, the names of what tells operation and place."""

    prefix: bytes
    has_operation: bool
    has_mark: bool
    kind: str
    clock: str
    names: tuple[tuple[str, str], ...]


class Flattened:
    """Rows of Debezium's `ExtractNewRecordState`, with and without the schema envelope."""

    name = "flattened"
    names = frozenset({"schema", "payload", "__deleted", "__op"})
    semantic = UNKNOWN

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the value is a row with Debezium's marks, or a row in the envelope of its schema."""
        try:
            message = read_message(record.value or b"")
        except DecodeError:
            return False
        if message is None:
            return False
        if {"__deleted", "__op"} & message.fields.keys() - columns_of(table):
            return True
        if not message.is_enveloped or "op" in message.fields:
            return False
        if {"schema", "payload"} <= columns_of(table):
            return False
        try:
            told = semantics_of(message.schema or b"null", "")
        except BAD_JSON:
            return False
        return bool(message.fields) and message.fields.keys() <= told.keys()

    def table_of(self, record: Record) -> str:
        """Return the table, if it was among the fields to add."""
        try:
            message = read_message(record.value or b"")
            return "" if message is None else _apart(message.fields)[1].table or ""
        except DecodeError:
            return ""

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the change: without an operation an insert, or a delete where the row is so marked."""
        message = None if record.value is None else read_message(record.value)
        if message is None:
            return TOMBSTONE
        row, source, added = _apart(message.fields)
        operation = _operation(message.fields)
        key = cells_of_key(record.key) or {}
        before = None
        if operation == "delete":
            before = sent(row, None, key) if key else row
        return Loose(
            operation,
            source.name or "",
            source.table or "",
            without_placeholders(before),
            None if operation == "delete" else without_placeholders(row),
            sequence_of(source, record, epoch, is_read=operation == "read"),
            time_of(source, None, record),
            keys=tuple(key),
            key=key or None,
            absent=[*row],
            semantics=_semantics(message, row),
            schema=message.schema,
            shape=_shape(message, source, added),
        )

    def reading(self, like: Loose, after: Columns, before: Columns, epoch: int) -> Reading | None:
        """Return how to read rows that are there, with the same fields added."""
        shape = like.shape
        assert isinstance(shape, _Shape)
        family = FAMILIES.get(shape.kind)
        types = _fast(shape, after)
        if types is None:
            return None
        sequence, text, time = ARRIVAL, ARRIVAL_TEXT, TIME_OF_ARRIVAL
        names: dict[str, Any] = {}
        if family is not None:
            text, names, sequence = family.text, family.names(epoch), family.sequence(epoch)
        if shape.clock:
            time = f"source.{shape.clock}{scaled(shape.clock)}"
        unsent, looked = looks(after.fields)
        return Reading(
            *types,
            [
                "source = message",
                f"operation = {'operations[message.op]' if shape.has_operation else repr('insert')}",
                *(["if message.deleted == 'true':", "    operation = 'delete'"] if shape.has_mark else []),
                *unsent,
                *row_beside(after, before, _PREFIX, _DELETED_WHOLE),
                *(family.lines if family else ()),
            ],
            sequence,
            time,
            {
                **names_beside(after, before, _PREFIX),
                **arrivals(epoch),
                **names,
                **looked,
                "operations": _OPERATIONS,
                "is_sent": partial(_is_sent, before),
            },
            shape.prefix,
            text,
        )

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's rows."""
        return DialectDecoder(self, wanted)


def _apart(fields: Cells) -> tuple[Cells, Source, Mapping[str, str]]:
    """Return the row, what was added of the source, and under which names. Raises DecodeError."""
    added: dict[str, str] = {}
    for name in fields:
        bare = name[2:].removeprefix("source_")
        if name.startswith("__") and bare in _ADDED and (bare not in added or name.startswith("__source_")):
            added[bare] = name
    row = {name: cell for name, cell in fields.items() if not _is_added(name)}
    values = {bare: fields[name] for bare, name in added.items() if bare in _OF_SOURCE}
    try:
        source = msgspec.json.decode(msgspec.json.encode(values), type=Source)
    except BAD_JSON as error:
        reason = "a field that was added has another type than Debezium's"
        raise DecodeError("__source", reason, "wrong-type") from error
    return row, source, added


def _is_added(name: str) -> bool:
    return name.startswith("__") and name[2:].removeprefix("source_") in _ADDED


def _operation(fields: Cells) -> Operation:
    if _DELETED.get(bytes(fields.get("__deleted", b"")), False):
        return "delete"
    found = bytes(fields.get("__op", b'"c"')).strip(b'"').decode("utf-8", "replace")
    if found not in _OPERATIONS:
        raise unknown_operation("__op", found, ", ".join(map(repr, _OPERATIONS)))
    return _OPERATIONS[found]


def _semantics(message: Message, row: Cells) -> Any:
    if not message.schema:
        return {}
    try:
        told = semantics_of(message.schema, "")
    except BAD_JSON as error:
        raise DecodeError("schema", "is no schema of Kafka Connect", "wrong-type") from error
    return {name: semantic for name, semantic in told.items() if name in row}


def _shape(message: Message, source: Source, added: Mapping[str, str]) -> _Shape | None:
    if message.is_enveloped and not message.prefix:
        return None
    kind, clock = kind_of(source), clock_of(source)
    family = FAMILIES.get(kind)
    needed = [name for name, *_ in family.fields] if family else []
    needed += [clock] if clock else []
    if not set(needed) <= added.keys() or (kind and family is None):
        return None
    has_mark = bytes(message.fields.get("__deleted", b"")) in {b'"false"', b'"true"'}
    if "__deleted" in message.fields and not has_mark:
        return None
    names = tuple((name, added[name]) for name in needed)
    return _Shape(message.prefix, "__op" in message.fields, has_mark, kind, clock, names)


def _is_sent(columns: Columns, before: Any, key: bytes) -> bool:
    """Return whether a delete's row before tells by itself that all of it was sent (`keys.sent`)."""
    names = cells_of_key(key) or {}
    others = [field for field in columns.fields if field.column not in names]
    telling = (getattr(before, field.name) for field in others if field.kind in TELLING)
    return not names or not others or any(value not in FILLED for value in telling)


def _fast(shape: _Shape, row: Columns) -> tuple[Any, Any] | None:
    """Return the types of rows with what was added, None where a column has the name of something added."""
    family = FAMILIES.get(shape.kind)
    fields: list[Any] = [
        *(family.fields if family else ()),
        *([(shape.clock, Moment)] if shape.clock else []),
    ]
    others = _others(shape)
    fields += [(name, None, None) for name in others]
    fields.append(("op", Literal["c", "u", "r", "d"]) if shape.has_operation else ("op", None, None))
    fields.append(("deleted", Literal["false", "true"]) if shape.has_mark else ("deleted", None, None))
    try:
        return row.beside(
            _PREFIX, fields, {**others, **dict(shape.names), "op": "__op", "deleted": "__deleted"}
        )
    except ValueError:
        return None


def _others(shape: _Shape) -> dict[str, str]:
    """Return what would tell another place or time if it were there, by the names of fields for it."""
    kinds, clocks = list(_TELLING), list(CLOCKS)
    better = [name for kind in kinds[: kinds.index(shape.kind)] for name in _TELLING[kind]]
    better += clocks[: clocks.index(shape.clock) if shape.clock else None]
    spelled = {f"__{mark}{name}" for name in better for mark in ("", "source_")}
    spelled |= {f"__source_{name}" for name, told in shape.names if not told.startswith("__source_")}
    return {f"other{number}": name for number, name in enumerate(sorted(spelled))}
