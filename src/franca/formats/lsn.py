"""Places in PostgreSQL's log as text such as `0/16E3778`: the same 4,096 bytes of it are read once."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from franca.errors import DecodeError

_LSN = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")
_END = 3
_PARTS = 4096
_MOST_STARTS = 4096
LSN_LINES = (
    "try:",
    "    lsn = str(starts[point[to_end]] + ends[point[the_end]])",
    "except KeyError:",
    "    lsn = str(read_lsn(point))",
)
"""The statements that make decimal digits, `lsn`, of the text `point`; `lsn_names` at hand."""


def lsn_names() -> dict[str, Any]:
    """Return what the statements refer to."""
    starts: dict[str, int] = {}
    parts = {"to_end": slice(-_END), "the_end": slice(-_END, None)}
    return {"starts": starts, "ends": _ends(), **parts, "read_lsn": _reader(starts)}


@cache
def _ends() -> dict[str, int]:
    """Return what the last digits of a place are worth, as PostgreSQL writes them."""
    return {f"{number:0{_END}X}": number for number in range(_PARTS)}


def _reader(starts: dict[str, int]) -> Callable[[str], int]:
    """Return the function that reads a place whose start is not among the known ones, and adds that."""

    def read(text: str) -> int:
        number = lsn_of(text)
        if len(starts) >= _MOST_STARTS:
            starts.clear()
        if "/" not in text[-_END:]:
            starts[text[:-_END]] = number - number % _PARTS
        return number

    return read


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
