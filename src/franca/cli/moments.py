"""Moments as users write them in options: a day, an instant, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

from franca.errors import UsageError

_AGO = re.compile(r"(?P<count>\d{1,6})(?P<unit>[smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}

HELP = "a day or an instant in ISO 8601 (UTC where no offset is given), or how long ago: 90m, 12h, 7d"


def milliseconds(text: str | None, option: str) -> int | None:
    """Return the moment in milliseconds since 1970, None where the option is not given. Raises UsageError.

    >>> milliseconds("2026-11-22", "--since"), milliseconds("2026-11-22T10:00:00+01:00", "--since")
    (1795305600000, 1795338000000)
    """
    told = moment(text, option)
    return None if told is None else round(told.timestamp() * 1000)


def moment(text: str | None, option: str) -> datetime | None:
    """Return the moment in UTC, None where the option is not given. Raises UsageError.

    >>> moment("2026-11-22T10:00:00.000001", "--as-of").isoformat()
    '2026-11-22T10:00:00.000001+00:00'
    """
    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return datetime.now(UTC) - timedelta(seconds=int(ago["count"]) * _SECONDS[ago["unit"]])
        told = datetime.fromisoformat(text)
        return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
    except OverflowError as error:
        reason = f"got {text!r}, which is outside the years 1 to 9999"
        raise UsageError.one(option, reason, "give a moment within them") from error
    except ValueError as error:
        raise UsageError.one(
            option, f"got {text!r}, expected {HELP}", "for example 2026-11-22T10:00"
        ) from error


def span(since: str | None, until: str | None) -> tuple[int | None, int | None]:
    """Return the moments of `--since` and `--until`. Raises UsageError, too, where no time lies between."""
    begin, end = milliseconds(since, "--since"), milliseconds(until, "--until")
    if begin is not None and end is not None and begin >= end:
        raise UsageError.one("--until", "is not later than --since", "give a later moment")
    return begin, end


def moment_text(milliseconds: int) -> str:
    """Return the ISO text of a moment, empty where it is unknown.

    >>> moment_text(1795305600000), moment_text(-1)
    ('2026-11-22 00:00:00', '')
    """
    if milliseconds < 0:
        return ""
    try:
        return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return ""
