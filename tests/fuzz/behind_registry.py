"""What a schema registry's serialisers write: Avro and JSON, a schema's id before the data or in a header."""

import io
import json
from typing import Any, NamedTuple

import fastavro

from franca.schemas.frame import VALUE_HEADER
from franca.testing.schemas import MemorySchemas
from franca.types import Headers
from tests.accounts import CONNECT, SOURCE
from tests.avro import avro_of, bare, datum_of

SCHEMAS = MemorySchemas()
"""The registry; all processes give the same numbers to the same schemas."""

_COLUMNS: list[dict[str, Any]] = [
    {"field": "id", "type": "int64"},
    {"field": "name", "type": "string"},
    {"field": "flag", "type": "boolean"},
    {"field": "price", "type": "bytes", "name": CONNECT + "Decimal", "parameters": {"scale": "2"}},
    {"field": "weight", "type": "double"},
    {"field": "born", "type": "int32", "name": "io.debezium.time.Date"},
    {"field": "at", "type": "int64", "name": "io.debezium.time.MicroTimestamp"},
    {"field": "clock", "type": "int64", "name": "io.debezium.time.MicroTime"},
    {"field": "data", "type": "bytes"},
    {"field": "SEEN-AT", "type": "int64", "name": CONNECT + "Timestamp"},
]
_ROW = {"type": "struct", "name": "shop.thing.Value", "optional": True,
        "fields": [{**column, "optional": column["field"] != "id"} for column in _COLUMNS]}  # fmt: skip
_ENVELOPE = {
    "type": "struct",
    "name": "shop.thing.Envelope",
    "fields": [
        {**_ROW, "field": "before"},
        {**_ROW, "field": "after"},
        SOURCE,
        {"field": "op", "type": "string"},
    ],
}
_FIRST = {"id": 7, "name": "Ada", "flag": True, "price": "bg==", "weight": 0.5, "born": 17109,
          "at": 1478267490123456, "clock": 49890123000, "data": "AQID", "SEEN-AT": 1478267490123}  # fmt: skip
_SECOND = {**_FIRST, "name": None, "flag": False, "price": "AYr3", "born": None, "data": "AP8="}
_ODD = (
    '"string"', '"long"', '["null","bytes"]', '{"type":"array","items":"string"}',
    '{"type":"map","values":"double"}',
    '{"type":"record","name":"n","fields":[{"name":"next","type":["null","n"]}]}',
    '{"type":"fixed","name":"f","size":3}', "nonsense", '{"type":"record","name":"shop.thing","fields":[]}',
)  # fmt: skip
"""Schemas that a changed id may name."""


class _Writer(NamedTuple):
    """A schema's number in the registry, and the schema as fastavro writes by it."""

    number: int
    schema: Any


def _writer(schema: Any) -> _Writer:
    avro = avro_of(schema)
    return _Writer(SCHEMAS.add(json.dumps(avro)), fastavro.parse_schema(bare(avro)))


_WRITERS = [(schema, _writer(schema)) for schema in (_ENVELOPE, {**_ROW, "optional": False})]
_OF_JSON = SCHEMAS.add('{"type":"object"}', "JSON")
for _text in _ODD:
    SCHEMAS.add(_text)


def documents() -> list[bytes]:
    """Return changes and rows with their schemas, as Connect's JSON converter has them."""
    images = [("c", None, _FIRST), ("r", None, _SECOND), ("u", None, _SECOND), ("u", _SECOND, _FIRST),
              ("d", _FIRST, None), ("d", {**dict.fromkeys(_FIRST), "id": 7}, None)]  # fmt: skip
    source = {
        "connector": "postgresql",
        "name": "shop",
        "schema": "public",
        "table": "thing",
        "ts_ms": 9,
        "lsn": 5,
    }
    found: list[Any] = [
        {"schema": _ENVELOPE, "payload": {"before": before, "after": after, "source": source, "op": op}}
        for op, before, after in images
    ]
    found += [{"schema": {**_ROW, "optional": False}, "payload": row} for row in (_FIRST, _SECOND)]
    return [json.dumps(each).encode() for each in found]


def serialised(document: bytes) -> bytes:
    """Return what a serialiser writes of JSON: Avro of a document with its schema, else JSON behind an id."""
    file = io.BytesIO()
    try:
        told = json.loads(document)
        writer = next(writer for schema, writer in _WRITERS if schema == told["schema"])
        fastavro.schemaless_writer(file, writer.schema, datum_of(told["schema"], told["payload"]))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, StopIteration):
        return SCHEMAS.head(_OF_JSON) + document
    return SCHEMAS.head(writer.number) + file.getvalue()


def in_header(value: bytes) -> tuple[bytes, Headers]:
    """Return a value without its schema's id, and the header that bears that."""
    return value[5:], ((VALUE_HEADER, value[:5]),)
