"""Days, times and moments of PostgreSQL as the texts that a capture gives of them, whatever Python lacks.

What is read here has been written by a session in UTC and ISO's style.
"""

import re
from collections.abc import Callable

from sqlalchemy.dialects import postgresql

_DATE = re.compile(r"([0-9]{4,})-([0-9]{2}-[0-9]{2})( BC)?")
_ZONED = re.compile(
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?P<fraction>\.[0-9]+)?"
    r"(?P<sign>[+-])(?P<hours>[0-9]{2})(?::(?P<minutes>[0-9]{2}))?(?::(?P<seconds>[0-9]{2}))?"
)
_DAY_SECONDS = 86_400
_FINEST, _COARSE = 6, 3
_YEAR_DIGITS, _DAY_DIGITS = 4, 10


def moment_reader(kind: object) -> Callable[[str], str] | None:
    """Return what makes a capture's text of the database's, None for a type that is no moment.

    >>> read = moment_reader(postgresql.TIMESTAMP(timezone=True, precision=3))
    >>> read("2026-11-22 10:00:00.5+00"), read("12000-01-01 00:00:00+00"), read("infinity")
    ('2026-11-22T10:00:00.500Z', '+12000-01-01T00:00:00.000Z', 'infinity')
    """
    match kind:
        case postgresql.DATE():
            return _day
        case postgresql.TIMESTAMP(timezone=is_zoned):
            digits, end = _digits(kind, is_zoned=is_zoned), "Z" if is_zoned else ""
            return lambda text: _moment(text, digits, end)
        case postgresql.TIME(timezone=True):
            return _in_utc
        case postgresql.TIME():
            digits = _digits(kind, is_zoned=False)
            return lambda text: _clock(text, digits)
    return None


def _digits(kind: object, *, is_zoned: bool) -> int:
    """Return how many digits of a second are written: of what has no zone, those of the unit it counts in."""
    precision: int | None = getattr(kind, "precision", None)
    if precision is None:
        return _FINEST
    return precision if is_zoned else _COARSE if precision <= _COARSE else _FINEST


def _day(text: str) -> str:
    """Return a day, of a year that has other than four digits as ISO 8601 has it.

    >>> _day("2026-11-22"), _day("0044-03-15 BC"), _day("-infinity")
    ('2026-11-22', '-0043-03-15', '-infinity')
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return text
    year, rest, era = found.groups()
    if era is None and len(year) == _YEAR_DIGITS:
        return text
    number = int(year) if era is None else 1 - int(year)
    sign = "-" if number < 0 else "+" if len(year) > _YEAR_DIGITS and era is None else ""
    return f"{sign}{abs(number):04d}-{rest}"


def _moment(text: str, digits: int, end: str) -> str:
    day, _, rest = text.partition(" ")
    clock, _, era = rest.partition(" ")
    if not clock:
        return text
    if era or len(day) > _DAY_DIGITS:
        day = _day(f"{day} {era}" if era else day)
    return f"{day}T{_clock(clock.removesuffix('+00'), digits)}{end}"


def _clock(text: str, digits: int) -> str:
    return f"{text[:8]}.{text[9:].ljust(digits, '0')}" if digits else text


def _in_utc(text: str) -> str:
    """Return a time of day in UTC; the end of a day, which is none of the next, stays as it is written.

    >>> _in_utc("08:30:00.5+02"), _in_utc("12:00:00+00:19:32"), _in_utc("24:00:00-08")
    ('06:30:00.5Z', '11:40:28Z', '24:00:00-08')
    """
    found = _ZONED.fullmatch(text)
    if found is None or found["hour"] == "24":
        return text
    local = _seconds(found["hour"], found["minute"], found["second"])
    ahead = _seconds(found["hours"], found["minutes"], found["seconds"])
    utc = (local + ahead if found["sign"] == "-" else local - ahead) % _DAY_SECONDS
    return f"{utc // 3600:02d}:{utc // 60 % 60:02d}:{utc % 60:02d}{found['fraction'] or ''}Z"


def _seconds(hours: str, minutes: str | None, seconds: str | None) -> int:
    return int(hours) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
