"""How an event becomes a row of its entity's `events` table: each column's Arrow type and its SQL.

The envelope's columns begin with an underscore, as no field can, and are called as in the store.
"""

from dataclasses import dataclass

import pyarrow as pa

from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.topics.event_decoder import INTEGER_DIGITS, is_64_bit

TIMESTAMP = pa.timestamp("us", "UTC")

_ENVELOPE_JSON = {
    "id": "VARCHAR",
    "source": "VARCHAR",
    "type": "VARCHAR",
    "subject": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "dataschema": "VARCHAR",
    "sequence": "VARCHAR",
    "origin": "VARCHAR",
    "mapping": "VARCHAR",
}
_REQUIRED = ("id", "source", "type", "subject", "time", "sequence", "mapping")
STATE = ("_sequence", "_mapping", "_event_id", "_origin", "_changed_at")
"""What a row of the current state tells about where it comes from, as in the store's tables."""

RANGED = ("_topic_id", "_partition", "_offset", "_changed_at", "_sequence", "_subject")
"""The columns of the envelope whose bounds each file of events tells."""

DELETED = ("_subject", "_sequence", "_mapping", "_changed_at")
_CHECKED = "$checked"
_SIMPLE: dict[Kind, tuple[str, pa.DataType]] = {
    Kind.TEXT: ("VARCHAR", pa.string()),
    Kind.ENUM: ("VARCHAR", pa.string()),
    Kind.UUID: ("VARCHAR", pa.string()),
    Kind.TIME: ("VARCHAR", pa.string()),
    Kind.FLOAT: ("DOUBLE", pa.float64()),
    Kind.BOOLEAN: ("BOOLEAN", pa.bool_()),
    Kind.DATE: ("DATE", pa.date32()),
    Kind.TIMESTAMP: ("TIMESTAMPTZ", TIMESTAMP),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table: its type, and the SQL that takes it out of the parsed event `e`.

    `repeats` says that few values come again and again, so that a dictionary pays.
    """

    name: str
    type: pa.DataType
    sql: str
    repeats: bool = False


def envelope_columns(shape: Shape) -> list[Column]:
    """Return the columns of the envelope, without those that tell the record's place in its topic."""
    missing = " OR ".join(f"e.{name} IS NULL" for name in _REQUIRED)
    types = f"e.type NOT IN ('{shape.entity}.changed', '{shape.entity}.deleted')"
    checked_id = f"CASE WHEN {missing} OR {types} THEN error('envelope') ELSE e.id END"
    return [
        Column("_event_id", pa.string(), checked_id),
        Column("_source", pa.string(), "e.source", repeats=True),
        Column("_type", pa.string(), "e.type", repeats=True),
        Column("_subject", pa.string(), "e.subject"),
        Column("_changed_at", TIMESTAMP, "e.time"),
        Column("_sequence", pa.string(), "e.sequence"),
        Column("_origin", pa.string(), "e.origin", repeats=True),
        Column("_mapping", pa.int64(), "split_part(e.mapping, '-', 1)::BIGINT", repeats=True),
        Column("_mapping_hash", pa.string(), "split_part(e.mapping, '-', 2)", repeats=True),
        Column("_schema", pa.string(), "e.dataschema", repeats=True),
    ]


def place_columns() -> list[Column]:
    """Return the columns that tell where in which topic the event stands; `_topic_id` is added later."""
    return [
        Column("_partition", pa.int32(), "partition", repeats=True),
        Column("_offset", pa.int64(), '"offset"'),
    ]


def field_columns(shape: Shape, *, is_checked: bool = False) -> list[Column]:
    """Return a column for each field of the entity.

    The SQL fails on a decimal in an unusual notation, which might be rounded, unless
    `is_checked` says that each record was checked before.
    """
    return [
        Column(
            field.name,
            arrow_type(field),
            _value_sql(field, f'e.data."{field.name}"').replace(_CHECKED, str(is_checked)),
            repeats=field.kind in {Kind.ENUM, Kind.BOOLEAN},
        )
        for field in shape.fields
    ]


def parsed_columns(shape: Shape, *, is_checked: bool = False) -> list[Column]:
    """Return the columns that the parser's query makes; see `field_columns` for `is_checked`."""
    return [*envelope_columns(shape), *field_columns(shape, is_checked=is_checked), *place_columns()]


def events_schema(shape: Shape) -> pa.Schema:
    """Return the schema of an entity's `events` table."""
    columns = [pa.field(column.name, column.type) for column in parsed_columns(shape)]
    return pa.schema([*columns, pa.field("_topic_id", pa.string())])


def snapshot_schema(shape: Shape) -> pa.Schema:
    """Return the schema of an entity's `snapshot` table: fields, where a state comes from, the key's text."""
    kinds = {column.name: column.type for column in envelope_columns(shape)}
    fields = [pa.field(field.name, arrow_type(field)) for field in shape.fields]
    return pa.schema([*fields, *(pa.field(name, kinds[name]) for name in (*STATE, "_subject"))])


def deleted_schema(shape: Shape) -> pa.Schema:
    """Return the schema of an entity's `deleted` table: the ranks of the keys that were deleted."""
    kinds = {column.name: column.type for column in envelope_columns(shape)}
    return pa.schema([pa.field(name, kinds[name]) for name in DELETED])


def is_ranged(kind: pa.DataType) -> bool:
    """Return whether bounds of values of a type can always be told, where there are any values."""
    tests = (pa.types.is_string, pa.types.is_integer, pa.types.is_date, pa.types.is_timestamp)
    return any(test(kind) for test in tests)


def ranged_columns(shape: Shape) -> list[str]:
    """Return the columns of an entity's events whose bounds each file tells: what one asks for."""
    kinds = {field.name: arrow_type(field) for field in shape.keys}
    return [*RANGED, *(name for name, kind in kinds.items() if is_ranged(kind))]


def json_structure(shape: Shape) -> dict[str, object]:
    """Return what DuckDB's `from_json` is told about the event."""
    return {**_ENVELOPE_JSON, "data": {field.name: _json_type(field) for field in shape.fields}}


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
            return _SIMPLE[field.kind][1]


def _json_type(field: Field) -> object:
    match field.kind:
        case Kind.LIST:
            assert field.item is not None
            return [_json_type(field.item)]
        case Kind.STRUCT:
            return {part.name: _json_type(part) for part in field.fields}
        case Kind.INTEGER if is_64_bit(field):
            return "BIGINT"
        case Kind.INTEGER | Kind.DECIMAL | Kind.BYTES:
            return "VARCHAR"
        case _:
            return _SIMPLE[field.kind][0]


def _value_sql(field: Field, ref: str, depth: int = 0) -> str:
    """Return the SQL from what `from_json` gives to the column's value; it fails rather than rounds."""
    match field.kind:
        case Kind.INTEGER if not is_64_bit(field):
            return f"{ref}::DECIMAL({INTEGER_DIGITS}, 0)"
        case Kind.DECIMAL:
            return _decimal_sql(field, ref)
        case Kind.BYTES:
            return f"from_base64({ref})"
        case Kind.LIST if _is_converted(field):
            assert field.item is not None
            item = f"i{depth}"
            return f"list_transform({ref}, lambda {item}: {_value_sql(field.item, item, depth + 1)})"
        case Kind.STRUCT if _is_converted(field):
            parts = (
                f'"{part.name}" := ' + _value_sql(part, f'{ref}."{part.name}"', depth)
                for part in field.fields
            )
            return f"CASE WHEN {ref} IS NULL THEN NULL ELSE struct_pack({', '.join(parts)}) END"
        case _:
            return ref


def _decimal_sql(field: Field, ref: str) -> str:
    precision, scale = field.precision or 0, field.scale or 0
    plain = f"^-?[0-9]{{1,{max(precision - scale, 1)}}}(\\.[0-9]{{0,{scale}}}0*)?$"
    cast = f"{ref}::DECIMAL({precision}, {scale})"
    return (
        f"CASE WHEN {ref} IS NULL OR regexp_full_match({ref}, '{plain}') OR {_CHECKED} THEN {cast} "
        f"ELSE error('decimal') END"
    )


def _is_converted(field: Field) -> bool:
    if field.kind is Kind.LIST:
        assert field.item is not None
        return _is_converted(field.item)
    if field.kind is Kind.STRUCT:
        return any(_is_converted(part) for part in field.fields)
    return field.kind in {Kind.DECIMAL, Kind.BYTES} or (field.kind is Kind.INTEGER and not is_64_bit(field))
