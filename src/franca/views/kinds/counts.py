"""`<entity>_with_counts`: the current rows of an entity, each with how many rows link to it, by link."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from sqlglot import exp

from franca.model.link_condition import choice_condition
from franca.model.shape import Shape
from franca.views.links import Link
from franca.views.model import Model
from franca.views.names import Names
from franca.views.paths import ROOT
from franca.views.trees import column, parsed, select, table, within
from franca.views.view import STATE_COLUMNS, View, ViewColumn, field_column, state_columns


def counts(model: Model) -> Iterator[View]:
    """Yield the counts of each entity that others, or its own rows, link to."""
    for shape in model.shapes:
        links = model.links.incoming(shape)
        if not links:
            continue
        named = list(zip(links, _names(shape, links), strict=True))
        columns = [field_column(shape, field) for field in shape.fields]
        columns += [
            ViewColumn(
                name,
                f"How many of {link.source.name} link here by {link.field.name}.",
                sources=((link.source.name, link.field.name),),
            )
            for link, name in named
        ]
        yield View(
            model.name(f"{shape.name}_with_counts"),
            "counts",
            shape.name,
            f"{shape.name} with how many rows of others link to it, as it is now.",
            (*columns, *state_columns()),
            partial(_query, shape, named),
        )


def _names(shape: Shape, links: Sequence[Link]) -> list[str]:
    """Return the counts' names: by the entity that links, and its field where it has several links here."""
    several = Counter(link.source.name for link in links)
    names = Names(field.name for field in shape.fields)
    return [
        names.take(
            f"{link.source.name}_count"
            if several[link.source.name] == 1
            else f"{link.source.name}_{link.path}_count"
        )
        for link in links
    ]


def _query(shape: Shape, named: Sequence[tuple[Link, str]]) -> exp.Select:
    columns = [column(field.name, ROOT) for field in shape.fields]
    aliases = [f"_{number}" for number in range(1, len(named) + 1)]
    columns += [
        parsed(f'COALESCE("{alias}"."_count", 0)', name)
        for alias, (_, name) in zip(aliases, named, strict=True)
    ]
    query = select(*columns, *(column(name, ROOT) for name in STATE_COLUMNS)).from_(table(shape.name, ROOT))
    for alias, (link, _) in zip(aliases, named, strict=True):
        same = parsed(link.condition(alias, ROOT, chosen=False))
        query = query.join(within(_counted(link), alias), on=same, join_type="left", copy=False)
    return query


def _counted(link: Link) -> exp.Select:
    """Return the query of how many rows have each value of a link."""
    name = link.field.name
    query = select(column(name), parsed("COUNT(*)", "_count")).from_(table(link.source.name, ROOT))
    query = query.where(parsed(f'"{name}" IS NOT NULL'))
    if link.by:
        query = query.where(parsed(choice_condition(link.by, link.values, ROOT)))
    return query.group_by(column(name))
