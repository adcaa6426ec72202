"""Dates and timestamps in the style that a PostgreSQL server was told to write (its `DateStyle`)."""

import re

from franca.formats.unfit import Unfit
from franca.model.markers import DateStyle

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_CLOCK = r"(?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)"
_END = r"(?: (?P<zone>(?!BC)[A-Z]{1,5}|[+-][0-9:]+))?(?P<era> BC)?"
_POSTGRES = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<first>[A-Z][a-z]{2}|[0-9]{2}) (?P<second>[A-Z][a-z]{2}|[0-9]{2}) "
    rf"{_CLOCK} (?P<year>[0-9]{{4,}}){_END}"
)
_GERMAN = re.compile(
    rf"(?P<day>[0-9]{{2}})\.(?P<month>[0-9]{{2}})\.(?P<year>[0-9]{{4,}})(?: {_CLOCK})?{_END}"
)
_AMBIGUOUS = re.compile(
    rf"(?P<first>[0-9]{{1,2}})[-/.](?P<second>[0-9]{{1,2}})[-/.](?P<year>[0-9]{{4,}})(?:[ T]{_CLOCK})?{_END}"
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>[0-9]{{4}})[-/.](?P<month>[0-9]{{1,2}})[-/.](?P<day>[0-9]{{1,2}})(?:[ T]{_CLOCK})?{_END}"
)
_UTC = {"UTC": "Z", "GMT": "Z", "Z": "Z"}


def iso_of_style(text: str, style: DateStyle | None = None) -> str:
    """Return the ISO text of one in any style; what has none of them is returned as it is.

    `style` tells the order of day, month and year in texts that leave it open. Raises Unfit for a day and
    a month of which nothing tells which is which, and for a zone's abbreviation.

    >>> iso_of_style("Sun Mar 01 08:09:00 2020"), iso_of_style("17.12.1997")
    ('2020-03-01T08:09:00', '1997-12-17')
    >>> iso_of_style("17/12/1997", "DMY")
    '1997-12-17'
    """
    if found := _POSTGRES.fullmatch(text):
        first, second = found["first"], found["second"]
        name, day = (first, second) if first in _MONTHS else (second, first)
        if name not in _MONTHS or not day.isdecimal():
            return text
        return _iso(found, f"{_MONTHS.index(name) + 1:02d}", day)
    if style != "MDY" and (found := _GERMAN.fullmatch(text)):
        return _iso(found, found["month"], found["day"])
    if style == "YMD" and (found := _YEAR_FIRST.fullmatch(text)):
        return _iso(found, found["month"], found["day"])
    found = _AMBIGUOUS.fullmatch(text)
    if found is None:
        return text
    if style in {"DMY", "MDY"}:
        day, month = (found["first"], found["second"])[:: 1 if style == "DMY" else -1]
        return _iso(found, month, day)
    reason = (
        "has day and month in an order that depends on the server's date style: declare it, "
        'class Orders(Table, date_style="DMY"), or let the server write ISO'
    )
    raise Unfit(reason, "ambiguous-date")


def _iso(found: re.Match[str], month: str, day: str) -> str:
    zone = found["zone"] or ""
    if zone.isalpha():
        if zone not in _UTC:
            reason = "has an abbreviated zone, which may mean several: set the server's DateStyle to ISO"
            raise Unfit(reason, "ambiguous-date")
        zone = _UTC[zone]
    clock = f"T{found['clock']}" if found["clock"] else ""
    return f"{found['year']}-{month:0>2}-{day:0>2}{clock}{zone}{found['era'] or ''}"
