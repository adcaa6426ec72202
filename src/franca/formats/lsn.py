"""Places in PostgreSQL's log as text such as `0/16E3778`: the same 4,096 bytes of it are read once."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from franca.errors import DecodeError
from franca.formats.reading import Unexpected
from franca.formats.sequence import by_lsn

_LSN = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")
_END = 3
_PARTS = 16**_END
_MOST_STARTS = 4096
_LOW = 10_000
_DIGITS = tuple(f"{number % _LOW:04d}" for number in range(_LOW + _PARTS))
PLACE_LINES = (
    "end = point.removeprefix(latest_place.start)",
    "if end is point:",
    "    end = turn_place(point)",
    "low = latest_place.low + ends[end]",
)
"""The statements that take the text `point` apart for `PLACE`; `place_names` at hand."""

PLACE = "{latest_place.begin if low < 10000 else latest_place.next_begin}{digits[low]}"
"""The sequence up to the place, for a formatted text after the statements."""


class _Start(NamedTuple):
    """Places that begin alike: how their sequences begin, before and after a carry, and the digits left."""

    begin: str
    next_begin: str
    low: int


class _Latest:
    """The start of the place that was read last."""

    __slots__ = ("begin", "low", "next_begin", "start")

    def __init__(self) -> None:
        self.start, self.begin, self.next_begin, self.low = "", "", "", 0


def place_names(epoch: int) -> dict[str, Any]:
    """Return what the statements and the expression refer to."""
    starts: dict[str, _Start] = {}
    latest = _Latest()
    turn = _turner(epoch, starts, latest)
    return {
        "starts": starts,
        "latest_place": latest,
        "turn_place": turn,
        "ends": _ends(),
        "digits": _DIGITS,
    }


@cache
def _ends() -> dict[str, int]:
    """Return what the last digits of a place are worth, as PostgreSQL writes them."""
    return {f"{number:0{_END}X}": number for number in range(_PARTS)}


def _turner(epoch: int, starts: dict[str, _Start], latest: _Latest) -> Callable[[str], str]:
    """Return the function that makes the start of a place the latest, and returns its last digits."""

    def turn(text: str) -> str:
        start, end = text[:-_END], text[-_END:]
        known = starts.get(start)
        if known is None:
            first = lsn_of(text) // _PARTS * _PARTS
            if "/" in end:
                raise Unexpected
            if len(starts) >= _MOST_STARTS:
                starts.clear()
            high, low = divmod(first, _LOW)
            begin, next_begin = (by_lsn(epoch, (high + more) * _LOW)[:-8] for more in (0, 1))
            known = starts[start] = _Start(begin, next_begin, low)
        latest.start, (latest.begin, latest.next_begin, latest.low) = start, known
        return end

    return turn


def lsn_of(text: str) -> int:
    """Return the number of a place in the log. Raises DecodeError for what is none.

    >>> lsn_of("0/16E3778")
    24000376
    """
    found = _LSN.fullmatch(text)
    if found is None:
        raise DecodeError("lsn", "is no place in the log: expected text such as 0/16E3778", "malformed")
    high, low = found.groups()
    return int(high, 16) << 32 | int(low, 16)
