"""Constants and types of the expression tree as SQL."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from uuid import UUID

from sqlglot import exp

from franca.errors import DefinitionError
from franca.mapping.row import type_of
from franca.mapping.tree import ValueType
from franca.model.field import Field
from franca.model.kind import DECIMAL_PRECISION, DECIMAL_SCALE, Kind

PLAIN_TYPES = {
    Kind.TEXT: "TEXT",
    Kind.INTEGER: "BIGINT",
    Kind.FLOAT: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.TIME: "TIME",
    Kind.TIMESTAMP: "TIMESTAMPTZ",
    Kind.BYTES: "VARBINARY",
    Kind.UUID: "UUID",
    Kind.ENUM: "TEXT",
}


def data_type(type_: ValueType) -> exp.DataType:
    """Return the SQL type that holds an expression of this type."""
    if type_.kind is Kind.DECIMAL:
        precision = DECIMAL_PRECISION if type_.precision is None else type_.precision
        scale = DECIMAL_SCALE if type_.scale is None else type_.scale
        return decimal_type(precision, scale)
    if type_.kind is Kind.LIST and type_.item is not None:
        return exp.DataType(this=exp.DataType.Type.ARRAY, expressions=[data_type(type_.item)], nested=True)
    if type_.kind is Kind.STRUCT:
        members = [exp.ColumnDef(this=quoted(name), kind=data_type(each)) for name, each in type_.fields]
        return exp.DataType(this=exp.DataType.Type.STRUCT, expressions=members, nested=True)
    return exp.DataType.build(PLAIN_TYPES[type_.kind])


def field_type(field: Field) -> exp.DataType:
    """Return the SQL type that holds a field of an entity."""
    return data_type(type_of(field))


def decimal_type(precision: int, scale: int) -> exp.DataType:
    """Return DECIMAL(precision, scale)."""
    return exp.DataType.build(f"DECIMAL({precision}, {scale})")


def literal(value: object, type_: ValueType) -> exp.Expr:
    """Return a constant as SQL, typed so that every engine reads the same value."""
    if value is None:
        return exp.Cast(this=exp.Null(), to=data_type(type_))
    if isinstance(value, Enum):
        return text(str(value.value))
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bytes):
        return exp.Unhex(this=text(value.hex()))
    return exp.Cast(this=text(_written(value)), to=data_type(type_))


def _written(value: object) -> str:
    """Return the constant's notation in SQL."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(sep=" ")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int | float | date | time | UUID):
        return str(value)
    raise DefinitionError.one(type(value).__name__, f"the constant {value!r} can't be expressed in SQL")


def quoted(name: str) -> exp.Identifier:
    """Return a quoted name."""
    return exp.to_identifier(name, quoted=True)


def text(value: str) -> exp.Literal:
    """Return a text constant."""
    return exp.Literal.string(value)


def number(value: int) -> exp.Expr:
    """Return a small integer constant: a place, a length, a width."""
    return exp.Literal.number(value)


def integer(value: object) -> int:
    """Return an option of a word that is an integer, checked when the word was called."""
    assert isinstance(value, int)
    return value
