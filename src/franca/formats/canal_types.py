"""What Canal's messages tell of their columns' types, and how a fast way makes sure that they still do."""

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

from msgspec import defstruct

from franca.formats.columns import Columns
from franca.formats.labels import Labels, labels_of_mysql
from franca.formats.semantics import Semantic
from franca.formats.sqltypes import kind_of_jdbc, kind_of_mysql
from franca.model.kind import Kind

EVERYTHING_IS_TEXT = Semantic(is_text=True, never_json=True, bytes_form="latin-1")
_MARK = "('"
"""What stands in the types of enumerations and sets, and hardly anywhere else."""


class Labelled(NamedTuple):
    """A column whose type has labels: its type in MySQL, and its number of Java's types."""

    column: str
    type: str
    number: int | None


class Types(NamedTuple):
    """What a fast way makes sure of: statements, and fields of the message with the types it has seen."""

    lines: list[str]
    fields: list[Any]


class ColumnTypes(NamedTuple):
    """What a message tells of its columns: what each means, and those whose types have labels."""

    semantics: Mapping[str, Semantic]
    labelled: tuple[Labelled, ...]


def column_types(mysql: Mapping[str, str], jdbc: Mapping[str, int]) -> ColumnTypes:
    """Return what columns mean by their types in MySQL, else by their numbers of Java's."""
    numbers = {name: _semantic(kind_of_jdbc(number), None) for name, number in jdbc.items()}
    told = {name: _of_mysql(text, jdbc.get(name)) for name, text in mysql.items()}
    labelled = [Labelled(name, text, jdbc.get(name)) for name, text in mysql.items() if _MARK in text]
    return ColumnTypes(numbers | told, tuple(labelled))


def _of_mysql(text: str, number: int | None) -> Semantic:
    labels = labels_of_mysql(text, number) if _MARK in text else None
    return _semantic(kind_of_mysql(text) if labels is None else Kind.TEXT, labels)


@cache
def _semantic(kind: Kind | None, labels: Labels | None) -> Semantic:
    return EVERYTHING_IS_TEXT._replace(told=kind, labels=labels)


def fast_types(shape: Hashable, after: Columns, before: Columns) -> Types | None:
    """Return what holds for messages with these labelled columns, as far as columns of text are wanted.

    None where a column has a name that no field can have.
    """
    assert isinstance(shape, tuple)
    fields = [*after.fields, *before.fields]
    texts = {field.column for field in fields if field.kind in {Kind.TEXT, Kind.ENUM}}
    if not texts:
        return Types([], [])
    marks = sum(each.type.count(_MARK) for each in shape)
    lines = [f"if value.count({_MARK.encode()!r}) != {marks}:", "    raise Unexpected"]
    wanted = [each for each in shape if each.column in texts]
    if not wanted:
        return Types(lines, [])
    names = {f"c{place}": each.column for place, each in enumerate(wanted)}
    mysql = [(name, Literal[each.type]) for name, each in zip(names, wanted, strict=True)]
    jdbc = [
        (name, None, None) if each.number is None else (name, Literal[each.number])
        for name, each in zip(names, wanted, strict=True)
    ]
    try:
        told, number = (
            defstruct("Mysql", mysql, rename=names),
            defstruct("Jdbc", jdbc, rename=names, kw_only=True),
        )
    except ValueError:
        return None
    has_number = any(each.number is not None for each in wanted)
    return Types(
        lines,
        [("mysql_type", told), ("sql_type", number) if has_number else ("sql_type", number | None, None)],
    )
