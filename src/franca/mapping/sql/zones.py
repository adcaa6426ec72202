"""Local time and UTC in SQL: in the gap of spring the offset before counts, in autumn the first moment."""

from sqlglot import exp

from franca.mapping.sql.layers import Layers
from franca.mapping.sql.literals import text
from franca.mapping.sql.spark import LOCAL

_MOMENT = exp.DataType.build("TIMESTAMPTZ")


def to_local(value: exp.Expr, zone: str) -> exp.Expr:
    """Return a moment as local time."""
    moved = exp.AtTimeZone(this=value, zone=text(zone))
    moved.meta[LOCAL] = True
    return moved


def from_local(layers: Layers, local: exp.Expr, zone: str, depth: int) -> tuple[exp.Expr, int]:
    """Return plain local time as a moment, null where that is outside of the years 1 to 9999, and its depth.

    Engines choose either moment of an overlap, so the offset of a day before is tried first: where it leads
    back to the same local time, that is the first of the two.
    """
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
    bounds = ("0001-01-01 00:00:00+00:00", "9999-12-31 23:59:59.999999+00:00")
    low, high = (exp.Cast(this=text(bound), to=_MOMENT.copy()) for bound in bounds)
    return layers.keep(
        exp.case().when(exp.Between(this=moment.copy(), low=low, high=high), moment.copy()), depth
    )
