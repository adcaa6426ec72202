"""The text of an event's time: UTC, microseconds, `Z`. The text of a second is made once."""

from datetime import UTC, datetime, timedelta

from franca.errors import DecodeError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CACHED_SECONDS = 4096
_MILLISECONDS = tuple(f"{number:03d}000Z" for number in range(1000))
_seconds: dict[int, str] = {}

FRACTIONS = {number * 1000: f"{number:03d}000Z".encode() for number in range(1000)}
"""The end of a time, by its microseconds, for those that are whole milliseconds."""


def time_text(microseconds: int) -> str:
    """Return the ISO text of a count since 1970. Raises DecodeError (`out-of-range`).

    >>> time_text(1_763_805_600_123_456)
    '2025-11-22T10:00:00.123456Z'
    """
    milliseconds, rest = divmod(microseconds, 1000)
    second, fraction = divmod(milliseconds, 1000)
    text = _seconds.get(second)
    if text is None:
        text = _second_text(second)
    if rest:
        return "%s%03d%03dZ" % (text, fraction, rest)  # noqa: UP031  # faster than an f-string
    return text + _MILLISECONDS[fraction]


def second_text(second: int) -> bytes:
    """Return the ISO text of a second since 1970 up to its point. Raises DecodeError (`out-of-range`).

    >>> second_text(1_763_805_600)
    b'2025-11-22T10:00:00.'
    """
    return (_seconds.get(second) or _second_text(second)).encode()


def _second_text(second: int) -> str:
    try:
        moment = _EPOCH + timedelta(seconds=second)
    except OverflowError as error:
        reason = f"the commit time {second} s since 1970 is outside the years 1 to 9999"
        raise DecodeError("time", reason, "out-of-range") from error
    if len(_seconds) >= _CACHED_SECONDS:
        del _seconds[next(iter(_seconds))]
    text = _seconds[second] = moment.strftime("%Y-%m-%dT%H:%M:%S.").rjust(20, "0")
    return text
