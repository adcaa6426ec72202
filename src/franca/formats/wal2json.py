"""PostgreSQL's wal2json: version 2, one change a message, and version 1, one transaction a message."""

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from franca.errors import DecodeError
from franca.formats.arrival import time_of_arrival
from franca.formats.change import (
    Cells,
    Decoder,
    Loose,
    Loosely,
    Operation,
    Planned,
    Skip,
    SkipKind,
    Wanted,
)
from franca.formats.clock import layout_of, microseconds_of
from franca.formats.columns import Columns
from franca.formats.dialect import DialectDecoder
from franca.formats.likeness import may_be_row
from franca.formats.lsn import lsn_of
from franca.formats.parts import may_read, missing, read_as, unknown_operation
from franca.formats.reading import Reading
from franca.formats.semantics import Semantic
from franca.formats.sequence import by_lsn, by_offset
from franca.formats.sqltypes import kind_of_postgres
from franca.formats.wal2json_plan import POSITIONS, Head, Shape, reading_of
from franca.formats.wal2json_rows import Transactions, planned_transactions, transactions_of
from franca.model.entity import Table
from franca.types import Record

NAMES = frozenset(
    {"action", "schema", "table", "columns", "identity", "pk", "lsn", "timestamp", "change", "xid"}
)
_OPERATIONS: dict[str, Operation] = {
    "I": "insert",
    "U": "update",
    "D": "delete",
    "insert": "insert",
    "update": "update",
    "delete": "delete",
}
_SKIPPED: dict[str, SkipKind] = {
    "B": "transaction",
    "C": "transaction",
    "M": "message",
    "T": "truncate",
    "message": "message",
    "truncate": "truncate",
}
_BITS = ("bit", "varbit")
"""How the names of PostgreSQL's types of bits begin, whose values come as their digits."""

_VALUES = Semantic(is_text=True, bytes_form="hex", is_styled=True)


class _Column(msgspec.Struct, gc=False):
    name: str
    type: str = ""
    value: msgspec.Raw = msgspec.Raw(b"null")


class _Old(msgspec.Struct, gc=False):
    keynames: list[str]
    keyvalues: list[msgspec.Raw]
    keytypes: list[str] | None = None


class _Primary(msgspec.Struct, gc=False):
    pknames: list[str]


class _Change(msgspec.Struct, gc=False):
    kind: str
    schema: str = ""
    table: str = ""
    columnnames: list[str] | None = None
    columntypes: list[str] | None = None
    columnvalues: list[msgspec.Raw] | None = None
    oldkeys: _Old | None = None
    pk: _Primary | None = None


class _Top(msgspec.Struct, gc=False):
    lsn: str | None = None
    nextlsn: str | None = None
    timestamp: str | None = None


class _Action(_Top, gc=False, kw_only=True):
    action: str
    schema: str = ""
    table: str = ""
    columns: list[_Column] | None = None
    identity: list[_Column] | None = None
    pk: list[_Column] | None = None


class _Transaction(_Top, gc=False, kw_only=True):
    change: list[_Change]


class _Found(NamedTuple):
    """A change of either version: images by name, the columns' types, the key, the place in a transaction."""

    kind: str
    schema: str
    table: str
    old: Cells | None
    new: Cells | None
    types: dict[str, str]
    keys: list[str]
    row: int | None = None


_decode_action = msgspec.json.Decoder(_Action).decode
_decode_transaction = msgspec.json.Decoder(_Transaction).decode


class Wal2json:
    """Messages of wal2json in both versions of its format."""

    name = "wal2json"
    names = NAMES
    semantic = _VALUES

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the value is a change, a transaction or a mark of one, and no row itself."""
        action = may_read(record.value, _decode_action)
        if action is not None:
            message, names = action
            if message.action in {"B", "C"}:
                known = names.keys() <= _MARK
            elif message.action == "M":
                known = {"prefix", "content"} <= names.keys()
            else:
                known = {"schema", "table"} <= names.keys() and (
                    message.action == "T" or bool(message.columns or message.identity)
                )
            known = known and message.action in {*_OPERATIONS, *_SKIPPED}
            if message.action in _OPERATIONS or message.columns:
                known = known or {"action", "schema", "table"} <= names.keys() <= _NAMED
            return known and not may_be_row(names.keys(), table)
        found = may_read(record.value, _decode_transaction)
        return found is not None and found[1].keys() <= _WHOLE and not may_be_row(found[1].keys(), table)

    def table_of(self, record: Record) -> str | None:
        """Return the table that the message names: for a transaction, the one that all its changes name."""
        action = may_read(record.value, _decode_action)
        if action is not None:
            return action[0].table or None
        if may_read(record.value, _decode_transaction) is None:
            return ""
        tables = self.tables_of(record)
        return next(iter(tables), None) if len(tables) < 2 else ""

    def tables_of(self, record: Record) -> Sequence[str]:
        """Return the tables of a transaction's changes."""
        found = may_read(record.value, _decode_transaction)
        changes = found[0].change if found else []
        return tuple(dict.fromkeys(each.table for each in changes if each.kind in _OPERATIONS))

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the change, or those of a transaction."""
        if may_read(record.value, _decode_action) is None:
            whole = read_as(record.value, _decode_transaction)
            if not whole.change:
                return Skip("transaction")
            return [_of_transaction(record, epoch, whole, place) for place in range(len(whole.change))]
        message = read_as(record.value, _decode_action)
        if message.action in _SKIPPED:
            return Skip(_SKIPPED[message.action])
        old, new = _cells(message.identity), _cells(message.columns)
        types = {each.name: each.type for each in (*(message.columns or ()), *(message.identity or ()))}
        names = [each.name for each in message.pk or message.identity or ()]
        found = _Found(message.action, message.schema, message.table, old, new, types, names)
        return _change(record, epoch, message, found)

    def reading(self, like: Loose, after: Columns, before: Columns, epoch: int) -> Reading | None:
        """Return how to read changes of the same columns in the same order."""
        assert isinstance(like.shape, Shape)
        return reading_of(like.shape, after, before, epoch)

    def shape_of_rows(self, found: Sequence[Loose | Skip], known: Hashable) -> Hashable:
        """Return what a transaction has in common with those that were read fast."""
        return transactions_of(found, known)

    def planned_rows(self, shape: object, after: Columns, before: Columns, epoch: int) -> Planned | None:
        """Return what decodes transactions of the shape."""
        assert isinstance(shape, Transactions)
        return planned_transactions(shape, after, before, epoch)

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's messages."""
        return DialectDecoder(self, wanted)


