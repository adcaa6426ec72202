"""The Arrow types of a table's rows, as the SQL of mappings reads them."""

import pyarrow as pa

from franca.model.field import Field
from franca.model.kind import Kind

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.ENUM: pa.string(),
    Kind.UUID: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.TIME: pa.time64("us"),
    Kind.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    Kind.BYTES: pa.binary(),
}


def arrow_type(field: Field) -> pa.DataType | None:
    """Return the type in which a column's values are given, None for nested ones.

    A UUID is given as its text, and cast by who reads it; a decimal without digits has all that there are.
    """
    if field.kind is Kind.DECIMAL:
        return pa.decimal128(field.precision or 38, field.scale or 0)
    return _TYPES.get(field.kind)
