"""`dim_<entity>`, `dim_<entity>_history` and `fact_<entity>`: a star schema of the entities marked for it.

Each dimension has a member for what is unknown, which facts point to where a link is null or its target is
missing: an inner join loses none.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlglot import exp

from franca.model.kind import Kind
from franca.model.link_condition import key_text
from franca.model.shape import Shape
from franca.topics.event_decoder import INTEGER_DIGITS, is_64_bit
from franca.views.links import Link
from franca.views.model import Model
from franca.views.names import Names
from franca.views.paths import ROOT
from franca.views.trees import column, parsed, select, table
from franca.views.view import (
    CHANGED_AT,
    ENVELOPE,
    STATE_COLUMNS,
    View,
    ViewColumn,
    field_column,
    moment_column,
)

UNKNOWN = "(unknown)"
"""The key of a dimension's member for what is unknown."""


def star(model: Model) -> Iterator[View]:
    """Yield the dimensions, as they are and as they were, and the facts."""
    for shape in model.shapes:
        if shape.star == "dimension":
            kind = "joined" if model.has(shape, "joined") else "current"
            told = f"The dimension {shape.name}, with what its links lead to, as it is now."
            yield _dimension(model, shape, f"dim_{shape.name}", model.of(shape, kind), told)
            kind = "joined_history" if kind == "joined" else "history"
            told = f"The dimension {shape.name} with all its states, and from when until when each was so."
            yield _dimension(model, shape, f"dim_{shape.name}_history", model.of(shape, kind), told)
        elif shape.star == "fact":
            yield _fact(model, shape)


def _dimension(model: Model, shape: Shape, name: str, of: View, told: str) -> View:
    columns = [each for each in of.columns if each.name not in STATE_COLUMNS]
    key = _key_column(shape, Names(each.name for each in columns).take(f"{shape.name}_key"))
    kind = "dimension_history" if of.kind.endswith("history") else "dimension"
    query = partial(_dimension_query, shape, of, [each.name for each in columns], key.name)
    return View(model.name(name), kind, shape.name, told, (key, *columns), query, notes=of.notes)


def _dimension_query(shape: Shape, of: View, names: Sequence[str], key: str) -> exp.Query:
    members = select(parsed(key_text(shape, ROOT), key), *(column(name, ROOT) for name in names))
    columns = (parsed(_nothing(of, of.column(name)), name) for name in names)
    unknown = select(parsed(f"'{UNKNOWN}'", key), *columns)
    return exp.union(members.from_(table(of.name, ROOT)), unknown, distinct=False)


def _nothing(of: View, column: ViewColumn) -> str:
    """Return what the unknown member has: it was and is at all times, and nothing else is known.

    Beside a plain null PostgreSQL forgets how many digits a number has.
    """
    if of.kind.endswith("history") and column is of.columns[-2]:
        return "CAST('0001-01-01 00:00:00+00:00' AS TIMESTAMPTZ)"
    field = column.field
    if field is not None and field.kind is Kind.DECIMAL:
        return f"CAST(NULL AS DECIMAL({field.precision}, {field.scale}))"
    if field is not None and field.kind is Kind.INTEGER and not is_64_bit(field):
        return f"CAST(NULL AS DECIMAL({INTEGER_DIGITS}, 0))"
    return "NULL"


def _fact(model: Model, shape: Shape) -> View:
    names = Names(field.name for field in shape.fields)
    links = [link for link in model.links.outgoing(shape) if link.target.star == "dimension"]
    keyed = [(link, names.take(f"{link.path}_key")) for link in links]
    keys = [_key_column(link.target, name) for link, name in keyed]
    fields = [field_column(shape, field) for field in shape.fields]
    changed = moment_column(CHANGED_AT, ENVELOPE[CHANGED_AT])
    told = f"The facts of {shape.name}, with a key to each dimension; see dim_…."
    columns = (*keys, *fields, changed)
    query = partial(_fact_query, shape, keyed)
    return View(model.name(f"fact_{shape.name}"), "fact", shape.name, told, columns, query)


def _fact_query(shape: Shape, keyed: Sequence[tuple[Link, str]]) -> exp.Query:
    columns: list[exp.Expr] = []
    for number, (link, name) in enumerate(keyed, 1):
        columns.append(parsed(f"COALESCE({key_text(link.target, f'_{number}')}, '{UNKNOWN}')", name))
    columns += [column(field.name, ROOT) for field in shape.fields]
    query = select(*columns, column(CHANGED_AT, ROOT)).from_(table(shape.name, ROOT))
    for number, (link, _) in enumerate(keyed, 1):
        target = table(link.target.name, f"_{number}")
        same = parsed(link.condition(ROOT, f"_{number}"))
        query = query.join(target, on=same, join_type="left", copy=False)
    return query


def _key_column(shape: Shape, name: str) -> ViewColumn:
    said = f"The key of {shape.name} as text; {UNKNOWN} where there is none."
    sources = tuple((shape.name, field.name) for field in shape.keys)
    return ViewColumn(name, said, any(field.is_personal for field in shape.keys), sources)
