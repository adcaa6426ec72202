"""Texts of times in messages' heads, as microseconds since 1970: the same second is read once."""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from franca.errors import DecodeError
from franca.formats.moments import timestamp_of_text
from franca.formats.unfit import Unfit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = 4096
_POINT = len("2026-11-22T10:00:00.")
_MILLI = 3


class Seconds(dict[str, int]):
    """The microseconds since 1970 of ISO texts that end so, without the point at their end.

    Raises Unfit, and KeyError for another end.
    """

    def __init__(self, end: str = "") -> None:
        super().__init__()
        self._end = end

    def __missing__(self, text: str) -> int:
        if not text.endswith(self._end):
            raise KeyError(text)
        difference = timestamp_of_text(text.removesuffix("."), None) - _EPOCH
        if len(self) >= _SECONDS:
            self.clear()
        counted = (difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds
        self[text] = counted
        return counted


_seconds = Seconds()
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
        """Return the statements that keep a text as `clock`, and refuse what the expression would not."""
        keep, refuse = f"clock = {text}", "    raise Unexpected"
        if not self.digits:
            return [keep, "if '.' in clock:", refuse]
        if self.digits % 3 == 0:
            return [keep]
        end = _POINT + self.digits
        tests = [f"len(clock) != {end + len(self.end)}"]
        tests += [f"clock[{end}:] != {self.end!r}"] if self.end else []
        return [
            *(keep, f"if {' or '.join(tests)}:", refuse),
            f"digits = clock[{_POINT}:{end}]",
            *("if not digits.isdecimal() or not digits.isascii():", refuse),
        ]

    @property
    def microseconds(self) -> str:
        """The expression of the microseconds since 1970 after those statements, `clock_names` at hand.

        It raises LookupError for a text of another layout, and for digits that are none.
        """
        match self.digits:
            case 0:
                return "seconds[clock]"
            case 3:
                return "seconds[clock[:20]] + thousandths[clock[20:]]"
            case 6:
                return "seconds[clock[:20]] + thousandths[clock[20:23]] + millionths[clock[23:]]"
        return f"seconds[clock[:20]] + int(digits) * {10 ** (6 - self.digits)}"


def clock_names(layout: Layout | None) -> dict[str, Any]:
    """Return what the statements and the expression of a layout refer to."""
    if layout is None:
        return {}
    seconds = Seconds("." if layout.digits else "")
    thousandths = _worth(layout.end if layout.digits == _MILLI else "", 1000)
    return {"seconds": seconds, "thousandths": thousandths, "millionths": _worth(layout.end, 1)}


_LAYOUT = re.compile(r".{19}(?:\.([0-9]{1,6})(Z|\+00)?|[^.]*)")


def layout_of(text: str) -> Layout | None:
    """Return the layout of a time's text, None of one that the fast way does not read."""
    found = _LAYOUT.fullmatch(text)
    return Layout(len(found[1] or ""), found[2] or "") if found else None


def microseconds_of(text: str, path: str) -> int:
    """Return the microseconds since 1970 of an ISO text; what is finer is left out. Raises DecodeError."""
    fraction = text[20:].removesuffix("Z").removesuffix("+00")
    try:
        if text[19:20] == "." and fraction.isdecimal() and fraction.isascii():
            return _seconds[text[:19]] + int(fraction[:6].ljust(6, "0"))
        return _seconds[text]
    except Unfit as error:
        raise DecodeError(path, error.reason, error.code) from error
