"""Floats of four bytes in Arrow's columns, as the numbers that somebody wrote: 1.1, not 1.100000023841858."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from franca.cli.retyped import retyped
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape

_WRITTEN = (Kind.FLOAT, Kind.DECIMAL)
_WHOLE_FROM = float(2**24)
"""From here on a float of four bytes is a whole number, of which a decimal has each digit."""


def with_short_floats(batch: Any, shape: Shape) -> Any:
    """Return a record batch with floats of eight bytes in place of those of four, in what is nested too.

    Each is the shortest number that means the same float, as captures write it, where the table has a float
    or a decimal; elsewhere it stays as it is.
    """
    fields = {field.column: field for field in shape.fields}
    for place, (name, kind) in enumerate(zip(batch.schema.names, batch.schema.types, strict=True)):
        field = fields.get(name)
        wanted = kind if field is None else _with(kind, field, pa.float64())
        if field is not None and wanted != kind:
            column = batch.column(place)
            column = pa.concat_arrays(
                [column.slice(0, 0), column]
            )  # a cast of a part of a list takes all of it
            made = column.cast(_with(kind, field, pa.string())).cast(wanted)
            if field.kind is Kind.DECIMAL:
                made = pc.if_else(pc.less(pc.abs(column), _WHOLE_FROM), made, column.cast(wanted))
            batch = batch.set_column(place, name, made)
    return batch


def _with(kind: pa.DataType, field: Field, other: pa.DataType) -> pa.DataType:
    """Return a type with another one in place of the floats of four bytes of what is declared as a number."""

    def number(kind: pa.DataType, field: Field) -> pa.DataType | None:
        return other if pa.types.is_float32(kind) and field.kind in _WRITTEN else None

    return retyped(kind, field, number)
