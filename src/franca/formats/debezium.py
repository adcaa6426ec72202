"""Debezium's JSON change events, with and without the schema envelope, of all relational connectors.

The first message of a kind is read carefully and teaches the decoder a plan: which columns mean what, where
position and time stand. Later messages of that kind are decoded by the plan, and whatever a plan refuses is
read carefully again, which finds the reason.
"""

from contextlib import suppress

import msgspec

from franca.errors import DecodeError
from franca.formats.change import (
    REFUSED,
    TOMBSTONE,
    Change,
    Decoded,
    Decoder,
    Loosely,
    Operation,
    Planned,
    Skip,
    SkipKind,
    Wanted,
    unplanned,
)
from franca.formats.columns import Columns
from franca.formats.debezium_certain import ENVELOPE, is_certain
from franca.formats.debezium_loose import loose_change
from franca.formats.debezium_message import Message, classify, read_message
from franca.formats.debezium_plan import PlanKey, make_plan
from franca.formats.debezium_source import FAMILIES, Source, clock_of, kind_of, sequence_of, time_of
from franca.formats.document import document_key
from franca.formats.document_plan import make_document_plan
from franca.formats.keys import cells_of_key, is_incomplete, key_reader, sent
from franca.formats.likeness import columns_of
from franca.formats.planned import Plan
from franca.formats.reading import Reading
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.types import Record

_OPERATIONS: dict[str, Operation] = {"c": "insert", "u": "update", "d": "delete", "r": "read"}
_SKIPPED: dict[str, SkipKind] = {"t": "truncate", "m": "message"}
_PLANS = 64


class Debezium:
    """Debezium change events."""

    name = "debezium"
    names = ENVELOPE

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the value is for certain a change event or one of Debezium's other documents."""
        value = record.value or b""
        try:
            message = read_message(value)
        except DecodeError:
            return False
        if message is None:
            return value.strip() != b"null" and "payload" not in columns_of(table)
        return is_certain(message, table)

    def table_of(self, record: Record) -> str | None:
        """Return the table of the source block, None where the document is about no row."""
        try:
            message = read_message(record.value or b"")
            source = None if message is None else message.source()
            table = "" if source is None else source.table or source.collection or ""
        except DecodeError:
            return ""
        if table or message is None:
            return table or None
        is_change = "op" in message.fields and bytes(message.fields["op"]) != b'"m"'
        return "" if is_change else None

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the change."""
        message = None if record.value is None else read_message(record.value)
        if message is None:
            return TOMBSTONE
        operation = _operation(message)
        if isinstance(operation, Skip):
            return operation
        return loose_change(record, message, operation, epoch)

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's change events; it learns plans as messages come."""
        return _Decoder(wanted)


class _Decoder:
    """Reads any message, finds the reason where it can't, and keeps the plans that it makes."""

    def __init__(self, wanted: Wanted) -> None:
        self.planned: Planned = unplanned
        self.reading: Reading | None = None
        self._read_key = key_reader(wanted)
        self._wanted = wanted
        self._keys = frozenset(key.column for key in shape_of(wanted.table).keys)
        self._plans: dict[PlanKey, Plan] = {}
        self._columns: dict[bytes, tuple[Columns, Columns]] = {}

    def __call__(self, record: Record) -> Decoded:
        value = record.value
        if value is None:
            return TOMBSTONE
        for plan in self._plans.values():
            prefix = plan.reading.prefix
            if prefix and plan.decode is not self.planned and value.startswith(prefix):
                self.planned, self.reading = plan.decode, plan.reading
                with suppress(*REFUSED):
                    return plan.decode(record)
        message = read_message(value)
        if message is None:
            return TOMBSTONE
        operation = _operation(message)
        if isinstance(operation, Skip):
            return operation
        return self._change(record, message, operation)

    def _change(self, record: Record, message: Message, operation: Operation) -> Change:
        columns_after, columns_before = self._columns_of(message)
        source = message.source()
        cells = after = before = None
        if operation != "delete":
            cells = message.row_after(record.key)
            after = columns_after.read(cells)
        if (earlier := message.image("before")) is not None:
            if kind_of(source) == "lsn":
                earlier = sent(earlier, cells, self._keys)
            before = columns_before.read(earlier, nulls_are_absent=True)
        change = Change(
            operation,
            before,
            after,
            sequence_of(source, record, self._wanted.epoch, is_read=operation == "read"),
            time_of(source, message.number("ts_ms"), record),
            f"{record.topic}/{record.partition}/{record.offset}",
            self._key(record, source) if operation == "delete" and is_incomplete(before) else None,
        )
        self._learn(message, PlanKey(message.schema, kind_of(source), clock_of(source)))
        return change

    def _key(self, record: Record, source: Source) -> msgspec.Struct | None:
        if source.connector != "mongodb":
            return self._read_key(record.key)
        return self._read_key(msgspec.json.encode(document_key(cells_of_key(record.key))))

    def _columns_of(self, message: Message) -> tuple[Columns, Columns]:
        known = self._columns.get(message.schema)
        if known is None:
            wanted = self._wanted
            semantics = message.semantics()
            known = (
                Columns(wanted.table, wanted.columns, semantics, wanted.zone),
                Columns(wanted.table, wanted.before, semantics, wanted.zone),
            )
            if len(self._columns) >= _PLANS:
                self._columns.clear()
            self._columns[message.schema] = known
        return known

    def _learn(self, message: Message, key: PlanKey) -> None:
        is_known = key.kind in FAMILIES or key.kind == "oplog"
        if not is_known or not key.clock or (message.is_enveloped and not message.prefix):
            return
        plan = self._plans.get(key)
        if plan is None or plan.reading.prefix != message.prefix:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            after, before = self._columns_of(message)
            if key.kind == "oplog":
                plan = make_document_plan(key.clock, message.prefix, after, self._wanted.epoch)
            else:
                plan = make_plan(key, message.prefix, after, before, self._wanted.epoch)
            self._plans[key] = plan
        self.planned, self.reading = plan.decode, plan.reading


def _operation(message: Message) -> Operation | Skip:
    """Return what happened to the row, or what the document is instead. Raises DecodeError."""
    if "op" not in message.fields:
        return _not_a_row(message)
    op = message.text("op")
    if op in _SKIPPED:
        return Skip(_SKIPPED[op])
    if op not in _OPERATIONS:
        reason = f"the operation is {op[:20]!r}, expected one of 'c', 'u', 'd', 'r', 't', 'm'"
        raise DecodeError("op", reason, "unknown-operation")
    return _OPERATIONS[op]


def _not_a_row(message: Message) -> Skip:
    kind = classify(message)
    if kind:
        return Skip(kind)
    reason = "the object has neither `op` nor what Debezium's other documents have"
    raise DecodeError("", reason, "wrong-shape")
