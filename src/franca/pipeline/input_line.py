"""A line of input as a record, and the notes: which format `auto` took it for, what was left out."""

import msgspec

from franca.topics.raw_record import decode_line
from franca.types import Record


def record_of_line(line: bytes, place: int, timestamp: int, topic: str = "", *, records: bool) -> Record:
    """Return the record of a raw record line, or of a raw value at its place (from 1) in the input.

    Raises DecodeError.
    """
    text = line.rstrip(b"\r\n")
    return decode_line(text) if records else Record(topic, 0, place - 1, timestamp, None, text)


def left_out_line(name: str, place: int) -> bytes:
    """Return the line that says from which line of input on rows of another table were left out."""
    return msgspec.json.encode({"line": place, "left_out": name})


def format_line(name: str, place: int) -> bytes:
    """Return the line that says from which line of input on a format was met."""
    return msgspec.json.encode({"line": place, "format": name})
