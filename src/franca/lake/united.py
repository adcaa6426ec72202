"""Columns of two kinds of rows taken together: of a model and of a table that another model has written, too.

While workers are replaced an older model folds what a newer one has written: it must not leave out what it
does not know.
"""

from collections.abc import Mapping

import pyarrow as pa
from deltalake import DeltaTable

from franca.lake.columns import ENVELOPE, PLACE, events_schema, snapshot_schema
from franca.model.shape import Shape


def united(first: pa.Schema, second: pa.Schema) -> pa.Schema:
    """Return the columns of both, and the parts of both where a nested value has others in each.

    They are in the order of the first, and what only the second has follows.
    """
    known, others = set(first.names), {field.name: field.type for field in second}
    return pa.schema(
        [
            *(field.with_type(_both(field.type, others.get(field.name, field.type))) for field in first),
            *(field for field in second if field.name not in known),
        ]
    )


def columns_of(table: DeltaTable) -> pa.Schema:
    """Return the columns of a table as Arrow has them."""
    return pa.schema(table.schema().to_arrow())


def reordered(there: pa.Schema, own: pa.Schema) -> dict[str, pa.DataType]:
    """Return the types in a table of the nested columns whose parts a model has in another order, or fewer.

    Files with the table's order are read by all: some readers know no other one, of which they say nothing.
    """
    kinds = {field.name: field.type for field in there}
    return {
        field.name: kinds[field.name]
        for field in own
        if field.name in kinds and _names(field.type) != _names(kinds[field.name])
    }


def in_order(rows: pa.Table, kinds: Mapping[str, pa.DataType]) -> pa.Table:
    """Return rows with some columns in these types, which `reordered` found."""
    for name, kind in kinds.items():
        rows = rows.set_column(rows.column_names.index(name), name, rows[name].cast(kind))
    return rows


def _names(kind: pa.DataType) -> tuple[object, ...]:
    """Return the names of the parts of a type in their order, with those of their own."""
    if pa.types.is_list(kind):
        return _names(kind.value_type)
    return tuple((part.name, _names(part.type)) for part in kind) if pa.types.is_struct(kind) else ()


def all_events(events: DeltaTable, shape: Shape) -> pa.Schema:
    """Return the columns of a table of events, and those of the model that it lacks."""
    return united(columns_of(events), events_schema(shape))


def all_states(events: pa.Schema, shape: Shape) -> pa.Schema:
    """Return the columns that states have which are made of events with these columns: the model's first."""
    own = snapshot_schema(shape)
    names = set(own.names)
    told = {column.name for column in (*ENVELOPE, *PLACE)} - names
    known = united(pa.schema([field for field in events if field.name not in told]), own)
    return pa.schema([*map(known.field, own.names), *(field for field in known if field.name not in names)])


def _both(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Return a type with the parts of both, the first one where they have nothing in common."""
    if pa.types.is_list(one) and pa.types.is_list(other):
        return pa.list_(_both(one.value_type, other.value_type))
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        return pa.struct(united(pa.schema(list(one)), pa.schema(list(other))))
    return one
