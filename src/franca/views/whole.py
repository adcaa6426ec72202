"""Has DuckDB's values come through Arrow as they are: texts of what it lacks, and whole numbers."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from duckdb.sqltypes import DuckDBPyType

Convert: TypeAlias = Callable[[Any], Any]

_TEXT = "VARCHAR"
_WHOLE = ("uhugeint", "bignum")
_TEXTS = frozenset({*_WHOLE, "interval", "time with time zone", "bit", "variant", "time_ns", "timestamp_ns"})
"""Kinds whose values are others in Arrow, or nothing that people read."""

_NESTED = ("list", "array", "map", "struct", "tuple", "union")


def through_arrow(kind: DuckDBPyType) -> str:
    """Return the type as which values are to be read: with texts in the place of what Arrow lacks.

    >>> import duckdb
    >>> through_arrow(duckdb.sqltype("STRUCT(a INTERVAL[], b INT)"))
    'STRUCT("a" VARCHAR[], "b" INTEGER)'
    """
    parts = _parts(kind)
    texts = [through_arrow(part) for _, part in parts]
    if kind.id in _TEXTS or (kind.id == "union" and texts != [str(part) for _, part in parts]):
        return _TEXT
    if texts == [str(part) for _, part in parts]:
        return str(kind)
    match kind.id:
        case "list":
            return f"{texts[0]}[]"
        case "array":
            return f"{texts[0]}[{dict(kind.children)['size']}]"
        case "map":
            return f"MAP({', '.join(texts)})"
    names = ('"' + name.replace('"', '""') + '"' for name, _ in parts)
    return f"STRUCT({', '.join(map(' '.join, zip(names, texts, strict=True)))})"


def whole(kind: DuckDBPyType) -> Convert | None:
    """Return what makes integers of a type's whole numbers, which come as others; None where it has none.

    >>> import duckdb
    >>> from decimal import Decimal
    >>> whole(duckdb.sqltype("DECIMAL(38, 0)[]"))([Decimal(1), None])
    [1, None]
    >>> whole(duckdb.sqltype("STRUCT(a HUGEINT)"))({"a": Decimal(1)})
    {'a': 1}
    """
    made = _within(kind)
    return None if made is None else lambda value: None if value is None else made(value)


def _within(kind: DuckDBPyType) -> Convert | None:
    if (
        kind.id == "hugeint"
        or kind.id in _WHOLE
        or (kind.id == "decimal" and not dict(kind.children)["scale"])
    ):
        return int
    made = {name: each for name, part in _parts(kind) if (each := whole(part)) is not None}
    if not made or kind.id == "union":
        return None
    if kind.id == "map":
        key, item = made.get("key", _same), made.get("value", _same)
        return lambda pairs: [(key(name), item(value)) for name, value in pairs]
    if kind.id in ("struct", "tuple"):
        return lambda value: {
            name: made[name](part) if name in made else part for name, part in value.items()
        }
    (each,) = made.values()
    return lambda values: [each(value) for value in values]


def _parts(kind: DuckDBPyType) -> Sequence[tuple[str, DuckDBPyType]]:
    """Return the types that a nested one is made of, by their names: Arrow's where they have none."""
    children = kind.children if kind.id in _NESTED else ()
    parts = [(name, part) for name, part in children if isinstance(part, DuckDBPyType)]
    if kind.id == "tuple":
        return [(f"element{number}", part) for number, (_, part) in enumerate(parts, 1)]
    return parts


def _same(value: Any) -> Any:
    return value
