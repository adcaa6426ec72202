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


class Told(NamedTuple):
    """A column's type in MySQL, and the number of Java's types if its type has labels."""

    column: str
    type: str
    number: int | None


_LARGEST = 2**31
"""Java counts types within this."""


class Types(NamedTuple):
    """What a fast way makes sure of: statements, and fields of the message with the types it has seen."""

    lines: list[str]
    fields: list[Any]


class ColumnTypes(NamedTuple):
    """What a message tells of its columns: what each means, and their types where one of those has labels."""

    semantics: Mapping[str, Semantic]
    labelled: tuple[Told, ...]


def column_types(mysql: Mapping[str, str], jdbc: Mapping[str, int]) -> ColumnTypes:
    """Return what columns mean by their types in MySQL, else by their numbers of Java's."""
    numbers = {name: _semantic(kind_of_jdbc(number), None) for name, number in jdbc.items()}
    told = {name: _of_mysql(text, jdbc.get(name)) for name, text in mysql.items()}
    types = [Told(name, text, jdbc.get(name) if _MARK in text else None) for name, text in mysql.items()]
    return ColumnTypes(numbers | told, tuple(types) if any(_MARK in text for text in mysql.values()) else ())


def _of_mysql(text: str, number: int | None) -> Semantic:
    labels = labels_of_mysql(text, number) if _MARK in text else None
    return _semantic(kind_of_mysql(text) if labels is None else Kind.TEXT, labels)


@cache
def _semantic(kind: Kind | None, labels: Labels | None) -> Semantic:
    return EVERYTHING_IS_TEXT._replace(told=kind, labels=labels)


def fast_types(shape: Hashable, after: Columns, before: Columns) -> Types:
    """Return what holds where columns have these types in MySQL, as far as columns of text are wanted."""
    assert isinstance(shape, tuple)
    fields = [*after.fields, *before.fields]
    texts = {field.column for field in fields if field.kind in {Kind.TEXT, Kind.ENUM}}
    if not texts:
        return Types([], [])
    if not shape:
        return Types(_WITHOUT_LABELS, [])
    types: dict[str, Any] = {each.column: Literal[each.type] for each in shape if each.column in texts}
    numbers = {each.column: _exactly(each.number) for each in shape if each.number is not None}
    told = _struct("Mysql", types | dict.fromkeys(texts - types.keys()))
    number = _struct("Jdbc", {name: kind for name, kind in numbers.items() if name in texts})
    return Types([], [("mysql_type", told), ("sql_type", number) if numbers else ("sql_type", Any, None)])


def _exactly(number: int) -> Any:
    """Return the type that only a number has; of one that no column type has, a type that it has not."""
    return Literal[number] if abs(number) < _LARGEST else None


_WITHOUT_LABELS = [
    f"if {ord(_MARK[1])} in value and value.find({_MARK.encode()!r}) >= 0:",
    "    raise Unexpected",
]


def _struct(name: str, types: Mapping[str, Any]) -> Any:
    """Return the type of an object with these fields, those of None being null or missing."""
    names = {f"c{place}": column for place, column in enumerate(types)}
    kinds = zip(names, types.values(), strict=True)
    fields: list[Any] = [(each, None, None) if kind is None else (each, kind) for each, kind in kinds]
    return defstruct(name, fields, rename=names, kw_only=True)
