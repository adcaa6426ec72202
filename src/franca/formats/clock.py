"""Texts of times in messages' heads, as microseconds since 1970: the same second is read once."""

from datetime import UTC, datetime

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


def microseconds_of(text: str, path: str) -> int:
    """Return the microseconds since 1970 of an ISO text; what is finer is left out. Raises DecodeError."""
    fraction = text[20:].removesuffix("Z").removesuffix("+00")
    try:
        if text[19:20] == "." and fraction.isdecimal() and fraction.isascii():
            return _seconds[text[:19]] + int(fraction[:6].ljust(6, "0"))
        return _seconds[text]
    except Unfit as error:
        raise DecodeError(path, error.reason, error.code) from error
