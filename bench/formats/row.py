"""What the messages of all formats share: a row, a time and a place in a log, each message's its own."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from bench.onramp_step import record

Maker: TypeAlias = Callable[[int], Any]
"""Makes the message of a number, as an object that JSON has."""

Case: TypeAlias = tuple[str, Maker, Callable[[bytes], object]]
"""A format, the maker of its messages, and what reads their bytes barely."""


def plain(number: int) -> Any:
    """Return a row of the table `cust`."""
    return json.loads(record(number).value or b"")["after"]


def changed(number: int) -> Any:
    """Return a row as it was."""
    return {**plain(number), "lname": "Byron"}


def clock(number: int, digits: int = 6, middle: str = " ", end: str = "") -> str:
    """Return the text of a time: 1,000 messages a second, no two at the same microsecond."""
    fraction = f".{number % 1000:03d}{number * 7919 % 1000:03d}"[: digits + 1] if digits else ""
    return f"2026-11-22{middle}10:{number // 60_000:02d}:{number // 1000 % 60:02d}{fraction}{end}"


def lsn(number: int) -> str:
    """Return a place in PostgreSQL's log: rows of 56 bytes behind one another."""
    return f"0/{24_000_000 + 56 * number:X}"


def bare_of(kind: Any) -> Callable[[bytes], object]:
    """Return msgspec's bare typed decoding."""
    return msgspec.json.Decoder(kind).decode
