"""Connect's JSON, schema and payload, as Confluent's Avro converter writes them."""

import io
import json
import re
from base64 import b64decode
from decimal import Decimal
from typing import Any

import fastavro

from franca.testing.schemas import MemorySchemas

_TYPES = {"int8": "int", "int16": "int", "int32": "int", "int64": "long"}
_LOGICAL = {
    "org.apache.kafka.connect.data.Decimal": "decimal",
    "org.apache.kafka.connect.data.Date": "date",
    "org.apache.kafka.connect.data.Time": "time-millis",
    "org.apache.kafka.connect.data.Timestamp": "timestamp-millis",
}


def avro_of(schema: Any, written: set[str] | None = None) -> Any:
    """Return the Avro schema of a schema of Kafka Connect; a record that was written is named."""
    written = set() if written is None else written
    kind = _bare(schema, written)
    if not schema.get("optional"):
        return kind
    return ["null", kind]


def _bare(schema: Any, written: set[str]) -> Any:
    told: dict[str, Any] = {}
    if schema.get("name"):
        told["connect.name"] = schema["name"]
        told["connect.version"] = schema.get("version", 1)
    if schema.get("parameters"):
        told["connect.parameters"] = schema["parameters"]
    if schema["type"] in {"int8", "int16"}:
        told["connect.type"] = schema["type"]
    logical = _LOGICAL.get(schema.get("name") or "")
    if logical:
        told["logicalType"] = logical
    if logical == "decimal":
        told |= {"precision": 64, "scale": int(schema["parameters"]["scale"])}
    kind = schema["type"]
    if kind == "struct":
        name = ".".join(
            re.sub(r"\W|^(?=\d)", "_", part) for part in (schema.get("name") or "Connect").split(".")
        )
        if name in written:
            return name
        written.add(name)
        fields = [{"name": each["field"], "type": avro_of(each, written)} for each in schema["fields"]]
        for field in fields:
            if isinstance(field["type"], list):
                field["default"] = None
        return {"type": "record", "name": name, "fields": fields, **told}
    if kind == "array":
        return {"type": "array", "items": avro_of(schema["items"], written), **told}
    if kind == "map":
        return {"type": "map", "values": avro_of(schema["values"], written), **told}
    plain = _TYPES.get(kind, kind)
    return {"type": plain, **told} if told else plain


def datum_of(schema: Any, value: Any) -> Any:
    """Return the value that fastavro writes of a value in Connect's JSON."""
    if value is None:
        return None
    kind = schema["type"]
    if kind == "struct":
        return {each["field"]: datum_of(each, value.get(each["field"])) for each in schema["fields"]}
    if kind == "array":
        return [datum_of(schema["items"], each) for each in value]
    if kind == "map":
        return {key: datum_of(schema["values"], each) for key, each in value.items()}
    if kind == "bytes":
        return b64decode(value)
    if kind in {"float", "double"} and isinstance(value, str):
        return float(value)
    return float(value) if isinstance(value, Decimal) else value


def bare(schema: Any) -> Any:
    """Return a schema without its logical types, by which data are written as they are."""
    if isinstance(schema, list):
        return [bare(each) for each in schema]
    if isinstance(schema, dict):
        return {key: bare(value) for key, value in schema.items() if key != "logicalType"}
    return schema


def written(schema: Any, value: Any) -> bytes:
    """Return the bytes of a value by an Avro schema."""
    file = io.BytesIO()
    fastavro.schemaless_writer(file, fastavro.parse_schema(bare(schema)), value)
    return file.getvalue()


def framed(schemas: MemorySchemas, document: Any) -> bytes:
    """Return what a registry's serialiser writes of Connect's `{"schema": …, "payload": …}`."""
    schema = avro_of(document["schema"])
    number = schemas.add(json.dumps(schema))
    return schemas.head(number) + written(schema, datum_of(document["schema"], document["payload"]))
