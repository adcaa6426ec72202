"""The columns of an entity's tables in the lake, and their Arrow types.

The envelope's columns begin with an underscore, as no field can, and are called as in the store.
"""

from dataclasses import dataclass

import pyarrow as pa

from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.topics.event_decoder import INTEGER_DIGITS, is_64_bit

TIMESTAMP = pa.timestamp("us", "UTC")

STATE = ("_sequence", "_mapping", "_event_id", "_origin", "_changed_at")
"""What a row of the current state tells about where it comes from, as in the store's tables."""

RANGED = ("_topic_id", "_partition", "_offset", "_changed_at", "_sequence", "_subject")
"""The columns of the envelope whose bounds each file of events tells."""

DELETED = ("_subject", "_sequence", "_mapping", "_changed_at")

_SIMPLE: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.ENUM: pa.string(),
    Kind.UUID: pa.string(),
    Kind.TIME: pa.string(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: TIMESTAMP,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table. `repeats` says that few values come again and again: a dictionary pays."""

    name: str
    type: pa.DataType
    repeats: bool = False


ENVELOPE = (
    Column("_event_id", pa.string()),
    Column("_source", pa.string(), repeats=True),
    Column("_type", pa.string(), repeats=True),
    Column("_subject", pa.string()),
    Column("_changed_at", TIMESTAMP),
    Column("_sequence", pa.string()),
    Column("_origin", pa.string(), repeats=True),
    Column("_mapping", pa.int64(), repeats=True),
    Column("_mapping_hash", pa.string(), repeats=True),
    Column("_schema", pa.string(), repeats=True),
)
"""The columns of the envelope, without those that tell the record's place in its topic."""

PLACE = (
    Column("_partition", pa.int32(), repeats=True),
    Column("_offset", pa.int64()),
    Column("_topic_id", pa.string(), repeats=True),
)
"""The columns that tell where in which topic the event stands."""


def events_columns(shape: Shape) -> list[Column]:
    """Return the columns of an entity's `events` table."""
    fields = [
        Column(field.name, arrow_type(field), repeats=field.kind in {Kind.ENUM, Kind.BOOLEAN})
        for field in shape.fields
    ]
    return [*ENVELOPE, *fields, *PLACE]


def repeating_columns(shape: Shape) -> list[str]:
    """Return the columns of an entity's `events` table for which a dictionary pays."""
    return [column.name for column in events_columns(shape) if column.repeats]


def events_schema(shape: Shape) -> pa.Schema:
    """Return the schema of an entity's `events` table."""
    return pa.schema([pa.field(column.name, column.type) for column in events_columns(shape)])


def snapshot_schema(shape: Shape) -> pa.Schema:
    """Return the schema of an entity's `snapshot` table: fields, where a state comes from, the key's text."""
    kinds = {column.name: column.type for column in ENVELOPE}
    fields = [pa.field(field.name, arrow_type(field)) for field in shape.fields]
    return pa.schema([*fields, *(pa.field(name, kinds[name]) for name in (*STATE, "_subject"))])


def deleted_schema() -> pa.Schema:
    """Return the schema of every `deleted` table: the ranks of the keys that were deleted."""
    kinds = {column.name: column.type for column in ENVELOPE}
    return pa.schema([pa.field(name, kinds[name]) for name in DELETED])


def is_ranged(kind: pa.DataType) -> bool:
    """Return whether bounds of values of a type can always be told, where there are any values."""
    tests = (pa.types.is_string, pa.types.is_integer, pa.types.is_date, pa.types.is_timestamp)
    return any(test(kind) for test in tests)


def ranged_columns(shape: Shape) -> list[str]:
    """Return the columns of an entity's events whose bounds each file tells: what one asks for."""
    kinds = {field.name: arrow_type(field) for field in shape.keys}
    return [*RANGED, *(name for name, kind in kinds.items() if is_ranged(kind))]


def arrow_type(field: Field) -> pa.DataType:
    """Return the type of a field's column; docs/reference/types.md has the table."""
    match field.kind:
        case Kind.INTEGER:
            return pa.int64() if is_64_bit(field) else pa.decimal128(INTEGER_DIGITS, 0)
        case Kind.DECIMAL:
            return pa.decimal128(field.precision, field.scale)
        case Kind.BYTES:
            return pa.binary()
        case Kind.LIST:
            assert field.item is not None
            return pa.list_(arrow_type(field.item))
        case Kind.STRUCT:
            return pa.struct([(part.name, arrow_type(part)) for part in field.fields])
        case _:
            return _SIMPLE[field.kind]
