"""Texts of times in messages' heads, as microseconds since 1970: the same second is read once."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

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


class Layout(NamedTuple):
    """How texts of times look after their second: digits behind a point (0 without one), and an end."""

    digits: int
    end: str

    def lines(self, text: str) -> list[str]:
        """Return the statements that take apart the text of this expression, and refuse another layout."""
        if not self.digits:
            return [f"if '.' in {text}:", "    raise Unexpected"]
        length = len("2026-11-22T10:00:00.") + self.digits + len(self.end)
        end = f" or not clock.endswith({self.end!r})" if self.end else ""
        return [
            f"clock = {text}",
            f"second, digits = clock[:20], clock[20:{20 + self.digits}]",
            f"if len(clock) != {length} or not digits.isdecimal() or not digits.isascii(){end}:",
            "    raise Unexpected",
        ]

    def microseconds(self, text: str) -> str:
        """Return the expression of the microseconds since 1970 after those statements, `seconds` at hand."""
        if not self.digits:
            return f"seconds[{text}]"
        times = 10 ** (6 - self.digits)
        return "seconds[second] + int(digits)" + (f" * {times}" if times > 1 else "")


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
