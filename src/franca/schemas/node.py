"""A schema as a tree without names: what Avro and JSON Schema have in common, in Kafka Connect's terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Node:
    """One type. `kind` is Avro's word for it; `name` and `parameters` are those of Kafka Connect.

    `fields` are a record's, by name; `item` is that of an array or a map; `branches` are those of a union of
    several types beside null. `logical` is Avro's logical type, `scale` that of its decimals.
    """

    kind: str
    nullable: bool = False
    name: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    connect_type: str = ""
    logical: str = ""
    scale: int = 0
    fields: "Mapping[str, Node]" = field(default_factory=dict)
    item: "Node | None" = None
    branches: "tuple[Node, ...]" = ()


DECIMAL = "org.apache.kafka.connect.data.Decimal"
ZONED = "io.debezium.time.ZonedTimestamp"
_LOGICAL = {
    "date": "org.apache.kafka.connect.data.Date",
    "time-millis": "org.apache.kafka.connect.data.Time",
    "time-micros": "io.debezium.time.MicroTime",
    "local-timestamp-millis": "io.debezium.time.Timestamp",
    "local-timestamp-micros": "io.debezium.time.MicroTimestamp",
    "local-timestamp-nanos": "io.debezium.time.NanoTimestamp",
    "timestamp-millis": ZONED,
    "timestamp-micros": ZONED,
    "timestamp-nanos": ZONED,
    "decimal": DECIMAL,
    "uuid": "io.debezium.data.Uuid",
}
"""What Avro's own logical types are in Connect's terms: an instant is a text with its offset."""
_TYPES = {"int": "int32", "long": "int64", "enum": "string", "fixed": "bytes", "record": "struct"}


def semantic_name(node: Node) -> str:
    """Return what the values mean: Connect's name, else that of Avro's logical type, else nothing."""
    return node.name or _LOGICAL.get(node.logical, "")


def connect_schema(node: Node) -> bytes:
    """Return the node as the text of the schema that Kafka Connect writes before a payload."""
    return msgspec.json.encode(_connect(node))


def _connect(node: Node) -> dict[str, Any]:
    name = semantic_name(node)
    kind = "string" if name in {ZONED, _LOGICAL["uuid"]} else _TYPES.get(node.kind, node.kind)
    schema: dict[str, Any] = {"type": node.connect_type or kind, "optional": node.nullable}
    parameters = dict(node.parameters)
    if name == DECIMAL and "scale" not in parameters:
        parameters["scale"] = str(node.scale)
    if name:
        schema["name"] = name
    if parameters:
        schema["parameters"] = parameters
    if node.fields:
        schema["fields"] = [{**_connect(part), "field": field} for field, part in node.fields.items()]
    if node.item is not None:
        schema["items" if node.kind == "array" else "values"] = _connect(node.item)
    return schema
