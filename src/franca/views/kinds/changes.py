"""`<entity>_changes`: what each change did to its row: its kind, the fields, their old and new values."""

from collections.abc import Iterator
from functools import partial

from sqlglot import exp

from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.views.kinds.events import distinct_events, in_order
from franca.views.model import Model
from franca.views.names import Names
from franca.views.passes.nested_comparison import NESTED
from franca.views.trees import column, parsed, select, staged, table
from franca.views.view import STATE_COLUMNS, View, ViewColumn, field_column, state_columns

_KIND = """CASE
    WHEN "_type" = '{gone}' THEN CASE WHEN "_was" <> '{gone}' THEN 'deleted' END
    WHEN "_was" IS NULL OR "_was" = '{gone}' THEN 'created'
    WHEN "_changed_fields" <> '' THEN 'updated' END"""
"""A delete of what was not there, and an update that left all as it was, are no change."""


def changes(model: Model) -> Iterator[View]:
    """Yield the changes of each entity."""
    for shape in model.shapes:
        names = _Named(shape)
        told = [
            ViewColumn("_change", "What happened: created, updated or deleted."),
            ViewColumn(
                "_changed_fields",
                "The fields whose values changed, with commas between.",
                sources=tuple((shape.name, field.name) for field, *_ in names.pairs),
            ),
        ]
        keys = [field_column(shape, field) for field in shape.keys]
        pairs = [
            field_column(shape, field, name, said=said)
            for field, old, new in names.pairs
            for name, said in ((old, "Before the change."), (new, "After the change."))
        ]
        yield View(
            model.name(f"{shape.name}_changes"),
            "changes",
            shape.name,
            f"What changed in {shape.name}, one row per change: its kind, old and new values.",
            (*keys, *told, *pairs, *state_columns()),
            partial(_query, shape, names),
        )


class _Named:
    """The names of the columns for old and new values."""

    def __init__(self, shape: Shape) -> None:
        names = Names(field.name for field in shape.keys)
        others = [field for field in shape.fields if not field.key]
        self.pairs = [(f, names.take(f"old_{f.name}"), names.take(f"new_{f.name}")) for f in others]


def _query(shape: Shape, names: _Named) -> exp.Select:
    keys = [column(field.name) for field in shape.keys]
    state = [column(name) for name in STATE_COLUMNS]
    window = in_order(shape)
    was = parsed(f'LAG("_type") OVER ({window})', "_was")
    pairs: list[exp.Expr] = []
    for field, old, new in names.pairs:
        pairs += [parsed(f'LAG("{field.name}") OVER ({window})', old), column(field.name, to=new)]
    beside = select(*keys, column("_type"), was, *pairs, *state).from_(table("_events"))
    compared = select(exp.Star(), _listed(names)).from_(table("_beside"))
    kind = parsed(_KIND.format(gone=f"{shape.entity}.deleted"), "_change")
    judged = select(exp.Star(), kind).from_(table("_compared"))
    shown = [*(f.name for f in shape.keys), "_change", "_changed_fields"]
    shown += [name for _, old, new in names.pairs for name in (old, new)]
    last = select(*map(column, [*shown, *STATE_COLUMNS])).from_(table("_judged"))
    stages = [
        *distinct_events(shape),
        ("_beside", beside),
        ("_compared", compared),
        ("_judged", judged),
    ]
    return staged(stages, last.where(parsed('"_change" IS NOT NULL')))


def _listed(names: _Named) -> exp.Expr:
    """Return the changed fields' names; a comma leads each, and the first one is cut off."""
    each = [
        f"CASE WHEN \"{old}\" IS DISTINCT FROM \"{new}\" THEN ', {field.name}' ELSE '' END"
        for field, old, new in names.pairs
    ]
    tree = parsed(f"SUBSTRING({' || '.join(each)}, 3)" if each else "''", "_changed_fields")
    nested = {new for field, _, new in names.pairs if field.kind in (Kind.LIST, Kind.STRUCT)}
    for comparison in tree.find_all(exp.NullSafeNEQ):
        comparison.meta[NESTED] = comparison.expression.name in nested
    return tree
