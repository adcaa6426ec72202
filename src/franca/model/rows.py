"""Makes the struct into which a table's rows are decoded: only the wanted columns, each possibly absent."""

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Optional, Union
from uuid import UUID

import msgspec

from franca.model.entity import Table
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import shape_of

_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.DECIMAL: Decimal,
    Kind.FLOAT: float,
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
    Kind.TIME: time,
    Kind.TIMESTAMP: Annotated[datetime, msgspec.Meta(tz=True)],
    Kind.BYTES: bytes,
    Kind.UUID: UUID,
}


def row_type(table: type[Table], columns: Iterable[str]) -> type[msgspec.Struct]:
    """Return the struct type for rows of the table, with the named attributes in the table's order.

    That is the order of its arguments, too.

    In text its fields go by the columns' legacy names; a column that a row lacks is `msgspec.UNSET`, and
    one that may not be null refuses null.
    """
    return _row_type(table, frozenset(columns))


@cache
def _row_type(table: type[Table], columns: frozenset[str]) -> type[msgspec.Struct]:
    shape = shape_of(table)
    unknown = sorted(columns - {field.name for field in shape.fields})
    if unknown:
        raise KeyError(f"the table {shape.name!r} has no column {unknown[0]!r}")
    fields = [field for field in shape.fields if field.name in columns]
    return msgspec.defstruct(
        f"{table.__name__}Row",
        [(field.name, Union[_type(field), msgspec.UnsetType], msgspec.UNSET) for field in fields],  # noqa: UP007  # built at run time
        rename={field.name: field.column for field in fields},
        frozen=True,
        gc=False,
        module=table.__module__,
    )


def _type(field: Field) -> Any:
    if field.kind is Kind.ENUM:
        bare: Any = field.enum
    elif field.kind is Kind.STRUCT:
        bare = field.cls
    elif field.kind is Kind.LIST:
        assert field.item is not None
        bare = list[_type(field.item)]  # type: ignore[misc]  # built at run time
    else:
        bare = _TYPES[field.kind]
    return Optional[bare] if field.nullable else bare  # noqa: UP045  # built at run time
