"""A message taken apart as one type, for formats whose messages always have the same few fields."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from franca.errors import DecodeError
from franca.formats.refusal import BAD_JSON, refusal

T = TypeVar("T")
_cells = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def read_as(value: bytes | None, decode: Callable[[bytes], T]) -> T:
    """Return what the function makes of a value. Raises DecodeError for what it refuses."""
    data = value or b""
    try:
        if not data.isascii():
            data.decode()
        return decode(data)
    except BAD_JSON as error:
        raise refusal(data, error) from error


def may_read(value: bytes | None, decode: Callable[[bytes], T]) -> tuple[T, Mapping[str, msgspec.Raw]] | None:
    """Return what the function makes of a value, and the value's fields; None for what it refuses."""
    try:
        return decode(value or b""), _cells(value or b"")
    except BAD_JSON:
        return None


def missing(name: str, who: str = "the message") -> DecodeError:
    """Return the refusal of a message that lacks what its operation requires."""
    return DecodeError(name, f"is missing, and {who} requires it", "missing-field")


def unknown_operation(path: str, found: str, expected: str) -> DecodeError:
    """Return the refusal of an operation that the format does not know."""
    reason = f"the operation is {found[:20]!r}, expected one of {expected}"
    return DecodeError(path, reason, "unknown-operation")
