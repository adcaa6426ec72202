"""Rows that say beside each column whether it is missing: GoldenGate's, in the shape of its Avro."""

from collections.abc import Callable
from copy import copy
from typing import Any

import msgspec

from franca.formats.columns import Columns
from franca.formats.reading import Unexpected

MISSING = "_isMissing"
"""What the name of a column's mark ends with."""


def is_mark(name: str) -> bool:
    """Return whether a cell of this name is no column's, but says whether one is missing."""
    return name.endswith(MISSING)


def mark_fields(columns: Columns, kind: Any, default: Any) -> tuple[list[Any], dict[str, str]]:
    """Return fields for the marks of columns, and what they are called in a message.

    Raises ValueError where a column has the name of a mark.
    """
    if any(is_mark(field.column) for field in columns.fields):
        raise ValueError("a column has the name of a mark")
    names = {f"mark{number}": field.column + MISSING for number, field in enumerate(columns.fields)}
    return [(name, kind, default) for name in names], names


def unmarked(columns: Columns, name: str) -> list[str]:
    """Return the statements that refuse an object with one of these marks set."""
    tests = (f"{name}.mark{number}" for number, _ in enumerate(columns.fields))
    return [f"if {' or '.join(tests)}:", "    raise Unexpected"] if columns.fields else []


def with_marks(columns: Columns) -> Columns:
    """Return the same columns for rows that may have marks; `finish` refuses a row with one set.

    Raises ValueError as `mark_fields`.
    """
    fields, names = mark_fields(columns, bool, False)
    found = copy(columns)
    found.wire, found.whole = columns.beside("column_", fields, names)
    found.finish = _finish(columns)
    return found


def _finish(columns: Columns) -> Callable[[Any], msgspec.Struct]:
    names: dict[str, Any] = {
        "Unexpected": Unexpected,
        "made_after": columns.made_of("column_"),
        "row_after": columns.row,
    }
    lines = [
        "def finish(wire):",
        *(f"    {line}" for line in unmarked(columns, "wire")),
        f"    return {columns.expression('wire', 'column_', 'after')}",
    ]
    exec("\n".join(lines), names)  # noqa: S102  # built from field names, which are identifiers
    made: Callable[[Any], msgspec.Struct] = names["finish"]
    return made
