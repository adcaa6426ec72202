"""Dates, times and timestamps as capture products write them: numbers that count, and ISO text.

Everything is exact: what a value of Python's types can't hold is refused, never rounded.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from franca.formats.unfit import Unfit

NANOSECONDS = {"days": 86_400_000_000_000, "s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
DAY_MICROSECONDS = 86_400_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001, RUF100  # a wall clock's zero has no zone
_EPOCH_DAY = _EPOCH.toordinal()
_TEXT = re.compile(
    r"(?P<year>[+-]?[0-9]{4,})-(?P<rest>[0-9]{2}-[0-9]{2})"
    r"(?:[T :](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?P<fraction>\.[0-9]+)?"
    r" ?(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?(?P<era> BC)?"
)
_INFINITE = {9_223_372_036_825_200_000: "infinity", -9_223_372_036_832_400_000: "-infinity"}
"""What the PostgreSQL driver counts for an infinite timestamp, and Debezium writes, whatever the unit."""

_INFINITE_MS = {number // 1000: text for number, text in _INFINITE.items()}
"""What Debezium writes of the same where it takes that for microseconds, and counts milliseconds."""

_CLOCK = re.compile(
    r"(?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?P<fraction>\.[0-9]+)?"
    r"(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)


def timestamp_of_number(number: int, unit: str, zone: ZoneInfo | None) -> datetime:
    """Return the moment that a count since 1970 means; with a zone, the count is of its wall clock."""
    if _infinite(number, unit):
        raise Unfit("is infinite", "not-finite")
    microseconds = _microseconds(number, unit)
    try:
        if zone is None:
            return _EPOCH + timedelta(microseconds=microseconds)
        return (_LOCAL_EPOCH + timedelta(microseconds=microseconds)).replace(tzinfo=zone).astimezone(UTC)
    except OverflowError as error:
        raise Unfit("is a timestamp outside the years 1 to 9999", "out-of-range") from error


def timestamp_of_text(text: str, zone: ZoneInfo | None) -> datetime:
    """Return the moment of an ISO text; without an offset it is a wall clock's in the zone (None is UTC)."""
    length = len(text)
    if (length <= 26 or (length == 27 and text[-1] == "Z")) and text[10:11] in {"T", " "} and text[4] == "-":
        try:
            return _placed(datetime.fromisoformat(text), zone)
        except (ValueError, OverflowError):
            pass
    found = _found(text)
    if found["clock"] is None:
        text = f"{text}T00:00:00"
    else:
        _exact(found["fraction"])
        clock = found["clock"] if len(found["clock"]) == 8 else found["clock"] + ":00"
        fraction = (found["fraction"] or "")[:7]
        text = f"{found['year']}-{found['rest']}T{clock}{fraction}{found['zone'] or ''}"
    try:
        return _placed(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError) as error:
        raise Unfit("is a timestamp that no calendar has", "out-of-range") from error


def date_of_number(number: int, unit: str) -> date:
    """Return the day that a count since 1970 means; of finer units than days only midnight is one."""
    days, rest = divmod(number * NANOSECONDS[unit], NANOSECONDS["days"])
    if rest:
        raise Unfit("is a moment within a day, expected a date", "inexact")
    try:
        return date.fromordinal(_EPOCH_DAY + days)
    except (ValueError, OverflowError) as error:
        raise Unfit("is a date outside the years 1 to 9999", "out-of-range") from error


def date_of_text(text: str) -> date:
    """Return the day of an ISO text, which may say midnight or, as Debezium's IsoDate does, UTC."""
    found = _found(text.removesuffix("Z") if len(text) == len("2026-11-22Z") else text)
    if (found["clock"] or "00:00").strip("0:") or (found["fraction"] or "").strip("0."):
        raise Unfit("is a moment within a day, expected a date", "inexact")
    try:
        return date.fromisoformat(f"{found['year']}-{found['rest']}")
    except ValueError as error:
        raise Unfit("is a date that no calendar has", "out-of-range") from error


def time_of_number(number: int, unit: str) -> time:
    """Return the time of day that a count since midnight means; 24:00:00 is none."""
    microseconds = _microseconds(number, unit)
    if not 0 <= microseconds < DAY_MICROSECONDS:
        raise Unfit("is no time of day: expected 00:00:00 to 23:59:59.999999", "out-of-range")
    return (_LOCAL_EPOCH + timedelta(microseconds=microseconds)).time()


