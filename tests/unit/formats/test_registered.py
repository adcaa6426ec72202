"""Messages behind a schema registry give what the same messages give in JSON."""

import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from franca.errors import DecodeError
from franca.formats.change import Change, Skip, Wanted, decode
from franca.formats.registry import AUTO, format_named
from franca.testing.schemas import MemorySchemas
from tests.accounts import (
    CELLS,
    COLUMNS,
    ENVELOPE,
    READ,
    ROW,
    WANTED,
    Account,
    cells,
    change,
    loose,
    record,
)
from tests.avro import framed, written


@pytest.mark.parametrize("name", ["auto", "debezium"])
@pytest.mark.parametrize(
    "document",
    [change(), change("r"), change("u", CELLS, {**CELLS, "id": 2}), change("u"), change("d", CELLS, None)],
    ids=["insert", "read", "changed key", "update", "delete"],
)
def test_a_change_in_avro_is_the_one_in_json(name: str, document: dict[str, Any]) -> None:
    """The envelope's schema says what decimals, dates and times are; careful and fast way agree."""
    schemas = MemorySchemas()
    told = json.dumps(document).encode()
    expected = format_named(name).decoder(WANTED)(record(told))

    decoder = format_named(name, schemas).decoder(WANTED)
    value = framed(schemas, document)

    assert [decode(decoder, record(value)) for _ in range(3)] == [expected] * 3
    assert loose(schemas, value, name) == loose(None, told, name)


@pytest.mark.parametrize("name", ["auto", "flattened", "plain"])
def test_a_row_in_avro_is_read_by_its_schema(name: str) -> None:
    """A plain row needs no envelope: what its columns mean stands in the registry."""
    schemas = MemorySchemas()
    value = framed(schemas, {"schema": {**ROW, "optional": False}, "payload": CELLS})
    decoder = format_named(name, schemas).decoder(WANTED)

    for _ in range(2):
        found = decode(decoder, record(value))
        assert isinstance(found, Change)
        assert found.operation == "insert"
        assert cells(found.after) == READ


def test_avros_own_logical_types_mean_what_avro_says() -> None:
    """Without Connect's names, an instant is one whatever the application's zone, and decimals are exact."""
    fields = [
        {"name": "id", "type": "long"},
        {"name": "owner", "type": ["null", {"type": "enum", "name": "o", "symbols": ["ADA", "BOB"]}]},
        {"name": "balance", "type": {"type": "fixed", "name": "f", "size": 4, "logicalType": "decimal",
                                     "precision": 9, "scale": 2}},
        {"name": "opened", "type": {"type": "int", "logicalType": "date"}},
        {"name": "seen", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "rate", "type": ["null", "double"]},
    ]  # fmt: skip
    schema = {"type": "record", "name": "account", "fields": fields}
    schemas = MemorySchemas()
    row = {"id": 1, "owner": "BOB", "balance": b"\xff\xff\xfb\x2e", "opened": 20_000, "rate": float("inf")}
    row["seen"] = 1_700_000_000_123_456
    value = schemas.head(schemas.add(json.dumps(schema))) + written(schema, row)

    for name in ("auto", "plain"):
        wanted = Wanted(Account, COLUMNS, zone=ZoneInfo("Asia/Tokyo"))
        found = format_named(name, schemas).decoder(wanted)(record(value))
        assert isinstance(found, Change)
        assert cells(found.after) == READ | {
            "owner": "BOB",
            "balance": Decimal("-12.34"),
            "rate": float("inf"),
        }


def test_an_update_of_goldengate_in_avro_keeps_absent_apart_from_null() -> None:
    """GoldenGate says of each column whether it is missing; its operations are read as its JSON is."""
    row = {"type": "record", "name": "columns", "fields": [
        {"name": "id", "type": ["null", "long"]}, {"name": "id_isMissing", "type": "boolean"},
        {"name": "owner", "type": ["null", "string"]}, {"name": "owner_isMissing", "type": "boolean"},
        {"name": "rate", "type": ["null", "double"]}, {"name": "rate_isMissing", "type": "boolean"},
    ]}  # fmt: skip
    texts = [{"name": name, "type": "string"} for name in ("table", "op_type", "op_ts", "current_ts", "pos")]
    schema = {"type": "record", "name": "account", "fields": [
        *texts,
        {"name": "primary_keys", "type": {"type": "array", "items": "string"}},
        {"name": "before", "type": ["null", row]}, {"name": "after", "type": ["null", "columns"]},
    ]}  # fmt: skip
    after = {
        "id": 1,
        "id_isMissing": False,
        "owner": None,
        "owner_isMissing": False,
        "rate": None,
        "rate_isMissing": True,
    }
    head = {"table": "BANK.ACCOUNT", "op_type": "U", "op_ts": "2026-11-22 10:00:00.000000", "pos": "7"}
    message = {**head, "current_ts": "", "primary_keys": ["id"], "before": None, "after": after}
    schemas = MemorySchemas()
    value = schemas.head(schemas.add(json.dumps(schema))) + written(schema, message)
    decoder = format_named("auto", schemas).decoder(WANTED)

    for _ in range(2):
        found = decode(decoder, record(value))
        assert isinstance(found, Change)
        assert found.operation == "update"
        assert cells(found.after)["owner"] is None
        assert loose(schemas, value)[0]["after"] == {"id": 1, "owner": None}


