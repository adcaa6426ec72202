"""`<entity>_history`: every state of every key, with the interval in which it held.

Intervals of a key neither gap nor overlap, but where it was deleted. An interval without length is left out.
"""

from collections.abc import Iterator
from functools import partial

from sqlglot import exp

from franca.model.shape import Shape
from franca.views.kinds.events import distinct_events, in_order
from franca.views.kinds.intervals import interval_of
from franca.views.model import Model
from franca.views.trees import column, parsed, select, staged, table
from franca.views.view import STATE_COLUMNS, View, field_column, state_columns


def history(model: Model) -> Iterator[View]:
    """Yield the history of each entity."""
    for shape in model.shapes:
        interval = interval_of(shape)
        columns = [field_column(shape, field) for field in shape.fields]
        yield View(
            model.name(f"{shape.name}_history"),
            "history",
            shape.name,
            f"Every state of {shape.name}, and from when until when it was so.",
            (*columns, *state_columns(), *interval.columns()),
            partial(_query, shape, interval.start, interval.end),
        )


def _query(shape: Shape, start: str, end: str) -> exp.Select:
    """Return the query: the latest time so far, in the order of sequences, is from when a state holds."""
    names = [*(field.name for field in shape.fields), *STATE_COLUMNS]
    window = in_order(shape)
    so_far = f'MAX("_changed_at") OVER ({window} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)'
    begun = select(exp.Star(), parsed(so_far, "_from")).from_(table("_events"))
    next_one = parsed(f'LEAD("_from") OVER ({window})', "_to")
    ended = select(exp.Star(), next_one).from_(table("_begun"))
    is_state = parsed(f'"_type" <> \'{shape.entity}.deleted\' AND ("_to" IS NULL OR "_from" < "_to")')
    states = select(*map(column, names), column("_from", to=start), column("_to", to=end))
    stages = [*distinct_events(shape), ("_begun", begun), ("_ended", ended)]
    return staged(stages, states.from_(table("_ended")).where(is_state))
