"""Texts of times in messages' heads, as microseconds since 1970: the same second is read once."""

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from franca.errors import DecodeError
from franca.formats.moments import timestamp_of_text
from franca.formats.unfit import Unfit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = 4096


class Seconds(dict[str, int]):
    """The microseconds since 1970 of ISO texts, without the point at their end. Raises Unfit."""

    def __missing__(self, text: str) -> int:
        difference = timestamp_of_text(text.removesuffix("."), None) - _EPOCH
        if len(self) >= _SECONDS:
            self.clear()
        counted = (difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds
        self[text] = counted
        return counted


_seconds = Seconds()
_THREE = [f"{number:03d}" for number in range(1000)]
_THOUSANDTHS = {text: int(text) * 1000 for text in _THREE}
_MILLIONTHS = {text: int(text) for text in _THREE}


def clock_names() -> dict[str, Any]:
    """Return what the statements and expressions of a layout refer to."""
    return {"seconds": Seconds(), "thousandths": _THOUSANDTHS, "millionths": _MILLIONTHS}


class Layout(NamedTuple):
    """How texts of times look after their second: digits behind a point (0 without one), and an end."""

    digits: int
    end: str

    def lines(self, text: str) -> list[str]:
        """Return the statements that refuse a text of another layout in this expression, kept as `clock`."""
        if not self.digits:
            return [f"clock = {text}", "if '.' in clock:", "    raise Unexpected"]
        place = len("2026-11-22T10:00:00.")
        end = place + self.digits
        tests = [f"len(clock) != {end + len(self.end)}"]
        tests += [f"clock[{end}:] != {self.end!r}"] if self.end else []
        lines = [f"clock = {text}", f"if {' or '.join(tests)}:", "    raise Unexpected"]
        if self.digits % 3:
            lines += [
                f"digits = clock[{place}:{end}]",
                "if not digits.isdecimal() or not digits.isascii():",
                "    raise Unexpected",
            ]
        return lines

    @property
    def microseconds(self) -> str:
        """The expression of the microseconds since 1970 after those statements, `clock_names` at hand.

        It raises LookupError for digits that are none.
        """
        match self.digits:
            case 0:
                return "seconds[clock]"
            case 3:
                return "seconds[clock[:20]] + thousandths[clock[20:23]]"
            case 6:
                return "seconds[clock[:20]] + thousandths[clock[20:23]] + millionths[clock[23:26]]"
        return f"seconds[clock[:20]] + int(digits) * {10 ** (6 - self.digits)}"


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
