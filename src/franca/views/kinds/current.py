"""`<entity>`: the current state, one row per key that is not deleted."""

from collections.abc import Iterator
from functools import partial

from sqlglot import exp, parse_one

from franca.model.shape import Shape
from franca.views.current import current_state
from franca.views.model import Model
from franca.views.trees import DIALECT
from franca.views.view import View, field_column, state_columns


def current(model: Model) -> Iterator[View]:
    """Yield the current state of each entity."""
    for shape in model.shapes:
        columns = [*(field_column(shape, field) for field in shape.fields), *state_columns()]
        yield View(
            shape.name,
            "current",
            shape.name,
            _first_line(shape.description),
            tuple(columns),
            partial(_query, shape),
        )


def _query(shape: Shape) -> exp.Query:
    query = parse_one(current_state(shape), dialect=DIALECT)
    assert isinstance(query, exp.Query)
    return query


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
