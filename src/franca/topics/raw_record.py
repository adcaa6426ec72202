"""A raw record as one line of text: the archive, the dead letters and `--records` input share it.

Key and value are text where they are valid UTF-8, else base64 under another name, so that every byte comes
back. Headers are a list, because Kafka allows a name twice.
"""

import binascii
from base64 import b64decode, b64encode
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from franca.errors import DecodeError
from franca.types import Headers, Record

_REMEDY = "expected one JSON object per line with topic, partition, offset, timestamp, key, value, headers"


class HeaderLine(msgspec.Struct, omit_defaults=True):
    """One header of a raw record line."""

    key: str
    value: str | UnsetType | None = UNSET
    value_base64: str | UnsetType = UNSET


class RecordLine(msgspec.Struct, omit_defaults=True):
    """The fields of a raw record line, in the order in which they are written."""

    topic: str
    partition: int
    offset: int
    timestamp: int | None = msgspec.field(default_factory=lambda: -1)
    key: str | UnsetType | None = UNSET
    key_base64: str | UnsetType = UNSET
    value: str | UnsetType | None = UNSET
    value_base64: str | UnsetType = UNSET
    headers: list[HeaderLine] | dict[str, str | None] | UnsetType | None = UNSET


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(RecordLine).decode


def encode_line(record: Record) -> bytes:
    """Return the record as one JSON object, without a line break."""
    return _encode(line_of(record))


def decode_line(line: bytes) -> Record:
    """Return the record of one line. Raises DecodeError (`not-json`, `wrong-shape`)."""
    try:
        return record_of(_decode(line))
    except msgspec.ValidationError as error:
        raise DecodeError("", f"the raw record line is wrong: {error}; {_REMEDY}", "wrong-shape") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError("", f"the raw record line is not JSON: {error}; {_REMEDY}", "not-json") from error


def line_of(record: Record) -> RecordLine:
    """Return the fields of the record's line, for writers that wrap it in a larger object."""
    line = RecordLine(
        record.topic, record.partition, record.offset, record.timestamp, headers=_header_lines(record.headers)
    )
    line.key, line.key_base64 = _as_text(record.key)
    line.value, line.value_base64 = _as_text(record.value)
    return line


def record_of(line: RecordLine) -> Record:
    """Return the record that a line's fields describe. Raises DecodeError (`wrong-shape`)."""
    if line.value is UNSET and line.value_base64 is UNSET:
        raise DecodeError("value", "the raw record line has neither value nor value_base64", "wrong-shape")
    return Record(
        line.topic,
        line.partition,
        line.offset,
        -1 if line.timestamp is None else line.timestamp,
        _as_bytes("key", line.key, line.key_base64),
        _as_bytes("value", line.value, line.value_base64),
        _headers(line.headers),
    )


def _as_text(data: bytes | None) -> tuple[Any, Any]:
    if data is None:
        return None, UNSET
    try:
        return data.decode(), UNSET
    except UnicodeDecodeError:
        return UNSET, b64encode(data).decode()


def _as_bytes(name: str, text: str | UnsetType | None, base64: str | UnsetType) -> bytes | None:
    if isinstance(base64, str):
        try:
            return b64decode(base64, validate=True)
        except (binascii.Error, ValueError) as error:
            raise DecodeError(f"{name}_base64", f"not base64: {error}", "wrong-shape") from error
    return text.encode() if isinstance(text, str) else None


def _header_lines(headers: Headers) -> list[HeaderLine]:
    lines = []
    for name, value in headers:
        line = HeaderLine(name)
        line.value, line.value_base64 = _as_text(value)
        lines.append(line)
    return lines


def _headers(lines: list[HeaderLine] | dict[str, str | None] | UnsetType | None) -> Headers:
    if isinstance(lines, dict):
        return tuple((name, None if text is None else text.encode()) for name, text in lines.items())
    if isinstance(lines, list):
        return tuple((line.key, _as_bytes("headers", line.value, line.value_base64)) for line in lines)
    return ()
