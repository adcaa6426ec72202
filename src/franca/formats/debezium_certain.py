"""Whether a document is Debezium's for certain, asked where the format is to be found out.

A skipped document says nothing, so its whole shape has to be Debezium's: rows have a status, an `op` or a
time as well. Who says `format = "debezium"` is believed (`debezium_message.classify`).
"""

from typing import Any, Literal

import msgspec

from franca.formats.debezium_message import Message, classify
from franca.formats.likeness import columns_of, is_row, may_be_row
from franca.formats.refusal import BAD_JSON
from franca.model.entity import Table

ENVELOPE = frozenset({"before", "after", "source", "op", "ts_ms", "ts_us", "ts_ns", "transaction"})


class _Source(msgspec.Struct):
    connector: str


class _Change(msgspec.Struct):
    op: str
    source: _Source


class _Images(msgspec.Struct):
    op: str
    before: dict[str, msgspec.Raw] | None = None
    after: dict[str, msgspec.Raw] | None = None


class _Transaction(msgspec.Struct):
    status: Literal["BEGIN", "END"]
    id: str
    event_count: int | None
    data_collections: list[Any] | None


class _Schema(msgspec.Struct, rename="camel"):
    database_name: str | None
    source: _Source


class _Heartbeat(msgspec.Struct):
    ts_ms: int


def is_certain(message: Message, table: type[Table] | None = None) -> bool:
    """Return whether the document is one of Debezium's, and no plain row of the table."""
    names = message.fields.keys()
    if is_row({"schema", "payload"} if message.is_enveloped else names, table):
        return False
    if "op" in names:
        return _has(message, _Change) or (
            _has(message, _Images)
            and names <= ENVELOPE
            and b"{" in {bytes(message.fields.get(name, b" "))[:1] for name in ("before", "after")}
            and not may_be_row(names, table)
        )
    match classify(message):
        case "transaction":
            return _has(message, _Transaction)
        case "schema":
            return _has(message, _Schema)
        case "heartbeat":
            return _has(message, _Heartbeat) and not names & columns_of(table)
    return False


def _has(message: Message, shape: type[msgspec.Struct]) -> bool:
    """Return whether the document has the fields of the shape, of their types."""
    try:
        for field in msgspec.structs.fields(shape):
            if field.required or field.encode_name in message.fields:
                msgspec.json.decode(message.fields.get(field.encode_name, b""), type=field.type)
    except BAD_JSON:
        return False
    return True