_NAMED = NAMES | {"nextlsn", "origin"}
"""What a message about a table may have, and no other: it is one even where it lacks its row."""

_MARK = {"action", "xid", "timestamp", "lsn", "nextlsn", "origin"}
_WHOLE = {"change", "xid", "timestamp", "nextlsn", "origin"}


def _of_transaction(record: Record, epoch: int, whole: _Transaction, place: int) -> Loose | Skip:
    change = whole.change[place]
    if change.kind in _SKIPPED:
        return Skip(_SKIPPED[change.kind])
    names, values, types = change.columnnames, change.columnvalues, change.columntypes or []
    if names is not None and (values is None or len(names) != len(values)):
        raise DecodeError("columnvalues", "are not as many as `columnnames`", "wrong-shape")
    new = None if names is None or values is None else dict(zip(names, values, strict=True))
    old = change.oldkeys
    if old is not None and len(old.keynames) != len(old.keyvalues):
        raise DecodeError("oldkeys", "has not as many values as names", "wrong-shape")
    before = None if old is None else dict(zip(old.keynames, old.keyvalues, strict=True))
    told = dict(zip(old.keynames, old.keytypes or (), strict=False)) if old else {}
    told |= zip(names or (), types, strict=False)
    keys = change.pk.pknames if change.pk else list(before or ())
    found = _Found(change.kind, change.schema, change.table, before, new, told, keys, place)
    return _change(record, epoch, whole, found)


def _change(record: Record, epoch: int, head: _Top, found: _Found) -> Loose:
    operation = _OPERATIONS.get(found.kind)
    if operation is None:
        path = "action" if found.row is None else "kind"
        raise unknown_operation(path, found.kind, ", ".join(map(repr, [*_OPERATIONS, *_SKIPPED])))
    if found.new is None and operation != "delete":
        raise missing("columns")
    point = head.lsn or head.nextlsn
    bits = tuple(name for name, text in found.types.items() if text.startswith(_BITS))
    return Loose(
        operation,
        found.schema,
        found.table,
        None if operation == "insert" else found.old,
        None if operation == "delete" else _whole_row(found),
        by_offset(epoch, record, found.row) if point is None else by_lsn(epoch, lsn_of(point), found.row),
        microseconds_of(head.timestamp, "timestamp") if head.timestamp else time_of_arrival(record),
        found.row,
        found.keys,
        semantics={name: _semantic(text) for name, text in found.types.items()},
        schema=repr(bits).encode() if bits else b"",
        shape=_shape(operation, head, found, bits),
    )


@lru_cache(maxsize=4096)
def _semantic(name: str) -> Semantic:
    return _VALUES._replace(told=kind_of_postgres(name), is_binary=name.startswith(_BITS))


def _whole_row(found: _Found) -> Cells:
    """Return the new row, with the cells of its key that it lacks because a large one has not changed."""
    row = dict(found.new or {})
    for name, cell in (found.old or {}).items():
        if name in found.keys:
            row.setdefault(name, cell)
    return row


def _shape(operation: Operation, head: _Top, found: _Found, bits: tuple[str, ...]) -> Shape | None:
    layout = layout_of(head.timestamp) if head.timestamp else None
    if head.timestamp is not None and layout is None:
        return None
    old = None if operation == "insert" or found.old is None else tuple(found.old)
    position = next((name for name in POSITIONS if getattr(head, name)), "")
    return Shape(Head(position, layout), operation, tuple(found.new or ()), old, bits)


def _cells(columns: list[_Column] | None) -> Cells | None:
    if columns is None:
        return None
    return {each.name: each.value for each in columns}
