"""Rows for tests, in which columns may be absent."""

from typing import TypeVar, cast

from franca.model.entity import Table
from franca.model.rows import row_type
from franca.model.shape import shape_of

T = TypeVar("T", bound=Table)


def row(table: type[T], /, **columns: object) -> T:
    """Return a row of the table that has only the given columns; the others are absent.

    It is what the stream's decoder gives for a partial change, and stands for a row of the table.
    """
    known = [field.name for field in shape_of(table).fields]
    for name in columns:
        if name not in known:
            raise TypeError(
                f"the table {table.franca_name!r} has no column {name!r}, expected one of {known}"
            )
    return cast("T", row_type(table, known)(**columns))
