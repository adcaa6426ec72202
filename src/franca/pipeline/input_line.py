"""A piece of input as a record, and the notes: which format `auto` took it for, what was left out."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from franca.errors import DecodeError
from franca.topics.raw_record import decode_line
from franca.types import Record

LONGEST = 100_000_000
"""The longest line, in bytes, that may be a message; a reader need not keep more of a line than one more."""


class Given(NamedTuple):
    """A raw value that was cut out of a file: its place there, from 1, or why it can't be one."""

    value: bytes
    line: int
    problem: DecodeError | None = None


def given(lines: Iterable[bytes | Given]) -> Iterator[tuple[int, Given]]:
    """Yield each piece of input with its number, from 1; a line of text goes without its end."""
    for number, each in enumerate(lines, 1):
        yield number, each if isinstance(each, Given) else Given(each.rstrip(b"\r\n"), number)


def record_of(piece: Given, number: int, timestamp: int, topic: str = "", *, records: bool) -> Record:
    """Return the record of a raw record line, or of the raw value of that number, from 1, in the input.

    Raises DecodeError, the piece's own too.
    """
    if piece.problem is not None:
        raise piece.problem
    if len(piece.value) > LONGEST:
        reason = f"the line is longer than {LONGEST} bytes, which no topic takes: expected one message a line"
        raise DecodeError("", reason, "too-large")
    return decode_line(piece.value) if records else Record(topic, 0, number - 1, timestamp, None, piece.value)


def left_out_line(name: str, place: int) -> bytes:
    """Return the line that says from which line of input on rows of another table were left out."""
    return msgspec.json.encode({"line": place, "left_out": name})


def format_line(name: str, place: int) -> bytes:
    """Return the line that says from which line of input on a format was met."""
    return msgspec.json.encode({"line": place, "format": name})
