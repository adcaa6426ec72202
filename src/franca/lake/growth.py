"""What a Delta table lacks of the columns that a model wants: nothing here asks or changes a table.

A table may have more than a model wants: an older model writes beside a newer one while workers are replaced.
"""

from collections.abc import Sequence
from typing import NamedTuple

from deltalake.schema import ArrayType, StructType
from deltalake.schema import Field as Column

from franca.errors import DefinitionError, Problem


class Growth(NamedTuple):
    """The columns to be added, or to be given more parts, and those that have another type in the table."""

    added: list[Column]
    clashing: list[Column]


def growth(there: Sequence[Column], wanted: Sequence[Column]) -> Growth:
    """Return what the columns of a table lack of the wanted ones, and which do not fit."""
    known = {column.name: column for column in there}
    found = Growth([], [])
    for column in wanted:
        if column.name not in known:
            found.added.append(column)
        elif not _holds(known[column.name].type, column.type):
            may_grow = _holds(known[column.name].type, column.type, grown=True)
            (found.added if may_grow else found.clashing).append(column)
    return found


def fitting(place: str, there: Sequence[Column], wanted: Sequence[Column]) -> list[Column]:
    """Return the columns to be added to a table at a place. Raises DefinitionError where one does not fit."""
    found, known = growth(there, wanted), {column.name: column for column in there}
    problems = [
        Problem(
            f"{place}.{column.name}",
            f"is {type_name(known[column.name])} in the table, {type_name(column)} in the model",
            "give the field its former type or another name, or raise the entity's version",
        )
        for column in found.clashing
    ]
    if problems:
        raise DefinitionError(problems)
    return found.added


def _holds(there: object, wanted: object, *, grown: bool = False) -> bool:
    """Return whether a type has all of the wanted one; with `grown`, missing parts do not matter."""
    if isinstance(there, ArrayType) and isinstance(wanted, ArrayType):
        return _holds(there.element_type, wanted.element_type, grown=grown)
    if isinstance(there, StructType) and isinstance(wanted, StructType):
        parts = {part.name: part.type for part in there.fields}
        folded = {name.casefold() for name in parts}  # so engines compare them: no table has both of a pair
        return all(
            _holds(parts[part.name], part.type, grown=grown)
            if part.name in parts
            else grown and part.name.casefold() not in folded
            for part in wanted.fields
        )
    return bool(there == wanted)


def type_name(column: Column) -> str:
    """Return a column's type as SQL has it."""
    return _name(column.type)


def _name(kind: object) -> str:
    if isinstance(kind, ArrayType):
        return f"array<{_name(kind.element_type)}>"
    if isinstance(kind, StructType):
        return f"struct<{', '.join(f'{part.name}: {_name(part.type)}' for part in kind.fields)}>"
    return str(getattr(kind, "type", kind))
