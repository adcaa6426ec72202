"""`<entity>_as_of(time)`: the rows as they were at a moment. A table function where the engine has them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from sqlglot import exp

from franca.views.catalogue import Catalogue
from franca.views.kinds.intervals import Interval
from franca.views.model import Model
from franca.views.trees import DIALECT, column, parsed, select, table
from franca.views.view import View

MOMENT = "_at"
"""The name of the parameter: no column of a history is called so."""


def as_of(model: Model) -> Iterator[View]:
    """Yield the question for a moment of each entity."""
    moment = exp.cast(exp.Placeholder(this=MOMENT), "TIMESTAMPTZ", dialect=DIALECT)
    for shape in model.shapes:
        past = model.of(shape, "history")
        yield View(
            model.name(f"{shape.name}_as_of"),
            "as_of",
            shape.name,
            f"The rows of {shape.name} as they were at a moment.",
            past.columns,
            partial(_query, past, [each.name for each in past.columns], moment),
            parameter=MOMENT,
        )


def past_state(views: Catalogue, moment: exp.Expr, view: View) -> View:
    """Return a view, of the current state of an entity the one of its state at a moment."""
    past = views.of(view.entity, "history")
    if view.kind != "current" or past is None:
        return view
    names = [each.name for each in view.columns]
    return replace(view, kind="as_of", make=partial(_query, past, names, moment))


def _query(past: View, names: Sequence[str], moment: exp.Expr) -> exp.Select:
    """Return the query of a history's rows at a moment."""
    *_, start, end = (each.name for each in past.columns)
    holds = parsed(Interval(start, end).holds('"_moment"'))
    holds = holds.transform(lambda node: moment.copy() if _is_moment(node) else node)
    return select(*map(column, names)).from_(table(past.name)).where(holds)


def _is_moment(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and node.name == "_moment"
