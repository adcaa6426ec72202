"""The words on numbers: casts, rounding, implied decimals. Integers are of 64 bits, decimals of 38 digits."""

from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, overload
from uuid import UUID

from franca.mapping import operators
from franca.mapping.operands import call, expect
from franca.mapping.refusal import refuse
from franca.mapping.symbol import lift, word, wrap
from franca.mapping.tree import ValueType
from franca.model.kind import Kind

Number = TypeVar("Number", Decimal, Decimal | None)


@overload
def integer(value: str | Decimal | int) -> int: ...
@overload
def integer(value: str | Decimal | int | None) -> int | None: ...
@word
def integer(value: Any) -> Any:
    """Return text of a sign and 1 to 18 digits, or a decimal without places, as an integer."""
    return wrap(operators.integer(lift(value)))


@overload
def decimal(value: str | Decimal | int, scale: int, precision: int = 18) -> Decimal: ...
@overload
def decimal(value: str | Decimal | int | None, scale: int, precision: int = 18) -> Decimal | None: ...
@word
def decimal(value: Any, scale: int, precision: int = 18) -> Any:
    """Return text, an integer or a decimal as a decimal with `scale` places; nothing is cut off."""
    return wrap(operators.cast_decimal(lift(value), scale, precision))


@overload
def implied(value: str | int, scale: int) -> Decimal: ...
@overload
def implied(value: str | int | None, scale: int) -> Decimal | None: ...
@word
def implied(value: Any, scale: int) -> Any:
    """Return digits whose last `scale` stand behind a point that is not written."""
    lifted = expect("implied", lift(value), Kind.TEXT, Kind.INTEGER)
    if type(scale) is not int or not 0 <= scale <= 18:
        raise refuse(f"implied got the scale {scale!r}", "expected a constant from 0 to 18")
    precision = 19 if lifted.type.kind is Kind.INTEGER else 18
    result = ValueType(Kind.DECIMAL, lifted.type.nullable, precision=precision, scale=scale)
    return wrap(call("implied", (lifted,), result, scale=scale))


@word
def rounded(value: Number, places: int = 0, mode: str = "half-up") -> Number:
    """Return the decimal with so many places; `mode` is half-up, half-even, down, floor or ceiling.

    Python's own `round(x, places)` is the same with half-even.
    """
    made: Number = wrap(operators.rounded(lift(value), places, mode))
    return made


@overload
def floating(value: str | Decimal | int | float) -> float: ...
@overload
def floating(value: str | Decimal | int | float | None) -> float | None: ...
@word
def floating(value: Any) -> Any:
    """Return text, an integer or a decimal as the nearest float."""
    lifted = expect("floating", lift(value), Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
    if lifted.type.kind is Kind.FLOAT:
        return value
    return wrap(call("floating", (lifted,), ValueType(Kind.FLOAT, lifted.type.nullable)))


Writable = int | Decimal | date | time | UUID | Enum | str


@overload
def as_text(value: Writable) -> str: ...
@overload
def as_text(value: Writable | None) -> str | None: ...
@word
def as_text(value: Any) -> Any:
    """Return an integer, a decimal, a date, a time, a timestamp, a UUID or an enumeration's value as text."""
    lifted = lift(value)
    if lifted.type.kind is Kind.TEXT:
        return value
    remedies = {
        Kind.BOOLEAN: 'use codes(x, {True: "Y", False: "N"})',
        Kind.FLOAT: "every engine writes floats its own way; use a decimal",
    }
    expect(
        "as_text",
        lifted,
        Kind.INTEGER,
        Kind.DECIMAL,
        Kind.DATE,
        Kind.TIME,
        Kind.TIMESTAMP,
        Kind.UUID,
        Kind.ENUM,
        remedy=remedies.get(lifted.type.kind, "take its parts one by one"),
    )
    return wrap(call("as_text", (lifted,), ValueType(Kind.TEXT, lifted.type.nullable)))
