"""The words on dates, times and timestamps in SQL."""

from sqlglot import exp

from franca.mapping.sql.layers import Part
from franca.mapping.sql.literals import number, text
from franca.mapping.sql.patterns import Pieces, joined, pieces
from franca.mapping.sql.scope import Scope, Translate
from franca.mapping.sql.zones import from_local, local_of
from franca.mapping.tree import Call
from franca.mapping.words.moment import directives

_DATE = exp.DataType.build("DATE")
_BIG = exp.DataType.build("BIGINT")
_WIDE = exp.DataType.build("INT128")
_FACTORS = {"s": 1_000_000, "ms": 1_000, "us": 1}
_FIRST_MICROSECOND, _LAST_MICROSECOND = -62_135_596_800_000_000, 253_402_300_799_999_999
_ALL_DAYS = 3_652_058


def date_of(scope: Scope, call: Call) -> Part:
    """Checks the digits before it casts ISO text: engines' own parsers take year 0 and much else."""
    part = scope.plain(call.args[0])
    read = pieces(part.value, str(call.option("pattern")))
    date = _date(read, call.option("pivot"))
    return scope.attempted(exp.case().when(_fits(read, call), date), [part], "not-a-date")


def time_of(scope: Scope, call: Call) -> Part:
    """The pattern lets no time through that does not exist."""
    part = scope.plain(call.args[0])
    read = pieces(part.value, str(call.option("pattern")))
    time = exp.Cast(this=read.time(), to=exp.DataType.build("TIME"))
    return scope.attempted(exp.case().when(read.matches, time), [part], "not-a-time")


def timestamp_of(scope: Scope, call: Call) -> Part:
    """Local time first, then the zone."""
    part = scope.plain(call.args[0])
    read = pieces(part.value, str(call.option("pattern")))
    date = exp.Cast(this=_date(read, call.option("pivot")), to=exp.DataType.build("TEXT"))
    both = joined([date, text(" "), read.time()])
    local = exp.TryCast(this=both, to=exp.DataType.build("TIMESTAMP"), safe=True)
    kept, depth = scope.layers.keep(exp.case().when(_fits(read, call), local), part.depth)
    moment, depth = from_local(scope, kept, str(call.option("zone")), depth)
    return scope.attempted(moment, [part], "not-a-timestamp", depth)


def _fits(read: Pieces, call: Call) -> exp.Expr:
    return exp.and_(read.matches, exp.NEQ(this=read.year(call.option("pivot")), expression=text("0000")))


def _date(read: Pieces, pivot: object) -> exp.Expr:
    year = read.year(pivot)
    if "j" not in read.found:
        return _cast_date([year, text("-"), read.month(), text("-"), read.found["d"].copy()])
    place = exp.TryCast(this=read.found["j"].copy(), to=_BIG.copy(), safe=True)
    leap = exp.Is(this=_cast_date([year.copy(), text("-02-29")]), expression=exp.Null())
    longest = exp.case().when(leap, number(365)).else_(number(366))
    days = exp.Paren(this=exp.Sub(this=place.copy(), expression=number(1)))
    counted = _later(_cast_date([year, text("-01-01")]), days)
    return exp.case().when(exp.Between(this=place, low=number(1), high=longest), counted)


def _cast_date(parts: list[exp.Expr]) -> exp.Expr:
    return exp.TryCast(this=joined(parts), to=_DATE.copy(), safe=True)


def _later(date: exp.Expr, days: exp.Expr) -> exp.Expr:
    """Return a date so many days later, which engines may make a timestamp of."""
    return exp.Cast(this=exp.DateAdd(this=date, expression=days, unit=exp.var("DAY")), to=_DATE.copy())


def format_date(scope: Scope, call: Call) -> Part:
    """Piece by piece, since engines disagree on what a letter in a pattern means."""
    part = scope.plain(call.args[0])
    return scope.made(_formatted(part.value, str(call.option("pattern"))), [part])


def format_timestamp(scope: Scope, call: Call) -> Part:
    """As local time."""
    local = _local(scope, call)
    return scope.made(_formatted(local.value, str(call.option("pattern"))), [local])


def _local(scope: Scope, call: Call) -> Part:
    """Return the argument as plain local time."""
    part = scope.plain(call.args[0])
    local, depth = local_of(scope, part.value, str(call.option("zone")), part.depth)
    return scope.attempted(local, [part], "out-of-range", depth)


def _formatted(value: exp.Expr, pattern: str) -> exp.Expr:
    parts: list[exp.Expr] = []
    for piece in directives(pattern):
        if piece[0] == "%" and piece != "%%":
            parts.append(exp.TimeToStr(this=value.copy(), format=text(piece)))
        else:
            parts.append(text(piece[-1]))
    return joined(parts)


