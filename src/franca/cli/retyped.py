"""Other types for parts of what a Parquet file holds, by what the table declares of them."""

from collections.abc import Callable
from typing import TypeAlias

import pyarrow as pa

from franca.model.field import Field

Choice: TypeAlias = Callable[[pa.DataType, Field], pa.DataType | None]
"""Gives the type in place of one that has this declaration, None where it stays, or has parts to look at."""


def retyped(kind: pa.DataType, field: Field, choose: Choice) -> pa.DataType:
    """Return a type as it is chosen, alone or as a part of lists and structs; undeclared parts stay."""
    chosen = choose(kind, field)
    if chosen is not None:
        return chosen
    if pa.types.is_struct(kind):
        declared = {part.name: part for part in field.fields}
        parts = [kind.field(place) for place in range(kind.num_fields)]
        told = [(part, declared.get(part.name)) for part in parts]
        return pa.struct([p if d is None else p.with_type(retyped(p.type, d, choose)) for p, d in told])
    if field.item is None or not any(is_list(kind) for is_list in _LISTS):
        return kind
    item = kind.value_field.with_type(retyped(kind.value_type, field.item, choose))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(item, kind.list_size)
    return pa.large_list(item) if pa.types.is_large_list(kind) else pa.list_(item)


_LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
