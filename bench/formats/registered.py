"""Debezium's messages behind a schema registry, and what reads their bytes barely."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeAlias

import fastavro
import msgspec

from bench.onramp_step import Cust, HandRow, HandSource, record
from franca.testing.schemas import MemorySchemas
from tests.avro import avro_of, datum_of, written

Setup: TypeAlias = Callable[[int], tuple[list[bytes], MemorySchemas, Callable[[bytes], object]]]
"""Makes so many messages; with them come their schema and what reads their bytes barely."""


class Bare(msgspec.Struct, gc=False):
    """The least that is needed of a change."""

    after: HandRow | None
    source: HandSource
    op: str


def connect_schema() -> Any:
    """Return the schema of Debezium's messages as Kafka Connect knows it."""
    columns = [{"type": "string", "optional": True, "field": name} for name in Cust.__struct_fields__]
    row = {"type": "struct", "optional": True, "name": "crm.public.cust.Value", "fields": columns}
    payload = json.loads(record(0).value or b"")
    numbers = {"ts_ms", "txId", "lsn"}
    source = [
        {"type": "int64" if name in numbers else "string", "optional": True, "field": name}
        for name in payload["source"]
    ]
    rest: dict[str, Any] = {
        "before": row,
        "after": row,
        "source": {"type": "struct", "name": "io.debezium.connector.postgresql.Source", "fields": source},
        "op": {"type": "string"},
        "ts_ms": {"type": "int64", "optional": True},
        "transaction": {"type": "string", "optional": True},
    }
    fields = [{**rest[name], "field": name} for name in payload]
    return {"type": "struct", "name": "crm.public.cust.Envelope", "fields": fields}


def avro(messages: int) -> tuple[list[bytes], MemorySchemas, Callable[[bytes], object]]:
    """Return Debezium's messages in Avro, their schema, and fastavro's bare reading of the same bytes."""
    connect, schemas = connect_schema(), MemorySchemas()
    schema = avro_of(connect)
    head = schemas.head(schemas.add(json.dumps(schema)))
    payloads = [json.loads(record(number).value or b"") for number in range(messages)]
    values = [head + written(schema, datum_of(connect, payload)) for payload in payloads]
    parsed: Any = fastavro.parse_schema(schema)
    return (
        values,
        schemas,
        lambda value: fastavro.schemaless_reader(BytesIO(value[5:]), parsed, None),
    )


def json_schema(messages: int) -> tuple[list[bytes], MemorySchemas, Callable[[bytes], object]]:
    """Return Debezium's messages behind a JSON Schema that says nothing more, and msgspec's bare reading."""
    schemas = MemorySchemas()
    head = schemas.head(schemas.add('{"type":"object"}', "JSON"))
    values = [head + (record(number).value or b"") for number in range(messages)]
    bare = msgspec.json.Decoder(Bare).decode
    return values, schemas, lambda value: bare(value[5:])


REGISTERED: dict[str, Setup] = {"debezium in avro": avro, "debezium, json schema": json_schema}