def local_date(scope: Scope, call: Call) -> Part:
    """The date on the wall."""
    local = _local(scope, call)
    return scope.made(exp.Cast(this=local.value, to=_DATE.copy()), [local])


def start_of_day(scope: Scope, call: Call) -> Part:
    """Midnight as local time."""
    part = scope.plain(call.args[0])
    local = exp.Cast(this=part.value.copy(), to=exp.DataType.build("TIMESTAMP"))
    kept, depth = scope.layers.keep(local, part.depth)
    moment, depth = from_local(scope, kept, str(call.option("zone")), depth)
    return scope.attempted(moment, [part], "out-of-range", depth)


def from_epoch(scope: Scope, call: Call) -> Part:
    """Whole numbers throughout: floats would lose microseconds."""
    part = scope.plain(call.args[0])
    factor = number(_FACTORS[str(call.option("unit"))])
    product = exp.Mul(this=exp.Cast(this=part.value.copy(), to=_WIDE.copy()), expression=factor)
    kept, depth = scope.layers.keep(exp.Paren(this=product), part.depth)
    low, high = (text(str(bound)) for bound in (_FIRST_MICROSECOND, _LAST_MICROSECOND))
    within = exp.Between(
        this=kept.copy(), low=exp.Cast(this=low, to=_WIDE.copy()), high=exp.Cast(this=high, to=_WIDE.copy())
    )
    made = exp.Anonymous(this="MAKE_TIMESTAMP", expressions=[exp.Cast(this=kept.copy(), to=_BIG.copy())])
    moment = exp.case().when(within, exp.AtTimeZone(this=made, zone=text("UTC")))
    return scope.attempted(moment, [part], "not-a-timestamp", depth)


def make_date(scope: Scope, call: Call) -> Part:
    """Checked by range, then cast as ISO text."""
    parts = [scope.plain(arg) for arg in call.args]
    limits, widths = (9999, 12, 31), (4, 2, 2)
    checks: list[exp.Expr] = []
    texts: list[exp.Expr] = []
    for part, limit, width in zip(parts, limits, widths, strict=True):
        checks.append(exp.Between(this=part.value.copy(), low=number(1), high=number(limit)))
        shown = exp.Cast(this=part.value.copy(), to=exp.DataType.build("TEXT"))
        texts += [
            exp.Pad(this=shown, expression=number(width), fill_pattern=text("0"), is_left=True),
            text("-"),
        ]
    return scope.attempted(exp.case().when(exp.and_(*checks), _cast_date(texts[:-1])), parts, "not-a-date")


def add_days(scope: Scope, call: Call) -> Part:
    """Days beyond all dates are refused before they are added."""
    parts = [scope.plain(arg) for arg in call.args]
    date, days = (part.value for part in parts)
    within = exp.Between(this=days.copy(), low=number(-_ALL_DAYS), high=number(_ALL_DAYS))
    summed = exp.case().when(within, _later(date.copy(), days.copy()))
    kept, depth = scope.layers.keep(summed, max(part.depth for part in parts))
    first, last = (exp.Cast(this=text(bound), to=_DATE.copy()) for bound in ("0001-01-01", "9999-12-31"))
    valid = exp.case().when(exp.Between(this=kept.copy(), low=first, high=last), kept.copy())
    return scope.attempted(valid, parts, "out-of-range", depth)


def days_between(scope: Scope, call: Call) -> Part:
    """The second date minus the first."""
    start, end = (scope.part(arg) for arg in call.args)
    days = exp.DateDiff(this=end.value, expression=start.value, unit=exp.var("DAY"))
    return scope.made(exp.Cast(this=days, to=_BIG.copy()), [start, end])


def part_of_date(name: str) -> Translate:
    """Return the translation of `year`, `month` or `day`."""

    def translate(scope: Scope, call: Call) -> Part:
        part = scope.part(call.args[0])
        found = exp.Extract(this=exp.var(name), expression=part.value)
        return scope.made(exp.Cast(this=found, to=_BIG.copy()), [part])

    return translate


WORDS: dict[str, Translate] = {
    "add_days": add_days,
    "date_of": date_of,
    "day": part_of_date("DAY"),
    "days_between": days_between,
    "format_date": format_date,
    "format_timestamp": format_timestamp,
    "from_epoch": from_epoch,
    "local_date": local_date,
    "make_date": make_date,
    "month": part_of_date("MONTH"),
    "start_of_day": start_of_day,
    "time_of": time_of,
    "timestamp_of": timestamp_of,
    "year": part_of_date("YEAR"),
}
