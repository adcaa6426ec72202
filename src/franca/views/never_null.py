"""Tells what can't be null where it stands, as far as the query itself says so."""

from collections.abc import Iterator

from sqlglot import exp


def never_null(value: exp.Expr, made: exp.Expr) -> bool:
    """Return whether a value within an aggregate or a window is never null: rows where it is are left out."""
    if isinstance(value, exp.Literal | exp.Count):
        return True
    around, query = made.parent, made.find_ancestor(exp.Select)
    places = (
        around.expression if isinstance(around, exp.Filter) else None,
        query.args.get("where") if query else None,
    )
    told = (each for place in places if place is not None for each in _parts(place.this))
    return any(each == exp.not_(exp.Is(this=value.copy(), expression=exp.null())) for each in told)


def _parts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the conditions all of which must hold."""
    yield from condition.flatten() if isinstance(condition, exp.And) else (condition.unnest(),)
