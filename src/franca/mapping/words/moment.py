"""The words on dates, times and timestamps. Patterns are Python's directives, each with all its digits."""

from datetime import date, datetime, time
from typing import Any, Literal, TypeVar, overload
from zoneinfo import ZoneInfo

from franca.mapping.operands import any_null, call, expect
from franca.mapping.refusal import current, quietly, refuse
from franca.mapping.symbol import lift, word, wrap
from franca.mapping.tree import ValueType
from franca.model.kind import Kind

_DATE = frozenset("Yymdbj")
_TIME = frozenset("HMSf")
Unit = Literal["s", "ms", "us"]
D = TypeVar("D", date, date | None)


@overload
def date_of(text: str, pattern: str = "%Y-%m-%d", pivot: int | None = None) -> date: ...
@overload
def date_of(text: str | None, pattern: str = "%Y-%m-%d", pivot: int | None = None) -> date | None: ...
@word
def date_of(text: Any, pattern: str = "%Y-%m-%d", pivot: int | None = None) -> Any:
    """Return the date that the text shows in the pattern, else the problem `not-a-date`.

    Directives: %Y %y %m %d %j %b (English, any case) and %%. With %y, `pivot` is the first of the hundred
    years meant.
    """
    _pattern("date_of", pattern, _DATE)
    _whole_date("date_of", pattern, pivot)
    lifted = expect("date_of", lift(text), Kind.TEXT)
    result = ValueType(Kind.DATE, lifted.type.nullable)
    return wrap(call("date_of", (lifted,), result, pattern=pattern, pivot=pivot))


@overload
def time_of(text: str, pattern: str = "%H:%M:%S") -> time: ...
@overload
def time_of(text: str | None, pattern: str = "%H:%M:%S") -> time | None: ...
@word
def time_of(text: Any, pattern: str = "%H:%M:%S") -> Any:
    """Return the time that the text shows in the pattern, else the problem `not-a-time`.

    Directives: %H %M %S %f (one to six digits) and %%; what is not there is nought.
    """
    found = _pattern("time_of", pattern, _TIME)
    if "H" not in found:
        raise refuse(f"time_of got the pattern {pattern!r} without %H", "say where the hour stands")
    lifted = expect("time_of", lift(text), Kind.TEXT)
    return wrap(call("time_of", (lifted,), ValueType(Kind.TIME, lifted.type.nullable), pattern=pattern))


@overload
def timestamp_of(text: str, pattern: str, zone: str | None = None, pivot: int | None = None) -> datetime: ...
@overload
def timestamp_of(
    text: str | None, pattern: str, zone: str | None = None, pivot: int | None = None
) -> datetime | None: ...
@word
def timestamp_of(text: Any, pattern: str, zone: str | None = None, pivot: int | None = None) -> Any:
    """Return the moment that the text shows as local time, else the problem `not-a-timestamp`.

    `zone` is the application's time zone unless said otherwise. In the gap of spring the offset before it
    counts, in the overlap of autumn the first of the two moments.
    """
    _pattern("timestamp_of", pattern, _DATE | _TIME)
    _whole_date("timestamp_of", pattern, pivot)
    lifted = expect("timestamp_of", lift(text), Kind.TEXT)
    result = ValueType(Kind.TIMESTAMP, lifted.type.nullable)
    options = {"pattern": pattern, "zone": _zone("timestamp_of", zone), "pivot": pivot}
    return wrap(call("timestamp_of", (lifted,), result, **options))


@overload
def format_date(value: date, pattern: str) -> str: ...
@overload
def format_date(value: date | None, pattern: str) -> str | None: ...
@word
def format_date(value: Any, pattern: str) -> Any:
    """Return the date as text in the pattern (%Y %y %m %d %j and %%)."""
    _pattern("format_date", pattern, _DATE - {"b"})
    lifted = expect("format_date", lift(value), Kind.DATE)
    return wrap(call("format_date", (lifted,), ValueType(Kind.TEXT, lifted.type.nullable), pattern=pattern))


@overload
def format_timestamp(value: datetime, pattern: str, zone: str | None = None) -> str: ...
@overload
def format_timestamp(value: datetime | None, pattern: str, zone: str | None = None) -> str | None: ...
@word
def format_timestamp(value: Any, pattern: str, zone: str | None = None) -> Any:
    """Return the timestamp as local time in the pattern (%Y %y %m %d %j %H %M %S %f with six digits, %%)."""
    _pattern("format_timestamp", pattern, (_DATE | _TIME) - {"b"})
    lifted = expect("format_timestamp", lift(value), Kind.TIMESTAMP)
    options = {"pattern": pattern, "zone": _zone("format_timestamp", zone)}
    return wrap(call("format_timestamp", (lifted,), ValueType(Kind.TEXT, lifted.type.nullable), **options))


@overload
def local_date(value: datetime, zone: str | None = None) -> date: ...
@overload
def local_date(value: datetime | None, zone: str | None = None) -> date | None: ...
@word
def local_date(value: Any, zone: str | None = None) -> Any:
    """Return the date of a timestamp, in the application's time zone unless said otherwise."""
    lifted = expect("local_date", lift(value), Kind.TIMESTAMP)
    result = ValueType(Kind.DATE, lifted.type.nullable)
    return wrap(call("local_date", (lifted,), result, zone=_zone("local_date", zone)))


