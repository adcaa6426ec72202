"""A line of input as a record, and the line that says which format `auto` took it for."""

import msgspec

from franca.errors import DecodeError
from franca.topics.raw_record import decode_line
from franca.types import Record

LONGEST = 100_000_000
"""The longest line, in bytes, that may be a message; a reader need not keep more of a line than one more."""


def record_of_line(line: bytes, place: int, timestamp: int, topic: str = "", *, records: bool) -> Record:
    """Return the record of a raw record line, or of a raw value at its place (from 1) in the input.

    Raises DecodeError.
    """
    if len(line) > LONGEST:
        reason = f"the line is longer than {LONGEST} bytes, which no topic takes: expected one message a line"
        raise DecodeError("", reason, "too-large")
    text = line.rstrip(b"\r\n")
    return decode_line(text) if records else Record(topic, 0, place - 1, timestamp, None, text)


def format_line(name: str, place: int) -> bytes:
    """Return the line that says from which line of input on a format was met."""
    return msgspec.json.encode({"line": place, "format": name})
