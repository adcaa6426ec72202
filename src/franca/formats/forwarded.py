"""Forwarded records: `{topic, partition, offset, key, value}`, as a forwarder in front of Kafka sends.

The message's own topic, partition and offset are the position. The value is a row, or a raw message of
another format: as an object or as its text.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from franca.errors import DecodeError
from franca.formats.change import TOMBSTONE, Decoded, Decoder, Format, Loosely, ManyTables, Planned, Wanted
from franca.formats.likeness import is_row, may_be_row
from franca.formats.planned import planned
from franca.formats.reading import Reading
from franca.formats.refusal import BAD_JSON, refusal
from franca.model.entity import Table
from franca.types import Record

NAMES = frozenset({"topic", "partition", "offset", "timestamp", "key", "value", "headers"})
_LARGEST = 2**63 - 1
_PARTITIONS = 1_000_000
_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")


class _Forwarded(msgspec.Struct, gc=False):
    topic: str
    partition: int
    offset: int
    value: msgspec.Raw
    key: msgspec.Raw | UnsetType = UNSET
    timestamp: int | UnsetType | None = UNSET


_decode = msgspec.json.Decoder(_Forwarded).decode
_cells = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_text = msgspec.json.Decoder(str).decode


class Forwarded:
    """The record inside a record; `inner` reads what was forwarded."""

    name = "forwarded"
    names = NAMES

    def __init__(self, inner: Format) -> None:
        self._inner = inner

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the value is an object with topic, partition, offset and value.

        A table may have columns of these names: then the value has to hold an object as well.
        """
        try:
            found = _decode(record.value or b"")
            names = _cells(record.value or b"").keys()
        except BAD_JSON:
            return False
        holds_object = bytes(found.value).startswith((b"{", b'"{'))
        return not may_be_row(names, table) or (holds_object and not is_row(names, table))

    def table_of(self, record: Record) -> str | None:
        """Return the table that the forwarded message names."""
        try:
            return self._inner.table_of(_unwrapped(record))
        except DecodeError:
            return ""

    def tables_of(self, record: Record) -> Sequence[str]:
        """Return the tables of a forwarded message that may be about several."""
        try:
            inner = self._inner
            return inner.tables_of(_unwrapped(record)) if isinstance(inner, ManyTables) else ()
        except DecodeError:
            return ()

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return what the forwarded message holds."""
        if record.value is None or record.value == b"null":
            return TOMBSTONE
        return self._inner.loose(_unwrapped(record), epoch)

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's forwarded records."""
        return _Decoder(self._inner.decoder(wanted))


class _Decoder:
    """Unwraps each record for the decoder inside; rows and messages that are objects are read at once."""

    def __init__(self, inner: Decoder) -> None:
        self._inner = inner
        self._seen: Reading | None = None
        self.planned: Planned = self._unwrapping
        self.reading: Reading | None = None

    def __call__(self, record: Record) -> Decoded:
        if record.value is None or record.value == b"null":
            return TOMBSTONE
        decoded = self._inner(_unwrapped(record))
        inner = self._inner.reading
        if inner is None or inner.prefix or _holds_text(record.value):
            self.planned, self.reading, self._seen = self._unwrapping, None, None
        elif inner is not self._seen:
            self._seen, self.reading = inner, _around(inner)
            self.planned = planned(self.reading)
        return decoded

    def _unwrapping(self, record: Record) -> Decoded:
        return self._inner.planned(_unwrapped(record))


def _around(inner: Reading) -> Reading:
    """Return the reading of records which hold, as an object, what `inner` reads."""
    stamp = ["if message.timestamp is None:", "    message.timestamp = record.timestamp"]
    has_key = any("record.key" in line for line in inner.lines)
    lines = [
        *(stamp if "record.timestamp" in inner.time else []),
        *(["message.key = key_of(message.key)"] if has_key else []),
        "record, message = message, message.value",
    ]
    return replace(
        inner,
        type=_holding(inner.type, has_key=has_key),
        whole=_holding(inner.whole, has_key=has_key),
        lines=[*lines, *inner.lines],
        names={**inner.names, "is_topic": _is_topic, "key_of": _bytes},
        placed=["if not is_topic(record.topic):", "    raise Unexpected"],
    )


def _holding(value: Any, *, has_key: bool) -> type[msgspec.Struct]:
    fields: list[Any] = [
        ("topic", str),
        ("partition", Annotated[int, msgspec.Meta(ge=0, lt=_PARTITIONS)]),
        ("offset", Annotated[int, msgspec.Meta(ge=0, le=_LARGEST)]),
        ("value", value),
        ("timestamp", int | None, None),
    ]
    fields += [("key", msgspec.Raw, msgspec.Raw(b"null"))] if has_key else []
    return msgspec.defstruct("Forwarded", fields, gc=False)


def _holds_text(value: bytes) -> bool:
    return bytes(_decode(value).value).startswith(b'"')


def _unwrapped(record: Record) -> Record:
    """Return the record inside."""
    value = record.value or b""
    try:
        if not value.isascii():
            value.decode()
        found = _decode(value)
        inner = _bytes(found.value)
        key = _bytes(found.key) if found.key is not UNSET else None
    except BAD_JSON as error:
        raise refusal(value, error) from error
    if not _is_topic(found.topic):
        reason = "is no topic's name: expected up to 249 letters, digits, dots, underscores and hyphens"
        raise DecodeError("topic", reason, "malformed")
    if not 0 <= found.offset <= _LARGEST or not 0 <= found.partition < _PARTITIONS:
        reason = f"the position {found.partition!r}/{found.offset!r} is none that a topic has"
        raise DecodeError("offset", reason, "out-of-range")
    timestamp = found.timestamp if isinstance(found.timestamp, int) else record.timestamp
    return Record(found.topic, found.partition, found.offset, timestamp, key, inner, record.headers)


@lru_cache(maxsize=4096)
def _is_topic(name: str) -> bool:
    return _TOPIC.fullmatch(name) is not None


def _bytes(raw: msgspec.Raw) -> bytes | None:
    """Return what a JSON value stands for: null is nothing, text its bytes, anything else itself."""
    data = bytes(raw)
    if data == b"null":
        return None
    return _text(data).encode() if data[:1] == b'"' else data
