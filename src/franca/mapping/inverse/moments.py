"""How the words on dates, times and timestamps are undone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from franca.mapping.inverse.step import Rule, Step, of_kind, of_type, text
from franca.mapping.operands import any_null
from franca.mapping.tree import Call, Constant, Expression, ValueType
from franca.mapping.words.moment import directives
from franca.model.kind import Kind

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_TIME_PLACES = {"%H": (1, 2), "%M": (4, 2), "%S": (7, 2), "%f": (10, 6)}
_WHOLE_DATES = ({"%m", "%d"}, {"%j"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def date_of(call: Call, answer: Expression) -> list[Step] | str:
    """The date in the same pattern."""
    return _shown(
        call, answer, answer, lambda pattern: of_kind("format_date", Kind.TEXT, answer, pattern=pattern)
    )


def timestamp_of(call: Call, answer: Expression) -> list[Step] | str:
    """Local time in the same pattern; a time in the gap of spring comes back as the one after it."""
    zone = str(call.option("zone"))
    date = of_kind("local_date", Kind.DATE, answer, zone=zone)
    found = _shown(
        call,
        answer,
        date,
        lambda pattern: of_kind("format_timestamp", Kind.TEXT, answer, pattern=pattern, zone=zone),
    )
    return [Step(step.argument, step.answer, step.exact and zone == "UTC") for step in found]


def _shown(
    call: Call, answer: Expression, date: Expression, write: Callable[[str], Expression]
) -> list[Step]:
    """Write the pattern's pieces; names of months, which no word writes, come from a table."""
    pattern = str(call.option("pattern"))
    before, found, after = pattern.partition("%b") if "%b" in directives(pattern) else (pattern, "", "")
    exact = not found and "%f" not in directives(pattern)
    if not found:
        return [Step(call.args[0], write(pattern), exact)]
    table = tuple(enumerate(_MONTHS, start=1))
    month = of_kind("month", Kind.INTEGER, date)
    options = {"table": table, "otherwise": "problem", "default": None}
    named = of_kind("codes", Kind.TEXT, month, **options)
    pieces = [write(each) if each else text("") for each in (before, after)]
    nullable = any_null(answer)
    joined = Call("append", (pieces[0], named, pieces[1]), (), ValueType(Kind.TEXT, nullable))
    return [Step(call.args[0], joined, exact=False)]


def time_of(call: Call, answer: Expression) -> list[Step] | str:
    """The pieces of the time's own text."""
    shown = of_kind("as_text", Kind.TEXT, answer)
    parts: list[Expression] = []
    pieces = directives(str(call.option("pattern")))
    for piece in pieces:
        place = _TIME_PLACES.get(piece)
        if place is None:
            parts.append(text("%" if piece == "%%" else piece))
        else:
            parts.append(of_kind("substring", Kind.TEXT, shown, start=place[0], length=place[1]))
    return [Step(call.args[0], of_kind("append", Kind.TEXT, *parts), exact="%f" not in pieces)]


def format_date(call: Call, answer: Expression) -> list[Step] | str:
    """The date that the text shows."""
    pattern = str(call.option("pattern"))
    if not _is_whole(pattern):
        return "the text does not show the whole date"
    return [Step(call.args[0], of_kind("date_of", Kind.DATE, answer, pattern=pattern, pivot=None))]


def format_timestamp(call: Call, answer: Expression) -> list[Step] | str:
    """Only UTC has one moment for each local time."""
    pattern, zone = str(call.option("pattern")), str(call.option("zone"))
    if not _is_whole(pattern) or not set(_TIME_PLACES) <= set(directives(pattern)):
        return "the text does not show the whole timestamp"
    if zone != "UTC":
        return f"in the zone {zone} the overlap of autumn has two moments for one local time"
    read = of_kind("timestamp_of", Kind.TIMESTAMP, answer, pattern=pattern, zone=zone, pivot=None)
    return [Step(call.args[0], read)]


def _is_whole(pattern: str) -> bool:
    found = set(directives(pattern))
    return "%Y" in found and any(parts <= found for parts in _WHOLE_DATES) and "%y" not in found


def start_of_day(call: Call, answer: Expression) -> list[Step] | str:
    """The local date."""
    return [Step(call.args[0], of_kind("local_date", Kind.DATE, answer, zone=call.option("zone")))]


def from_epoch(call: Call, answer: Expression) -> list[Step] | str:
    """What is smaller than the unit is not lost in silence: it would not map back."""
    function = {"s": epoch_seconds, "ms": epoch_milliseconds, "us": epoch_microseconds}[
        str(call.option("unit"))
    ]
    return [Step(call.args[0], of_kind("apply", Kind.INTEGER, answer, function=function, inverse=None))]


def epoch_seconds(value: datetime) -> int:
    """Return the whole seconds since 1970."""
    return (value - _EPOCH) // timedelta(seconds=1)


def epoch_milliseconds(value: datetime) -> int:
    """Return the whole milliseconds since 1970."""
    return (value - _EPOCH) // timedelta(milliseconds=1)


def epoch_microseconds(value: datetime) -> int:
    """Return the microseconds since 1970."""
    return (value - _EPOCH) // timedelta(microseconds=1)


def make_date(call: Call, answer: Expression) -> list[Step] | str:
    """Each part from the date."""
    return [
        Step(argument, of_kind(word, Kind.INTEGER, answer))
        for word, argument in zip(("year", "month", "day"), call.args, strict=True)
        if not isinstance(argument, Constant)
    ]


def add_days(call: Call, answer: Expression) -> list[Step] | str:
    """So many days back."""
    date, days = call.args
    if not isinstance(days, Constant) or not isinstance(days.value, int):
        return "two columns are computed into one date"
    back = Constant(-days.value, days.type)
    return [Step(date, of_type("add_days", ValueType(Kind.DATE), answer, back))]


RULES: dict[str, Rule] = {
    "add_days": add_days,
    "date_of": date_of,
    "format_date": format_date,
    "format_timestamp": format_timestamp,
    "from_epoch": from_epoch,
    "make_date": make_date,
    "start_of_day": start_of_day,
    "time_of": time_of,
    "timestamp_of": timestamp_of,
}
