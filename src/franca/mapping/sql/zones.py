"""Local time and UTC in SQL: in the gap of spring the offset before counts, in autumn the first moment."""

from datetime import datetime, timedelta

from sqlglot import exp

from franca.mapping.sql.literals import text
from franca.mapping.sql.scope import Scope
from franca.mapping.sql.spark import LOCAL

_MOMENT, _WALL = exp.DataType.build("TIMESTAMPTZ"), exp.DataType.build("TIMESTAMP")
_BEGIN, _END = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)  # of any zone
_MARGIN = timedelta(days=2)
"""Within it of a local time, taken for one in UTC, are all moments whose offset counts for it."""


def to_local(value: exp.Expr, zone: str) -> exp.Expr:
    """Return a moment as local time."""
    moved = exp.AtTimeZone(this=value, zone=text(zone))
    moved.meta[LOCAL] = True
    return moved


def local_of(scope: Scope, moment: exp.Expr, zone: str, depth: int) -> tuple[exp.Expr, int]:
    """Return a plain moment as local time and its depth; null where the stream knows better.

    That is outside of the years 1 to 9999, or where the engine's zone is in doubt.
    """
    local, depth = scope.layers.keep(to_local(moment.copy(), zone), depth)
    tests = [_between(local, _BEGIN, _END, is_local=True)]
    for low, high in scope.doubts.get(zone, ()):
        tests.append(exp.Not(this=_between(moment, low.replace(tzinfo=None), high.replace(tzinfo=None))))
    return exp.case().when(exp.and_(*tests), local.copy()), depth


def from_local(scope: Scope, local: exp.Expr, zone: str, depth: int) -> tuple[exp.Expr, int]:
    """Return plain local time as a moment and its depth; null where the stream knows better, as above.

    Engines choose either moment of an overlap, so the offset of a day before is tried first: where it leads
    back to the same local time, that is the first of the two.
    """
    layers = scope.layers
    moment, depth = layers.keep(exp.AtTimeZone(this=local.copy(), zone=text(zone)), depth)
    if zone != "UTC":
        day = exp.Interval(this=text("24"), unit=exp.var("HOUR"))
        before, depth = layers.keep(exp.Sub(this=moment.copy(), expression=day), depth)
        utc = to_local(before.copy(), "UTC")
        offset = exp.Paren(this=exp.Sub(this=to_local(before.copy(), zone), expression=utc))
        early: exp.Expr = exp.Paren(this=exp.Sub(this=local.copy(), expression=offset))
        early, depth = layers.keep(exp.AtTimeZone(this=early, zone=text("UTC")), depth)
        returns = exp.EQ(this=to_local(early.copy(), zone), expression=local.copy())
        moment, depth = layers.keep(exp.case().when(returns, early).else_(moment), depth)
    tests = [_between(moment, _BEGIN, _END)]
    for low, high in scope.doubts.get(zone, ()):
        begin = max(low.replace(tzinfo=None), _BEGIN + _MARGIN) - _MARGIN
        end = min(high.replace(tzinfo=None), _END - _MARGIN) + _MARGIN
        tests.append(exp.Not(this=_between(local, begin, end, is_local=True)))
    return layers.keep(exp.case().when(exp.and_(*tests), moment.copy()), depth)


def _between(value: exp.Expr, low: datetime, high: datetime, *, is_local: bool = False) -> exp.Expr:
    kind, zone = (_WALL, "") if is_local else (_MOMENT, "+00:00")
    least, most = (
        exp.Cast(this=text(f"{bound.isoformat(' ')}{zone}"), to=kind.copy()) for bound in (low, high)
    )
    return exp.Between(this=value.copy(), low=least, high=most)
