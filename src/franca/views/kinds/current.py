"""`<entity>`: the current state, one row per key that is not deleted."""

from collections.abc import Iterator
from functools import partial

from sqlglot import exp

from franca.model.shape import Shape
from franca.model.views import EVENTS
from franca.views.kinds.events import key_columns
from franca.views.model import Model
from franca.views.rank import FIRST
from franca.views.trees import column, parsed, select, staged, table
from franca.views.view import STATE_COLUMNS, View, field_column, state_columns


def current(model: Model) -> Iterator[View]:
    """Yield the current state of each entity; where no link is followed, it tells why, as no join does."""
    for shape in model.shapes:
        columns = [*(field_column(shape, field) for field in shape.fields), *state_columns()]
        untold = () if model.links.outgoing(shape) else model.links.unfollowed[shape.name]
        yield View(
            shape.name,
            "current",
            shape.name,
            _first_line(shape.description),
            tuple(columns),
            partial(_query, shape),
            notes=tuple(f"{field.name} {reason}" for field, reason in untold),
        )


def _query(shape: Shape) -> exp.Select:
    """Return the newest event of each key, without the deleted: of all events, as any engine can read them.

    The lake itself reads its snapshot and newer events instead, which gives the same rows.
    """
    order = f'"_sequence" DESC, "_mapping" DESC, {FIRST}'
    place = parsed(f"ROW_NUMBER() OVER (PARTITION BY {key_columns(shape)} ORDER BY {order})", "_place")
    ranked = select(exp.Star(), place).from_(table(f"{shape.name}{EVENTS}"))
    columns = [*(field.name for field in shape.fields), *STATE_COLUMNS]
    newest = parsed(f'"_place" = 1 AND "_type" <> \'{shape.entity}.deleted\'')
    return staged([("_ranked", ranked)], select(*map(column, columns)).from_(table("_ranked")).where(newest))


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