def test_a_schema_may_change_in_the_middle_of_a_topic() -> None:
    """Each message is read by the schema that it names, forth and back, each asked for once."""
    schemas = MemorySchemas()
    extra = {"field": "extra", "type": "int32"}
    row = {**ROW, "fields": [extra, *ROW["fields"]]}
    images = [{**row, "field": "before"}, {**row, "field": "after"}]
    wider = {**ENVELOPE, "fields": [*images, *ENVELOPE["fields"][2:]]}
    old, new = change(), change(after={**CELLS, "extra": 3})
    values = [framed(schemas, old), framed(schemas, {**new, "schema": wider})]
    decoder = format_named("auto", schemas).decoder(WANTED)

    found = [decode(decoder, record(value)) for value in values * 3]

    assert all(isinstance(each, Change) and cells(each.after) == READ for each in found)
    assert sorted(map(str, schemas.asked)) == ["1", "2"]


def test_a_topic_may_go_over_to_a_registry_in_its_middle() -> None:
    """Messages without a schema's id are read as they are."""
    schemas = MemorySchemas()
    told, value = json.dumps(change()).encode(), framed(schemas, change())
    decoder = format_named("auto", schemas).decoder(WANTED)

    found = [decode(decoder, record(each)) for each in (told, value, told, told, value, value, told)]

    assert all(each == found[0] for each in found)
    assert decode(decoder, record(None)) == Skip("tombstone")


def test_a_guid_in_a_header_names_the_schema() -> None:
    """The newer framing leaves the value bare."""
    schemas = MemorySchemas()
    value = framed(schemas, change())
    headers = (("trace", b"7"), ("__value_schema_id", b"\1" + schemas.guid(1).bytes))
    decoder = format_named("auto", schemas).decoder(WANTED)
    expected = decode(format_named("auto", schemas).decoder(WANTED), record(value))

    assert [decode(decoder, record(value[5:], headers=headers)) for _ in range(3)] == [expected] * 3
    assert decode(decoder, record(value)) == expected


def test_the_key_in_avro_tells_which_row_is_gone() -> None:
    """A delete without its row takes the key from the message's key, which has a schema of its own."""
    schemas = MemorySchemas()
    key = framed(
        schemas,
        {"schema": {"type": "struct", "name": "k", "fields": [ROW["fields"][0]]}, "payload": {"id": 1}},
    )
    bare = schemas.head(schemas.add('"long"')) + written("long", 1)
    value = framed(schemas, change("d", None, None))

    for each in (key, bare):
        found = format_named("auto", schemas).decoder(WANTED)(record(value, each))
        assert isinstance(found, Change)
        assert getattr(found.key, "id", None) == 1
    unread = format_named("auto", schemas).decoder(WANTED)(record(value, b"\0\0\0\0\x63data"))
    assert isinstance(unread, Change)
    assert unread.key is None


def test_a_change_behind_json_schema_is_the_one_in_json() -> None:
    """Connect writes into a JSON Schema what it writes before a payload."""
    types = {"int64": "integer", "int32": "integer", "string": "string", "bytes": "string", "float": "number"}

    def json_schema(schema: Any) -> Any:
        told = {"connect.type": schema["type"]} if "name" in schema else {}
        if "name" in schema:
            told["title"] = schema["name"]
        if "parameters" in schema:
            told["connect.parameters"] = schema["parameters"]
        if schema["type"] == "struct":
            told |= {
                "type": "object",
                "properties": {each["field"]: json_schema(each) for each in schema["fields"]},
            }
            told.pop("connect.type")
        else:
            told["type"] = types[schema["type"]]
        return {"oneOf": [{"type": "null"}, told]} if schema.get("optional") else told

    schemas = MemorySchemas()
    head = schemas.head(schemas.add(json.dumps(json_schema(ENVELOPE)), "JSON"))
    value = head + json.dumps(change()["payload"]).encode()
    expected = AUTO.decoder(WANTED)(record(json.dumps(change()).encode()))
    decoder = format_named("auto", schemas).decoder(WANTED)

    assert [decode(decoder, record(value)) for _ in range(3)] == [expected] * 3
    with pytest.raises(DecodeError, match="not JSON"):
        decode(decoder, record(value + b"}"))


def test_json_whose_schema_says_nothing_more_is_read_as_it_is() -> None:
    """Any format's JSON may stand behind a registry."""
    schemas = MemorySchemas()
    plain = json.dumps(
        {"type": "object", "properties": {"id": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "integer"}}}
    )
    head = schemas.head(schemas.add(plain, "JSON"))
    maxwell = (
        b'{"database":"bank","table":"account","type":"insert","ts":9,"xid":1,"data":{"id":1,"owner":"Ada"}}'
    )

    assert loose(schemas, head + maxwell) == loose(None, maxwell)
    assert loose(schemas, head + b'{"id":1}') == loose(None, b'{"id":1}')
    assert loose(schemas, schemas.head(schemas.add("nonsense", "JSON")) + b'{"id":1}') == loose(
        None, b'{"id":1}'
    )


def test_text_in_avro_is_the_document_itself() -> None:
    """A producer of JSON text with an Avro serialiser writes a string."""
    schemas = MemorySchemas()
    told = json.dumps(change()).encode()
    value = schemas.head(schemas.add('"string"')) + written("string", told.decode())

    assert loose(schemas, value) == loose(None, told)


def test_types_that_others_define_are_looked_up() -> None:
    """A schema may refer to one of another subject, which the registry gives by name."""
    schemas = MemorySchemas()
    address = {"type": "record", "name": "bank.address", "fields": [{"name": "town", "type": "string"}]}
    row = {
        "type": "record",
        "name": "bank.row",
        "fields": [{"name": "id", "type": "long"}, {"name": "home", "type": "address"}],
    }
    number = schemas.add(json.dumps(row), references={"bank.address": json.dumps(address)})
    inline = {**row, "fields": [row["fields"][0], {"name": "home", "type": address}]}
    value = schemas.head(number) + written(inline, {"id": 1, "home": {"town": "Basel"}})

    assert loose(schemas, value)[0]["after"] == {"id": 1, "home": {"town": "Basel"}}
