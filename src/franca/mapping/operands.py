"""Turns what a mapping's body hands to a word into expressions, and compares their types."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from uuid import UUID

from franca.mapping.refusal import refuse
from franca.mapping.tree import Call, Constant, Expression, ValueType
from franca.model.kind import Kind

NULL = Constant(None, ValueType(Kind.TEXT, nullable=True))
LOST = Constant(object(), ValueType(Kind.TEXT))
"""What stands for an expression that was refused: the rest of the body is traced, for its problems too."""
NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL})

_PLAIN: tuple[tuple[type, Kind], ...] = (
    (bool, Kind.BOOLEAN),
    (int, Kind.INTEGER),
    (str, Kind.TEXT),
    (float, Kind.FLOAT),
    (datetime, Kind.TIMESTAMP),
    (date, Kind.DATE),
    (time, Kind.TIME),
    (bytes, Kind.BYTES),
    (UUID, Kind.UUID),
)


def constant(value: object) -> Constant:
    """Return a constant with its type. Raises DefinitionError for a value of no supported type."""
    if value is None:
        return NULL
    if isinstance(value, Enum):
        return Constant(value, ValueType(Kind.ENUM, enum=type(value)))
    if isinstance(value, Decimal):
        return Constant(value, decimal_type(value))
    for python, kind in _PLAIN:
        if isinstance(value, python):
            return Constant(
                _checked(value), ValueType(kind, width=len(value) if isinstance(value, str) else None)
            )
    raise refuse(
        f"a value of the type {type(value).__name__} can't be part of a mapping",
        "use text, numbers, dates, enumerations, UUIDs or columns of the row",
    )


def _checked(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        raise refuse(f"{value!r} can't be a constant", "use a finite number, or None")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise refuse(f"{value!r} has no time zone", "write datetime(..., tzinfo=UTC)")
        return value.astimezone(UTC)
    return value


def decimal_type(value: Decimal) -> ValueType:
    """Return the narrowest type of a decimal constant."""
    if not value.is_finite():
        raise refuse(f"{value!r} can't be a constant", "use a finite number, or None")
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    scale = max(0, -exponent)
    precision = max(len(digits) + max(0, exponent), scale, 1)
    if precision > 38:
        raise refuse(f"{value!r} has more than 38 digits", "use a shorter constant")
    return ValueType(Kind.DECIMAL, precision=precision, scale=scale)


def describe(kind: ValueType) -> str:
    """Return a type in the words of messages."""
    word = kind.enum.__name__ if kind.enum else kind.kind.value
    return f"{word} or null" if kind.nullable else word


def expect(word: str, expression: Expression, *kinds: Kind, remedy: str = "") -> Expression:
    """Return the expression when it has one of the kinds; null has any. Raises DefinitionError."""
    if expression is NULL or expression.type.kind in kinds:
        return expression
    expected = " or ".join(kind.value for kind in kinds)
    reason = f"{word} got a value of the type {describe(expression.type)}, expected {expected}"
    raise refuse(reason, remedy or _cast_remedy(kinds))


def _cast_remedy(kinds: tuple[Kind, ...]) -> str:
    casts = {
        Kind.TEXT: "as_text",
        Kind.INTEGER: "integer",
        Kind.DECIMAL: "decimal",
        Kind.FLOAT: "floating",
        Kind.DATE: "date_of",
        Kind.TIMESTAMP: "timestamp_of",
        Kind.TIME: "time_of",
        Kind.UUID: "uuid_of",
        Kind.BOOLEAN: "a comparison or flag",
    }
    named = [casts[kind] for kind in kinds if kind in casts]
    return f"convert it with {' or '.join(named)}" if named else "use a column of that type"


def any_null(*expressions: Expression) -> bool:
    """Say whether one of the expressions may be null."""
    return any(expression.type.nullable for expression in expressions)


def retyped(expression: Expression, result: ValueType) -> Expression:
    """Return the constant null in the type of the whole, anything else as it is."""
    return Constant(None, replace(result, nullable=True)) if expression is NULL else expression


def unify(word: str, *expressions: Expression) -> ValueType:
    """Return the one type of several alternatives. Raises DefinitionError where there is none.

    Integers beside decimals become decimals of the widest scale; the result may be null where one may.
    """
    typed = [expression.type for expression in expressions if expression is not NULL]
    nullable = any_null(*expressions)
    if not typed:
        return NULL.type
    first = typed[0]
    kinds = {each.kind for each in typed}
    if kinds == {Kind.DECIMAL} or kinds == NUMBERS:
        return widest(typed, nullable)
    for other in typed[1:]:
        if other.kind is not first.kind or other.enum is not first.enum or not _same_inside(first, other):
            reason = f"{word} has values of two types, {describe(first)} and {describe(other)}"
            raise refuse(reason, "convert one of them")
    width = first.width if all(each.width == first.width for each in typed) else None
    return ValueType(first.kind, nullable, enum=first.enum, item=first.item, fields=first.fields, width=width)


def _same_inside(first: ValueType, second: ValueType) -> bool:
    """Tell whether lists have items of one kind; the parts of nested values are looked at in their field."""
    return (first.item.kind if first.item else None) is (second.item.kind if second.item else None)


def widest(types: Sequence[ValueType], nullable: bool) -> ValueType:
    """Return the decimal type that holds all digits of integers and decimals, as far as 38 go."""
    scale = max(each.scale or 0 for each in types)
    whole = max((each.precision or 19) - (each.scale or 0) for each in types)
    return ValueType(Kind.DECIMAL, nullable, precision=min(38, whole + scale), scale=scale)


def call(word: str, args: "tuple[Expression, ...]", result: ValueType, **options: object) -> Call:
    """Return the word applied, its options sorted by name."""
    return Call(word, args, tuple(sorted(options.items())), result)
