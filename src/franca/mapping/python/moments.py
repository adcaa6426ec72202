"""What the words on dates, times and timestamps do with a value that is not null."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from franca.mapping.python.failure import Failed

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_READ = {
    "%Y": "(?P<Y>[0-9]{4})",
    "%y": "(?P<y>[0-9]{2})",
    "%m": "(?P<m>[0-9]{2})",
    "%d": "(?P<d>[0-9]{2})",
    "%j": "(?P<j>[0-9]{3})",
    "%b": "(?P<b>[A-Za-z]{3})",
    "%H": "(?P<H>[0-9]{2})",
    "%M": "(?P<M>[0-9]{2})",
    "%S": "(?P<S>[0-9]{2})",
    "%f": "(?P<f>[0-9]{1,6})",
    "%%": "%",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def shape_of_pattern(pieces: list[str]) -> "re.Pattern[str]":
    """Return the regular expression of a date pattern's pieces."""
    return re.compile("".join(_READ.get(piece) or re.escape(piece) for piece in pieces) + r"\Z")


def date_reader(pieces: list[str], pivot: int | None, code: str = "not-a-date") -> Callable[[str], date]:
    """Return a function that reads a date."""
    shape, pattern = shape_of_pattern(pieces), "".join(pieces)

    def read(value: str) -> date:
        found = shape.match(value)
        if found:
            try:
                return _date(found.groupdict(), pivot)
            except ValueError:
                pass
        raise Failed(code, f"a date in the pattern {pattern!r}", value)

    return read


def time_reader(pieces: list[str]) -> Callable[[str], time]:
    """Return a function that reads a time."""
    shape, pattern = shape_of_pattern(pieces), "".join(pieces)

    def read(value: str) -> time:
        found = shape.match(value)
        if found:
            try:
                return _time(found.groupdict())
            except ValueError:
                pass
        raise Failed("not-a-time", f"a time in the pattern {pattern!r}", value)

    return read


def timestamp_reader(pieces: list[str], zone: str, pivot: int | None) -> Callable[[str], datetime]:
    """Return a function that reads local time as a timestamp in UTC."""
    shape, pattern, local = shape_of_pattern(pieces), "".join(pieces), ZoneInfo(zone)

    def read(value: str) -> datetime:
        found = shape.match(value)
        if found:
            parts = found.groupdict()
            try:
                return datetime.combine(_date(parts, pivot), _time(parts), local).astimezone(UTC)
            except (ValueError, OverflowError):
                pass
        raise Failed("not-a-timestamp", f"a timestamp in the pattern {pattern!r}", value)

    return read


def _date(parts: dict[str, str], pivot: int | None) -> date:
    if "y" in parts:
        assert pivot is not None
        year = pivot + (int(parts["y"]) - pivot) % 100
    else:
        year = int(parts["Y"])
    if "j" in parts:
        day = int(parts["j"])
        found = date(year, 1, 1) + timedelta(days=day - 1) if 1 <= day <= 366 else None
        if found is None or found.year != year:
            raise ValueError
        return found
    month = _MONTHS.index(parts["b"].lower()) + 1 if "b" in parts else int(parts["m"])
    return date(year, month, int(parts["d"]))


def _time(parts: dict[str, str]) -> time:
    fraction = int(parts.get("f", "0").ljust(6, "0"))
    return time(int(parts.get("H", 0)), int(parts.get("M", 0)), int(parts.get("S", 0)), fraction)


def date_writer(pieces: list[str]) -> Callable[[date], str]:
    """Return a function that writes a date or a local time."""
    writers = tuple(_WRITE.get(piece, _literal(piece)) for piece in pieces)
    return lambda value: "".join([write(value) for write in writers])


def _literal(piece: str) -> "Callable[[date], str]":
    text = "%" if piece == "%%" else piece
    return lambda _value: text


_WRITE: "dict[str, Callable[[date], str]]" = {
    "%Y": lambda value: f"{value.year:04d}",
    "%y": lambda value: f"{value.year % 100:02d}",
    "%m": lambda value: f"{value.month:02d}",
    "%d": lambda value: f"{value.day:02d}",
    "%j": lambda value: f"{value.timetuple().tm_yday:03d}",
    "%H": lambda value: f"{getattr(value, 'hour', 0):02d}",
    "%M": lambda value: f"{getattr(value, 'minute', 0):02d}",
    "%S": lambda value: f"{getattr(value, 'second', 0):02d}",
    "%f": lambda value: f"{getattr(value, 'microsecond', 0):06d}",
}


def timestamp_writer(pieces: list[str], zone: str) -> Callable[[datetime], str]:
    """Return a function that writes a timestamp as local time."""
    write, local = date_writer(pieces), localised(zone)
    return lambda value: write(local(value))


def localised(zone: str) -> Callable[[datetime], datetime]:
    """Return a function that gives local time; where there is none, the problem `out-of-range`."""
    local = ZoneInfo(zone)

    def convert(value: datetime) -> datetime:
        try:
            return value.astimezone(local)
        except (OverflowError, ValueError):
            raise Failed("out-of-range", "a local time within the years 1 to 9999", value) from None

    return convert


def local_date(zone: str) -> Callable[[datetime], date]:
    """Return a function that gives the local date of a timestamp."""
    local = localised(zone)
    return lambda value: local(value).date()


def start_of_day(zone: str) -> Callable[[date], datetime]:
    """Return a function that gives the timestamp of local midnight."""
    local = ZoneInfo(zone)

    def start(value: date) -> datetime:
        try:
            return datetime.combine(value, time(), local).astimezone(UTC)
        except (OverflowError, ValueError):
            raise Failed("out-of-range", "a time within the years 1 to 9999", value) from None

    return start


def epoch_reader(unit: str) -> Callable[[int], datetime]:
    """Return a function that counts from 1970."""
    factor = {"s": 1_000_000, "ms": 1_000, "us": 1}[unit]

    def read(value: int) -> datetime:
        try:
            return _EPOCH + timedelta(microseconds=value * factor)
        except OverflowError:
            raise Failed("not-a-timestamp", "a time within the years 1 to 9999", value) from None

    return read


def make_date(year: int, month: int, day: int) -> date:
    """Put a date together."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise Failed("not-a-date", "a year, a month and a day that exist", (year, month, day)) from None


def add_days(value: date, days: int) -> date:
    """Go so many days on."""
    try:
        return value + timedelta(days=days)
    except OverflowError:
        raise Failed("out-of-range", "a date within the years 1 to 9999", days) from None


def timestamp_text(value: datetime) -> str:
    """Write a timestamp in UTC with microseconds and `Z`."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def time_text(value: time) -> str:
    """Write a time with microseconds."""
    return value.isoformat(timespec="microseconds")
