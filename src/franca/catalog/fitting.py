"""Whether a column declared as one type can read what the source's type holds."""

from typing import Literal, NamedTuple

from franca.catalog.table import ColumnType
from franca.model.field import Field
from franca.model.kind import Kind


class Fit(NamedTuple):
    """`same` reads all, `wider` reads what comes today or in most captures, `unlike` does not read it."""

    verdict: Literal["same", "wider", "unlike"]
    reason: str = ""


SAME = Fit("same")
_READ_AS: dict[tuple[Kind, Kind], str] = {
    (Kind.INTEGER, Kind.DECIMAL): "every integer is a decimal",
    (Kind.INTEGER, Kind.FLOAT): "integers beyond 2**53 lose digits",
    (Kind.DECIMAL, Kind.FLOAT): "decimals lose digits as floats",
    (Kind.FLOAT, Kind.DECIMAL): "NaN and infinities don't fit",
    (Kind.INTEGER, Kind.BOOLEAN): "only 0 and 1 fit",
    (Kind.BOOLEAN, Kind.INTEGER): "some captures send true and false",
    (Kind.DATE, Kind.TIMESTAMP): "a date is its midnight",
    (Kind.TEXT, Kind.ENUM): "only the enumeration's values fit",
    (Kind.TEXT, Kind.UUID): "only texts of UUIDs fit",
    (Kind.TEXT, Kind.DATE): "only texts of dates fit",
    (Kind.TEXT, Kind.TIME): "only texts of times fit",
    (Kind.TEXT, Kind.TIMESTAMP): "only texts of timestamps fit",
    (Kind.TEXT, Kind.INTEGER): "only texts of integers fit",
    (Kind.TEXT, Kind.DECIMAL): "only texts of decimals fit",
    (Kind.TEXT, Kind.LIST): "only arrays fit",
    (Kind.TEXT, Kind.STRUCT): "only objects fit",
}
"""By source's kind and declared kind: what is read, and the catch."""
_SHOWN_AS_TEXT = frozenset(
    {
        Kind.ENUM,
        Kind.UUID,
        Kind.DATE,
        Kind.TIME,
        Kind.TIMESTAMP,
        Kind.BYTES,
        Kind.DECIMAL,
        Kind.LIST,
        Kind.STRUCT,
    }
)
"""What a text column reads: captures write these as text, or say what their numbers mean; of lists and
documents it has the JSON."""


def fit(source: ColumnType, field: Field) -> Fit:
    """Return how a declared column reads a source's type."""
    told = source.told or source.kind.value
    declared = _shown(field)
    if source.kind is field.kind:
        return _same_kind(source, field, told, declared)
    if field.kind is Kind.TEXT and source.kind in _SHOWN_AS_TEXT:
        return SAME
    if source.kind is Kind.DECIMAL and field.kind is Kind.INTEGER:
        return (
            SAME
            if source.scale == 0
            else Fit("unlike", f"is {told}, declared {declared}: fractions don't fit")
        )
    if source.kind is Kind.STRUCT and field.kind in {Kind.LIST, Kind.STRUCT}:
        return SAME
    catch = _READ_AS.get((source.kind, field.kind))
    if catch is None:
        return Fit("unlike", f"is {told}, declared {declared}")
    if (source.kind, field.kind) == (Kind.INTEGER, Kind.DECIMAL):
        return SAME
    return Fit("wider", f"is {told}, declared {declared}: {catch}")


def _same_kind(source: ColumnType, field: Field, told: str, declared: str) -> Fit:
    if source.kind is Kind.ENUM and field.enum is not None:
        known = {member.value for member in field.enum}
        more = [label for label in source.labels if label not in known]
        if more:
            return Fit(
                "unlike", f"has the values {', '.join(map(repr, more))}, which {field.enum.__name__} lacks"
            )
    if source.kind is Kind.DECIMAL and source.precision is not None and field.precision is not None:
        before = field.precision - (field.scale or 0)
        if source.precision - (source.scale or 0) > before or (source.scale or 0) > (field.scale or 0):
            return Fit("wider", f"is {told}, declared {declared}: longer numbers may come")
    if source.kind is Kind.LIST and source.item is not None and field.item is not None:
        return fit(source.item, field.item)
    return SAME


def _shown(field: Field) -> str:
    match field.kind:
        case Kind.DECIMAL if field.precision is not None:
            return f"Decimal of {field.precision} digits, {field.scale} after the point"
        case Kind.ENUM if field.enum is not None:
            return field.enum.__name__
    return field.kind.value
