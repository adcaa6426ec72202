"""Values that a model says of its fields, and how SQL has them: equal to what the fields' columns hold."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import isfinite
from types import MappingProxyType
from uuid import UUID

from franca.model.field import Field
from franca.model.kind import DECIMAL_PRECISION, Kind

_DIGITS = 15
"""So many digits of a number every engine keeps as they are: some read more as an error, some as a float."""

_NUMBERS = (int, Decimal, float, str)
_TYPES: Mapping[Kind, tuple[type, ...]] = MappingProxyType(
    {
        Kind.TEXT: (str,),
        Kind.ENUM: (str,),
        Kind.INTEGER: _NUMBERS,
        Kind.DECIMAL: _NUMBERS,
        Kind.FLOAT: _NUMBERS,
        Kind.BOOLEAN: (bool, str),
        Kind.DATE: (date, str),
        Kind.TIME: (time, str),
        Kind.TIMESTAMP: (date, str),
        Kind.BYTES: (str,),
        Kind.UUID: (UUID, str),
    }
)
"""Of what types the values are that a model says of fields of a kind."""
_BOOLEANS = MappingProxyType({"true": True, "false": False})


def literal(value: object, kind: Kind | None = None) -> str:
    """Return a value of a model as SQL has it, where it is told of a field of this kind.

    Columns of times and UUIDs are texts in the lake: they are written as events have them.

    >>> literal("it's"), literal(True), literal(date(2026, 11, 22)), literal(time(10))
    ("'it''s'", 'TRUE', "DATE '2026-11-22'", "'10:00:00.000000'")
    >>> literal(7), literal(Decimal("0.50")), literal(10**20)
    ('7', '0.50', "CAST('100000000000000000000' AS DECIMAL(21, 0))")
    >>> literal(Decimal(1).scaleb(-38))
    "CAST('0.00000000000000000000000000000000000001' AS DECIMAL(38, 38))"
    >>> literal("6BA7B8109DAD11D180B400C04FD430C8", Kind.UUID)
    "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'"
    >>> literal("2026-11-22", Kind.DATE), literal("7", Kind.INTEGER), literal("true", Kind.BOOLEAN)
    ("DATE '2026-11-22'", '7', 'TRUE')
    """
    value = value.value if isinstance(value, Enum) else value
    value = _read(value, kind) if isinstance(value, str) else value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | Decimal):
        return _number(value)
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    text = value.isoformat(timespec="microseconds") if isinstance(value, time) else str(value)
    return "'" + text.replace("'", "''") + "'"


def can_be(value: object, field: Field) -> bool:
    """Return whether a column of the lake and of the store can hold a value that is told of the field.

    Texts may stand for values of every kind, and then have to be some.
    """
    is_type = isinstance(value, _TYPES.get(field.kind, (object,)))
    if not is_type or (isinstance(value, bool) and field.kind is not Kind.BOOLEAN):
        return False
    try:
        value = _read(value, field.kind) if isinstance(value, str) else value
    except (ValueError, ArithmeticError):
        return False
    match value:
        case str() if field.enum is not None:
            return value in [member.value for member in field.enum]
        case str():
            return "\0" not in value
        case time():
            return value.tzinfo is None
        case int() | Decimal() if field.kind in (Kind.INTEGER, Kind.DECIMAL):
            return _has_digits(Decimal(value), field)
        case float():
            return field.kind is Kind.FLOAT and isfinite(value)
    return True


def _read(text: str, kind: Kind | None) -> object:
    """Return what a text is that is told of a field of this kind. Raises ValueError, ArithmeticError."""
    match kind:
        case Kind.UUID:
            return UUID(text)
        case Kind.TIME:
            return time.fromisoformat(text)
        case Kind.DATE:
            return date.fromisoformat(text)
        case Kind.TIMESTAMP:
            return datetime.fromisoformat(text).isoformat(" ")
        case Kind.INTEGER | Kind.DECIMAL:
            return Decimal(text)
        case Kind.FLOAT:
            return float(text)
        case Kind.BOOLEAN if text.lower() not in _BOOLEANS:
            raise ValueError(text)
        case Kind.BOOLEAN:
            return _BOOLEANS[text.lower()]
    return text


def _has_digits(value: Decimal, field: Field) -> bool:
    """Return whether a number has no more digits before and after the point than the field's column."""
    precision, scale = field.precision or DECIMAL_PRECISION, field.scale or 0
    if not value.is_finite():
        return False
    if not value:
        return True
    is_near = -scale <= value.adjusted() < precision - scale
    return is_near and (Fraction(value) * 10**scale).denominator == 1


def _number(value: int | Decimal) -> str:
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if len(text) > _DIGITS and "." in text:
        text = text.rstrip("0").rstrip(".")
    _, _, fraction = text.partition(".")
    digits = min(sum(each.isdigit() for each in text), DECIMAL_PRECISION)
    return text if digits <= _DIGITS else f"CAST('{text}' AS DECIMAL({digits}, {len(fraction)}))"