@overload
def start_of_day(value: date, zone: str | None = None) -> datetime: ...
@overload
def start_of_day(value: date | None, zone: str | None = None) -> datetime | None: ...
@word
def start_of_day(value: Any, zone: str | None = None) -> Any:
    """Return the timestamp at which the day begins, in the application's time zone unless said otherwise."""
    lifted = expect("start_of_day", lift(value), Kind.DATE)
    result = ValueType(Kind.TIMESTAMP, lifted.type.nullable)
    return wrap(call("start_of_day", (lifted,), result, zone=_zone("start_of_day", zone)))


@overload
def from_epoch(value: int, unit: Unit = "s") -> datetime: ...
@overload
def from_epoch(value: int | None, unit: Unit = "s") -> datetime | None: ...
@word
def from_epoch(value: Any, unit: Unit = "s") -> Any:
    """Return the timestamp so many seconds (`ms`, `us`) after 1970 in UTC, else `not-a-timestamp`."""
    lifted = expect("from_epoch", lift(value), Kind.INTEGER)
    if unit not in {"s", "ms", "us"}:
        raise refuse(f"from_epoch got the unit {unit!r}", "use s, ms or us")
    return wrap(call("from_epoch", (lifted,), ValueType(Kind.TIMESTAMP, lifted.type.nullable), unit=unit))


@word
def make_date(year: int | None, month: int | None, day: int | None) -> date:
    """Return the date of three integers, else the problem `not-a-date`."""
    lifted = tuple(expect("make_date", lift(part), Kind.INTEGER) for part in (year, month, day))
    made: date = wrap(call("make_date", lifted, ValueType(Kind.DATE, any_null(*lifted))))
    return made


@word
def add_days(value: D, days: int) -> D:
    """Return the date so many days later; beyond the years 1 to 9999 it is the problem `out-of-range`."""
    lifted = expect("add_days", lift(value), Kind.DATE), expect("add_days", lift(days), Kind.INTEGER)
    made: D = wrap(call("add_days", lifted, ValueType(Kind.DATE, any_null(*lifted))))
    return made


@word
def days_between(start: date, end: date) -> int:
    """Return how many days `end` is after `start`."""
    lifted = expect("days_between", lift(start), Kind.DATE), expect("days_between", lift(end), Kind.DATE)
    made: int = wrap(call("days_between", lifted, ValueType(Kind.INTEGER, any_null(*lifted))))
    return made


@overload
def year(value: date) -> int: ...
@overload
def year(value: date | None) -> int | None: ...
@word
def year(value: Any) -> Any:
    """Return the year of a date."""
    return _part("year", value)


@overload
def month(value: date) -> int: ...
@overload
def month(value: date | None) -> int | None: ...
@word
def month(value: Any) -> Any:
    """Return the month of a date, from 1."""
    return _part("month", value)


@overload
def day(value: date) -> int: ...
@overload
def day(value: date | None) -> int | None: ...
@word
def day(value: Any) -> Any:
    """Return the day of the month of a date, from 1."""
    return _part("day", value)


def _part(word: str, value: object) -> Any:
    remedy = "a timestamp's date depends on a time zone: local_date(x)"
    lifted = expect(word, lift(value), Kind.DATE, remedy=remedy)
    return wrap(call(word, (lifted,), ValueType(Kind.INTEGER, lifted.type.nullable)))


@word
def directives(pattern: str) -> list[str]:
    """Return the pieces of a pattern: directives as `%Y`, anything else as single characters.

    >>> directives("%d.%m")
    ['%d', '.', '%m']
    """
    rest = iter(pattern)
    return [character + next(rest, "") if character == "%" else character for character in rest]


def _pattern(word: str, pattern: object, allowed: frozenset[str]) -> set[str]:
    if not isinstance(pattern, str):
        raise refuse(f"{word} got a pattern that is no constant", "write it as text")
    found = [piece[1:] for piece in directives(pattern) if piece[0] == "%" and piece != "%%"]
    for letter in found:
        if letter not in allowed:
            expected = " ".join(f"%{each}" for each in sorted(allowed))
            raise refuse(f"{word} got the pattern {pattern!r} with %{letter}", f"expected {expected} or %%")
        if found.count(letter) > 1:
            raise refuse(f"{word} got the pattern {pattern!r} with %{letter} twice", "say it once")
    return set(found)


def _whole_date(word: str, pattern: str, pivot: object) -> None:
    found = {piece[1:] for piece in directives(pattern) if piece[0] == "%"} & _DATE
    if (found & {"Y", "y"}) not in ({"Y"}, {"y"}) or (found & set("mbdj")) not in (
        {"m", "d"},
        {"b", "d"},
        {"j"},
    ):
        expected = "expected %Y or %y, with %m and %d, or %b and %d, or %j"
        raise refuse(f"{word} got the pattern {pattern!r}, which is no whole date", expected)
    if "y" in found and (type(pivot) is not int or not 1 <= pivot <= 9900):
        reason = f"{word} got two-digit years and the pivot {pivot!r}"
        raise refuse(reason, "say pivot=, the first of the hundred years meant, such as pivot=1930")
    if "y" not in found and pivot is not None:
        raise refuse(f"{word} got a pivot without %y in its pattern", "leave out pivot=")


def _zone(word: str, zone: object) -> str:
    name = current().zone if zone is None else zone
    if not isinstance(name, str):
        raise refuse(f"{word} got a zone that is no constant", 'write it as text, such as "Europe/Zurich"')
    try:
        with quietly():
            ZoneInfo(name)
    except (OSError, ValueError):
        raise refuse(
            f"{word} got the unknown time zone {name!r}", "use a name such as Europe/Zurich"
        ) from None
    return name
