"""Values that a model says of its fields, and how SQL has them: equal to what the fields' columns hold."""

from datetime import date, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from uuid import UUID

from franca.model.field import Field
from franca.model.kind import DECIMAL_PRECISION, Kind

_DIGITS = 15
"""So many digits of a number every engine keeps as they are: some read more as an error, some as a float."""


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
    """
    value = value.value if isinstance(value, Enum) else value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | Decimal):
        return _number(value)
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str):
        value = _read(value, kind)
    text = value.isoformat(timespec="microseconds") if isinstance(value, time) else str(value)
    return "'" + text.replace("'", "''") + "'"


def can_be(value: object, field: Field) -> bool:
    """Return whether a column of the lake and of the store can hold a value, which is of the field's type.

    Texts may stand for UUIDs and times, and then have to be some.
    """
    try:
        value = _read(value, field.kind) if isinstance(value, str) else value
    except ValueError:
        return False
    match value:
        case str():
            return "\0" not in value
        case time():
            return value.tzinfo is None
        case int() | Decimal() if field.kind in (Kind.INTEGER, Kind.DECIMAL):
            return _has_digits(Decimal(value), field)
    return True


def _read(text: str, kind: Kind | None) -> str | UUID | time:
    """Return what a text is that is told of a field of this kind. Raises ValueError."""
    if kind is Kind.UUID:
        return UUID(text)
    return time.fromisoformat(text) if kind is Kind.TIME else text


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
