"""The schemas of an entity's events for a registry: as an Avro record, and as JSON Schema.

Both hold the whole event, envelope and data. All fields of the data but the key's may be null or absent, so
that a field more is a change which old and new readers bear (docs/decisions/events-in-avro.md).
"""

import re
from typing import Any

import msgspec

from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.topics.event_decoder import INTEGER_DIGITS, is_64_bit
from franca.topics.json_types import JSON_TYPES

ENVELOPE = (
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "dataschema",
    "sequence",
    "origin",
    "mapping",
)
"""The attributes of an event in Avro; `datacontenttype` is that of JSON, and comes back with it."""

REQUIRED = frozenset({"specversion", "id", "source", "type", "subject", "time", "sequence", "mapping"})
KIND = "franca.kind"
"""The parameter that tells integers of any size from decimals."""

_SYMBOL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_AVRO: dict[Kind, Any] = {
    Kind.TEXT: "string",
    Kind.ENUM: "string",
    Kind.FLOAT: "double",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: {"type": "int", "logicalType": "date"},
    Kind.TIME: {"type": "long", "logicalType": "time-micros"},
    Kind.TIMESTAMP: {"type": "long", "logicalType": "timestamp-micros"},
    Kind.BYTES: "bytes",
    Kind.UUID: {"type": "string", "logicalType": "uuid"},
}


def avro_schema(shape: Shape) -> str:
    """Return the Avro schema of an entity's events. Names of nested types are those of their places."""
    keys = {field.name for field in shape.keys}
    place = f"{shape.name}.data"
    data = {
        "type": "record",
        "name": place,
        **_doc(shape.description),
        "fields": [_avro_field(field, f"{place}.{field.name}", field.name in keys) for field in shape.fields],
    }
    fields = [*map(_attribute, ENVELOPE), {"name": "data", "type": data}]
    return _text({"type": "record", "name": f"{shape.name}.event", "fields": fields})


def json_schema(shape: Shape) -> str:
    """Return the JSON Schema of an entity's events; closed, so that a property more is compatible."""
    keys = [field.name for field in shape.keys]
    data = {
        **_json_object(shape.fields, keys),
        **({"description": shape.description} if shape.description else {}),
    }
    names = [*ENVELOPE[:6], "datacontenttype", *ENVELOPE[6:]]
    attributes = {name: {"type": "string"} for name in names} | {"time": JSON_TYPES[Kind.TIMESTAMP]}
    return _text(
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": f"{shape.name}.event",
            "type": "object",
            "properties": {**attributes, "data": data},
            "required": [*(name for name in names if name in REQUIRED), "data"],
            "additionalProperties": False,
        }
    )


def _attribute(name: str) -> dict[str, Any]:
    if name == "time":
        return {"name": name, "type": _AVRO[Kind.TIMESTAMP]}
    if name in REQUIRED:
        return {"name": name, "type": "string"}
    return {"name": name, "type": ["null", "string"], "default": None}


def _avro_field(field: Field, place: str, is_required: bool) -> dict[str, Any]:
    kind = _avro_type(field, place)
    head = {"name": field.name, **_doc(field.description)}
    return {**head, "type": kind} if is_required else {**head, "type": ["null", kind], "default": None}


def _avro_type(field: Field, place: str) -> Any:
    match field.kind:
        case Kind.INTEGER if is_64_bit(field):
            return "long"
        case Kind.INTEGER:
            parameters = {"connect.parameters": {KIND: Kind.INTEGER.value}}
            return {
                "type": "bytes",
                "logicalType": "decimal",
                "precision": INTEGER_DIGITS,
                "scale": 0,
                **parameters,
            }
        case Kind.DECIMAL:
            digits = {"precision": field.precision, "scale": field.scale}
            return {"type": "bytes", "logicalType": "decimal", **digits}
        case Kind.ENUM if symbols := _symbols(field):
            return {"type": "enum", "name": place, "symbols": symbols}
        case Kind.LIST:
            assert field.item is not None
            return {"type": "array", "items": ["null", _avro_type(field.item, f"{place}.item")]}
        case Kind.STRUCT:
            fields = [_avro_field(part, f"{place}.{part.name}", is_required=False) for part in field.fields]
            return {"type": "record", "name": place, "fields": fields}
        case _:
            return _AVRO[field.kind]


def _symbols(field: Field) -> list[str]:
    """Return an enumeration's values where Avro can have them all as symbols, else none: then it is text."""
    values = [str(member.value) for member in field.enum or ()]
    return values if all(map(_SYMBOL.fullmatch, values)) else []


def _json_object(fields: tuple[Field, ...], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            field.name: _json_type(field, nullable=field.name not in required) for field in fields
        },
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _json_type(field: Field, *, nullable: bool) -> dict[str, Any]:
    if field.kind is Kind.LIST and field.item is not None:
        found: dict[str, Any] = {"type": "array", "items": _json_type(field.item, nullable=True)}
    elif field.kind is Kind.STRUCT:
        found = _json_object(field.fields, [])
    else:
        found = dict(JSON_TYPES[field.kind])
    types = found["type"] if isinstance(found["type"], list) else [found["type"]]
    described = {"description": field.description} if field.description else {}
    return {**found, **described, "type": [*types, "null"] if nullable else found["type"]}


def _doc(description: str) -> dict[str, str]:
    return {"doc": description} if description else {}


def _text(schema: dict[str, Any]) -> str:
    return msgspec.json.encode(schema).decode()
