"""`<entity>_joined`: the current rows of an entity, each with all that its links lead to."""

from collections.abc import Iterator
from functools import partial

from sqlglot import exp

from franca.model.shape import Shape
from franca.views.model import Model
from franca.views.names import Names
from franca.views.paths import ROOT, Hop, Ways, ways_from
from franca.views.trees import column, parsed, select, table
from franca.views.view import STATE_COLUMNS, View, ViewColumn, field_column, state_columns


def joined(model: Model) -> Iterator[View]:
    """Yield the joined view of each entity that links to another."""
    for shape in model.shapes:
        ways = ways_from(shape, model.links, Names(field.name for field in shape.fields))
        if ways.hops:
            yield View(
                model.name(f"{shape.name}_joined"),
                "joined",
                shape.name,
                f"{shape.name} with what its links lead to, as it is now; null where there is nothing.",
                (*joined_columns(shape, ways), *state_columns()),
                partial(_query, shape, ways),
                notes=ways.notes,
            )


def joined_columns(shape: Shape, ways: Ways) -> list[ViewColumn]:
    """Return the entity's own columns and those of the entities that its links lead to."""
    own = [field_column(shape, field) for field in shape.fields]
    return [*own, *(each for hop in ways.hops for each in hop_columns(hop))]


def hop_columns(hop: Hop) -> list[ViewColumn]:
    """Return the columns of an entity that a link leads to."""
    return [field_column(hop.link.target, field, name) for field, name in hop.columns]


def _query(shape: Shape, ways: Ways) -> exp.Select:
    columns = [column(field.name, ROOT) for field in shape.fields]
    columns += [column(field.name, hop.alias, name) for hop in ways.hops for field, name in hop.columns]
    columns += [column(name, ROOT) for name in STATE_COLUMNS]
    query = select(*columns).from_(table(shape.name, ROOT))
    for hop in ways.hops:
        same = parsed(hop.link.condition(hop.source, hop.alias))
        query = query.join(table(hop.link.target.name, hop.alias), on=same, join_type="left", copy=False)
    return query
