"""Texts of times in messages' heads, as microseconds since 1970: the same second is read once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from franca.errors import DecodeError
from franca.formats.moments import timestamp_of_text
from franca.formats.reading import Unexpected
from franca.formats.unfit import Unfit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = 4096
_POINT = len("2026-11-22T10:00:00")
_MILLI = 3
_THREE = tuple(f"{number:03d}" for number in range(1000))


@cache
def _worth(end: str, microseconds: int) -> dict[str, int]:
    """Return what three digits are worth in microseconds, by their text with what ends it."""
    return {text + end: int(text) * microseconds for text in _THREE}


class Layout(NamedTuple):
    """How texts of times look after their second: digits behind a point (0 without one), and an end."""

    digits: int
    end: str

    def lines(self, text: str) -> list[str]:
        """Return the statements that leave the microseconds since 1970 of this expression as `moment`.

        They expect `clock_names` at hand, and refuse a text of another layout.
        """
        return [
            f"clock = {text}",
            *self._digits,
            "try:",
            f"    moment = seconds[{'clock[to_point]' if self.digits else 'clock'}]{self._fraction}",
            "except KeyError:",
            "    moment = read_clock(clock)",
        ]

    @property
    def _fraction(self) -> str:
        match self.digits:
            case 0:
                return ""
            case 3:
                return " + thousandths[clock[from_point]]"
            case 6:
                return " + thousandths[clock[from_point]] + millionths[clock[from_thousandth]]"
        return f" + int(digits) * {10 ** (6 - self.digits)}"

    @property
    def _digits(self) -> list[str]:
        """The statements that look at digits which are read as a number."""
        if self.digits % 3 == 0:
            return []
        start, end = _POINT + 1, _POINT + 1 + self.digits
        tests = [f"len(clock) != {end + len(self.end)}"]
        tests += [f"clock[{end}:] != {self.end!r}"] if self.end else []
        return [
            *(f"if {' or '.join(tests)}:", "    raise Unexpected"),
            f"digits = clock[{start}:{end}]",
            *("if not digits.isdecimal() or not digits.isascii():", "    raise Unexpected"),
        ]


MOMENT = "moment"
"""The expression of the time after the statements of a layout."""


def clock_names(layout: Layout | None) -> dict[str, Any]:
    """Return what the statements of a layout refer to."""
    if layout is None:
        return {}
    seconds: dict[str, int] = {}
    is_milli = layout.digits == _MILLI
    return {
        "seconds": seconds,
        "to_point": slice(_POINT + 1),
        "from_point": slice(_POINT + 1, None if is_milli else _POINT + 1 + _MILLI),
        "from_thousandth": slice(_POINT + 1 + _MILLI, None),
        "thousandths": _worth(layout.end if is_milli else "", 1000),
        "millionths": _worth(layout.end, 1),
        "read_clock": _reader(layout, seconds),
    }


def _reader(layout: Layout, seconds: dict[str, int]) -> Callable[[str], int]:
    """Return the function that reads a text whose second is not among the known ones, and adds that."""

    def read(text: str) -> int:
        if layout_of(text) != layout:
            raise Unexpected
        if len(seconds) >= _SECONDS:
            seconds.clear()
        key, second = (text[: _POINT + 1], text[:_POINT]) if layout.digits else (text, text)
        seconds[key] = microseconds_of(second, "")
        return microseconds_of(text, "")

    return read


_LAYOUT = re.compile(r".{19}(?:\.([0-9]{1,6})(Z|\+00)?|[^.]*)")


def layout_of(text: str) -> Layout | None:
    """Return the layout of a time's text, None of one that the fast way does not read."""
    found = _LAYOUT.fullmatch(text)
    return Layout(len(found[1] or ""), found[2] or "") if found else None


class _Seconds(dict[str, int]):
    """The microseconds since 1970 of ISO texts, without the point at their end. Raises Unfit."""

    def __missing__(self, text: str) -> int:
        difference = timestamp_of_text(text.removesuffix("."), None) - _EPOCH
        if len(self) >= _SECONDS:
            self.clear()
        counted = (difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds
        self[text] = counted
        return counted


_seconds = _Seconds()


def microseconds_of(text: str, path: str) -> int:
    """Return the microseconds since 1970 of an ISO text; what is finer is left out. Raises DecodeError."""
    fraction = text[20:].removesuffix("Z").removesuffix("+00")
    try:
        if text[19:20] == "." and fraction.isdecimal() and fraction.isascii():
            return _seconds[text[:19]] + int(fraction[:6].ljust(6, "0"))
        return _seconds[text]
    except Unfit as error:
        raise DecodeError(path, error.reason, error.code) from error