def date_of_instant(number: int, unit: str, zone: ZoneInfo | None) -> date:
    """Return the day of the zone (None is UTC) that begins at the moment that a count since 1970 means."""
    moment = timestamp_of_number(number, unit, None)
    try:
        local = moment.astimezone(zone or UTC)
        if local.time() == time.min:
            return local.date()
        just_before = (moment - timedelta(microseconds=1)).astimezone(zone or UTC)
    except OverflowError as error:
        raise Unfit("is a date outside the years 1 to 9999", "out-of-range") from error
    if just_before.date() == local.date():
        where = zone.key if zone else "UTC"
        reason = f"is a moment within a day of {where}, expected its first"
        raise Unfit(f"{reason}: set the application's `timezone` to that of the capture", "inexact")
    return local.date()


def time_of_instant(number: int, unit: str, zone: ZoneInfo | None) -> time:
    """Return the time of day in the zone (None is UTC) at the moment that a count since 1970 means.

    >>> time_of_instant(7_200_000, "ms", ZoneInfo("Asia/Shanghai"))
    datetime.time(10, 0)
    """
    try:
        return timestamp_of_number(number, unit, None).astimezone(zone or UTC).time()
    except OverflowError as error:
        raise Unfit("is a moment outside the years 1 to 9999", "out-of-range") from error


def time_of_text(text: str) -> time:
    """Return the time of day of an ISO text; one with an offset is given in UTC."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise Unfit("is no time of day: expected text such as 23:59:59.123456", "malformed")
    _exact(found["fraction"])
    try:
        value = time.fromisoformat(f"{found['clock']}{(found['fraction'] or '')[:7]}{found['zone'] or ''}")
    except ValueError as error:
        raise Unfit("is no time of day: expected 00:00:00 to 23:59:59.999999", "out-of-range") from error
    if value.tzinfo is None:
        return value
    return datetime.combine(_EPOCH.date() + timedelta(days=1), value).astimezone(UTC).time()


def text_of_number(number: int, unit: str, is_time: bool) -> str:
    """Return the ISO text of a count, of any size: for columns declared as text."""
    if not is_time and (infinite := _infinite(number, unit)):
        return infinite
    if is_time and number < 0:
        return f"-{text_of_number(-number, unit, is_time)}"
    nanoseconds = number * NANOSECONDS[unit]
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    digits = {"days": 0, "s": 0, "ms": 3, "us": 6, "ns": 9}[unit]
    tail = f".{fraction:09d}"[: digits + 1] if digits else ""
    if is_time:
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{tail}"
    days, second = divmod(seconds, 86_400)
    cycles, day = divmod(days + _EPOCH_DAY - 1, 146_097)
    plain = date.fromordinal(day + 1)
    year = plain.year + cycles * 400
    sign = "+" if year > 9999 else "-" if year < 0 else ""
    text = f"{sign}{abs(year):04d}-{plain.month:02d}-{plain.day:02d}"
    if unit == "days":
        return text
    return f"{text}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}{tail}"


def _infinite(number: int, unit: str) -> str:
    """Return what an infinite timestamp is called, empty for another."""
    return _INFINITE.get(number) or (_INFINITE_MS.get(number, "") if unit == "ms" else "")


def _microseconds(number: int, unit: str) -> int:
    microseconds, rest = divmod(number * NANOSECONDS[unit], 1_000)
    if rest:
        raise Unfit("has nanoseconds, and microseconds are the finest that is kept", "inexact")
    return microseconds


def _placed(moment: datetime, zone: ZoneInfo | None) -> datetime:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone or UTC)
    return moment.astimezone(UTC)


def _found(text: str) -> re.Match[str]:
    if text.lstrip("+-").lower() == "infinity":
        raise Unfit("is infinite", "not-finite")
    found = _TEXT.fullmatch(text)
    if found is None:
        raise Unfit("is no ISO date or timestamp: expected text such as 2026-11-22T10:00:00Z", "malformed")
    if found["era"] or len(found["year"]) != 4:
        raise Unfit("is outside the years 1 to 9999", "out-of-range")
    return found


def _exact(fraction: str | None) -> None:
    if fraction and fraction[7:].strip("0"):
        raise Unfit("has nanoseconds, and microseconds are the finest that is kept", "inexact")
