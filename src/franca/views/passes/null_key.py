"""Sorts by whether there is a null where an engine can't be told where nulls are sorted: BigQuery.

It can be at a query's end, but not within windows and aggregates, whose nulls come first, or last where all
else goes down.
"""

from collections.abc import Iterator

from sqlglot import exp

from franca.views.never_null import never_null

_UNBOUNDED = "UNBOUNDED"


def null_key(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with a key more before such a one, but for frames by distance, which have one key.

    There it is no matter where nulls are, unless the frame has no end.
    """
    if dialect != "bigquery":
        return tree
    tree = tree.copy()
    for order in [*tree.find_all(exp.Order)]:
        if isinstance(order.parent, exp.Window | exp.AggFunc):
            order.set("expressions", [key for each in order.expressions for key in _keys(each, order)])
    return tree


def _keys(each: exp.Expr, order: exp.Order) -> Iterator[exp.Expr]:
    """Yield the keys that sort as one does."""
    is_down, around = bool(each.args.get("desc")), order.parent
    assert around is not None
    if bool(each.args.get("nulls_first")) != is_down:
        yield each
        return
    frame = around.args.get("spec") if isinstance(around, exp.Window) else None
    is_harmless = never_null(each.this, around) or _is_the_value(each.this, order)
    if not is_harmless and frame is not None and _is_by_distance(frame):
        if _UNBOUNDED in (frame.args.get("start"), frame.args.get("end")):
            yield each
            return
        is_harmless = True
    if not is_harmless:
        yield exp.Ordered(
            this=exp.Is(this=each.this.copy(), expression=exp.null()),
            desc=is_down or None,
            nulls_first=not is_down,
        )
    each.set("nulls_first", not is_down)
    yield each


def _is_the_value(key: exp.Expr, order: exp.Order) -> bool:
    """Return whether an aggregate sorts its own values, of which it has each once, or none that is null."""
    value = order.this
    if isinstance(value, exp.Distinct):
        return True
    return isinstance(order.parent, exp.GroupConcat) and key == value


def _is_by_distance(frame: exp.Expr) -> bool:
    ends = (frame.args.get("start"), frame.args.get("end"))
    return frame.text("kind").upper() == "RANGE" and any(isinstance(each, exp.Expr) for each in ends)
