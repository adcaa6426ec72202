"""Whether a JSON object may be a plain row of a table: what nobody may take for a message of another kind."""

from collections.abc import Set as AbstractSet
from functools import lru_cache

from franca.model.entity import Table
from franca.model.shape import shape_of

Names = AbstractSet[str]


@lru_cache(maxsize=1024)
def columns_of(table: type[Table] | None) -> frozenset[str]:
    """Return the names of a table's columns in the application, none of no table."""
    return frozenset() if table is None else frozenset(field.column for field in shape_of(table).fields)


@lru_cache(maxsize=1024)
def _keys_of(table: type[Table]) -> frozenset[str]:
    return frozenset(field.column for field in shape_of(table).keys)


def is_row(names: Names, table: type[Table] | None) -> bool:
    """Return whether an object with these names has nothing that is no column of the table."""
    return names <= columns_of(table)


def may_be_row(names: Names, table: type[Table] | None) -> bool:
    """Return whether an object with these names may be a row: all of it, or its whole key, are columns."""
    return table is not None and (is_row(names, table) or _keys_of(table) <= names)
